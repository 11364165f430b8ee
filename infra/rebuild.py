"""Rebuilding: fold the whole log into new tables beside the live ones, compare, switch in one go.

Longer than other files: filling, comparing and switching are the steps of one transaction's story.
"""

import os
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import structlog
from psycopg import Connection

from domain.recorded import Recorded
from infra.batching import Batch, Routes
from infra.codec import Codec
from infra.compare import differences, first_difference
from infra.database import connect
from infra.decoding import decoded_all
from infra.filling import Filling, Shared, fill_parts
from infra.finishing import finish_together
from infra.log_reader import POSITION_MAX, even_shares, head, pages
from infra.parking import park
from infra.projecting import keep_wishes
from infra.read_side import (
    Live,
    Positions,
    begin,
    fingerprint,
    generations,
    lock_positions,
    retire,
    skipped_positions,
    switch,
)
from infra.tables import Tables
from infra.topic import partition_of
from projections.read_model import ReadModel

PAGE_EVENTS: Final = 10_000
TOGETHER_EVENTS_MIN: Final = 50_000
PROCESSES_MAX: Final = 8
REBUILD_LOCK: Final = 7021946203

Progress = Callable[[int, int], None]

_log: Final = structlog.get_logger(__name__)


class RebuildUnderWay(Exception):
    """Another process is rebuilding."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild did: the generation it made, events read, how many records differed from the live one.

    `differences` is None when there was nothing to compare with: no live generation, or one of other code.
    `first_position` is the least position from which something differs.
    """

    model: str
    generation: int
    events: int
    differences: int | None
    first_position: int | None = None


def rebuild(
    database_url: str,
    models: Iterable[ReadModel[Any]],
    events: Codec,
    *,
    partitions: int,
    progress: Progress = lambda _at, _of: None,
) -> list[Rebuilt]:
    """Rebuild some read models from the log, all in one reading, while the live ones are served and kept.

    `progress` is told (position reached, position to reach). Raises `RebuildUnderWay` if another process is.
    """
    with connect(database_url, application="rebuild") as connection, alone(connection):
        work = Rebuild(database_url, connection, models, events, partitions)
        is_live = False
        try:
            work.fill_together(min(head(connection), work.reacted()), progress)
            work.finish()
            work.fill(min(head(connection), work.reacted()), progress)
            done = work.switch()
            is_live = True
        finally:
            work.discard(is_live=is_live)
        return done


@contextmanager
def alone(connection: Connection[Any]) -> Generator[None]:
    """Let nobody else rebuild rows, nor drop what was rebuilt; raise `RebuildUnderWay` where one does."""
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (REBUILD_LOCK,)).fetchone()
    if row != (True,):
        raise RebuildUnderWay
    try:
        yield
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", (REBUILD_LOCK,))


class Rebuild:
    """New generations of some read models while they are being filled."""

    def __init__(
        self,
        database_url: str,
        connection: Connection[Any],
        models: Iterable[ReadModel[Any]],
        events: Codec,
        partitions: int,
    ) -> None:
        """Create new, empty tables."""
        self._database_url = database_url
        self._connection = connection
        self._codec = events
        self._partitions = partitions
        self._live = generations(connection)
        connection.execute("SET synchronous_commit = off")
        self._folds = [Filling(connection, Tables(model, self._generation(model) + 1)) for model in models]
        self._routes = Routes(fold.tables.model for fold in self._folds)
        with connection.transaction():
            for fold in self._folds:
                fold.begin()
        self._events = 0
        self._reached = 0
        self._processes = 1

    def _generation(self, model: ReadModel[Any]) -> int:
        return self._live.get(model.name, Live()).generation

    def reacted(self) -> int:
        """Return how far the live process managers have reacted: from there the switch reacts."""
        names = [fold.tables.model.name for fold in self._folds if fold.tables.model.react is not None]
        row = self._connection.execute(
            "SELECT min(greatest(c.position, m.position)) FROM rows.checkpoint c, rows.read_model m"
            " WHERE m.name = ANY(%s)",
            (names,),
        ).fetchone()
        return POSITION_MAX if row is None or row[0] is None else int(row[0])

    def fill_together(self, up_to: int, progress: Progress) -> None:
        """Fold the log up to position `up_to`, a long one in several processes that share out its keys."""
        processes = min(os.cpu_count() or 1, PROCESSES_MAX)
        if up_to < TOGETHER_EVENTS_MIN or processes == 1 or not self._codec.is_whole:
            self.fill(up_to, progress)
            return
        self._processes = processes
        wanted = tuple((fold.tables.model, fold.tables.generation) for fold in self._folds)
        keys = self._codec.keys
        masters = None if keys is None else keys.masters
        shares = tuple(even_shares(self._connection, up_to, processes))
        shared = Shared(self._database_url, wanted, up_to, shares, masters)
        for part in fill_parts(shared, progress):
            self._events += part.events
            for fold in self._folds:
                fold.join(part.parked.get(fold.tables.model.name, {}))
        self._reached = up_to

    def fill(self, up_to: int, progress: Progress) -> None:
        """Fold the log as far as position `up_to`."""
        with connect(self._database_url, application="rebuild reading") as reading:
            for page in pages(reading, self._reached, up_to=up_to, limit=PAGE_EVENTS):
                with self._connection.transaction():
                    self._take(decoded_all(page, self._codec))
                progress(self._reached, up_to)

    def _take(self, batch: Sequence[Recorded[Any]], at: Positions | None = None) -> None:
        """Fold a batch; given `at`, how far the live ones are, keep the wishes for events behind that."""
        skipped = skipped_positions(self._connection)
        sorted_out = Batch(self._routes, batch)
        for fold in self._folds:
            changes = fold.take(sorted_out, skipped, is_reacting=at is not None)
            if at is not None:
                changes.wishes = [each for each in changes.wishes if self._is_new(fold, each[1], at)]
                keep_wishes(self._connection, changes)
        self._events += len(batch)
        self._reached = batch[-1].position

    def _is_new(self, fold: Filling, seen: Recorded[Any], at: Positions) -> bool:
        """Say whether the live process manager has not come to this event; a new one only looks ahead."""
        live = self._live.get(fold.tables.model.name)
        reached = at.get(partition_of(seen.key, self._partitions), 0)
        return live is not None and seen.position > max(reached, live.position)

    def finish(self) -> None:
        """Write the rows still in memory and complete the tables: those of a long log several at once."""
        for fold in self._folds:
            with self._connection.transaction():
                fold.flush()
        finish_together(self._database_url, self._folds, self._processes)

    def switch(self) -> list[Rebuilt]:
        """Fold what came meanwhile, the projectors waiting, compare, and switch."""
        with self._connection.transaction():
            at = lock_positions(self._connection, range(self._partitions))
            for page in pages(self._connection, self._reached, up_to=head(self._connection)):
                self._take(decoded_all(page, self._codec), at)
            for fold in self._folds:
                fold.flush()
            done = [self._compared(fold, at) for fold in self._folds]
            for fold in self._folds:
                self._make_live(fold)
            begin(self._connection, self._partitions)
            return done

    def _compared(self, fold: Filling, at: Positions) -> Rebuilt:
        model = fold.tables.model
        live = self._live.get(model.name, Live())
        found = first = None
        if live.generation and live.fingerprint == fingerprint(model, self._partitions):
            common = max(live.position, min(at.values(), default=0))
            found = differences(self._connection, Tables(model, live.generation), fold.tables, common)
            if found:
                first = first_difference(
                    self._connection, Tables(model, live.generation), fold.tables, common
                )
        return Rebuilt(model.name, fold.tables.generation, self._events, found, first)

    def _make_live(self, fold: Filling) -> None:
        model = fold.tables.model
        switch(self._connection, fold.tables, fingerprint(model, self._partitions), self._reached)
        self._connection.execute("DELETE FROM rows.parked WHERE model = %s", (model.name,))
        for failure in fold.parked.values():
            park(self._connection, failure, partition_of(failure.key, self._partitions), 1)

    def discard(self, *, is_live: bool) -> None:
        """Drop what is not live now: the old generations, or the new ones when they were not switched to."""
        for fold in self._folds:
            model = fold.tables.model
            unused = Tables(model, self._generation(model)) if is_live else fold.tables
            unused.drop(self._connection)


def live_tables(
    database_url: str,
    connection: Connection[Any],
    models: Sequence[ReadModel[Any]],
    events: Codec,
    partitions: int,
) -> list[Tables]:
    """Return the live generation of each model; one missing or made by other code is built first."""
    retire(connection, [model.name for model in models])
    live = generations(connection)
    stale = [
        model
        for model in models
        if live.get(model.name, Live()).fingerprint != fingerprint(model, partitions)
    ]
    if stale:
        _log.info("read_models_building", models=[model.name for model in stale])
        for done in rebuild(database_url, stale, events, partitions=partitions):
            _log.info("read_model_built", model=done.model, generation=done.generation, events=done.events)
        live = generations(connection)
    return [Tables(model, live[model.name].generation) for model in models]
