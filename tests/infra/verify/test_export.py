"""A part of the log as a bundle: a stranger checks it with the program inside, and with somebody else's.

Longer than other files: each rule of its subject has its test here.
"""

import csv
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from domain.errors import Refusal, UnknownProject
from infra.database import connect
from infra.export.range import BeforeFirst, EmptyRange, NotYetProven, PastHead, Wished
from infra.export.shapes import guarded, ocsf
from infra.export.writing import Exported, Order, Unprovable, export
from infra.log_reader import Record, read
from infra.proof.bundle import Bundle
from infra.proof.notes import BadNote
from infra.proof.record_bytes import leaf_hash
from tests.infra.story import NINE, Story, named, tell
from tests.infra.verify.proven import PAGE, signer, with_all_rights

pytestmark = pytest.mark.xdist_group("verify")
PROJECT = named("project 5 0")
ALL = Wished()


def exported(database_url: str, target: Path, wished: Wished = ALL, **more: Any) -> Exported:
    key = more.pop("key", signer(database_url).verifier)
    with connect(database_url, application="test") as connection:
        return export(connection, Order(wished, target, key, **more))


def records_of(database_url: str) -> list[Record]:
    with connect(database_url, application="test") as connection:
        return read(connection, 0)


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run the program in a bundle as a stranger does, where nothing of ours can be imported."""
    done = subprocess.run(
        [sys.executable, "-I", str(folder / "verify.py"), str(folder), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    return done.returncode, done.stdout or done.stderr


@pytest.fixture(scope="module")
def bundle(whole: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("bundles") / "bundle"
    exported(whole, target, Wished(PROJECT))
    return target


@pytest.fixture
def damaged(bundle: Path, tmp_path: Path) -> Path:
    """Give a copy to be damaged."""
    return Path(shutil.copytree(bundle, tmp_path / "bundle"))


@pytest.fixture(scope="module")
def key(whole: str) -> str:
    return str(signer(whole).verifier)


def test_a_bundle_holds_what_was_wished_and_a_stranger_accepts_it(whole: str, bundle: Path, key: str) -> None:
    lines = [json.loads(line) for line in (bundle / "records.jsonl").read_text().splitlines()]
    mine = [record for record in records_of(whole) if record.project_id == PROJECT]
    assert [line["position"] for line in lines] == [record.position for record in mine]
    assert [line["data"].encode() for line in lines] == [record.data for record in mine]
    assert {path.stem for path in (bundle / "schemas").iterdir()} == {record.type for record in mine}
    code, said = run(bundle, "--key", key)
    assert (code, said.split()[:2]) == (0, ["OK:", str(len(mine))])
    assert "The key came with the bundle" in run(bundle)[1]


def test_the_proof_of_one_record_is_one_that_other_tools_read(whole: str, bundle: Path, key: str) -> None:
    record = next(each for each in records_of(whole) if each.project_id == PROJECT)
    code, said = run(bundle, "--key", key, "--position", str(record.position))
    assert code == 0
    verifier = signer(whole).verifier
    assert Bundle.parse(said[:-1]).proves(leaf_hash(record), [verifier], origin=verifier.name)
    by_time = run(bundle, "--key", key, "--time", record.recorded_at.isoformat())
    assert by_time[0] == 0


def rewrite_manifest(folder: Path, **changes: Any) -> None:
    file = folder / "manifest.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def resized(folder: Path) -> None:
    """Let the manifest fit the files as they are now: whoever changes a file can do that too."""
    import hashlib  # noqa: PLC0415

    manifest = json.loads((folder / "manifest.json").read_text())
    for name in manifest["files"]:
        content = (folder / name).read_bytes()
        manifest["files"][name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    rewrite_manifest(folder, files=manifest["files"])


def lines_changed(folder: Path, change: Callable[[list[str]], list[str]]) -> None:
    file = folder / "records.jsonl"
    file.write_text("".join(change(file.read_text().splitlines(keepends=True))))


def cut_short(folder: Path) -> None:
    file = folder / "records.jsonl"
    file.write_bytes(file.read_bytes()[:-100])


def lose_the_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def change_a_record(folder: Path) -> None:
    lines_changed(folder, lambda lines: [lines[0].replace('"version":1', '"version":2'), *lines[1:]])
    resized(folder)


def change_a_file(folder: Path) -> None:
    lines_changed(folder, lambda lines: [lines[0].replace('"version":1', '"version":2'), *lines[1:]])


def leave_one_out(folder: Path) -> None:
    """Leave out a record that its stream goes on after."""
    lines_changed(folder, lambda lines: [lines[0], *lines[2:]])
    resized(folder)
    rewrite_manifest(folder, records=json.loads((folder / "manifest.json").read_text())["records"] - 1)


def leave_the_last_out(folder: Path) -> None:
    lines_changed(folder, lambda lines: lines[:-1])
    resized(folder)


def forge_the_checkpoint(folder: Path) -> None:
    file = folder / "checkpoint"
    origin, size, *rest = file.read_text().split("\n")
    file.write_text("\n".join([origin, str(int(size) + 1), *rest]))
    resized(folder)


def name_another_log(folder: Path) -> None:
    rewrite_manifest(folder, origin="fairlead/another")


def lie_beyond(folder: Path) -> None:
    lines_changed(folder, lambda lines: [*lines[:-1], lines[-1].replace('"position":', '"position":9')])
    resized(folder)


def write_nonsense(folder: Path) -> None:
    lines_changed(folder, lambda lines: ["[]\n", *lines[1:]])
    resized(folder)


DAMAGED: dict[str, Callable[[Path], None]] = {
    "truncated": cut_short,
    "truncated manifest": lose_the_manifest,
    "truncated end": leave_the_last_out,
    "file_changed": change_a_file,
    "record_changed": change_a_record,
    "record_missing": leave_one_out,
    "forged_checkpoint": forge_the_checkpoint,
    "other_log": name_another_log,
    "beyond_head": lie_beyond,
    "malformed": write_nonsense,
}


@pytest.mark.parametrize("what", DAMAGED)
def test_a_bundle_that_was_tampered_with_is_refused_and_said_why(damaged: Path, key: str, what: str) -> None:
    DAMAGED[what](damaged)
    code, said = run(damaged, "--key", key)
    assert (code, said.split()[:2]) == (1, ["REFUSED", f"{what.split(maxsplit=1)[0]}:"])


def test_what_is_asked_of_a_bundle_is_refused_where_it_is_not_there(
    whole: str, bundle: Path, key: str
) -> None:
    other = str(signer(whole, b"x" * 32).verifier)
    foreign = other.replace("fairlead/", "fairlead/0", 1)
    for arguments, code in (
        (("--key", other), "wrong_key"),
        (("--key", foreign), "bad_key"),
        (("--key", key, "--position", "999999"), "beyond_head"),
        (("--key", key, "--position", "1"), "not_in_bundle"),
        (("--key", key, "--time", "2001-01-01T00:00:00Z"), "before_first"),
        (("--key", key, "--time", "soon"), "malformed"),
    ):
        found, said = run(bundle, *arguments)
        assert (found, said.split()[:2]) == (1, ["REFUSED", f"{code}:"])


def test_a_bundle_without_a_filter_shows_that_nothing_is_left_out(
    whole: str, tmp_path: Path, key: str
) -> None:
    done = exported(whole, tmp_path / "all", Wished(begin=5, end=2 * PAGE))
    assert (done.records, done.begin, done.end) == (2 * PAGE - 4, 5, 2 * PAGE)
    assert run(tmp_path / "all", "--key", key)[0] == 0


def test_a_bundle_is_a_folder_a_tar_or_a_zip(whole: str, tmp_path: Path, key: str) -> None:
    for suffix in (".tar", ".zip"):
        target = tmp_path / f"bundle{suffix}"
        exported(whole, target, Wished(PROJECT))
        if suffix == ".tar":
            with tarfile.open(target) as tar:
                tar.extractall(tmp_path / suffix, filter="data")
        else:
            with zipfile.ZipFile(target) as packed:
                packed.extractall(tmp_path / suffix)  # noqa: S202 - our own
        assert run(tmp_path / suffix / "bundle", "--key", key)[0] == 0
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".bundle")) == []


def test_somebody_elses_libraries_accept_a_bundle_too(
    stranger: Path, bundle: Path, damaged: Path, key: str
) -> None:
    def go(folder: Path) -> subprocess.CompletedProcess[str]:
        words = [str(stranger.with_name("exported")), str(folder), key]
        return subprocess.run(words, capture_output=True, text=True, check=False)

    count = json.loads((bundle / "manifest.json").read_text())["records"]
    assert go(bundle).stdout == f"verified {count}\n"
    change_a_record(damaged)
    done = go(damaged)
    assert (done.returncode, done.stderr.startswith("position ")) == (1, True)


REFUSED: list[tuple[Wished, type[Refusal]]] = [
    (Wished(UUID(int=404)), UnknownProject),
    (Wished(end=10**9), PastHead),
    (Wished(begin=10**9), PastHead),
    (Wished(end=datetime(2001, 1, 1, tzinfo=UTC)), BeforeFirst),
    (Wished(begin=9, end=8), EmptyRange),
]


@pytest.mark.parametrize(("wished", "refusal"), REFUSED)
def test_what_cannot_be_exported_is_refused_and_leaves_nothing(
    whole: str, tmp_path: Path, wished: Wished, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        exported(whole, tmp_path / "bundle", wished)
    assert list(tmp_path.iterdir()) == []


def test_an_export_under_another_key_or_of_an_altered_record_is_refused(copy: str, tmp_path: Path) -> None:
    with pytest.raises(BadNote):
        exported(copy, tmp_path / "bundle", key=signer(copy, b"x" * 32).verifier)
    with with_all_rights(copy) as connection:
        connection.execute("UPDATE log.event SET reason = 'because' WHERE position = 9")
    with pytest.raises(Unprovable):
        exported(copy, tmp_path / "bundle")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("position", [9, 10, 11, 2 * PAGE])
def test_a_leaf_that_was_altered_is_named_itself(copy: str, tmp_path: Path, position: int) -> None:
    """Whoever's path it is on: the record beside it fails first, or one far before it."""
    with with_all_rights(copy) as connection:
        connection.execute(
            "UPDATE proof.strip SET hashes = overlay(hashes PLACING '\\x00ff'::bytea FROM"
            " ((%(index)s - start) * 32 + 1)::int) WHERE level = 0 AND start ="
            " (SELECT max(start) FROM proof.strip WHERE level = 0 AND start <= %(index)s)",
            {"index": position - 1},
        )
    with pytest.raises(Unprovable, match=f"The leaf of position {position} "):
        exported(copy, tmp_path / "bundle")


def test_a_record_that_was_altered_is_named_itself(copy: str, tmp_path: Path, bundle: Path, key: str) -> None:
    with with_all_rights(copy) as connection:
        connection.execute("UPDATE log.event SET reason = 'because' WHERE position IN (10, 12)")
    with pytest.raises(Unprovable, match="record at position 10 "):
        exported(copy, tmp_path / "bundle")
    for number in (0, 1, 2):
        damaged = Path(shutil.copytree(bundle, tmp_path / f"{number}"))

        def change(lines: list[str], number: int = number) -> list[str]:
            lines[number] = lines[number].replace('"actor_id":"0', '"actor_id":"1')
            return lines

        position = json.loads((bundle / "records.jsonl").read_text().splitlines()[number])["position"]
        lines_changed(damaged, change)
        resized(damaged)
        assert f"record_changed: The record at position {position} " in run(damaged, "--key", key)[1]


def test_a_bundle_that_is_not_there_is_said_not_to_be(bundle: Path, tmp_path: Path) -> None:
    words = [sys.executable, "-I", str(bundle / "verify.py"), str(tmp_path / "nowhere")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, "there is no folder" in done.stderr) == (2, True)


def test_what_no_checkpoint_covers_yet_is_not_exported(copy: str, tmp_path: Path) -> None:
    import asyncio  # noqa: PLC0415

    from infra.event_log import EventLog  # noqa: PLC0415

    async def more() -> None:
        async with EventLog(copy) as log:
            await tell(log, Story(6).beginning())

    head = len(records_of(copy))
    asyncio.run(more())
    with pytest.raises(NotYetProven):
        exported(copy, tmp_path / "bundle", Wished(end=head + 1))
    assert exported(copy, tmp_path / "bundle").end == head


def test_ocsf_events_have_the_fields_of_entity_management(whole: str, tmp_path: Path) -> None:
    exported(whole, tmp_path / "bundle", Wished(PROJECT), form="ocsf")
    events = [
        json.loads(line) for line in (tmp_path / "bundle" / "events.ocsf.jsonl").read_text().splitlines()
    ]
    first, second = events[0], events[1]
    assert (first["class_uid"], first["type_uid"], first["activity_name"]) == (3004, 300_401, "Create")
    assert (second["type_uid"], second["entity"]["uid"]) == (300_403, str(PROJECT))
    assert first["metadata"]["event_code"] == "project.opened.v1"
    assert datetime.fromtimestamp(first["time"] / 1000, UTC) - NINE < timedelta(days=1)
    assert all(each["type_uid"] == each["class_uid"] * 100 + each["activity_id"] for each in events)


def test_ocsf_tells_a_denial_and_a_look_apart(whole: str) -> None:
    record = records_of(whole)[0]
    denied = ocsf(record._replace(type="denial.recorded.v1", version=1, reason="by mistake"))
    assert (denied["activity_id"], denied["status_id"], denied["comment"]) == (3, 2, "by mistake")
    assert ocsf(record._replace(type="access.recorded.v1", version=1))["activity_id"] == 2


def test_no_cell_of_a_table_is_a_formula(whole: str, tmp_path: Path) -> None:
    assert [guarded(cell) for cell in ("=1+1", "+1", "-1", "@A1", "\t=1", "\r=1", "plain", "")] == [
        "'=1+1",
        "'+1",
        "'-1",
        "'@A1",
        "'\t=1",
        "'\r=1",
        "plain",
        "",
    ]
    exported(whole, tmp_path / "bundle", Wished(PROJECT), form="csv")
    with (tmp_path / "bundle" / "events.csv").open(newline="", encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    assert rows[0]["type"] == "project.opened.v1"
    assert json.loads(rows[0]["data"])["name"] == "Line 0"
