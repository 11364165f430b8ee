"""The event log: one gapless order, a verdict for each command, nothing ever changed.

Longer than other files: each rule of its subject has its test here.
"""

import asyncio
import json
import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import psutil
import psycopg
import pytest

from domain.denial import DECIDER as DENIAL
from domain.denial import RecordDenial
from domain.errors import CommandRepeated, ProjectClosed, Refusal, UnknownTask, WrongVersion
from domain.handling import Answer, Conflict, Entry
from domain.ids import ProjectId
from domain.project import CloseProject, OpenProject, RenameProject
from domain.recorded import Issued
from domain.task import EstimateTask, OpenTask, RetitleTask
from infra import event_log
from infra.codec import Codec
from infra.database import connect, install
from infra.embedded import EmbeddedPostgres
from infra.event_log import EventLog
from infra.log_reader import Record, head, read
from infra.log_writer import LogAway
from tests.examples import NINE
from tests.infra.relaying import ACTOR, NOTES, SECONDS_MAX, Note, Noted, Notes, query, wait_until
from tests.infra.story import issued, named, say, stream_of, whole
from tests.processes import Forked

WRITER = """
import asyncio, random, sys
from uuid import UUID, uuid4
from domain.handling import Conflict, Entry
from domain.recorded import Issued
from infra.codec import Codec
from infra.event_log import EventLog
from tests.examples import NINE
from tests.infra.relaying import ACTOR, NOTES, Note, Noted, Notes
async def main(url, name):
    chance = random.Random(name)
    async with EventLog(url, events=Codec([NOTES])) as log:
        async def write(number):
            stream, version = uuid4(), 0
            while True:
                events = [Noted(f"{name}-{number}-{version + n}") for n in range(chance.randint(1, 3))]
                issued = Issued(Note(events[0].text), stream, uuid4(), ACTOR, NINE)
                entry = Entry(NOTES, issued, None, version, events, Notes(0), {stream: version})
                answer = await log.append(entry)
                version = answer.version
                for event in events:
                    print(event.text, flush=True)
                await asyncio.sleep(chance.random() * 0.01)
        await asyncio.gather(*(write(number) for number in range(4)))
asyncio.run(main(sys.argv[1], sys.argv[2]))
"""

HANDLER = """
import asyncio, sys
from uuid import UUID
from domain.errors import Refusal
from domain.task import RetitleTask
from infra.event_log import EventLog
from tests.examples import NINE
from tests.infra.story import issued, say
async def main(url, task, name):
    done = 0
    async with EventLog(url) as log:
        for number in range(40):
            await say(log, issued(RetitleTask(f"{name} {number}"), UUID(task), NINE, f"{name} {number}"))
            done += 1
    print(done)
asyncio.run(main(*sys.argv[1:]))
"""

KILLED = """
import asyncio, sys
from uuid import UUID
from infra.codec import Codec
from infra.event_log import EventLog
from tests.infra.test_event_log import note
async def main(url, stream):
    async with EventLog(url, events=Codec([NOTES])) as log:
        print("ready", flush=True)
        await log.append(note(UUID(stream), 0, "command"))
from tests.infra.relaying import NOTES
asyncio.run(main(*sys.argv[1:]))
"""


def notes_log(url: str, **options: Any) -> EventLog:
    return EventLog(url, events=Codec([NOTES]), **options)


def note(
    stream: UUID, version: int, name: str, *, text: str = "n", expects: dict[UUID, int] | None = None
) -> Entry:
    said = Issued(Note(text), stream, named(name), ACTOR, NINE)
    return Entry(NOTES, said, None, version, [Noted(text)], Notes(version + 1), expects or {stream: version})


def counts(url: str) -> tuple[int, int]:
    found = query(url, "SELECT (SELECT count(*) FROM log.event), (SELECT count(*) FROM log.command)")
    return int(found[0]), int(found[1])


def test_writers_that_are_killed_leave_no_hole_for_readers_that_follow(database_url: str) -> None:
    install(database_url)
    stop = threading.Event()
    seen: list[list[Record]] = [[], []]
    readers = [threading.Thread(target=follow, args=(database_url, stop, each)) for each in seen]
    for each in readers:
        each.start()
    told: list[str] = []
    chance = random.Random(5)
    for round_ in range(3):
        writers = [Forked(WRITER, database_url, f"{round_}.{number}") for number in range(3)]
        for writer in writers:
            told += [writer.stdout.readline().strip() for _ in range(chance.randint(10, 60))]
        for writer in writers:
            with writer:
                writer.send(signal.SIGKILL)
                told += [line for line in writer.stdout if line.endswith("\n")]
    sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'fairlead writer'"
    wait_until(lambda: query(database_url, sessions) == (0,), "what was under way is settled")
    everything = whole(database_url)
    wait_until(lambda: all(len(each) >= len(everything) for each in seen), "the readers are there")
    stop.set()
    for each in readers:
        each.join()
    assert seen == [everything, everything]
    assert [each.position for each in everything] == list(range(1, len(everything) + 1))
    assert_sound(everything)
    texts = Counter(json.loads(each.data)["text"] for each in everything)
    assert set(texts.values()) == {1}
    assert {each.strip() for each in told} <= set(texts)


def follow(url: str, stop: threading.Event, seen: list[Record]) -> None:
    """Tail the log by position, as relay and projector do."""
    with connect(url, application="tail") as connection:
        at = 0
        while not stop.is_set():
            page = read(connection, at, limit=13)
            seen.extend(page)
            at = page[-1].position if page else at
            if not page:
                stop.wait(0.001)  # what writers lack is the processor, while they start


def assert_sound(records: Sequence[Record]) -> None:
    """Check that recorded time never steps back and each stream's versions are 1, 2, 3 and so on."""
    times = [each.recorded_at for each in records]
    assert times == sorted(times)
    versions: dict[UUID, int] = {}
    for each in records:
        assert each.version == versions.get(each.stream, 0) + 1
        versions[each.stream] = each.version


def test_each_command_of_a_batch_has_its_own_verdict(database_url: str) -> None:
    install(database_url)
    one, two, three = named("one"), named("two"), named("three")

    async def story() -> None:
        async with notes_log(database_url) as log:
            first = await log.append(note(one, 0, "first"))
            assert first == Answer(one, 1, 1, 1)
            outcomes = await asyncio.gather(
                log.append(note(one, 0, "first")),
                log.append(note(one, 0, "first", text="another body")),
                log.append(note(two, 0, "late")),
                log.append(note(one, 0, "conflict")),
                log.append(note(three, 0, "guarded", expects={three: 0, one: 1})),
                log.append(note(named("four"), 0, "guard lost", expects={named("four"): 0, one: 0})),
                log.append(note(named("five"), 0, "ahead", expects={named("five"): 0, two: 7})),
                return_exceptions=True,
            )
        assert outcomes[0] == first
        assert isinstance(outcomes[1], CommandRepeated)
        assert isinstance(outcomes[2], Answer)
        assert isinstance(outcomes[4], Answer)
        assert {outcomes[2].position, outcomes[4].position} == {2, 3}
        assert [type(outcomes[number]) for number in (3, 5, 6)] == [Conflict] * 3

    asyncio.run(story())
    assert counts(database_url) == (3, 3)


def test_a_command_sent_a_hundred_times_at_once_happens_once(database_url: str) -> None:
    install(database_url)

    async def story() -> set[Answer]:
        async with notes_log(database_url) as here, notes_log(database_url) as there:
            entry = note(named("one"), 0, "once")
            return set(await asyncio.gather(*(log.append(entry) for log in [here, there] * 50)))

    assert asyncio.run(story()) == {Answer(named("one"), 1, 1, 1)}
    assert counts(database_url) == (1, 1)


def test_a_command_with_nothing_to_do_is_answered_and_repeated_alike(database_url: str) -> None:
    install(database_url)
    project = named("project")

    async def story() -> None:
        async with EventLog(database_url) as log:
            await say(log, issued(OpenProject("Line"), project, NINE, 1))
            nothing = issued(RenameProject("Line"), project, NINE, 2)
            assert (await say(log, nothing)).event_count == 0
            await say(log, issued(RenameProject("Other"), project, NINE, 3))
            assert await say(log, nothing) == Answer(project, 1, 1, 0)

    asyncio.run(story())
    assert counts(database_url) == (2, 3)


def test_a_refused_command_leaves_nothing_and_may_be_sent_again(database_url: str) -> None:
    install(database_url)
    project, task = ProjectId(named("project")), named("task")

    async def story() -> None:
        async with EventLog(database_url) as log:
            await say(log, issued(OpenProject("Line"), project, NINE, 1))
            estimate = issued(EstimateTask(5), task, NINE, 2)
            with pytest.raises(UnknownTask):
                await say(log, estimate)
            assert counts(database_url) == (1, 1)
            await say(log, issued(OpenTask(project, "Weld"), task, NINE, 3))
            with pytest.raises(WrongVersion):
                await say(log, replace(estimate, expected_version=7))
            assert counts(database_url) == (2, 2)
            await say(log, estimate)

    asyncio.run(story())
    assert counts(database_url) == (3, 3)


def test_a_refusal_is_never_given_on_what_this_process_remembers(database_url: str) -> None:
    install(database_url)
    project, task = ProjectId(named("project")), named("task")

    async def story() -> None:
        async with EventLog(database_url) as here, EventLog(database_url) as there:
            await say(here, issued(OpenProject("Line"), project, NINE, 1))
            await say(here, issued(OpenTask(project, "Weld"), task, NINE, 2))
            await say(there, issued(EstimateTask(5), task, NINE, 3))
            await say(here, issued(RetitleTask("Cut"), task, NINE, 4))
            at_three = replace(issued(EstimateTask(6), task, NINE, 5), expected_version=3)
            await say(there, at_three)  # `there` remembers version 2, and must not say it is the wrong one
            await say(here, issued(CloseProject(), project, NINE, 6))
            with pytest.raises(ProjectClosed):
                await say(there, issued(EstimateTask(7), task, NINE, 7))

    asyncio.run(story())
    assert [each.version for each in stream_of(database_url, task)] == [1, 2, 3, 4]


def test_commands_of_two_processes_to_one_stream_all_land(database_url: str) -> None:
    install(database_url)
    project, task = ProjectId(named("project")), named("task")

    async def begin() -> None:
        async with EventLog(database_url) as log:
            await say(log, issued(OpenProject("Line"), project, NINE, 1))
            await say(log, issued(OpenTask(project, "Weld"), task, NINE, 2))

    asyncio.run(begin())
    with Forked(HANDLER, database_url, task, "a") as one, Forked(HANDLER, database_url, task, "b") as other:
        assert [each.stdout.read() for each in (one, other)] == ["40\n", "40\n"]
    assert [each.version for each in stream_of(database_url, task)] == list(range(1, 82))


def test_a_denial_that_names_no_project_there_is_is_recorded(database_url: str) -> None:
    install(database_url)
    denial = named("denial")

    async def story() -> Answer:
        async with EventLog(database_url) as log:
            command = RecordDenial("completeTask", named("task"), named("no project"))
            return await say(log, issued(command, denial, NINE, 1))

    assert asyncio.run(story()).event_count == 1
    [record] = stream_of(database_url, denial)
    assert record.type in DENIAL.events


def test_one_command_that_cannot_be_stored_takes_no_other_with_it(database_url: str) -> None:
    install(database_url)

    async def story() -> list[Any]:
        async with notes_log(database_url) as log:
            bad = note(named("bad"), 0, "bad")
            bad = bad._replace(issued=replace(bad.issued, reason="nul \x00"))
            lone = note(named("lone"), 0, "lone")
            lone = lone._replace(issued=replace(lone.issued, reason="lone \ud800"))
            found = await asyncio.gather(
                log.append(note(named("one"), 0, "one")),
                log.append(bad),
                log.append(note(named("two"), 0, "two")),
                log.append(lone),
                return_exceptions=True,
            )
            return [*found, await log.append(note(named("three"), 0, "three"))]

    outcomes = asyncio.run(story())
    assert [isinstance(each, Answer) for each in outcomes] == [True, False, True, False, True]
    assert not any(isinstance(each, LogAway | Refusal) for each in outcomes)
    assert counts(database_url) == (3, 3)


@pytest.mark.parametrize("fault", ["hangs", "is killed"])
def test_commands_fail_in_time_when_the_database_goes_and_happen_once_when_sent_again(
    private_postgres: EmbeddedPostgres, fault: str
) -> None:
    url = private_postgres.database_url
    install(url)
    pids: list[int] = []

    async def story() -> None:
        async with notes_log(url, deadline_seconds=2.0) as log:
            await log.append(note(named("one"), 0, "before"))
            pids.extend(server_pids(url))
            signal_all(pids, signal.SIGSTOP if fault == "hangs" else signal.SIGKILL)
            entries = [note(named("one"), 1, "under way"), note(named("two"), 0, "another")]
            await assert_all_are_lost(log, entries)
            if fault == "hangs":
                signal_all(pids, signal.SIGCONT)
            else:
                await asyncio.to_thread(private_postgres.stop)
                await asyncio.to_thread(private_postgres.start)
            answers = [await again(log, each) for each in entries]
            assert [each.event_count for each in answers] == [1, 1]

    try:
        asyncio.run(story())
    finally:
        signal_all(pids if fault == "hangs" else [], signal.SIGCONT)
    assert counts(url) == (3, 3)


async def assert_all_are_lost(log: EventLog, entries: Sequence[Entry]) -> None:
    async with asyncio.timeout(SECONDS_MAX):  # they wait for a deadline of 2 s, not for the database
        lost = await asyncio.gather(*map(log.append, entries), return_exceptions=True)
        with pytest.raises(LogAway):
            await log.load(NOTES, named("unread"), fresh=True, opening=False)
    assert [type(each) for each in lost] == [LogAway] * len(entries)


async def again(log: EventLog, entry: Entry) -> Answer:
    """Send a command with the same id until it is answered."""
    for _ in range(10):
        try:
            return await log.append(entry)
        except LogAway:
            continue
    raise AssertionError("the log did not come back")


def server_pids(url: str) -> list[int]:
    """Return the processes of a server, those of its sessions included."""
    with psycopg.connect(url) as connection:
        server = psutil.Process(connection.info.backend_pid).parent()
        assert server is not None
        return [server.pid, *(child.pid for child in server.children(recursive=True))]


def signal_all(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


@pytest.mark.parametrize("when", ["before the append", "in the append"])
def test_a_command_whose_process_is_killed_happened_wholly_or_not_and_can_be_repeated(
    database_url: str, when: str
) -> None:
    install(database_url)
    stream = named("one")
    with connect(database_url, application="test") as blocker, blocker.transaction():
        if when == "in the append":
            blocker.execute("SELECT pg_advisory_xact_lock(7021946201)")
        with Forked(KILLED, database_url, stream) as process:
            assert process.stdout.readline() == "ready\n"
            if when == "in the append":
                waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                wait_until(lambda: query(database_url, waiting) == (1,), "the append is under way")

    async def repeat() -> Answer:
        async with notes_log(database_url) as log:
            return await log.append(note(stream, 0, "command"))

    assert asyncio.run(repeat()) == Answer(stream, 1, 1, 1)
    assert counts(database_url) == (1, 1)


@pytest.mark.parametrize("role", ["fairlead", "owner"])
@pytest.mark.parametrize("table", ["event", "command", "identity"])
@pytest.mark.parametrize("change", ["UPDATE log.{} SET {} = {}", "DELETE FROM log.{}", "TRUNCATE log.{}"])
def test_what_is_in_the_log_cannot_be_changed_by_anybody(
    database_url: str, role: str, table: str, change: str
) -> None:
    install(database_url)
    column = {"event": "data", "command": "digest", "identity": "log_id"}[table]
    statement = change.replace("SET {} = {}", f"SET {column} = {column}").format(table)
    with psycopg.connect(database_url, autocommit=True) as connection:
        if role == "fairlead":
            connection.execute("SET ROLE fairlead")
        else:
            connection.execute("SET session_replication_role = replica")  # nor by switching triggers off
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())


def test_long_streams_are_read_from_a_snapshot_unless_other_code_made_it(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "SNAPSHOT_EVERY_EVENTS", 10)
    install(database_url)
    stream = named("long")

    async def write() -> None:
        async with notes_log(database_url) as log:
            for version in range(25):
                await log.append(note(stream, version, f"note {version}"))

    async def load() -> tuple[Any, int]:
        async with notes_log(database_url) as log:
            loaded = await log.load(NOTES, stream, fresh=True, opening=False)
            return loaded.state, loaded.version

    asyncio.run(write())
    assert asyncio.run(load()) == (Notes(25), 25)
    assert query(database_url, "SELECT originator_version FROM log.snapshot") == (25,)
    query(database_url, "UPDATE log.snapshot SET state = convert_to('{\"count\": 99}', 'UTF8')")
    assert asyncio.run(load()) == (Notes(99), 25)
    query(database_url, "UPDATE log.snapshot SET topic = 'notes.other'")
    assert asyncio.run(load()) == (Notes(25), 25)
    assert query(database_url, "SELECT topic <> 'notes.other' FROM log.snapshot") == (True,)


def test_a_state_that_is_kept_is_read_on_from_its_end_and_read_anew_where_the_log_is_another(
    database_url: str,
) -> None:
    install(database_url)
    stream = named("kept")

    async def fresh(log: EventLog) -> tuple[Any, int]:
        loaded = await log.load(NOTES, stream, fresh=True, opening=False)
        return loaded.state, loaded.version

    async def story() -> None:
        async with notes_log(database_url) as mine, notes_log(database_url) as other:
            entry = note(stream, 0, "mine")
            await mine.append(entry._replace(after=Notes(100)))
            assert await fresh(mine) == (Notes(100), 1)
            await other.append(note(stream, 1, "other"))
            assert await fresh(mine) == (Notes(101), 2)
            query(database_url, "DROP SCHEMA log CASCADE")
            install(database_url)
            assert await fresh(mine) == (None, 0)

    asyncio.run(story())


def test_a_position_by_time_is_the_last_one_recorded_by_then(database_url: str) -> None:
    install(database_url)

    async def write() -> None:
        async with notes_log(database_url) as log:
            for number in range(6):
                await log.append(note(named(f"stream {number}"), 0, f"note {number}"))

    asyncio.run(write())
    at = "SELECT log.position_at(%s)"
    records = whole(database_url)
    instant = timedelta(microseconds=1)
    assert query(database_url, at, records[0].recorded_at - instant) == (0,)
    for each in records:
        last = max(other.position for other in records if other.recorded_at <= each.recorded_at)
        assert query(database_url, at, each.recorded_at) == (last,)
    assert query(database_url, at, records[-1].recorded_at + timedelta(days=1)) == (6,)
    with connect(database_url, application="test") as connection:
        assert head(connection) == 6
