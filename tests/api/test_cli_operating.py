"""`fairlead status`, `events tail`, `replay`, `rebuild` and `parked` on a running Fairlead, from outside."""

import json
import signal
import time
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from infra.proof import checkpoints
from infra.proof.notes import VerifierKey
from tests.api.running import Up
from tests.infra.test_parking import OF_TASKS

UNWELL = "not well: projector: The rows of partition"


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Generator[Up]:
    started = Up(tmp_path_factory.mktemp("up") / "data")
    started.start()
    yield started
    started.end(signal.SIGTERM)


@pytest.fixture(scope="module")
def project(up: Up) -> str:
    return up.made("openProject", name="House")


def head(up: Up) -> int:
    position: int = up.rows("SELECT coalesce(max(position), 0) FROM log.event")[0][0]
    return position


def settled(up: Up) -> Any:
    """Return the status once nothing is to be done any more and all is well."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        told = json.loads(up.run("status", "--json").stdout)
        if told["is_healthy"] and all(each["lag"] == 0 for each in [told["relay"], *told["partitions"]]):
            return told
        time.sleep(0.1)
    raise AssertionError(told)


def test_status_says_how_everything_is(up: Up, project: str) -> None:
    assert project
    told = settled(up)
    assert told["is_healthy"]
    assert told["head"] == told["relay"]["published"] == head(up)
    assert len(told["partitions"]) == 8
    assert told["proof"]["size"] >= 1
    assert told["proof"]["witnesses"] == []
    assert told["api"] == {"is_reached": True, "is_ready": True}
    done = up.run_apart("status")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "healthy"


def test_status_is_unwell_without_a_projector_and_says_so(up: Up) -> None:
    (victim,) = [each for each in up.programs if each.cmdline()[-1:] == ["projector"]]
    victim.suspend()
    try:
        up.made("openProject", name="Shed")
        end = time.monotonic() + 60
        while UNWELL not in (done := up.run("status")).stdout and time.monotonic() < end:
            time.sleep(0.1)
    finally:
        victim.resume()
    assert UNWELL in done.stdout
    assert done.returncode == 1
    assert settled(up)["is_healthy"]


def test_tail_prints_what_comes_in_order_and_nothing_personal(up: Up, project: str) -> None:
    begin = head(up)
    tail = up.begin("events", "tail", "--after", str(begin), "--json")
    assert tail.stdout is not None
    member = up.made("inviteMember", name="Ann Example", email="ann@example.org", role="MEMBER")
    task = up.made("openTask", projectId=project, title="Paint the door", reason="Ann asked")
    lines = [tail.stdout.readline(), tail.stdout.readline()]
    tail.send_signal(signal.SIGINT)
    tail.communicate(timeout=10)
    assert tail.returncode == 0
    found = [json.loads(line) for line in lines]
    assert [each["position"] for each in found] == [begin + 1, begin + 2]
    assert [each["stream"] for each in found] == [member, task]
    assert "Ann" not in "".join(lines)
    resumed = up.run("events", "tail", "--after", str(begin + 1), "--no-follow")
    assert task in resumed.stdout
    assert member not in resumed.stdout
    shown = up.run("events", "tail", "--after", str(begin), "--no-follow", "--data", "--types", "member.")
    assert "Ann Example" in shown.stdout
    assert task not in shown.stdout
    of_project = up.run("events", "tail", "--after", "0", "--no-follow", "--project", project)
    assert member not in of_project.stdout
    beyond = up.run("events", "tail", "--after", "999999999", "--no-follow")
    assert (beyond.returncode, beyond.stdout) == (1, "")
    assert "has not reached position 999999999" in beyond.stderr


def test_replay_shows_everything_as_it_was(up: Up, project: str) -> None:
    up.made("planPhase", projectId=project, number=1, name="First", modules=[])
    task = up.made("openTask", projectId=project, title="Before")
    at, moment = head(up), datetime.now(UTC).isoformat()
    up.made("retitleTask", taskId=task, title="After")
    titles = [
        [each["state"]["title"] for each in replayed(up, until, project) if each["stream"] == task]
        for until in (str(at), moment, str(at + 1))
    ]
    assert titles == [["Before"], ["Before"], ["After"]]
    (of_project,) = [each["state"] for each in replayed(up, str(at), project) if each["stream"] == project]
    assert of_project["phases"]["by_number"]["1"]["name"] == "First"
    for wrong, code in (("never", 2), ("2026-01-01T00:00:00", 2), ("999999999", 1)):
        done = up.run("replay", "--until", wrong)
        assert (done.returncode, done.stdout) == (code, "")


def replayed(up: Up, until: str, project: str, *more: str) -> list[Any]:
    done = up.run("replay", "--until", until, "--project", project, "--json", *more)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_closed_project_is_archived_and_replayed_from_the_file_alone(up: Up, tmp_path: Path) -> None:
    mine = up.made("openProject", name="Shed")
    up.made("openTask", projectId=mine, title="Roof")
    file, out = tmp_path / "shed.parquet", tmp_path / "shed.json"
    refused = up.run("archive", "--project", mine, "--output", str(file))
    assert (refused.returncode, refused.stderr) == (1, "The project is not closed: close it first.\n")
    up.made("closeProject", projectId=mine)
    told = up.told("archive", "--project", mine, "--output", str(file))
    assert (told["project_id"], told["records"], told["file"]) == (mine, 3, str(file))
    end = told["position"]
    replayed(up, str(end), mine, "--output", str(out))
    kept = replayed(up, str(end), mine, "--from-archive", str(file))
    assert {each["kind"] for each in kept} == {"project", "task"}
    assert [json.loads(line) for line in out.read_text().splitlines()] == kept
    assert sorted(each.name for each in tmp_path.iterdir()) == ["shed.json", "shed.parquet"]
    beyond = up.run("replay", "--until", str(end + 1), "--from-archive", str(file))
    assert (beyond.returncode, beyond.stdout) == (1, "")
    assert f"The archive has not reached position {end + 1}: its last is {end}." in beyond.stderr
    other = up.run("replay", "--until", str(end), "--project", str(uuid4()), "--from-archive", str(file))
    assert (other.returncode, "in the archive as of" in other.stderr) == (1, True)


def test_rows_that_are_not_the_fold_of_the_log_are_found_and_mended(up: Up, project: str) -> None:
    up.made("openTask", projectId=project, title="Straight")
    settled(up)
    assert up.run("rebuild", "--check").returncode == 0
    up.rows("UPDATE rows.task_board SET title = 'Bent' WHERE title = 'Straight'")
    bent = up.run("rebuild", "task_board", "--check", "--json")
    assert bent.returncode == 1
    (found,) = json.loads(bent.stdout)["models"]
    assert found["differences"] > 0
    assert up.run("rebuild", "task_board").returncode == 0
    assert up.run("rebuild", "--check").returncode == 0
    assert up.run("rebuild", "nonsense").returncode == 2


def test_a_parked_key_is_listed_tried_again_and_its_event_skipped(up: Up, project: str) -> None:
    assert up.told("parked", "list") == {"parked": []}
    task = up.made("openTask", projectId=project, title="Odd")
    position = add_unknown_event(up, task)
    parked = waited_for_parked(up)
    assert {(each["model"], each["key"], each["position"]) for each in parked} == {
        (model, project, position) for model in OF_TASKS
    }
    tried = up.told("parked", "retry", "task_board", project, "--reason", "a newer version may know it")
    assert tried["parked"] == len(OF_TASKS)
    sound = up.run("parked", "skip", "task_board", str(position - 1), "--reason", "it means nothing")
    assert sound.returncode == 1
    assert "Nothing that could not be folded waits there in this read model." in sound.stderr
    for number, model in enumerate(OF_TASKS, start=1):
        done = up.told("parked", "skip", model, str(position), "--reason", "it means nothing")
        assert done["parked"] == len(OF_TASKS) - number
    assert up.run("parked").stdout == "Nothing is parked.\n"
    decided = up.run(
        *["events", "tail", "--after", "0", "--no-follow", "--json", "--data", "--types", "operation.parked"]
    )
    said = [json.loads(line) for line in decided.stdout.splitlines()]
    assert [(each["type"], each["reason"]) for each in said] == [
        ("operation.parked_retried.v1", "a newer version may know it"),
        *[("operation.parked_skipped.v1", "it means nothing")] * len(OF_TASKS),
    ]
    unreadable = up.run("replay", "--until", str(head(up)), "--project", project)
    assert unreadable.returncode == 1
    assert f"The event at position {position} cannot be read: UnknownEvent." in unreadable.stdout


def add_unknown_event(up: Up, stream: str) -> int:
    """Append an event such as a newer version writes, and return its position."""
    up.rows(
        "INSERT INTO log.event SELECT (SELECT max(position) + 1 FROM log.event), uuidv7(), stream,"
        " version + 1, 'task.teleported.v1', project_id, actor_id, correlation_id, causation_id, uuidv7(),"
        " reason, occurred_at, clock_timestamp(), data FROM log.event WHERE stream = %s",
        stream,
    )
    return head(up)


def waited_for_parked(up: Up) -> Any:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        found = up.told("parked", "list")["parked"]
        if len(found) == len(OF_TASKS):
            return found
        time.sleep(0.1)
    raise AssertionError("not everything was parked")


@pytest.mark.parametrize(
    "line", ["parked retry nothing 1", "parked skip task_board 0 --reason x", "events tail x"]
)
def test_wrong_use_is_told(up: Up, line: str) -> None:
    assert up.run(*line.split()).returncode == 2


def test_a_key_of_the_proof_is_followed_by_another(up: Up, project: str) -> None:
    assert project
    [first] = up.told("proof", "show")["keys"]
    (up.folder / "proof.key").chmod(0o600)
    following = up.folder / "next.key"
    named = up.told("proof", "announce", str(following), "--reason", "a yearly change")
    assert following.stat().st_mode & 0o777 == 0o600
    assert named["checkpoint_size"] >= named["position"]
    shown = up.told("proof", "show")
    assert shown["keys"] == [first, named["key"]]
    following.rename(up.folder / "proof.key")
    up.made("openProject", name="Barn")
    up.rows("SELECT pg_notify('fairlead_proof', '')")
    end = time.monotonic() + 60
    while up.rows("SELECT verifier_key FROM proof.checkpoint ORDER BY size DESC LIMIT 1") != [
        (named["key"],)
    ]:
        assert time.monotonic() < end
        time.sleep(0.1)
    known = [VerifierKey.parse(key) for key in shown["keys"]]
    for (note,) in up.rows("SELECT note FROM proof.checkpoint"):
        assert checkpoints.opened(note, known, origin=shown["origin"]).size >= 1
    again = up.run("proof", "announce", str(up.folder / "proof.key"), "--reason", "again")
    assert again.returncode == 0
    assert up.run("proof", "announce", str(up.folder / "run.json"), "--reason", "x").returncode == 2
    assert shown["origin"] in up.run("proof").stdout
