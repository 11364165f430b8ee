"""A batch of events sorted out: each read model is asked only about the types of events it folds."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from domain.recorded import Recorded
from infra.decoding import Unreadable
from infra.folding import FoldFailed
from projections.read_model import ReadModel


class Routes:
    """Which read models fold which events: made once by whoever folds batch after batch."""

    def __init__(self, models: Iterable[ReadModel[Any]]) -> None:
        """Find the models by the types of events they fold, and by the aggregates of these."""
        self._of_type: dict[type, list[str]] = {}
        self._of_aggregate: dict[str, list[str]] = {}
        for model in models:
            for event in model.folds:
                self._of_type.setdefault(event, []).append(model.name)
            for aggregate in model.aggregates:
                self._of_aggregate.setdefault(aggregate, []).append(model.name)

    def of(self, seen: Recorded[Any]) -> Sequence[str]:
        """Return the names of the models that fold an event; of one that is unreadable, its aggregate's."""
        event: object = seen.event
        if isinstance(event, Unreadable):
            return self._of_aggregate.get(seen.type.partition(".")[0], ())
        return self._of_type.get(type(event), ())


class Batch:
    """Events in order of position, found by the read models that fold them.

    `first` is the position of the first of them, 0 where there is none.
    """

    def __init__(self, routes: Routes, events: Iterable[Recorded[Any]]) -> None:
        """Sort `events` out."""
        self.events = tuple(events)
        self.first = self.events[0].position if self.events else 0
        self._of: dict[str, list[Recorded[Any]]] = {}
        for seen in self.events:
            for name in routes.of(seen):
                self._of.setdefault(name, []).append(seen)

    def of(self, model: ReadModel[Any]) -> Sequence[Recorded[Any]]:
        """Return the events that a model folds, in order."""
        return self._of.get(model.name, ())


def listened(
    model: ReadModel[Any], events: Iterable[Recorded[Any]]
) -> list[tuple[Recorded[Any], tuple[UUID, ...]]]:
    """Return those of a model's events that touch rows, each with their keys; raise `FoldFailed`."""
    found: list[tuple[Recorded[Any], tuple[UUID, ...]]] = []
    keys_of = model.keys
    for seen in events:
        if type(seen.event) is Unreadable:
            raise FoldFailed(model.name, seen, seen.event.problem)
        try:
            keys = tuple(keys_of(seen))
        except Exception as cause:
            raise FoldFailed(model.name, seen, cause) from cause
        if keys:
            found.append((seen, keys))
    return found
