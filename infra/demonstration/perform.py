"""Performing the demonstration: its acts sent through the log like anybody's commands, lanes side by side."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.aggregates import AGGREGATES
from domain.decider import Decider
from domain.errors import Refusal
from domain.recorded import Issued
from infra.demonstration.acts import Act, Lane, as_command

LANES_AT_ONCE_MAX: Final = 64
LANES_AHEAD_MAX: Final = 2_000

Submit = Callable[[Issued[Any], Decider[Any, Any, Any]], Awaitable[object]]
_DECIDERS: Final = {decider.name: decider for decider in AGGREGATES}


class Misdirected(AssertionError):
    """What an act met is not what its script says: the demonstration and the domain have come apart."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Lanes that go side by side, after those of the scene before; `name` makes the ids of its commands."""

    name: str
    lanes: Callable[[], Iterable[Lane]]


async def perform(scenes: Iterable[Scene], submit: Submit, progress: Callable[[int], None]) -> int:
    """Perform the scenes in order and return how many commands were sent; `progress` is told how many so far.

    A second performance sends the same ids and changes nothing. Raises `Misdirected`, or a fault of the log.
    """
    sent = 0
    for scene in scenes:
        free = asyncio.Semaphore(LANES_AT_ONCE_MAX)
        for chunk in _chunks(enumerate(scene.lanes())):
            names = [f"{scene.name}:{number}" for number, _ in chunk]
            lanes = [lane for _, lane in chunk]
            sent += await _side_by_side(lanes, names, submit, free)
            progress(sent)
    return sent


async def _side_by_side(
    lanes: Sequence[Lane], names: Sequence[str], submit: Submit, free: asyncio.Semaphore
) -> int:
    """Perform lanes and return how many commands that were; raise the first fault."""
    try:
        async with asyncio.TaskGroup() as group:
            done = [
                group.create_task(_lane(lane, name, submit, free))
                for lane, name in zip(lanes, names, strict=True)
            ]
    except BaseExceptionGroup as faults:
        raise faults.exceptions[0] from faults
    return sum(each.result() for each in done)


async def _lane(lane: Lane, name: str, submit: Submit, free: asyncio.Semaphore) -> int:
    async with free:
        for number, act in enumerate(lane):
            met = await _met(act, f"{name}:{number}", submit)
            if met is not None and met != act.refused_as:  # performed again, what was refused is true already
                what = type(act.command).__name__
                raise Misdirected(f"{name}:{number}, {what}: expected {act.refused_as}, met {met}")
        return len(lane)


async def _met(act: Act, name: str, submit: Submit) -> str | None:
    """Send an act and return the code of the refusal it met, None where it was done."""
    try:
        await submit(as_command(act, name), _DECIDERS[act.aggregate])
    except Refusal as refusal:
        return refusal.code
    return None


def _chunks(lanes: Iterable[tuple[int, Lane]]) -> Iterator[list[tuple[int, Lane]]]:
    chunk: list[tuple[int, Lane]] = []
    for each in lanes:
        chunk.append(each)
        if len(chunk) == LANES_AHEAD_MAX:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
