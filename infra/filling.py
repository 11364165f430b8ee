"""New tables of read models filled from the log, a long one by several processes at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Final, cast
from uuid import UUID

from psycopg import Connection

from domain.recorded import Recorded
from infra.batching import Batch, Routes, listened
from infra.codec import codec
from infra.collecting import uncollected
from infra.database import connect
from infra.decoding import decoded_all
from infra.folding import Changes, Failure, FoldFailed, Version, fold_batch
from infra.keys import Keys
from infra.log_reader import Share, pages
from infra.masters import Masters
from infra.read_side import skipped_positions
from infra.tables import Tables
from projections.read_model import ReadModel

PAGE_EVENTS: Final = 10_000
KEPT_MAX: Final = 20_000
"""Rows of one read model in memory."""
PROGRESS_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True)
class Shared:
    """What several processes fill together: generations of models, from the first event up to a position.

    Each takes one of the `shares`.
    """

    database_url: str
    models: tuple[tuple[ReadModel[Any], int], ...]
    up_to: int
    shares: tuple[Share, ...]
    masters: Masters | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What one of them did: events read, and what it had to park, by model and key."""

    events: int
    parked: Mapping[str, Mapping[UUID, Failure]]


class Folding:
    """One read model being folded from the first event on: its rows are in memory; days are not added up."""

    is_summing = False

    def __init__(self, model: ReadModel[Any]) -> None:
        """Fold `model`."""
        self.model = model
        self._kept: dict[UUID, Version] = {}
        self.parked: dict[UUID, Failure] = {}

    def take(
        self, batch: Batch, skipped: AbstractSet[tuple[str, int]], *, is_reacting: bool = False
    ) -> Changes:
        """Fold a batch and return what it did; a key whose event cannot be folded is parked from there on."""
        while True:
            admitted = batch.of(self.model)
            if self.parked or skipped:
                admitted = [seen for seen in admitted if self._admits(seen, skipped)]
            try:
                return self._take(admitted, is_reacting=is_reacting)
            except FoldFailed as failed:
                self.parked[failed.failure.key] = failed.failure

    def _admits(self, seen: Recorded[Any], skipped: AbstractSet[tuple[str, int]]) -> bool:
        failure = self.parked.get(seen.key)
        if failure is not None and seen.position >= failure.position:
            return False
        return (self.model.name, seen.position) not in skipped

    def _take(self, batch: Sequence[Recorded[Any]], *, is_reacting: bool) -> Changes:
        keyed = listened(self.model, batch)
        if not keyed:
            return Changes()
        self._load(keyed)
        changes = fold_batch(
            self.model, self._kept, keyed, is_reacting=is_reacting, is_summing=self.is_summing
        )
        self._kept.update(changes.current)
        return changes

    def _load(self, keyed: Sequence[tuple[Recorded[Any], tuple[UUID, ...]]]) -> None:
        """Get hold of rows that are about to be touched and are elsewhere: here there are none."""

    @property
    def kept(self) -> Mapping[UUID, Version]:
        """Return the rows as they are now, by key; those that are gone are there as None."""
        return self._kept


class Filling(Folding):
    """One read model being filled: rows stay in memory while there is room, history goes out.

    Day totals are moved with each batch once the tables are completed.
    """

    def __init__(self, connection: Connection[Any], tables: Tables) -> None:
        """Fill `tables` through `connection`."""
        super().__init__(tables.model)
        self._connection = connection
        self.tables = tables
        self._dirty: dict[UUID, Version] = {}
        self._has_stored = False

    def begin(self) -> None:
        """Create the tables, empty."""
        self.tables.drop(self._connection)
        self.tables.create(self._connection)

    def join(self, parked: Mapping[UUID, Failure]) -> None:
        """Go on where other processes filled the tables, with the keys that they parked."""
        self._has_stored = True
        self.parked.update(parked)

    def _load(self, keyed: Sequence[tuple[Recorded[Any], tuple[UUID, ...]]]) -> None:
        if self._has_stored:
            missing = {key for _, keys in keyed for key in keys if key not in self._kept}
            self._kept.update(self.tables.load(self._connection, list(missing)))

    def _take(self, batch: Sequence[Recorded[Any]], *, is_reacting: bool) -> Changes:
        changes = super()._take(batch, is_reacting=is_reacting)
        if changes.current:
            self.tables.fill_history(self._connection, changes)
            self._dirty.update(changes.current)
            self.tables.add_totals(self._connection, changes.totals)
        if len(self._kept) > KEPT_MAX:
            self.flush()
            self._kept.clear()
        return changes

    def flush(self) -> None:
        """Write the rows that changed since the last time."""
        known = self._dirty if self._has_stored else ()
        self.tables.fill_current(self._connection, self._dirty, known)
        self._has_stored = self._has_stored or bool(self._dirty)
        self._dirty = {}


def fill_parts(shared: Shared, progress: Callable[[int, int], None]) -> Iterator[Part]:
    """Fill in a process for each share and yield what each did; `progress` hears of the hindmost."""
    context = get_context("spawn")
    processes = len(shared.shares)
    reached = context.Array("q", processes)
    with ProcessPoolExecutor(processes, context, cast("Any", _inherit), (reached,)) as pool:
        waiting = {pool.submit(fill_part, shared, number) for number in range(processes)}
        while waiting:
            done, waiting = wait(waiting, PROGRESS_SECONDS, FIRST_COMPLETED)
            progress(min(reached[:]), shared.up_to)
            for part in done:
                yield part.result()


_reached: list[int] = []  # the array shared by the processes, once `_inherit` has run in this one


def _inherit(reached: list[int]) -> None:
    global _reached  # noqa: PLW0603 - how a pool hands its processes what cannot be pickled
    _reached = reached


def _keys(shared: Shared) -> AbstractContextManager[Keys | None]:
    return nullcontext() if shared.masters is None else Keys(shared.database_url, shared.masters)


def fill_part(shared: Shared, number: int) -> Part:
    """Fold the keys of share `number`."""
    events = 0
    with (
        uncollected(),
        _keys(shared) as keys,
        connect(shared.database_url, application=f"rebuild {number}") as connection,
        connect(shared.database_url, application=f"rebuild reading {number}") as reading,
    ):
        connection.execute("SET synchronous_commit = off")
        fillings = [Filling(connection, Tables(model, generation)) for model, generation in shared.models]
        routes = Routes(model for model, _ in shared.models)
        skipped = skipped_positions(connection)
        share = shared.shares[number]
        events_codec = codec().with_keys(keys)
        for page in pages(reading, 0, up_to=shared.up_to, limit=PAGE_EVENTS, share=share):
            batch = Batch(routes, decoded_all(page, events_codec))
            with connection.transaction():
                for filling in fillings:
                    filling.take(batch, skipped)
            events += len(page)
            _reached[number] = page[-1].position
        with connection.transaction():
            for filling in fillings:
                filling.flush()
    _reached[number] = shared.up_to
    return Part(events, {filling.tables.model.name: filling.parked for filling in fillings})
