"""Who looked at audit data: recorded for the organisation's roles, never lost in silence."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from domain.errors import Refusal
from domain.handling import Answer, Entry
from domain.ids import SYSTEM_ACTOR
from domain.roles import Role
from infra.access_log import LOOKS_MAX, AccessLog, Look
from infra.event_log import EventLog
from infra.keys import Erased
from infra.log_writer import LogAway
from infra.reactions import as_system
from infra.tokens import Actor
from tests.api.conftest import Api, Scene
from tests.api.projecting import project

pytestmark = pytest.mark.anyio
AUDITOR = Actor(UUID(int=9), frozenset({Role.AUDITOR}))
NOON = datetime(2026, 3, 2, 11, tzinfo=UTC)
LISTED = "{ auditAccess(order: LAST) { nodes { actorId query subjectId withinId times entryCount } } }"


async def looked(api: Api) -> None:
    """Let the looks so far come into the log, and its events into the rows."""
    assert await api.app.state.engine.access.flush()
    await project(api.database_url)


async def test_reading_the_audit_trail_is_recorded_in_the_name_of_the_reader(scene: Scene) -> None:
    trail = f'{{ auditTrail(node: "{scene.task}") {{ nodes {{ type }} }} }}'
    found = [await scene.api.of(scene.member).ask(trail) for _ in range(2)]
    (count,) = {len(each["data"]["auditTrail"]["nodes"]) for each in found}
    await scene.api.of(AUDITOR).ask(f'{{ auditTrail(project: "{scene.project}") {{ totalCount }} }}')
    await looked(scene.api)
    listed = (await scene.api.of(AUDITOR).ask(LISTED))["data"]["auditAccess"]["nodes"]
    mine, theirs = sorted(listed, key=lambda each: each["subjectId"] is None)
    assert mine["actorId"] == str(scene.member.actor_id)
    assert (mine["query"], mine["subjectId"]) == ("auditTrail", scene.task)
    assert (mine["times"], mine["entryCount"]) == (2, 2 * count)
    assert (theirs["actorId"], theirs["withinId"]) == (str(AUDITOR.actor_id), scene.project)
    assert scene.api.events().count("access.recorded.v1") == 2


async def test_who_reads_the_list_of_readers_is_on_it(scene: Scene) -> None:
    await scene.api.of(AUDITOR).ask(LISTED)
    await looked(scene.api)
    listed = (await scene.api.of(AUDITOR).ask(LISTED))["data"]["auditAccess"]["nodes"]
    assert [each["query"] for each in listed] == ["auditAccess"]


async def test_only_the_organisation_sees_who_looked(scene: Scene) -> None:
    await scene.api.of(scene.manager).ask(f'{{ auditTrail(node: "{scene.task}") {{ totalCount }} }}')
    await looked(scene.api)
    ((access,),) = scene.api.rows("SELECT stream FROM log.event WHERE type = 'access.recorded.v1'")
    node = f'{{ node(id: "{access}") {{ ... on AuditAccess {{ query }} }} }}'
    assert (await scene.api.of(scene.manager).ask(LISTED))["data"]["auditAccess"]["nodes"] == []
    assert (await scene.api.of(scene.manager).ask(node))["data"] == {"node": None}
    assert (await scene.api.of(AUDITOR).ask(node))["data"] == {"node": {"query": "auditTrail"}}


async def test_nobody_looks_unseen_where_there_is_no_room_to_say_so(scene: Scene) -> None:
    access: AccessLog = scene.api.app.state.engine.access
    for _ in range(LOOKS_MAX):
        access.note(Look(uuid4(), "auditTrail"), 1, NOON)
    trail = f'{{ auditTrail(node: "{scene.task}") {{ totalCount }} }}'
    reply = await scene.api.of(scene.member).ask(trail)
    assert reply["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    access._tallies.clear()  # noqa: SLF001 - ten thousand events would say nothing more


async def test_what_was_looked_at_is_in_the_log_after_a_clean_stop(installed_url: str) -> None:
    looks = [Look(UUID(int=number), "auditTrail") for number in range(1, 4)]
    async with EventLog(installed_url) as log:
        async with AccessLog(log, as_system) as access:
            for each in looks:
                access.note(each, 7, NOON)
        assert all([await _is_recorded(log, each) for each in looks])


async def _is_recorded(log: EventLog, look: Look) -> bool:
    with log._pool.connection() as connection:  # noqa: SLF001 - the log as it is stored
        row = connection.execute(
            "SELECT count(*) FROM log.event WHERE actor_id = %s AND type = 'access.recorded.v1'",
            (look.actor_id,),
        ).fetchone()
    return row == (1,)


class Away:
    """Streams of a log that is away for some calls."""

    def __init__(self, log: EventLog, times: int) -> None:
        self.log, self.times = log, times

    def __getattr__(self, name: str) -> object:
        """Return what the log has, unless it is away."""
        if name == "append" and self.times:
            self.times -= 1
            raise LogAway
        return getattr(self.log, name)


async def test_looks_wait_for_a_log_that_is_away_and_are_recorded_once(installed_url: str) -> None:
    async with EventLog(installed_url) as log:
        away: object = Away(log, 2)
        access = AccessLog(away, as_system)  # type: ignore[arg-type]
        for number in (1, 2, 3):
            access.note(Look(UUID(int=number), "auditTrail"), 7, NOON)
        assert not await access.flush()
        assert await access.flush()
        assert await access.flush()
        recorded = [await _is_recorded(log, Look(UUID(int=number), "auditTrail")) for number in (1, 2, 3)]
    assert recorded == [True, True, True]


class Erasing(Away):
    """Streams of a log that records nothing of somebody who was erased."""

    async def append(self, entry: Entry) -> Answer:
        """Refuse what is of anybody but Fairlead."""
        if entry.issued.actor_id != SYSTEM_ACTOR:
            raise Erased
        return await self.log.append(entry)


async def test_a_look_of_somebody_erased_is_recorded_by_fairlead(installed_url: str) -> None:
    async with EventLog(installed_url) as log:
        erasing: object = Erasing(log, 0)
        access = AccessLog(erasing, as_system)  # type: ignore[arg-type]
        access.note(Look(UUID(int=1), "auditTrail"), 7, NOON)
        assert not await access.flush()
        assert await access.flush()
        assert await _is_recorded(log, Look(SYSTEM_ACTOR, "auditTrail"))


async def test_looks_are_written_as_time_goes_by(installed_url: str) -> None:
    async with EventLog(installed_url) as log, AccessLog(log, as_system, flush_seconds=0.01) as access:
        access.note(Look(UUID(int=1), "auditTrail"), 7, NOON)
        async with asyncio.timeout(10):
            while not await _is_recorded(log, Look(UUID(int=1), "auditTrail")):  # noqa: ASYNC110
                await asyncio.sleep(0.01)


def test_an_access_without_a_query_is_refused() -> None:
    from domain.access import RecordAccess  # noqa: PLC0415 - beside its one use

    with pytest.raises(Refusal):
        RecordAccess("", None, None, 1, 1, NOON, NOON)
    with pytest.raises(Refusal):
        RecordAccess("auditTrail", None, None, 1, 1, NOON, datetime(2026, 3, 1, tzinfo=UTC))
