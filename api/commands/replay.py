"""`fairlead replay`: everything as it was at a position or a time, folded from log or archive alone."""

import re
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TextIO
from uuid import UUID

import typer

from api.commands import WRONG_USE, addressed_settings, fail, settings

if TYPE_CHECKING:
    from psycopg import Connection

    from infra.log_reader import Record
    from infra.replay import Replayed

STATE_CHARACTERS_MAX: Final = 160
STEP_EVENTS: Final = 1_000
POSITION_MAX: Final = 2**63 - 1


def replay(
    until: Annotated[
        str,
        typer.Option(
            help="A position, or a time with its offset such as 2026-03-31T09:00:00Z (as recorded)."
        ),
    ],
    project: Annotated[UUID | None, typer.Option(help="Only the streams of this project.")] = None,
    output: Annotated[
        Path | None, typer.Option(help="Write to this file, which appears when it is whole.")
    ] = None,
    archive: Annotated[
        Path | None,
        typer.Option(
            "--from-archive",
            help="Read a file of `fairlead archive`. Personal texts take the keys of a Fairlead that runs.",
        ),
    ] = None,
    *,
    is_json: Annotated[
        bool, typer.Option("--json", help="One JSON object for each stream and line.")
    ] = False,
) -> None:
    """Print the state of every stream as of then: domain folds over the log, no read model and no snapshot.

    One stream at a time is in memory, whatever the log's length. Exit 1 when an event could not be read, or
    the project or the position is not there. An archive knows nothing of what came after it was written.
    """
    with _written(output) as out:
        source = _from_log(until, project) if archive is None else _from_archive(archive, until, project)
        counts: Counter[str] = Counter()
        problems = 0
        for each in source:
            out.write(f"{_json(each) if is_json else _line(each)}\n")
            counts[each.kind] += 1
            problems += each.problem is not None
        if project is not None and not counts:
            what = "log" if archive is None else "archive"
            fail(f"There is no project {project} in the {what} as of {until}.")
    found = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "nothing"
    typer.echo(f"As of {until}: {found}.", err=True)
    if problems:
        raise typer.Exit(1)


@contextmanager
def _written(output: Path | None) -> Generator[TextIO]:
    """Yield where to write: standard output, or a file that gets its name when all is written."""
    if output is None:
        yield typer.get_text_stream("stdout")
        return
    partial = output.with_name(f"{output.name}.partial")
    try:
        with partial.open("w", encoding="utf-8") as out:
            yield out
        partial.replace(output)
    except OSError as fault:
        fail(f"{output} cannot be written: {fault.strerror or type(fault).__name__}.")
    finally:
        partial.unlink(missing_ok=True)


def _from_log(until: str, project: UUID | None) -> "Iterator[Replayed]":
    from api.commands.reaching import database
    from api.commands.showing import progress
    from infra.codec import codec
    from infra.keys import keys_of
    from infra.replay import event_count
    from infra.replay import replay as run

    moment, reached = _moment(until), addressed_settings()
    with (
        database(reached, purpose="replay") as connection,
        keys_of(reached) as keys,
        progress("Replaying", "events") as step,
    ):
        events = codec().with_keys(keys)
        at = _position(connection, moment)
        whole = event_count(connection, until=at, project_id=project)
        done = told = 0
        for each in run(connection, events, until=at, project_id=project):
            yield each
            done += each.version
            if done >= told + STEP_EVENTS:
                step(done, whole)
                told = done


def _from_archive(path: Path, until: str, project: UUID | None) -> "Iterator[Replayed]":
    from api.commands.reaching import said_plainly
    from infra.archive import NotAnArchive, position_of, records_of
    from infra.codec import codec
    from infra.data_folder import attached
    from infra.keys import keys_of
    from infra.replay import folded

    moment = _moment(until)

    def is_wanted(record: "Record") -> bool:
        seen = record.recorded_at if isinstance(moment, datetime) else record.position
        return seen <= moment and project in (None, record.project_id)  # type: ignore[operator] # of one kind

    found = attached(settings())
    try:
        if isinstance(moment, int):
            _check_reached("archive", moment, position_of(path))
        with said_plainly(), nullcontext() if found is None else keys_of(found) as keys:
            yield from folded(filter(is_wanted, records_of(path)), codec().with_keys(keys))
    except NotAnArchive as fault:
        fail(str(fault))


def _moment(until: str) -> int | datetime:
    """Return the position or the time (aware UTC) a text names; end with a sentence where it names none."""
    if re.fullmatch(r"[0-9]{1,18}", until):
        return int(until)
    try:
        moment = datetime.fromisoformat(until)
    except ValueError:
        fail(f"{until[:80]!r} is neither a position nor a time such as 2026-03-31T09:00:00Z.", code=WRONG_USE)
    if moment.utcoffset() is None:
        fail("A time needs an offset from UTC, such as Z or +02:00.", code=WRONG_USE)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        fail(f"{until[:80]!r} lies outside of all time.", code=WRONG_USE)


def _position(connection: "Connection[Any]", moment: int | datetime) -> int:
    """Return the position of a moment; end with a sentence where the log has not reached it."""
    from infra.log_reader import head

    if isinstance(moment, datetime):
        row = connection.execute("SELECT log.position_at(%s)", (moment,)).fetchone()
        return 0 if row is None else int(row[0])
    _check_reached("log", moment, head(connection))
    return moment


def _check_reached(what: str, position: int, last: int) -> None:
    """End with a sentence where a log or an archive of one ends before a position."""
    if position > last:
        fail(f"The {what} has not reached position {position}: its last is {last}.")


def _json(each: object) -> str:
    """Return something as JSON, always the same: keys that are numbers or ids as texts, in order."""
    import msgspec

    plain = msgspec.to_builtins(each, str_keys=True, order="deterministic")
    return msgspec.json.encode(plain, order="deterministic").decode()


def _line(each: "Replayed") -> str:
    state = _json(each.state)
    shown = state if len(state) <= STATE_CHARACTERS_MAX else f"{state[: STATE_CHARACTERS_MAX - 1]}…"
    said = "" if each.problem is None else f" {each.problem}"
    return f"{each.kind} {each.stream} version {each.version} at {each.position}{said} {shown}"
