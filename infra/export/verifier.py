"""Check a bundle of Fairlead's log: `python verify.py [FOLDER] --key KEY`.

It needs Python 3.11 and the package `cryptography`, and asks nobody anything. KEY is the log's verifier key,
NAME+ID+BASE64, which you should have from somewhere else than this bundle. README.md says what is checked.
Longer than other files: it is to be one file, read from top to bottom.
"""

import argparse
import base64
import hashlib
import json
import struct
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT: Final = "fairlead-export-1"
HEADER: Final = struct.Struct(">BBq16s16sI16s16s16s16s16sqqHII")
FIELDS: Final = {
    "origin", "verifier_key", "project", "actor", "from", "to", "records", "checkpoint_size", "files"
}  # fmt: skip
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Refused(Exception):
    """The bundle proves nothing; `code` says why in one word of a fixed set, the text in a sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        """Keep both."""
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Head:
    """The head of the log that a checkpoint signs: whose, how many records, the root over them."""

    origin: str
    size: int
    root: bytes


def record_bytes(record: dict[str, Any]) -> bytes:
    """Return the bytes of a record, whose hash is its leaf: a header, then type, reason and data."""
    kind: bytes = record["type"].encode()
    reason: bytes = (record["reason"] or "").encode()
    encoded = record.get("data_base64")
    data: bytes = record["data"].encode() if encoded is None else base64.b64decode(encoded)
    has = [record[name] is not None for name in ("project_id", "causation_id", "reason")]
    header: bytes = HEADER.pack(
        1,
        has[0] + 2 * has[1] + 4 * has[2],
        record["position"],
        _id(record["event_id"]),
        _id(record["stream"]),
        record["version"],
        _id(record["project_id"]),
        _id(record["actor_id"]),
        _id(record["correlation_id"]),
        _id(record["causation_id"]),
        _id(record["command_id"]),
        microseconds(record["occurred_at"]),
        microseconds(record["recorded_at"]),
        len(kind),
        len(reason),
        len(data),
    )
    return bytes(header + kind + reason + data)


def _id(text: str | None) -> bytes:
    return bytes(16) if text is None else UUID(text).bytes


def microseconds(text: str) -> int:
    """Return an instant as microseconds since 1970 in UTC."""
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def root_of(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root a path leads to from leaf `index` (from 0), as RFC 9162 section 2.1.3.2 has it."""
    if not 0 <= index < size:
        return None
    place, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if place % 2 or place == last:
            root = hashlib.sha256(b"\x01" + sibling + root).digest()
            while place % 2 == 0 and place:
                place, last = place // 2, last // 2
        else:
            root = hashlib.sha256(b"\x01" + root + sibling).digest()
        place, last = place // 2, last // 2
    return root if last == 0 else None


def head_of(note: str, key: str) -> Head:
    """Return the head that a checkpoint signs with `key`; raise `Refused`."""
    name, key_id, public = _key(key)
    text, blank, lines = note.rpartition("\n\n")
    written = text.split("\n")
    if not blank or len(written) < 3 or not written[1].isdecimal():  # noqa: PLR2004 - origin, size, root
        raise Refused("malformed", "The checkpoint is no signed note.")
    origin, size, root = written[:3]
    if origin != name:
        raise Refused("other_log", f"The checkpoint is of the log {origin}, the key of {name}.")
    signatures = [line.split(" ") for line in lines.split("\n") if line.startswith("\N{EM DASH} ")]
    mine = [raw[4:] for _, who, raw in _decoded(signatures) if who == name and raw[:4] == key_id]
    if not mine:
        raise Refused("wrong_key", "The checkpoint is not signed by this key.")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(mine[0], f"{text}\n".encode())
    except InvalidSignature:
        raise Refused(
            "forged_checkpoint", "The checkpoint's signature does not belong to its text."
        ) from None
    return Head(origin, int(size), _raw(root))


def _decoded(signatures: Sequence[Sequence[str]]) -> Iterator[tuple[str, str, bytes]]:
    for each in signatures:
        if len(each) == 3:  # noqa: PLR2004 - dash, name, signature
            yield each[0], each[1], _raw(each[2])


def _raw(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise Refused("malformed", "A line of the checkpoint is not Base64.") from None


def _key(text: str) -> tuple[str, bytes, bytes]:
    """Return the name, the id and the public key of a verifier key."""
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except ValueError:
        raw = b""
    known = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    if len(raw) != 33 or raw[0] != 1 or known.hex() != key_id:  # noqa: PLR2004 - a byte and an Ed25519 key
        raise Refused("bad_key", "The key does not look like NAME+ID+BASE64, or its id is not its own.")
    return name, known, raw[1:]


def manifest_of(folder: Path) -> dict[str, Any]:
    """Return the manifest; raise `Refused` unless every file it names is there as it was written."""
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
        files: dict[str, dict[str, Any]] = manifest["files"]
        is_known = manifest["format"] == FORMAT
    except FileNotFoundError:
        raise Refused("truncated", "The bundle has no manifest.") from None
    except (ValueError, KeyError, TypeError):
        raise Refused("malformed", "The manifest cannot be read.") from None
    if not is_known or not set(manifest) >= FIELDS:
        raise Refused("malformed", f"The bundle is not of the format {FORMAT}.")
    for name, expected in files.items():
        file = folder / name
        if not file.is_file() or file.stat().st_size < expected["bytes"]:
            raise Refused("truncated", f"{name} is missing or too short.")
        with file.open("rb") as opened:
            if hashlib.file_digest(opened, "sha256").hexdigest() != expected["sha256"]:
                raise Refused("file_changed", f"{name} is not the file that was exported.")
    return manifest


def records(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of a bundle, one at a time; raise `Refused` for a line that is none."""
    with (folder / "records.jsonl").open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                yield json.loads(line)
            except ValueError:
                raise Refused("malformed", f"Line {number} of records.jsonl is no record.") from None


def check_record(record: dict[str, Any], head: Head) -> None:
    """Raise `Refused` unless a record is in the log that the checkpoint signs, as it stands here."""
    try:
        position = record["position"]
        leaf = hashlib.sha256(b"\x00" + record_bytes(record)).digest()
        path = [base64.b64decode(each, validate=True) for each in record["path"]]
    except (KeyError, ValueError, TypeError, AttributeError, struct.error):
        raise Refused("malformed", "A line of records.jsonl lacks what a record has.") from None
    if position > head.size:
        raise Refused("beyond_head", f"Position {position} is beyond the checkpoint's {head.size} records.")
    if root_of(leaf, position - 1, head.size, path) != head.root:
        raise Refused("record_changed", f"The record at position {position} is not the one in the log.")


def check(folder: Path, key: str | None) -> dict[str, Any]:
    """Check a whole bundle and return its manifest; raise `Refused` at the first thing that is wrong."""
    manifest = manifest_of(folder)
    trusted: str = key or manifest["verifier_key"]
    head = head_of((folder / "checkpoint").read_text(encoding="utf-8"), trusted)
    if head.origin != manifest["origin"]:
        raise Refused("other_log", f"The bundle says it is of {manifest['origin']}, not of {head.origin}.")
    count = last = 0
    versions: dict[str, int] = {}
    for record in records(folder):
        check_record(record, head)
        if not max(last + 1, manifest["from"]) <= record["position"] <= manifest["to"]:
            raise Refused("malformed", f"Position {record['position']} is out of order or of the range.")
        _check_followed(record, versions, manifest, last)
        last = record["position"]
        count += 1
    if count != manifest["records"]:
        raise Refused("truncated", f"There are {count} records; {manifest['records']} were exported.")
    return manifest


def _check_followed(
    record: dict[str, Any], versions: dict[str, int], manifest: dict[str, Any], last: int
) -> None:
    """Raise `Refused` where a record is left out that the bundle should have."""
    stream, version = record["stream"], record["version"]
    if manifest["actor"] is None and stream in versions and version != versions[stream] + 1:
        raise Refused(
            "record_missing", f"Before position {record['position']} a record of its stream is missing."
        )
    versions[stream] = version
    is_whole = manifest["project"] is None and manifest["actor"] is None
    if is_whole and record["position"] != (last or manifest["from"] - 1) + 1:
        raise Refused("record_missing", f"The record before position {record['position']} is missing.")


def proof_text(folder: Path, position: int, note: str) -> str:
    """Return the proof of one record in the form c2sp.org/tlog-proof@v1, for other tools."""
    for record in records(folder):
        if record["position"] == position:
            lines = ["c2sp.org/tlog-proof@v1", f"index {position - 1}", *record["path"]]
            return "\n".join(lines) + "\n\n" + note
    raise Refused("not_in_bundle", f"The bundle has no record at position {position}.")


def at_time(folder: Path, moment: str) -> int:
    """Return the position of the last record of the bundle that was recorded at or before a moment."""
    try:
        wanted = microseconds(moment)
    except (ValueError, TypeError):
        raise Refused("malformed", "The time is none, or has no offset such as Z.") from None
    found = 0
    for record in records(folder):
        if microseconds(record["recorded_at"]) > wanted:
            break
        found = record["position"]
    if not found:
        raise Refused("before_first", "The time is before the first record of the bundle.")
    return found


def _asked(folder: Path, asked: argparse.Namespace) -> str:
    manifest = check(folder, asked.key)
    position = asked.position if asked.time is None else at_time(folder, asked.time)
    if position is None:
        by = (
            "" if asked.key else " The key came with the bundle: compare it with one you have from elsewhere."
        )
        return f"OK: {manifest['records']} records of {manifest['origin']} are in the log as shown.{by}"
    if position > manifest["checkpoint_size"]:
        raise Refused("beyond_head", f"The log had {manifest['checkpoint_size']} records, not {position}.")
    return proof_text(folder, position, (folder / "checkpoint").read_text(encoding="utf-8"))


def main() -> int:
    """Check the bundle that was asked for; 0 when all of it holds, 1 when not."""
    parser = argparse.ArgumentParser(description="Check a bundle of Fairlead's log.")
    parser.add_argument("folder", nargs="?", default=str(Path(__file__).parent), help="the unpacked bundle")
    parser.add_argument("--key", help="the log's verifier key, from elsewhere")
    parser.add_argument("--position", type=int, help="then print the proof of the record at this position")
    parser.add_argument(
        "--time", help="then print that of the last record by this time, such as 2026-03-31T09:00Z"
    )
    asked = parser.parse_args()
    if not Path(asked.folder).is_dir():
        parser.error(f"there is no folder {asked.folder}")
    try:
        said = _asked(Path(asked.folder), asked)
    except Refused as refused:
        sys.stderr.write(f"REFUSED {refused.code}: {refused}\n")
        return 1
    sys.stdout.write(f"{said}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
