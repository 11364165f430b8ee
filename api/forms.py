"""A form for each command: its GraphQL input, from the deciders, and how one becomes a command issued."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

import strawberry

from api.authorise import named
from api.ids import new_id
from api.kinds import Given, Kind, Slot, build, first_line, input_type, read_id, slots_of
from domain import shape
from domain.aggregates import AGGREGATES
from domain.decider import Decider, action_of
from domain.errors import Malformed
from domain.handling import camel
from domain.operation import OPERATIONS
from domain.recorded import Issued
from domain.roles import LEADS, SYSTEM

VERSION_MAX: Final = 2**31 - 1
AHEAD_MAX: Final = timedelta(minutes=5)
"""How far a client's clock may run before ours."""

ONLY_STREAMS: Final[Mapping[str, UUID]] = {"operation": OPERATIONS}
"""Aggregates of which there is one, so that no id is asked for."""

_ID: Final = Kind(strawberry.ID | None, read_id, is_optional=True)


def _metadata(name: str, shown: type, description: str) -> Slot:
    return Slot(
        name,
        camel(name),
        Kind(shown | None, lambda value, _: value, is_optional=True),
        description,
        is_defaulted=True,
    )


METADATA: Final = (
    Slot(
        "command_id",
        "commandId",
        _ID,
        "A UUID of your choice: sent again with the same id, the command is done once and answered alike.",
        is_defaulted=True,
    ),
    _metadata(
        "expected_version", int, "Refuse the command unless the thing has had exactly this many events."
    ),
    _metadata("reason", str, f"Why, for the audit trail; at most {shape.REASON_LENGTH_MAX} characters."),
    _metadata(
        "occurred_at",
        datetime,
        f"When it happened, if not now; from 1970, not in the future. Roles that may say so: {named(LEADS)}.",
    ),
)


@dataclass(frozen=True, slots=True)
class Form:
    """One command as clients send it."""

    name: str
    decider: Decider[Any, Any, Any]
    command_type: type
    description: str
    input_type: type
    slots: tuple[Slot, ...]
    stream_field: str

    def command_id(self, given: Given) -> UUID:
        """Return the command's id, a new one where none was given; raise `Malformed`."""
        wished = given.get("commandId")
        return new_id() if wished is None else read_id(wished, "commandId")

    def issued(self, given: Given, command_id: UUID, actor_id: UUID, received_at: datetime) -> Issued[Any]:
        """Return the command as issued by an actor; raise `Malformed` or what the command itself refuses."""
        stream = ONLY_STREAMS.get(self.decider.name, command_id)
        if given.get(self.stream_field) is not None:
            stream = read_id(given[self.stream_field], self.stream_field)
        occurred_at = _instant(given.get("occurredAt"), received_at)
        return Issued(
            build(self.command_type, self.slots, given),
            stream,
            command_id,
            actor_id,
            occurred_at or received_at,
            _reason(given.get("reason")),
            _version(given.get("expectedVersion")),
            is_backdated=occurred_at is not None,
        )


def _instant(wished: datetime | None, received_at: datetime) -> datetime | None:
    if wished is None:
        return None
    shape.instant(wished, "occurredAt")
    if wished > received_at + AHEAD_MAX:
        raise Malformed("This lies in the future.", field="occurredAt")
    return wished.astimezone(UTC)


def _reason(given: str | None) -> str | None:
    if given is not None:
        shape.text(given, "reason", shape.REASON_LENGTH_MAX)
    return given


def _version(given: int | None) -> int | None:
    if given is not None:
        shape.whole(given, "expectedVersion", 0, VERSION_MAX)
    return given


@cache
def forms() -> tuple[Form, ...]:
    """Return a form for every command that somebody may issue, in the order of the deciders."""
    return tuple(_forms())


def _forms() -> Iterator[Form]:
    for decider in AGGREGATES:
        for command_type, roles in decider.commands.items():
            if roles != SYSTEM:
                yield _form(decider, command_type)


def _form(decider: Decider[Any, Any, Any], command_type: type) -> Form:
    own = slots_of(command_type)
    stream = _stream_slot(decider.name, is_opening=command_type in decider.opens)
    slots = (*own, *METADATA) if decider.name in ONLY_STREAMS else (stream, *own, *METADATA)
    if len({slot.shown_name for slot in slots}) != len(slots):
        raise AssertionError(f"two fields of {command_type.__name__} have one name")
    roles = named(decider.commands[command_type] - SYSTEM)
    description = f"{first_line(command_type)} Roles: {roles}."
    return Form(
        action_of(command_type),
        decider,
        command_type,
        description,
        input_type(f"{command_type.__name__}Input", slots, first_line(command_type)),
        own,
        stream.shown_name,
    )


def _stream_slot(aggregate: str, *, is_opening: bool) -> Slot:
    name = f"{aggregate}_id"
    if is_opening:
        return Slot(
            name,
            camel(name),
            _ID,
            "A UUID for what is created; the command's id when left out.",
            is_defaulted=True,
        )
    return Slot(name, camel(name), Kind(strawberry.ID, read_id), "What the command is about.")
