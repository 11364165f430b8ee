"""Writing a bundle: a page of records at a time, each with its path to the one checkpoint."""

import csv
import hashlib
import json
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, TextIO
from uuid import UUID

import msgspec
from psycopg import Connection
from psycopg.sql import SQL

from domain.aggregates import AGGREGATES
from infra.export.range import Range, Wished, settled
from infra.export.shapes import CSV_COLUMNS, line, ocsf, row
from infra.log_reader import COLUMNS, Record
from infra.proof import store
from infra.proof.checkpoints import opened
from infra.proof.notes import VerifierKey
from infra.proof.paths import Place, Span, hash_of, inclusion, places
from infra.proof.record_bytes import leaf_hash
from infra.proof.tree import TILE_WIDTH
from infra.proof.verifying import is_included
from infra.verify.leaves import moved_in

FORMAT: Final = "fairlead-export-1"
PAGE_RECORDS: Final = 500
FORMATS: Final = ("native", "ocsf", "csv")
_WANTED: Final = SQL(
    "position > %(after)s AND position <= %(end)s"
    " AND (%(project)s::uuid IS NULL OR project_id = %(project)s)"
    " AND (%(actor)s::uuid IS NULL OR actor_id = %(actor)s)"
)
_PAGE: Final = SQL("SELECT {} FROM log.event WHERE {} ORDER BY position LIMIT %(limit)s").format(
    SQL(COLUMNS), _WANTED
)
_COUNT: Final = SQL("SELECT count(*) FROM log.event WHERE {}").format(_WANTED)
_EVENTS: Final = {name: event for decider in AGGREGATES for name, event in decider.events.items()}

Progress = Callable[[int, int], None]


class Unprovable(Exception):
    """Record and tree do not agree, and the text says where: nothing is exported, see `fairlead verify`."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was exported: how many records, over which positions, under a checkpoint of how many."""

    records: int
    begin: int
    end: int
    checkpoint_size: int


@dataclass(frozen=True, slots=True)
class Order:
    """What is exported, where to, under whose checkpoint, and in which form beside the evidence."""

    wished: Wished
    target: Path
    key: VerifierKey
    form: str = "native"


def measured(connection: Connection[Any], order: Order) -> int:
    """Return how many records are to be exported; raise what `export` raises before it begins."""
    within = _settled(connection, order)
    row = connection.execute(_COUNT, _parameters(order.wished, within, within.begin - 1)).fetchone()
    return 0 if row is None else int(row[0])


def _settled(connection: Connection[Any], order: Order) -> Range:
    if order.target.exists():
        raise FileExistsError(f"{order.target} exists already.")
    within = settled(connection, order.wished)
    opened(within.head.note, [order.key], origin=order.key.name)
    return within


def _parameters(wished: Wished, within: Range, after: int) -> dict[str, Any]:
    return {
        "after": after,
        "end": within.end,
        "project": wished.project,
        "actor": wished.actor,
        "limit": PAGE_RECORDS,
    }


def export(connection: Connection[Any], order: Order, progress: Progress = lambda _at, _of: None) -> Exported:
    """Write a bundle: a folder, or a file where the target ends with `.tar` or `.zip`, once it is whole.

    Raises a Refusal where nothing fits, `BadNote` when the checkpoint is not signed by the key, `Unprovable`,
    `FileExistsError` or another `OSError`.
    """
    target, within = order.target, _settled(connection, order)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as scratch:
        folder = Path(scratch) / target.name.partition(".")[0]
        folder.mkdir()
        count, types = _write_records(connection, order, within, folder, progress)
        _write_rest(folder, types)
        _write_manifest(folder, order, within, count)
        _packed(folder, target.suffix).rename(target)
    return Exported(count, within.begin, within.end, within.head.size)


def _write_records(
    connection: Connection[Any], order: Order, within: Range, folder: Path, progress: Progress
) -> tuple[int, set[str]]:
    """Write the records; return how many there are, and their types."""
    (folder / "checkpoint").write_text(within.head.note, encoding="utf-8")
    types: set[str] = set()
    count = 0
    with ExitStack() as stack:
        evidence = stack.enter_context((folder / "records.jsonl").open("w", encoding="utf-8"))
        write = _writer(stack, folder, order.form)
        for page in _pages(connection, order.wished, within):
            for record, path in _proven(connection, page, within):
                evidence.write(line(record, path) + "\n")
                write(record)
                types.add(record.type)
            count += len(page)
            progress(page[-1].position - within.begin + 1, within.end - within.begin + 1)
    return count, types


def _writer(stack: ExitStack, folder: Path, form: str) -> Callable[[Record], object]:
    """Return what writes a record in the further form, if one is wished."""
    if form == "native":
        return lambda _: None
    if form == "ocsf":
        events: TextIO = stack.enter_context((folder / "events.ocsf.jsonl").open("w", encoding="utf-8"))
        return lambda record: events.write(json.dumps(ocsf(record), ensure_ascii=False) + "\n")
    table = stack.enter_context((folder / "events.csv").open("w", encoding="utf-8", newline=""))
    writer = csv.writer(table)
    writer.writerow(CSV_COLUMNS)
    return lambda record: writer.writerow(row(record))


def _pages(connection: Connection[Any], wished: Wished, within: Range) -> Iterator[list[Record]]:
    after = within.begin - 1
    while after < within.end:
        rows = connection.cursor(binary=True).execute(_PAGE, _parameters(wished, within, after))
        page = list(map(Record._make, rows.fetchall()))
        if not page:
            return
        yield page
        after = page[-1].position


def _proven(
    connection: Connection[Any], page: Sequence[Record], within: Range
) -> Iterator[tuple[Record, list[bytes]]]:
    """Yield each record with its path; raise `Unprovable`. What paths share is hashed once a page."""
    head = within.head
    spans = {record.position: inclusion(record.position - 1, head.size) for record in page}
    wanted = {span for each in spans.values() for span in each}
    tiles: dict[Place, bytes] = store.tiles(connection, places(wanted))
    hashes: dict[Span, bytes] = {span: hash_of(span, tiles) for span in wanted}
    for record in page:
        path = [hashes[span] for span in spans[record.position]]
        if not is_included(leaf_hash(record), record.position - 1, head.size, path, head.root):
            raise Unprovable(_why(connection, record, spans[record.position], head.size))
        yield record, path


def _why(connection: Connection[Any], record: Record, path: Sequence[Span], size: int) -> str:
    """Say what is wrong where a record's path does not lead to the root: the record, or a leaf on its way."""
    tiles = {place.number for place in places(path) if place.level == 0}
    moved = moved_in(connection, sorted(tiles | {(record.position - 1) // TILE_WIDTH}), size)
    if record.position in moved:
        return f"The record at position {record.position} is not the one that was proven."
    if moved:
        return f"The leaf of position {moved[0]} in the tree is not that of the record there."
    return f"The tree above position {record.position} is not the one that was signed."


def _write_rest(folder: Path, types: set[str]) -> None:
    """Write the schemas, the program that checks, and its page of text."""
    own = files("infra.export")
    (folder / "verify.py").write_bytes(own.joinpath("verifier.py").read_bytes())
    (folder / "README.md").write_bytes(own.joinpath("STRANGER.md").read_bytes())
    (folder / "schemas").mkdir()
    for name in sorted(types & set(_EVENTS)):
        schema = json.dumps(msgspec.json.schema(_EVENTS[name]), indent=2, ensure_ascii=False)
        (folder / "schemas" / f"{name}.json").write_text(f"{schema}\n", encoding="utf-8")


def _write_manifest(folder: Path, order: Order, within: Range, count: int) -> None:
    """Write what was exported, and what every other file is."""
    manifest = {
        "format": FORMAT,
        "origin": order.key.name,
        "verifier_key": str(order.key),
        "project": _shown(order.wished.project),
        "actor": _shown(order.wished.actor),
        "from": within.begin,
        "to": within.end,
        "records": count,
        "checkpoint_size": within.head.size,
        "exported_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": {str(file.relative_to(folder)): _sized(file) for file in _files(folder)},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _shown(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def _sized(file: Path) -> dict[str, Any]:
    with file.open("rb") as opened_file:
        digest = hashlib.file_digest(opened_file, "sha256").hexdigest()
    return {"bytes": file.stat().st_size, "sha256": digest}


def _packed(folder: Path, suffix: str) -> Path:
    """Return the folder as the one file that a suffix calls for, or as it is."""
    if suffix not in {".tar", ".zip"}:
        return folder
    made = folder.with_name(f"{folder.name}{suffix}")
    if suffix == ".tar":
        with tarfile.open(made, "w") as tar:
            tar.add(folder, arcname=folder.name)
    else:
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
            for file in _files(folder):
                packed.write(file, f"{folder.name}/{file.relative_to(folder)}")
    shutil.rmtree(folder)
    return made
