"""A closed project kept elsewhere: its part of the log, as a Parquet file that answers for it.

The file holds every record of the project with every column of the log, byte for byte: what a stranger needs
to fold it again, and to compute the leaf of each record's proof. Records are in order of stream and version,
so that replaying needs the room of one stream; pages carry checksums. Personal texts are sealed in it as they
are in the log, so that erasing a person reaches it. Versions of rows are a fold of these records and hold
texts in the clear: they are not written. Nothing is removed from the log or the rows.
"""

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from psycopg import Connection
from psycopg.sql import SQL, Composed

from domain.errors import Refusal, UnknownProject
from domain.project import DECIDER as PROJECT
from domain.project.legal_holds import ProjectOnLegalHold
from infra.codec import Codec
from infra.log_reader import COLUMNS, Record, head, log_id, read_stream

PAGE_ROWS: Final = 5_000
FORMAT: Final = "fairlead.archive.v1"
_ARROW: Final[Any] = import_module("pyarrow")  # these two carry no types
_PARQUET: Final[Any] = import_module("pyarrow.parquet")

Progress = Callable[[int, int], None]


class NotClosed(Refusal):
    """Only what does not change any more is archived."""

    sentence = "The project is not closed: close it first."


class NotAnArchive(Exception):
    """A file is not a project's archive, or is damaged; the text says where."""


@dataclass(frozen=True, slots=True)
class Archived:
    """What was archived: so many records of the log, as of its head then."""

    project_id: UUID
    log_id: UUID
    position: int
    records: int


def archive(
    connection: Connection[Any],
    project_id: UUID,
    path: Path,
    *,
    events: Codec,
    progress: Progress = lambda _at, _of: None,
) -> Archived:
    """Write a closed project's archive; raise `UnknownProject`, `NotClosed`, `ProjectOnLegalHold`, `OSError`.

    The file appears under its name when it is whole.
    """
    _check_archivable(connection, project_id, events)
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        position, identity = head(connection), log_id(connection)
        about = {
            "fairlead.format": FORMAT,
            "fairlead.project_id": str(project_id),
            "fairlead.log_id": str(identity),
            "fairlead.position": str(position),
        }
        with _written(path, _record_schema(), about) as add:
            records = _add_records(connection, project_id, add, progress)
    return Archived(project_id, identity, position, records)


def _check_archivable(connection: Connection[Any], project_id: UUID, events: Codec) -> None:
    state: Any = None
    for record in read_stream(connection, project_id):
        if record.type.partition(".")[0] != PROJECT.name:
            break
        state = PROJECT.evolve(state, events.decode(record.type, record.data, record.stream))
    if state is None:
        raise UnknownProject
    if not state.charter.is_closed:
        raise NotClosed
    if state.legal_holds.standing:
        raise ProjectOnLegalHold


def _record_schema() -> Any:
    id_, text, time = _ARROW.binary(16), _ARROW.string(), _ARROW.timestamp("us", tz="UTC")
    types = [
        _ARROW.int64(), id_, id_, _ARROW.int32(), text, id_, id_, id_, id_, id_, text, time, time,
        _ARROW.binary(),
    ]  # fmt: skip
    nullable = {"project_id", "causation_id", "reason"}
    return _ARROW.schema(
        [
            _ARROW.field(name, kind, nullable=name in nullable)
            for name, kind in zip(Record._fields, types, strict=True)
        ]
    )


Add = Callable[[Sequence[Sequence[Any]]], None]


@contextmanager
def _written(path: Path, schema: Any, about: dict[str, str]) -> Generator[Add]:
    """Write a file under another name, and give it its own when it is whole and on disk."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        with _PARQUET.ParquetWriter(
            partial, schema.with_metadata(about), compression="zstd", write_page_checksum=True
        ) as writer:

            def add(rows: Sequence[Sequence[Any]]) -> None:
                columns = [
                    _ARROW.array([_plain(value) for value in column], field.type)
                    for column, field in zip(zip(*rows, strict=True), schema, strict=True)
                ]
                writer.write_batch(_ARROW.record_batch(columns, schema=writer.schema))

            yield add
        with partial.open("rb") as whole:
            os.fsync(whole.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _plain(value: Any) -> Any:
    return value.bytes if isinstance(value, UUID) else value


def _add_records(connection: Connection[Any], project_id: UUID, add: Add, progress: Progress) -> int:
    row = connection.execute("SELECT count(*) FROM log.event WHERE project_id = %s", (project_id,)).fetchone()
    whole, done = 0 if row is None else int(row[0]), 0
    statement = SQL("SELECT {} FROM log.event WHERE project_id = {} ORDER BY stream, version").format(
        SQL(COLUMNS), project_id
    )
    for page in _pages(connection, statement):
        add(page)
        done += len(page)
        progress(done, whole)
    return done


def _pages(connection: Connection[Any], statement: Composed) -> Iterator[list[tuple[Any, ...]]]:
    with connection.cursor("archive", binary=True) as cursor:
        cursor.execute(statement)
        while page := cursor.fetchmany(PAGE_ROWS):
            yield page


def position_of(path: Path) -> int:
    """Return the last position of the log when an archive was written; raise `NotAnArchive`."""
    with _opened(path) as file:
        return int(file.schema_arrow.metadata[b"fairlead.position"])


def records_of(path: Path) -> Iterator[Record]:
    """Yield the records of an archive in order of stream and version; raise `NotAnArchive`."""
    with _opened(path) as file:
        for batch in file.iter_batches(PAGE_ROWS):
            columns = [column.to_pylist() for column in batch.columns]
            yield from (_record(values) for values in zip(*columns, strict=True))


@contextmanager
def _opened(path: Path) -> Generator[Any]:
    """Open an archive; raise `NotAnArchive`, also for what is found to be wrong while it is read."""
    try:
        with _PARQUET.ParquetFile(path, page_checksum_verification=True) as file:
            metadata: dict[bytes, bytes] = file.schema_arrow.metadata or {}
            if metadata.get(b"fairlead.format") != FORMAT.encode():
                raise NotAnArchive(f"{path} holds no project's log.")
            yield file
    # What follows a change of the footer, which has no checksum, can be any of these.
    except (OSError, _ARROW.ArrowException, ValueError, KeyError) as fault:
        raise NotAnArchive(f"{path} cannot be read: {type(fault).__name__}.") from fault


def _record(values: Sequence[Any]) -> Record:
    return Record._make(
        UUID(bytes=value) if isinstance(value, bytes) and name != "data" else value
        for name, value in zip(Record._fields, values, strict=True)
    )
