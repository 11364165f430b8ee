"""The one writer: commands queued during the last commit go into one transaction, each with its verdict.

Longer than other files: queue, transaction and verdicts are one way, and are stopped together.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg
import structlog
from psycopg import AsyncConnection

from domain.handling import Entry
from infra.codec import Codec, Place
from infra.database import connect_async
from infra.packing import Packed, blobs, instants, integers, packed, texts, uuids

BATCH_MAX: Final = 512
QUEUE_MAX: Final = 20_000
BACKOFF_SECONDS: Final = (0.05, 0.1, 0.2, 0.4, 0.8, 1.0)
SWEEP_SECONDS: Final = 0.1

_APPEND: Final = (
    "SELECT number, verdict, stream, version, position, event_count FROM log.append("
    "%b::uuid[], %b::bytea[], %b::uuid[], %b::int[], %b::int[],"
    " %b::uuid[], %b::uuid[], %b::uuid[], %b::text[], %b::timestamptz[],"
    " %b::int[], %b::uuid[], %b::int[],"
    " %b::int[], %b::uuid[], %b::int[], %b::text[], %b::uuid[], %b::bytea[])"
)

_COMMANDS: Final = (
    uuids, blobs, uuids, integers, integers,
    uuids, uuids, uuids, texts, instants,
)  # fmt: skip
_EXPECTS: Final = (integers, uuids, integers)
_EVENTS: Final = (integers, uuids, integers, texts, uuids, blobs)

_log: Final = structlog.get_logger(__name__)


class LogAway(Exception):
    """The log was out of reach, or had no room, until the deadline; the same command can be sent again."""


class Verdict(NamedTuple):
    """What the log said of one command: `appended`, `repeated`, `other_body` or `conflict`."""

    kind: str
    stream: UUID | None
    version: int
    position: int
    event_count: int


@dataclass(frozen=True, slots=True, eq=False)
class Pending:
    """A command waiting for its verdict until `deadline` (seconds of the monotonic clock)."""

    entry: Entry
    digest: bytes
    future: "asyncio.Future[Verdict]"
    deadline: float


class LogWriter:
    """Appends for one event loop, through one connection."""

    def __init__(self, database_url: str, codec: Codec, *, deadline_seconds: float) -> None:
        """Write to `database_url`; a command without a verdict in `deadline_seconds` fails with `LogAway`."""
        self._database_url = database_url
        self._codec = codec
        self._deadline_seconds = deadline_seconds
        self._waiting: deque[Pending] = deque()
        self._open: dict[Pending, None] = {}
        self._wake = asyncio.Event()
        self._is_closing = False
        self._connection: AsyncConnection[Any] | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to write, in the running event loop."""
        self._tasks = [asyncio.create_task(self._run()), asyncio.create_task(self._sweep())]

    async def stop(self) -> None:
        """Write what is queued, then stop; what cannot be written in time fails with `LogAway`."""
        self._is_closing = True
        self._wake.set()
        if self._tasks:
            await asyncio.wait(self._tasks[:1], timeout=self._deadline_seconds)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._fail(list(self._open))
        await self._disconnect()

    async def append(self, entry: Entry) -> Verdict:
        """Queue a command and wait for its verdict; raise `LogAway` past the deadline or when full."""
        if self._is_closing or len(self._open) >= QUEUE_MAX:
            raise LogAway
        future: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        pending = Pending(
            entry, self._codec.digest(entry.issued), future, time.monotonic() + self._deadline_seconds
        )
        self._open[pending] = None
        self._waiting.append(pending)
        self._wake.set()
        return await future

    async def _sweep(self) -> None:
        """Fail what is past its deadline, whatever the connection is doing."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = time.monotonic()
            self._fail([pending for pending in self._open if pending.deadline <= now])

    def _fail(self, late: Sequence[Pending]) -> None:
        for pending in late:
            self._open.pop(pending, None)
            if not pending.future.done():
                pending.future.set_exception(LogAway())

    async def _run(self) -> None:
        while not self._is_closing or self._waiting:
            if not self._waiting:
                await self._wake.wait()
            self._wake.clear()
            batch = take(self._waiting)
            if batch:
                await self._write(batch)

    async def _write(self, batch: list[Pending]) -> None:
        """Append a batch, again after each fault of the connection: command ids make the repetition harmless.

        Any other fault is that of one command, which must not take the others, or the writer, with it.
        """
        attempt = 0
        while not all(pending.future.done() for pending in batch):
            try:
                verdicts = await self._append(batch)
            except (psycopg.OperationalError, TimeoutError) as fault:
                _log.warning("log_unreachable", attempt=attempt, fault=type(fault).__name__)
                await self._disconnect()
                await asyncio.sleep(BACKOFF_SECONDS[min(attempt, len(BACKOFF_SECONDS) - 1)])
                attempt += 1
            except Exception as fault:  # noqa: BLE001 - it becomes the answer of the command at fault
                await self._disconnect()
                if len(batch) == 1:
                    _log.exception("append_failed")
                    self._settle(batch, [fault])
                    return
                for pending in batch:
                    await self._write([pending])
            else:
                await self._tell(batch, verdicts)
                return

    async def _tell(self, batch: Sequence[Pending], verdicts: Sequence[Verdict]) -> None:
        """Hand out verdicts such that the log and we work at once: it appends a batch while we tell the last.

        When nothing waits, every client waits for us: half of them are told first, to bring the next batch.
        """
        told = 0 if self._waiting else len(batch) // 2
        if told:
            self._settle(batch[:told], verdicts[:told])
            await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(self._settle, batch[told:], verdicts[told:])

    def _settle(self, batch: Sequence[Pending], outcomes: Sequence[Verdict | Exception]) -> None:
        for pending, outcome in zip(batch, outcomes, strict=True):
            self._open.pop(pending, None)
            if pending.future.done():
                continue
            if isinstance(outcome, Verdict):
                pending.future.set_result(outcome)
            else:
                pending.future.set_exception(outcome)

    async def _append(self, batch: Sequence[Pending]) -> list[Verdict]:
        parameters = columns(batch, self._codec)
        async with asyncio.timeout(self._deadline_seconds):
            if self._connection is None:
                self._connection = await connect_async(self._database_url, application="writer")
            cursor = self._connection.cursor(binary=True)
            rows = await (await cursor.execute(_APPEND, parameters, prepare=True)).fetchall()
        verdicts = {row[0]: Verdict._make(row[1:]) for row in rows}
        if len(verdicts) != len(batch):
            raise AssertionError("the log gave a command no verdict")
        return [verdicts[number] for number in range(1, len(batch) + 1)]

    async def _disconnect(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None


def take(waiting: deque[Pending]) -> list[Pending]:
    """Take the next batch off `waiting`, at most `BATCH_MAX`, in order.

    A command that repeats an id of the batch, or expects a stream that the batch writes, waits for the next
    one: its verdict depends on theirs.
    """
    batch: list[Pending] = []
    held: list[Pending] = []
    ids: set[UUID] = set()
    written: set[UUID] = set()
    while waiting and len(batch) < BATCH_MAX:
        pending = waiting.popleft()
        entry = pending.entry
        if pending.future.done():
            continue
        if entry.issued.command_id in ids or not written.isdisjoint(entry.expects):
            held.append(pending)
            continue
        batch.append(pending)
        ids.add(entry.issued.command_id)
        if entry.events:
            written.add(entry.issued.stream)
    waiting.extendleft(reversed(held))
    return batch


def columns(batch: Sequence[Pending], codec: Codec) -> list[Packed]:
    """Return the parameters of `log.append` for a batch: commands, expectations, events, column by column."""
    commands: list[tuple[Any, ...]] = []
    expects: list[tuple[Any, ...]] = []
    events: list[tuple[Any, ...]] = []
    for number, pending in enumerate(batch, start=1):
        entry = pending.entry
        issued = entry.issued
        version = entry.version
        place = Place(issued.actor_id, issued.stream)
        expects.extend((number, stream, at) for stream, at in entry.expects.items())
        for event in entry.events:
            version += 1
            name = codec.name(event)
            data = codec.encode(event, place)
            events.append((number, issued.stream, version, name, entry.project_id, data))
        commands.append(
            (
                issued.command_id,
                pending.digest,
                issued.stream,
                version,
                len(entry.events),
                issued.actor_id,
                issued.correlation_id or issued.command_id,
                issued.causation_id,
                codec.seal(issued.reason, place),
                issued.at,
            )
        )
    return [*packed(_COMMANDS, commands), *packed(_EXPECTS, expects), *packed(_EVENTS, events)]
