"""Activity over the whole way: one event at each change, at its own instant, whoever runs and is rebuilt."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.feedback import GiveSuggestion
from domain.ids import SYSTEM_ACTOR, MemberId, ProjectId
from domain.member import InviteMember
from domain.project import NameMember, OpenProject, RenameProject
from domain.project.activity import MemberBecameActive, MemberWentInactive
from domain.recorded import Issued
from domain.roles import Role
from infra.codec import codec
from infra.database import connect, install
from infra.reactions import due, wishes
from infra.rebuild import rebuild
from projections.activity_clock import ACTIVE_FOR
from projections.activity_clock import READ_MODEL as CLOCK
from projections.all import ALL
from tests.infra.relaying import wait_until
from tests.infra.story import (
    ACTOR,
    PARTITIONS,
    assert_rows_are_the_fold,
    issued,
    named,
    ready,
    recorded,
    stream_of,
)
from tests.infra.test_reactions import reacting, told
from tests.infra.test_rebuild import lag
from tests.infra.test_rebuild import projecting as projector

DAY = timedelta(days=1)
BEGAN = datetime.now(UTC).replace(microsecond=0) - 60 * DAY
PROJECT = ProjectId(named("project"))
OTHER = UUID(int=12)


@pytest.fixture
def database_url(readable_url: str) -> str:
    """Give a log that has its tables, so that no test of what happens in them makes them anew."""
    return readable_url


def team() -> list[Issued[object]]:
    who = InviteMember("Anna", "anna@example.org", Role.MEMBER)
    other = InviteMember("Ben", "ben@example.org", Role.MEMBER)
    return [
        issued(who, ACTOR, BEGAN, "invite"),
        issued(other, OTHER, BEGAN, "invite other"),
        issued(OpenProject("Line"), PROJECT, BEGAN, "open"),
        *(
            issued(NameMember(MemberId(member), Role.MEMBER, None), PROJECT, BEGAN, f"name {member}")
            for member in (ACTOR, OTHER)
        ),
    ]


def began(url: str, *more: Issued[object]) -> None:
    """Tell how the team came together, and more, into a log that has its clocks: new ones only look ahead."""
    install(url)
    ready(url)
    told(url, [*team(), *more])


def works(days: float, by: UUID = ACTOR) -> Issued[object]:
    """Return a suggestion given so many days after the project began."""
    at = BEGAN + days * DAY
    given = issued(GiveSuggestion(PROJECT, "Better"), named(f"{by} {days}"), at, f"{by} {days}")
    return Issued(given.command, given.stream, given.command_id, by, at, is_backdated=True)


def changes(url: str) -> list[tuple[UUID, str, float]]:
    """Return who changed how, and how many days after the project began, as the events say."""
    found = []
    for each in recorded(stream_of(url, PROJECT)):
        match each.event:
            case MemberBecameActive(member_id, at):
                found.append((member_id, "active", (at - BEGAN) / DAY))
            case MemberWentInactive(member_id, at):
                found.append((member_id, "inactive", (at - BEGAN) / DAY))
            case _:
                continue
        assert (each.actor_id, each.occurred_at) == (SYSTEM_ACTOR, at)
    return found


def of(url: str, member: UUID) -> list[tuple[str, float]]:
    return [(what, days) for who, what, days in changes(url) if who == member]


def is_quiet(url: str) -> bool:
    with connect(url, application="test") as connection:
        return lag(url) == 0 and not wishes(connection) and not due(connection, CLOCK)


ANNAS = [("active", 0.0), ("inactive", 19.0), ("active", 40.0), ("inactive", 59.0)]
BENS = [("active", 3.0), ("inactive", 17.0), ("active", 59.5)]


def test_each_change_is_one_event_at_its_instant_whatever_is_rebuilt(database_url: str) -> None:
    annas = [works(days) for days in (5, 40, 42, 45, 44)]
    bens = [works(days, OTHER) for days in (3, 59.5)]
    stranger = [works(days, UUID(int=13)) for days in (1, 50)]
    began(database_url, *annas, *bens, *stranger)
    with projector(database_url), reacting(database_url, 2):
        wait_until(lambda: len(changes(database_url)) >= len(ANNAS) + len(BENS), "all changes are said")
        wait_until(lambda: is_quiet(database_url), "nothing is left to do")
        rebuild(database_url, ALL, codec(), partitions=PARTITIONS)
        wait_until(lambda: is_quiet(database_url), "nothing is left to do after the rebuild")
    assert of(database_url, ACTOR) == ANNAS
    assert of(database_url, OTHER) == BENS
    assert len(changes(database_url)) == len(ANNAS) + len(BENS)
    with connect(database_url, application="test") as connection:
        connection.execute("DELETE FROM rows.wish")
    assert_rows_are_the_fold(database_url)


def test_two_who_stop_at_the_same_instant_both_go_inactive(database_url: str) -> None:
    began(database_url, works(5), works(5, OTHER))
    with projector(database_url), reacting(database_url):
        wait_until(lambda: len(changes(database_url)) == 4, "both went inactive")
    gone = (timedelta(days=5) + ACTIVE_FOR) / DAY
    assert [days for who, what, days in changes(database_url) if what == "inactive"] == [gone, gone]


def test_whoever_comes_back_later_is_active_again_from_then_on(database_url: str) -> None:
    began(database_url)
    with projector(database_url), reacting(database_url):
        wait_until(lambda: len(changes(database_url)) == 2, "Anna was active, then not")
        told(database_url, [issued(RenameProject("Line 4"), PROJECT, BEGAN + 58 * DAY, "rename")])
        wait_until(lambda: len(changes(database_url)) == 3, "Anna is active again")
        told(database_url, [works(58.5), works(59)])
        wait_until(lambda: is_quiet(database_url), "nothing is left to do")
    assert of(database_url, ACTOR) == [("active", 0.0), ("inactive", 14.0), ("active", 58.0)]
