"""An erasure that a project's legal hold forbade is no legal step, whoever wrote it into the log."""

import asyncio
from uuid import UUID, uuid4

import psycopg
import pytest

from domain.ids import MemberId
from domain.member import InviteMember
from domain.member.erasure import MemberErasureRequested
from domain.project import NameMember
from domain.project.legal_holds import LiftProjectLegalHold, PlaceProjectLegalHold
from domain.roles import Role
from infra.codec import codec
from infra.event_log import EventLog
from infra.verify.faults import Kind
from tests.infra.story import ACTOR, Story, issued, named, say
from tests.infra.verify.proven import prove, verified

pytestmark = pytest.mark.xdist_group("verify")
HOLD = uuid4()
PROJECT = Story(5).project(0)
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


def forge(url: str, member: UUID = ANNA, *, later: str = "1 hour") -> int:
    """Write into the log, as its owner may, that somebody asked for an erasure; return the position."""
    data = codec().encode(MemberErasureRequested(ACTOR, "A letter"))
    what = {"stream": member, "actor": ACTOR, "command": uuid4(), "data": data, "later": later}
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(FORGED, what).fetchone()
    assert row is not None
    prove(url)
    return int(row[0])


def command(url: str, what: object, stream: UUID = PROJECT) -> None:
    async def saying() -> None:
        async with EventLog(url) as log:
            await say(log, issued(what, stream, Story(5).at, type(what).__name__))

    asyncio.run(saying())


def test_an_erasure_is_illegal_while_a_project_hold_stands(copy: str) -> None:
    command(copy, PlaceProjectLegalHold(HOLD, "A claim"))
    position = forge(copy)
    fault = verified(copy).fault
    assert fault is not None
    assert (fault.position, fault.kind) == (position, Kind.ILLEGAL_TRANSITION)


def test_an_erasure_is_legal_before_a_hold_is_placed(copy: str) -> None:
    forge(copy)
    command(copy, PlaceProjectLegalHold(HOLD, "A claim"))
    prove(copy)
    assert verified(copy).is_ok


def test_an_erasure_is_legal_once_the_hold_is_lifted(copy: str) -> None:
    command(copy, PlaceProjectLegalHold(HOLD, "A claim"))
    command(copy, LiftProjectLegalHold(HOLD, "Settled"))
    forge(copy)
    assert verified(copy).is_ok


def test_who_came_to_a_held_project_at_the_same_moment_raises_no_alarm(copy: str) -> None:
    """What was written within a minute may not have been known where the erasure was decided."""
    ben = uuid4()
    command(copy, PlaceProjectLegalHold(HOLD, "A claim"))
    command(copy, InviteMember("Ben", "ben@example.org", Role.MEMBER, "Assembly"), ben)
    command(copy, NameMember(MemberId(ben), Role.MEMBER, "Assembly"))
    forge(copy, ben, later="0 seconds")
    assert verified(copy).is_ok


def test_who_came_to_a_held_project_before_is_held(copy: str) -> None:
    ben = uuid4()
    command(copy, PlaceProjectLegalHold(HOLD, "A claim"))
    command(copy, InviteMember("Ben", "ben@example.org", Role.MEMBER, "Assembly"), ben)
    command(copy, NameMember(MemberId(ben), Role.MEMBER, "Assembly"))
    forge(copy, ben)
    fault = verified(copy).fault
    assert fault is not None
    assert fault.kind is Kind.ILLEGAL_TRANSITION
