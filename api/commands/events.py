"""`fairlead events tail`: the log as it grows."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

import typer

from api.commands import addressed_settings, fail

if TYPE_CHECKING:
    from infra.codec import Codec
    from infra.log_reader import Record

LAST_EVENTS: Final = 10

app = typer.Typer(help="The events of the log.", no_args_is_help=True)


@app.callback()
def events() -> None:
    """Look at the events of the log."""


@app.command()
def tail(  # noqa: PLR0913 - the options of the command
    after: Annotated[
        int | None, typer.Option(min=0, help="Begin behind this position; else with the last ten events.")
    ] = None,
    project: Annotated[UUID | None, typer.Option(help="Only events of this project.")] = None,
    types: Annotated[
        list[str] | None,
        typer.Option(
            help="Only events whose name begins like this, such as task. or task.completed; repeatable."
        ),
    ] = None,
    *,
    is_data: Annotated[
        bool, typer.Option("--data", help="Print content and reasons too: they may hold personal text.")
    ] = False,
    is_json: Annotated[bool, typer.Option("--json", help="One JSON object for each event and line.")] = False,
    is_following: Annotated[
        bool, typer.Option("--follow/--no-follow", help="Whether to wait for events to come.")
    ] = True,
) -> None:
    """Print events in the order of the log, and go on as they come, until Ctrl-C.

    To go on later without a gap, give the last position printed as --after. Times are in UTC. A log
    that has not reached that position is refused: it is another one, or one that was restored.
    """
    from api.commands.reaching import database, said_plainly
    from infra.codec import codec
    from infra.keys import keys_of
    from infra.log_reader import head
    from infra.tailing import follow, pending

    settings = addressed_settings()
    beginnings = tuple(types or ("",))

    def wanted(records: "Iterator[Record]", events: "Codec") -> None:
        for each in records:
            if project in (None, each.project_id) and each.type.startswith(beginnings):
                shown = _readable(each, events) if is_data else each
                typer.echo(_json(shown, is_data=is_data) if is_json else _line(shown, is_data=is_data))

    with said_plainly(), keys_of(settings) as keys, suppress(KeyboardInterrupt):
        events = codec().with_keys(keys)
        with database(settings, purpose="tail") as connection:
            last = head(connection)
            begin = max(0, last - LAST_EVENTS) if after is None else after
            if begin > last:
                fail(f"The log has not reached position {begin}: its last is {last}.")
            if not is_following:
                wanted(pending(connection, begin), events)
        if is_following:
            wanted(follow(settings.addresses[0], begin), events)


def _readable(record: "Record", events: "Codec") -> "Record":
    """Return a record with its personal texts readable, or as `erased`."""
    from infra.codec import BadEvent

    try:
        data, reason = events.opened(record.data, record.stream), events.reason(record.reason, record.stream)
    except BadEvent as problem:
        fail(f"The event at position {record.position} cannot be read: {problem}.")
    return record._replace(data=data, reason=reason)


def _fields(record: "Record") -> dict[str, Any]:
    """Return what an event is, without a word of its content."""
    return {
        "position": record.position,
        "recorded_at": record.recorded_at.isoformat(),
        "occurred_at": record.occurred_at.isoformat(),
        "type": record.type,
        "stream": str(record.stream),
        "version": record.version,
        "project_id": record.project_id and str(record.project_id),
        "actor_id": str(record.actor_id),
        "command_id": str(record.command_id),
        "correlation_id": str(record.correlation_id),
        "causation_id": record.causation_id and str(record.causation_id),
        "event_id": str(record.event_id),
    }


def _json(record: "Record", *, is_data: bool) -> str:
    content = {"reason": record.reason, "data": json.loads(record.data)} if is_data else {}
    return json.dumps({**_fields(record), **content}, ensure_ascii=False)


def _line(record: "Record", *, is_data: bool) -> str:
    content = f" {record.data.decode()}" if is_data else ""
    if is_data and record.reason is not None:
        content += f" because {json.dumps(record.reason, ensure_ascii=False)}"
    return (
        f"{record.position} {record.recorded_at:%Y-%m-%dT%H:%M:%S.%fZ} {record.type} {record.stream}"
        f" version {record.version} by {record.actor_id}{content}"
    )
