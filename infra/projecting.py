"""One batch of the log into every read model, in one transaction: once, whatever is delivered twice."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID, uuid5

import msgspec
from psycopg import Connection

from domain.recorded import Recorded
from infra.batching import Batch, Routes, listened
from infra.codec import Codec
from infra.decoding import decoded, decoded_all
from infra.folding import Changes, Failure, FoldFailed, fold_batch
from infra.log_reader import Record, read_key
from infra.parking import park, unpark
from infra.read_side import Books, move
from infra.tables import Tables
from infra.topic import partition_of
from projections.read_model import Wish

FOLD_ATTEMPTS_MAX: Final = 3


class Hole(Exception):
    """What was delivered begins behind the checkpoint: something is missing in between."""


class Superseded(Exception):
    """Another process made another generation of a read model live: this one must look again."""


class SomebodyErased(Exception):
    """A person was erased since the events of a batch were decoded: they are decoded anew."""


class Projecting:
    """Folds batches into the live generation of each read model, through one connection."""

    def __init__(
        self, connection: Connection[Any], tables: Iterable[Tables], codec: Codec, partitions: int
    ) -> None:
        """Write to `tables`, for a topic of `partitions` partitions."""
        self._connection = connection
        self._tables = tuple(tables)
        self._routes = Routes(each.model for each in self._tables)
        self._codec = codec
        self._partitions = partitions

    def partition(self, key: UUID) -> int:
        """Return the partition of a key."""
        return partition_of(key, self._partitions)

    def project(
        self, records: Sequence[Record], since: Mapping[int, int], reached: Mapping[int, int]
    ) -> dict[int, int]:
        """Fold `records` (ascending), which are all there is of each partition in (`since`, `reached`].

        Returns how far each of these partitions is folded then. Raises `Hole` when a checkpoint is before
        `since`, `Superseded` when these tables are no longer the live ones.
        An event that a model could not fold `FOLD_ATTEMPTS_MAX` times parks its key in that model.
        """
        batch = self._decoded(records)
        failures: list[Failure] = []
        while True:
            try:
                with self._connection.pipeline(), self._connection.transaction():
                    return self._project(batch, since, reached, _hopeless(failures))
            except FoldFailed as failed:
                failures.append(self._undone(failed))
            except SomebodyErased:
                batch = self._decoded(records)

    def _decoded(self, records: Sequence[Record]) -> Batch:
        return Batch(self._routes, decoded_all(records, self._codec))

    def _check_keys(self, epoch: int) -> None:
        """Raise `SomebodyErased` where texts were opened with keys that are deleted at `epoch`.

        Asked once the checkpoints are locked: who rebuilds the rows after an erasure waits for them, so what
        is folded before is replaced, and what is folded after was opened without the key.
        """
        keys = self._codec.keys
        if keys is not None and epoch != keys.epoch:
            keys.refresh()
            raise SomebodyErased

    def retry(self, model: str, key: UUID) -> bool:
        """Fold what waits behind a parked key, as far as it can be folded; return whether it is free again.

        A key that is not parked, or of a model there is not, is free. Raises `Superseded`.
        """
        tables = next((each for each in self._tables if each.model.name == model), None)
        if tables is None:
            return True
        partition = self.partition(key)
        limit: Failure | None = None
        while True:
            try:
                with self._connection.transaction():
                    books = Books(self._connection, [partition])
                    self._check(books, {})
                    if self._codec.keys is not None:
                        self._codec.keys.refresh()
                    up_to = max(books.at[partition], books.live[model][1])
                    since = unpark(self._connection, model, key)
                    if since is None:
                        return True
                    if limit is not None:
                        up_to = limit.position - 1
                    waiting = read_key(self._connection, key, since=since, up_to=up_to)
                    batch = [
                        decoded(each, self._codec)
                        for each in waiting
                        if (model, each.position) not in books.skipped
                    ]
                    self._fold([(tables, Batch(self._routes, batch).of(tables.model))])
                    if limit is not None:
                        park(self._connection, limit, partition, 1)
                    return limit is None
            except FoldFailed as failed:
                limit = self._undone(failed)

    def _undone(self, failed: FoldFailed) -> Failure:
        """Return what failed, once it is forgotten which partitions its transaction may have created."""
        for tables in self._tables:
            tables.history.forget()
        return failed.failure

    def _project(
        self,
        batch: Batch,
        since: Mapping[int, int],
        reached: Mapping[int, int],
        hopeless: Sequence[Failure],
    ) -> dict[int, int]:
        books = Books(self._connection, list(reached))
        self._check_keys(books.epoch)
        self._check(books, since)
        for failure in hopeless:
            park(self._connection, failure, self.partition(failure.key), FOLD_ATTEMPTS_MAX)
            books.parked[failure.model, failure.key] = failure.position
        self._fold(self._fresh(batch, books))
        moved = {p: position for p, position in reached.items() if position > books.at[p]}
        move(self._connection, moved)
        return {**books.at, **moved}

    def _fresh(self, batch: Batch, books: Books) -> Iterator[tuple[Tables, Sequence[Recorded[Any]]]]:
        """Yield the events that each read model has yet to fold."""
        at = books.at
        rest: dict[int, Batch] = {}  # most read models have come equally far
        least = min(at.values(), default=0)
        excluded = _Excluded(books)
        for tables in self._tables:
            if not batch.of(tables.model):
                continue
            name = tables.model.name
            built = max(least, books.live[name][1])
            if built not in rest:
                rest[built] = self._behind(batch, {p: max(position, built) for p, position in at.items()})
            fresh = rest[built].of(tables.model)
            if excluded.has(name):
                fresh = [seen for seen in fresh if excluded.admits(name, seen)]
            yield tables, fresh

    def _behind(self, batch: Batch, at: Mapping[int, int]) -> Batch:
        """Return the events behind position `at` of their partition."""
        if batch.first > max(at.values()):
            return batch
        fresh = (seen for seen in batch.events if seen.position > at[self.partition(seen.key)])
        return Batch(self._routes, fresh)

    def _check(self, books: Books, since: Mapping[int, int]) -> None:
        """Raise `Superseded` where these tables are not the live ones, `Hole` where `since` is ahead."""
        for tables in self._tables:
            name = tables.model.name
            if books.live.get(name, (0, 0))[0] != tables.generation:
                raise Superseded(name)
        if any(books.at[partition] < position for partition, position in since.items()):
            raise Hole

    def _fold(self, fresh: Iterable[tuple[Tables, Sequence[Recorded[Any]]]]) -> None:
        """Fold each read model's events; all tables are asked before the first answer is waited for."""
        connection = self._connection
        touched = [(tables, keyed) for tables, each in fresh if (keyed := listened(tables.model, each))]
        asked = [
            (tables, keyed, tables.ask(connection, {key for _, keys in keyed for key in keys}))
            for tables, keyed in touched
        ]
        for tables, keyed, rows in asked:
            live = tables.loaded(rows)
            changes = fold_batch(tables.model, live, keyed, is_reacting=True)
            tables.write(connection, changes, live)
            keep_wishes(connection, changes)


class _Excluded:
    """Which events are left out of which model: those of parked keys, and those somebody decided to skip."""

    def __init__(self, books: Books) -> None:
        self._parked = books.parked
        self._skipped = books.skipped
        self._models = {name for name, _ in (*books.parked, *books.skipped)}

    def has(self, model: str) -> bool:
        """Say whether anything at all is left out of a model."""
        return model in self._models

    def admits(self, model: str, seen: Recorded[Any]) -> bool:
        parked_at = self._parked.get((model, seen.key))
        if parked_at is not None and seen.position >= parked_at:
            return False
        return (model, seen.position) not in self._skipped


def _hopeless(failures: Sequence[Failure]) -> list[Failure]:
    """Return one failure for each event that failed as often as is allowed."""
    return [failure for failure, count in Counter(failures).items() if count >= FOLD_ATTEMPTS_MAX]


def keep_wishes(connection: Connection[Any], changes: Changes) -> None:
    """Keep what process managers want issued, with ids derived from the event: once, however often."""
    for wish, seen in changes.wishes:
        name = f"{wish.aggregate}:{wish.stream}:{type(wish.command).__name__}"
        keep_wish(connection, wish, seen, uuid5(seen.event_id, name))


def keep_wish(connection: Connection[Any], wish: Wish, seen: Recorded[Any], command_id: UUID) -> None:
    """Keep one command to be issued because of an event."""
    connection.execute(
        "INSERT INTO rows.wish"
        " (command_id, position, aggregate, stream, command_type, command, at, correlation_id, causation_id)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (
            command_id,
            seen.position,
            wish.aggregate,
            wish.stream,
            type(wish.command).__name__,
            msgspec.json.encode(wish.command).decode(),
            wish.at,
            seen.correlation_id,
            seen.event_id,
        ),
    )
