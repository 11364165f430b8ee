"""The writer's batches: in order, and no verdict in one depends on another of the same."""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from uuid import UUID

import pytest

from domain.handling import Entry
from domain.recorded import Issued
from infra.codec import Codec, digest
from infra.log_writer import BATCH_MAX, LogAway, LogWriter, Pending, columns, take
from tests.examples import NINE
from tests.infra.relaying import ACTOR, NOTES, Note, Noted, Notes
from tests.infra.story import named


def pending(stream: str, command: str, *, events: int = 1, guard: str | None = None) -> Pending:
    said = Issued(Note(command), named(stream), named(command), ACTOR, NINE)
    expects: dict[UUID, int] = {named(stream): 0, **({named(guard): 0} if guard else {})}
    entry = Entry(NOTES, said, None, 0, [Noted("n")] * events, Notes(events), expects)
    return Pending(entry, digest(said), asyncio.get_running_loop().create_future(), time.monotonic() + 60)


def taken(waiting: Sequence[Pending]) -> list[list[Pending]]:
    queue, batches = deque(waiting), list[list[Pending]]()
    while batch := take(queue):
        batches.append(batch)
    return batches


def test_what_depends_on_another_command_waits_for_the_next_batch() -> None:
    async def batches() -> None:
        one, same_id = pending("a", "1"), pending("b", "1")
        same_stream, guarded = pending("a", "2"), pending("c", "3", guard="a")
        free, nothing = pending("d", "4"), pending("e", "5", events=0)
        beside = pending("e", "6")
        queue = [one, same_id, same_stream, guarded, free, nothing, beside]
        assert taken(queue) == [[one, free, nothing, beside], [same_id, same_stream], [guarded]]

    asyncio.run(batches())


def test_a_batch_is_bounded_and_leaves_out_what_nobody_waits_for() -> None:
    async def batches() -> None:
        queue = [pending(f"s{number}", f"{number}") for number in range(BATCH_MAX + 3)]
        queue[0].future.cancel()
        assert list(map(len, taken(queue))) == [BATCH_MAX, 2]

    asyncio.run(batches())


def elements(column: bytes) -> int:
    """Return how many elements an array says it has."""
    return int.from_bytes(column[12:16])


def test_columns_are_in_step() -> None:
    async def batch() -> None:
        found = columns([pending("a", "1", events=2), pending("b", "2", events=0)], Codec([NOTES]))
        assert [elements(column) for column in found] == [2] * 10 + [2] * 3 + [2] * 6
        assert [elements(column) for column in columns([], Codec([NOTES]))] == [0] * 19

    asyncio.run(batch())


def test_a_writer_that_was_stopped_or_finds_no_log_says_so_in_time() -> None:
    async def story() -> None:
        writer = LogWriter("postgresql://127.0.0.1:1/none", Codec([NOTES]), deadline_seconds=0.3)
        writer.start()
        with pytest.raises(LogAway):
            await writer.append(pending("a", "1").entry)
        await writer.stop()
        with pytest.raises(LogAway):
            await writer.append(pending("a", "1").entry)

    asyncio.run(story())
