"""An erasure that a project's legal hold forbade is no legal step, whoever wrote it into the log."""

import asyncio
from uuid import uuid4

import psycopg
import pytest

from domain.member.erasure import MemberErasureRequested
from domain.project.legal_holds import LiftProjectLegalHold, PlaceProjectLegalHold
from infra.codec import codec
from infra.event_log import EventLog
from infra.verify.faults import Kind
from tests.infra.story import ACTOR, Story, issued, named, say
from tests.infra.verify.proven import prove, verified

pytestmark = pytest.mark.xdist_group("verify")
HOLD = uuid4()
ANNA = named("anna")  # she is named in every project of the story
FORGED = """
    WITH forged AS (
        INSERT INTO log.event
        SELECT max(position) + 1, uuidv7(), %(stream)s, max(version) FILTER (WHERE stream = %(stream)s) + 1,
               'member.erasure_requested.v1', NULL, %(actor)s, %(command)s, NULL, %(command)s, NULL,
               max(recorded_at) + %(later)s, max(recorded_at) + %(later)s, %(data)s
        FROM log.event RETURNING *)
    INSERT INTO log.command SELECT command_id, '', stream, version, position, 1 FROM forged RETURNING position
"""


def forge(url: str, *, later: str = "1 hour") -> int:
    """Write into the log, as its owner may, that somebody asked for an erasure; return the position."""
    data = codec().encode(MemberErasureRequested(ACTOR, "A letter"))
    what = {"stream": ANNA, "actor": ACTOR, "command": uuid4(), "data": data, "later": later}
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(FORGED, what).fetchone()
    assert row is not None
    prove(url)
    return int(row[0])


def command(url: str, what: object, number: str) -> None:
    story = Story(5)

    async def saying() -> None:
        async with EventLog(url) as log:
            await say(log, issued(what, story.project(0), story.at, number))

    asyncio.run(saying())


def test_an_erasure_is_illegal_while_a_project_hold_stands(copy: str) -> None:
    command(copy, PlaceProjectLegalHold(HOLD, "A claim"), "hold")
    position = forge(copy)
    fault = verified(copy).fault
    assert fault is not None
    assert (fault.position, fault.kind) == (position, Kind.ILLEGAL_TRANSITION)


def test_an_erasure_is_legal_before_a_hold_is_placed(copy: str) -> None:
    forge(copy)
    command(copy, PlaceProjectLegalHold(HOLD, "A claim"), "hold")
    prove(copy)
    assert verified(copy).is_ok


def test_an_erasure_is_legal_once_the_hold_is_lifted(copy: str) -> None:
    command(copy, PlaceProjectLegalHold(HOLD, "A claim"), "hold")
    command(copy, LiftProjectLegalHold(HOLD, "Settled"), "lift")
    forge(copy)
    assert verified(copy).is_ok


def test_who_came_to_a_held_project_at_the_same_moment_raises_no_alarm(copy: str) -> None:
    """What was written within a minute may not have been known where the erasure was decided."""
    command(copy, PlaceProjectLegalHold(HOLD, "A claim"), "hold")
    forge(copy, later="0 seconds")
    assert verified(copy).is_ok
