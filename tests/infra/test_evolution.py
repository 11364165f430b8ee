"""Two versions of Fairlead on one log: the next reads what the last wrote, the last guesses at nothing."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest

from domain.decider import Context, Decider, Upcast
from domain.handling import handle
from domain.recorded import Issued
from infra.codec import Codec, UnknownEvent
from infra.database import install
from infra.event_log import EventLog
from tests.examples import NINE
from tests.infra.story import ACTOR, anybody, whole

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Move:
    """Move a thing."""

    by: int


@dataclass(frozen=True, slots=True)
class MovedByFeet:
    """A thing was moved, as it was written first."""

    feet: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A thing was moved, as it is written now."""

    centimetres: int
    cause: str


@dataclass(frozen=True, slots=True)
class Thing:
    """Where a thing is."""

    centimetres: int = 0
    causes: tuple[str, ...] = ()


def version(
    events: Mapping[str, type],
    made: Callable[[int], Any],
    evolve: Callable[[Thing | None, Any], Thing],
    upcasts: Mapping[str, Upcast],
) -> Decider[Any, Any, Any]:
    def decide(command: Move, thing: Thing | None, context: Context) -> list[Any]:
        del thing, context
        return [made(command.by)]

    return Decider(
        name="thing",
        decide=decide,
        evolve=evolve,
        events=events,
        commands={Move: frozenset()},
        opens=frozenset({Move}),
        project_of=lambda _: None,
        upcasts=upcasts,
    )


def by_feet(thing: Thing | None, event: MovedByFeet) -> Thing:
    return Thing((thing or Thing()).centimetres + 30 * event.feet)


def by_centimetres(thing: Thing | None, event: Moved) -> Thing:
    before = thing or Thing()
    return Thing(before.centimetres + event.centimetres, (*before.causes, event.cause))


LAST = version({"thing.moved.v1": MovedByFeet}, MovedByFeet, by_feet, {})
NEXT = version(
    {"thing.moved.v2": Moved},
    lambda by: Moved(by, "asked"),
    by_centimetres,
    {
        "thing.moved.v1": Upcast(
            "thing.moved.v2", lambda body: {"centimetres": 30 * body["feet"], "cause": "unknown"}
        )
    },
)


def during(url: str, decider: Decider[Any, Any, Any], work: Callable[[EventLog], Any]) -> Any:
    async def working() -> Any:
        async with EventLog(url, events=Codec([decider])) as log:
            return await work(log)

    return asyncio.run(working())


def move(url: str, decider: Decider[Any, Any, Any], stream: UUID, by: int) -> None:
    issued = Issued(Move(by), stream, uuid4(), ACTOR, NINE)
    during(url, decider, lambda log: handle(decider, issued, log, anybody))


def state(url: str, decider: Decider[Any, Any, Any], stream: UUID) -> Thing:
    found: Thing = during(
        url, decider, lambda log: log.load(decider, stream, fresh=True, opening=False)
    ).state
    return found


def test_what_the_last_version_wrote_the_next_reads_and_goes_on_with(database_url: str) -> None:
    install(database_url)
    stream = uuid4()
    move(database_url, LAST, stream, 2)
    assert state(database_url, LAST, stream) == Thing(60)
    assert state(database_url, NEXT, stream) == Thing(60, ("unknown",))
    move(database_url, NEXT, stream, 5)
    assert state(database_url, NEXT, stream) == Thing(65, ("unknown", "asked"))
    stored = [(each.type, each.data) for each in whole(database_url)]
    assert stored == [
        ("thing.moved.v1", b'{"feet":2}'),
        ("thing.moved.v2", b'{"centimetres":5,"cause":"asked"}'),
    ]


def test_the_last_version_decides_nothing_on_what_it_cannot_read(database_url: str) -> None:
    install(database_url)
    stream = uuid4()
    move(database_url, LAST, stream, 1)
    move(database_url, NEXT, stream, 5)

    async def with_an_old_state(log: EventLog) -> None:
        """Decide again on what was kept from before the newer version wrote."""
        issued = Issued(Move(3), stream, uuid4(), ACTOR, NINE)
        with pytest.raises(UnknownEvent):
            await handle(LAST, issued, log, anybody)

    during(database_url, LAST, with_an_old_state)
    with pytest.raises(UnknownEvent):
        move(database_url, LAST, stream, 1)
    assert [each.version for each in whole(database_url)] == [1, 2]
