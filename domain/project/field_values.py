"""The values of custom fields: their types, and which texts are values of each."""

import re
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Final, assert_never

from domain.errors import Refusal

_NUMBER: Final = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)
_FLAGS: Final = ("true", "false")


class FieldType(StrEnum):
    """What a custom field holds: a text, a decimal number, a day, one of its choices, yes or no."""

    TEXT = "text"
    NUMBER = "number"
    DAY = "day"
    CHOICE = "choice"
    FLAG = "flag"


class UnfitValue(Refusal):
    """A value does not fit the definition in force of its custom field."""

    sentence = "The value does not fit the field's definition."


def check_value(kind: FieldType, choices: Sequence[str], value: str) -> None:
    """Raise `UnfitValue` for a text that is no value of a field of this type and these choices."""
    problem = _problem(kind, choices, value)
    if problem is not None:
        raise UnfitValue(problem, field="value")


def _problem(kind: FieldType, choices: Sequence[str], value: str) -> str | None:
    """Return what keeps a text from being a value, None where nothing does."""
    match kind:
        case FieldType.TEXT:
            return None
        case FieldType.NUMBER:
            return None if _NUMBER.fullmatch(value) else "This must be a decimal number, such as -12.5."
        case FieldType.DAY:
            return None if _is_day(value) else "This must be a day, such as 2026-03-31."
        case FieldType.CHOICE:
            return None if value in choices else "This is none of the field's choices."
        case FieldType.FLAG:
            return None if value in _FLAGS else "This must be true or false."
        case _:
            assert_never(kind)


def _is_day(value: str) -> bool:
    """Say whether a text is a day of the calendar; the standard library tells only by trying."""
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
