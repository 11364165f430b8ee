"""The contract's own scalars: days, instants, positions in the log, amounts of money."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final, NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

DAY: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
SAFE_WHOLE_MAX: Final = 2**53 - 1
"""The largest whole number every JSON reader keeps exact."""

Position = NewType("Position", int)
Cents = NewType("Cents", int)
Whole = NewType("Whole", int)


def scalar_of(name: str) -> Any:
    """Return the scalar that shows a whole number of this name: `int` unless it may be a large one."""
    if name.endswith("_cents"):
        return Cents
    return Whole if name.endswith(("_hundredths", "_amount")) else int


def parse_day(value: object) -> date:
    """Return the day a text such as 2026-03-31 names; raise `GraphQLError`."""
    if not isinstance(value, str):
        raise GraphQLError("Date must be a text such as 2026-03-31.")
    try:
        return date.fromisoformat(_written_out(value, DAY))
    except ValueError:
        raise GraphQLError("Date must be a day such as 2026-03-31.") from None


def parse_instant(value: object) -> datetime:
    """Return the instant, in UTC, that an RFC 3339 text names, an offset with it; raise `GraphQLError`."""
    if not isinstance(value, str):
        raise GraphQLError("DateTime must be a text such as 2026-03-31T09:00:00Z.")
    try:
        instant = datetime.fromisoformat(_written_out(value, rf"{DAY}[Tt ].+"))
        if instant.utcoffset() is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise GraphQLError("DateTime must be an instant such as 2026-03-31T09:00:00Z.") from None
    raise GraphQLError("DateTime needs an offset from UTC, such as Z or +02:00.")


def _written_out(value: str, pattern: str) -> str:
    """Return a text of one way to write a time; raise `ValueError` for others, which Python reads too."""
    if re.fullmatch(pattern, value, re.DOTALL) is None:
        raise ValueError
    return value


def instant_text(value: datetime) -> str:
    """Return an instant as the contract writes it: UTC, with a Z."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _whole(name: str) -> Callable[[object], int]:
    def parse(value: object) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) > SAFE_WHOLE_MAX:
            raise GraphQLError(f"{name} must be a whole number between -(2^53 - 1) and 2^53 - 1.")
        return value

    return parse


def _day_text(value: date) -> str:
    return value.isoformat()


SCALARS: Final[Mapping[object, ScalarDefinition]] = {
    date: strawberry.scalar(
        name="Date", description="A day, as 2026-03-31.", serialize=_day_text, parse_value=parse_day
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant, as 2026-03-31T09:00:00Z; an offset from UTC is always given.",
        serialize=instant_text,
        parse_value=parse_instant,
    ),
    Position: strawberry.scalar(
        name="Position",
        description="A position in the log, a whole number: 1 for what was recorded first, 0 before that.",
        serialize=int,
        parse_value=_whole("Position"),
    ),
    Whole: strawberry.scalar(
        name="Whole",
        description="A whole number of any size that JSON readers keep exact, up to 2^53 - 1.",
        serialize=int,
        parse_value=_whole("Whole"),
    ),
    Cents: strawberry.scalar(
        name="Cents",
        description="An amount in hundredths of the currency's unit: a whole number.",
        serialize=int,
        parse_value=_whole("Cents"),
    ),
}


def scalar_map() -> dict[object, Any]:
    """Return the scalars as Strawberry's configuration takes them."""
    return dict(SCALARS)
