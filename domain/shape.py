"""The shapes values must have: each check raises `Malformed` with one sentence and the field's path."""

import re
from datetime import date, datetime
from functools import cache
from typing import Final
from zoneinfo import available_timezones

from domain.errors import Malformed

NAME_LENGTH_MAX: Final = 200
TEXT_LENGTH_MAX: Final = 10_000
REASON_LENGTH_MAX: Final = 1_000
MINUTES_MAX: Final = 5_256_000
"""Ten years of 365 days."""
CENTS_MAX: Final = 10**15

FIRST_DAY: Final = date(1970, 1, 1)
LAST_DAY: Final = date(2200, 12, 31)
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff]")
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_EMAIL_LENGTH_MAX: Final = 254
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")


def text(value: object, field: str, maximum: int, minimum: int = 1) -> None:
    """Refuse all but a text of `minimum` (blank ends not counted) to `maximum` characters."""
    if not isinstance(value, str):
        raise Malformed("This must be a text.", field=field)
    if _UNPRINTABLE.search(value):
        raise Malformed("The text holds a control character or half a surrogate pair.", field=field)
    if len(value) > maximum:
        raise Malformed(f"The text is longer than {maximum} characters.", field=field)
    if len(value.strip()) < minimum:
        raise Malformed(f"The text needs at least {minimum} character{'s' * (minimum > 1)}.", field=field)


def optional_text(value: object, field: str, maximum: int) -> None:
    """Refuse all but a text of at most `maximum` characters; it may be empty."""
    text(value, field, maximum, minimum=0)


def whole(value: object, field: str, low: int, high: int) -> None:
    """Refuse all but a whole number from `low` to `high`, both included."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed("This must be a whole number.", field=field)
    if not low <= value <= high:
        raise Malformed(f"The number must lie between {low} and {high}.", field=field)


def percent(value: object, field: str) -> None:
    """Refuse all but a whole number of percent, 0 to 100."""
    whole(value, field, 0, 100)


def minutes(value: object, field: str, minimum: int = 0) -> None:
    """Refuse all but a whole number of minutes, from `minimum` to ten years."""
    whole(value, field, minimum, MINUTES_MAX)


def cents(value: object, field: str) -> None:
    """Refuse all but a whole number of cents, 0 to 10 to the power of 15."""
    whole(value, field, 0, CENTS_MAX)


def day(value: object, field: str) -> None:
    """Refuse all but a day from 1970-01-01 to 2200-12-31."""
    if not isinstance(value, date) or isinstance(value, datetime):
        raise Malformed("This must be a day.", field=field)
    if not FIRST_DAY <= value <= LAST_DAY:
        raise Malformed(f"The day must lie between {FIRST_DAY} and {LAST_DAY}.", field=field)


def window(begins_on: date, ends_on: date) -> None:
    """Refuse all but a window of days `beginsOn` to `endsOn`, both included, that does not end first."""
    day(begins_on, "beginsOn")
    day(ends_on, "endsOn")
    if ends_on < begins_on:
        raise Malformed("The window ends before it begins.", field="endsOn")


def code(value: object, field: str) -> None:
    """Refuse all but a code: a small letter, then at most 63 small letters, digits and underscores."""
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise Malformed("A code is small letters, digits and underscores, such as lead_time.", field=field)


def currency(value: object, field: str) -> None:
    """Refuse all but three capital letters, as ISO 4217 names currencies."""
    if not isinstance(value, str) or not _CURRENCY.fullmatch(value):
        raise Malformed("A currency is three capital letters, such as EUR.", field=field)


def instant(value: object, field: str) -> None:
    """Refuse all but an instant with a UTC offset, from 1970-01-01 to 2200-12-31."""
    if not isinstance(value, datetime):
        raise Malformed("This must be an instant.", field=field)
    if value.utcoffset() is None:
        raise Malformed("The instant needs a UTC offset.", field=field)
    day(value.date(), field)


def time_zone(value: object, field: str) -> None:
    """Refuse all but the name of an IANA time zone, such as `Europe/Vienna`."""
    if value not in _time_zones():
        raise Malformed("There is no IANA time zone of this name.", field=field)


def email(value: str, field: str) -> None:
    """Refuse all but an e-mail address: one @ between other characters, no spaces, 254 at most."""
    text(value, field, _EMAIL_LENGTH_MAX)
    if not _EMAIL.fullmatch(value):
        raise Malformed("This is not an e-mail address.", field=field)


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())
