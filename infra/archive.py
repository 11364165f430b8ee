"""A closed project kept elsewhere: its part of the log and of the rows' history, as two Parquet files.

The log file holds every record of the project with every column of the log, byte for byte: what a stranger
needs to fold it again, and to compute the leaf of each record's proof. Records are in order of stream and
version, so that replaying needs the room of one stream. The row file beside it (`….rows.parquet`) holds each
version of each row, as JSON, with the positions between which it held. Pages carry checksums. Nothing is
removed: the log is never shortened, and rows can be made of it again at any time.
"""

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec
from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier

from domain.errors import Refusal, UnknownProject
from domain.project import DECIDER as PROJECT
from infra.codec import Codec
from infra.log_reader import COLUMNS, Record, head, log_id, read_stream
from infra.read_side import generations
from infra.tables import Tables
from projections.read_model import ReadModel

PAGE_ROWS: Final = 5_000
FORMAT: Final = "fairlead.archive.v1"
ROWS_FORMAT: Final = "fairlead.archive_rows.v1"
ROWS_SUFFIX: Final = ".rows.parquet"
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
    """What was archived: records of the log and versions of rows, as of the log's head then."""

    project_id: UUID
    log_id: UUID
    position: int
    records: int
    row_versions: int


def rows_file(path: Path) -> Path:
    """Return where the row versions of an archive are."""
    return path.with_name(path.name.removesuffix(".parquet") + ROWS_SUFFIX)


def archive(  # noqa: PLR0913 - by keyword, each its own
    connection: Connection[Any],
    project_id: UUID,
    path: Path,
    *,
    models: Sequence[ReadModel[Any]],
    events: Codec,
    progress: Progress = lambda _at, _of: None,
) -> Archived:
    """Write a closed project's archive; raise `UnknownProject`, `NotClosed`, or `OSError`.

    Each file appears under its name when it is whole.
    """
    _check_closed(connection, project_id, events)
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        position, identity = head(connection), log_id(connection)
        about = {
            "fairlead.format": FORMAT,
            "fairlead.project_id": str(project_id),
            "fairlead.log_id": str(identity),
            "fairlead.position": str(position),
        }
        with _written(rows_file(path), _row_schema(), {**about, "fairlead.format": ROWS_FORMAT}) as add:
            versions = sum(_add_rows(connection, model, project_id, add) for model in models)
        with _written(path, _record_schema(), about) as add:
            records = _add_records(connection, project_id, add, progress)
    return Archived(project_id, identity, position, records, versions)


def _check_closed(connection: Connection[Any], project_id: UUID, events: Codec) -> None:
    state: Any = None
    for record in read_stream(connection, project_id):
        if record.type.partition(".")[0] != PROJECT.name:
            break
        state = PROJECT.evolve(state, events.decode(record.type, record.data))
    if state is None:
        raise UnknownProject
    if not state.charter.is_closed:
        raise NotClosed


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


def _row_schema() -> Any:
    fields = [
        ("model", _ARROW.string()),
        ("key", _ARROW.binary(16)),
        ("from_position", _ARROW.int64()),
        ("to_position", _ARROW.int64()),
        ("row", _ARROW.string()),
    ]
    return _ARROW.schema([_ARROW.field(name, kind, nullable=name == "to_position") for name, kind in fields])


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


def _add_rows(connection: Connection[Any], model: ReadModel[Any], project_id: UUID, add: Add) -> int:
    generation = generations(connection).get(model.name, (0, ""))[0]
    if not generation:
        return 0
    tables = Tables(model, generation)
    names = SQL(", ").join(map(Identifier, tables.shape.names))
    statement = SQL(
        "SELECT * FROM (SELECT from_position, NULL::int8 AS to_position, {names} FROM {rows}"
        " WHERE project_id = {project} UNION ALL SELECT from_position, to_position, {names} FROM {history}"
        " WHERE project_id = {project}) v ORDER BY {key}, from_position"
    ).format(
        names=names,
        rows=tables.name(),
        history=tables.name("_history"),
        project=project_id,
        key=Identifier(tables.shape.key),
    )
    count = 0
    for page in _pages(connection, statement):
        add(
            [
                (model.name, values[2], values[0], values[1], _json(tables.shape.load(tuple(values[2:]))))
                for values in page
            ]
        )
        count += len(page)
    return count


def _json(row: Any) -> str:
    return msgspec.json.encode(row, order="deterministic").decode()


def _pages(connection: Connection[Any], statement: Composed) -> Iterator[list[tuple[Any, ...]]]:
    with connection.cursor("archive", binary=True) as cursor:
        cursor.execute(statement)
        while page := cursor.fetchmany(PAGE_ROWS):
            yield page


def records_of(path: Path) -> Iterator[Record]:
    """Yield the records of an archive in order of stream and version; raise `NotAnArchive`."""
    try:
        with _PARQUET.ParquetFile(path, page_checksum_verification=True) as file:
            metadata = file.schema_arrow.metadata or {}
            if metadata.get(b"fairlead.format") != FORMAT.encode():
                raise NotAnArchive(f"{path} holds no project's log.")
            for batch in file.iter_batches(PAGE_ROWS):
                columns = [column.to_pylist() for column in batch.columns]
                yield from (_record(values) for values in zip(*columns, strict=True))
    except (OSError, _ARROW.ArrowInvalid) as fault:
        raise NotAnArchive(f"{path} cannot be read: {type(fault).__name__}.") from fault


def _record(values: Sequence[Any]) -> Record:
    *plain, data = (
        UUID(bytes=value) if isinstance(value, bytes) and name.endswith(("_id", "stream")) else value
        for name, value in zip(Record._fields, values, strict=True)
    )
    return Record(*plain, data)
