"""The rows that a share of the log comes to, as the lines that would be stored: counted, never written."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from msgspec.structs import replace

from domain.recorded import Recorded
from infra.batching import Batch, Routes
from infra.filling import Folding
from infra.folding import Changes, Seen
from infra.tables import Tables
from infra.topic import partition_of
from infra.verify.lines import OBSERVATIONS, VERSIONS, Line, Lines
from infra.verify.pinned import Pinned

Counted = tuple[str, str]
"""The name of a read model, and one of `lines.KINDS`."""


class Count(Protocol):
    """Counts lines, as `Sums` and `Differing` do."""

    def add(self, lines: Iterable[Line]) -> None:
        """Count some lines."""
        ...


class Folded:
    """Folds the events of some keys, all of them from the first one on, as far as the live rows go."""

    def __init__(self, of: Pinned, models: Iterable[Tables], count: Callable[[Counted], Count]) -> None:
        """Count the lines of each of some models and kind by what `count` gives for them."""
        self._skipped = of.skipped
        models = list(models)
        self._routes = Routes(each.model for each in models)
        self._alike: dict[tuple[int, ...], list[_Model]] = {}
        for tables in models:
            self._alike.setdefault(of.positions[tables.model.name], []).append(_Model(tables, count))

    def take(self, events: Sequence[Recorded[Any]]) -> None:
        """Fold the next events."""
        for positions, models in self._alike.items():
            batch = Batch(self._routes, _reached(events, positions))
            for model in models:
                model.take(batch, self._skipped)

    def finish(self) -> None:
        """Count what still holds."""
        for models in self._alike.values():
            for model in models:
                model.finish()


def _reached(events: Sequence[Recorded[Any]], positions: Sequence[int]) -> Sequence[Recorded[Any]]:
    """Return the events that the live rows are folded from, given how far each partition is."""
    if not events or events[-1].position <= min(positions):
        return events
    return [seen for seen in events if seen.position <= positions[partition_of(seen.key, len(positions))]]


class _Model:
    """One read model; `_open` are the observations that hold."""

    def __init__(self, tables: Tables, count: Callable[[Counted], Count]) -> None:
        self._folding = Folding(tables.model)
        self._lines = Lines(tables)
        self._versions = count((tables.model.name, VERSIONS))
        self._observations = count((tables.model.name, OBSERVATIONS))
        self._open: dict[tuple[int, str, str], Seen] = {}

    def take(self, batch: Batch, skipped: frozenset[tuple[str, int]]) -> None:
        changes = self._folding.take(batch, skipped)
        version = self._lines.version
        self._versions.add([version(row, until, since) for row, since, until in changes.closed])
        self._observations.add(map(self._lines.observation, self._ended(changes)))

    def _ended(self, changes: Changes) -> list[Seen]:
        """Return the observations that are over, and keep those that begin."""
        ended = [
            replace(self._open.pop((key.int, kpi, name)), to_position=position)
            for key, kpi, name, position in changes.ended
        ]
        self._open.update(changes.begun)
        return [*ended, *changes.finished]

    def finish(self) -> None:
        version = self._lines.version
        kept = [each for each in self._folding.kept.values() if each.row is not None]
        self._versions.add(version(each.row, None, each.from_position) for each in kept)
        self._observations.add(map(self._lines.observation, self._open.values()))
