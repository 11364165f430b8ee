"""`fairlead replay`: everything as it was at a position or a time, folded from the log alone."""

import re
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

import typer

from api.commands import WRONG_USE, addressed_settings, fail

if TYPE_CHECKING:
    from psycopg import Connection

    from infra.replay import Replayed

STATE_CHARACTERS_MAX: Final = 160
STEP_STREAMS: Final = 100
POSITION_MAX: Final = 2**63 - 1


def replay(
    until: Annotated[
        str,
        typer.Option(
            help="A position, or a time with its offset such as 2026-03-31T09:00:00Z (as recorded)."
        ),
    ],
    project: Annotated[UUID | None, typer.Option(help="Only the streams of this project.")] = None,
    *,
    is_json: Annotated[
        bool, typer.Option("--json", help="One JSON object for each stream and line.")
    ] = False,
) -> None:
    """Print the state of every stream as of then: domain folds over the log, no read model and no snapshot.

    One stream at a time is in memory, whatever the log's length. Exit 1 when an event could not be read.
    """
    from api.commands.reaching import database
    from api.commands.showing import progress
    from infra.codec import codec
    from infra.keys import keys_of
    from infra.replay import replay as run

    counts: Counter[str] = Counter()
    problems = 0
    settings = addressed_settings()
    with (
        database(settings, purpose="replay") as connection,
        keys_of(settings) as keys,
        progress("Replaying", "streams") as step,
    ):
        events = codec().with_keys(keys)
        at = _position(connection, until)
        whole = _streams(connection, at, project)
        for number, each in enumerate(run(connection, events, until=at, project_id=project), start=1):
            typer.echo(_json(each) if is_json else _line(each))
            counts[each.kind] += 1
            problems += each.problem is not None
            if number % STEP_STREAMS == 0:
                step(number, whole)
    found = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "nothing"
    typer.echo(f"As of position {at}: {found}.", err=True)
    if problems:
        raise typer.Exit(1)


def _position(connection: "Connection[Any]", until: str) -> int:
    """Return the position a text names; end with a sentence where it names none."""
    from infra.log_reader import head

    if re.fullmatch(r"[0-9]{1,18}", until):
        last = head(connection)
        if int(until) > last:
            fail(f"The log has not reached position {until}: its last is {last}.")
        return int(until)
    try:
        moment = datetime.fromisoformat(until)
    except ValueError:
        fail(f"{until[:80]!r} is neither a position nor a time such as 2026-03-31T09:00:00Z.", code=WRONG_USE)
    if moment.utcoffset() is None:
        fail("A time needs an offset from UTC, such as Z or +02:00.", code=WRONG_USE)
    try:
        row = connection.execute("SELECT log.position_at(%s)", (moment.astimezone(UTC),)).fetchone()
    except OverflowError:
        fail(f"{until[:80]!r} lies outside of all time.", code=WRONG_USE)
    return 0 if row is None else int(row[0])


def _streams(connection: "Connection[Any]", until: int, project: UUID | None) -> int:
    row = connection.execute(
        "SELECT count(*) FROM log.event WHERE version = 1 AND position <= %(until)s"
        " AND (%(project)s::uuid IS NULL OR project_id = %(project)s)",
        {"until": until, "project": project},
    ).fetchone()
    return 0 if row is None else int(row[0])


def _json(each: "Replayed") -> str:
    import msgspec

    return msgspec.json.encode(each).decode()


def _line(each: "Replayed") -> str:
    import msgspec

    state = msgspec.json.encode(each.state).decode()
    shown = state if len(state) <= STATE_CHARACTERS_MAX else f"{state[: STATE_CHARACTERS_MAX - 1]}…"
    said = "" if each.problem is None else f" {each.problem}"
    return f"{each.kind} {each.stream} version {each.version} at {each.position}{said} {shown}"
