"""The fields of an MSPDI element: text, numbers, local times and durations, read strictly."""

import re
from collections.abc import Iterator
from datetime import datetime, time
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Final
from xml.etree.ElementTree import Element

from infra.importing.rows import MINUTES_MAX

SPACE: Final = "{http://schemas.microsoft.com/project}"
_DURATION: Final = re.compile(
    r"(?:P(\d{1,6})D)?P?T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?"
)


class Unreadable(Exception):
    """A field does not hold what it should."""

    def __init__(self, code: str, sentence: str) -> None:
        """Keep the code and the sentence of the row's refusal."""
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


def children(element: Element, *path: str) -> Iterator[Element]:
    """Return the elements at a path of names below `element`."""
    return iter(element.findall("/".join(SPACE + name for name in path)))


def text(element: Element, name: str) -> str | None:
    """Return the trimmed text of a child; None where it is absent or empty."""
    found = (element.findtext(SPACE + name) or "").strip()
    return found or None


def flag(element: Element, name: str) -> bool:
    """Say whether a child holds 1."""
    return text(element, name) in ("1", "true")


def number(element: Element, name: str, default: int) -> int:
    """Return a whole number, rounded half to even, `default` where there is none."""
    written = text(element, name)
    if written is None:
        return default
    try:
        value = Decimal(written)
    except InvalidOperation as bad:
        raise Unreadable("UNREADABLE_NUMBER", f"{name} {written!r} is no number.") from bad
    if not value.is_finite() or abs(value) > Decimal(10) ** 15:
        raise Unreadable("UNREADABLE_NUMBER", f"{name} {written!r} is out of range.")
    return int(value.to_integral_value(ROUND_HALF_EVEN))


def moment(element: Element, name: str) -> datetime | None:
    """Return a local time without zone; None where there is none."""
    written = text(element, name)
    if written is None or written == "NA":
        return None
    try:
        return datetime.fromisoformat(written).replace(tzinfo=None)
    except ValueError as bad:
        raise Unreadable("UNREADABLE_DATE", f"{name} {written!r} is no date.") from bad


def minutes(element: Element, name: str) -> int:
    """Return a duration such as PT8H30M0S in minutes, seconds rounded half to even; 0 where there is none."""
    written = text(element, name)
    if written is None:
        return 0
    found = _DURATION.fullmatch(written)
    if found is None:
        raise Unreadable("UNREADABLE_DURATION", f"{name} {written!r} is no duration.")
    days, hours, whole, seconds = (Decimal(part or 0) for part in found.groups())
    exact = (days * 24 + hours) * 60 + whole + seconds / 60
    if exact > MINUTES_MAX:
        raise Unreadable("UNREADABLE_DURATION", f"{name} {written!r} is more than ten years.")
    return int(exact.to_integral_value(ROUND_HALF_EVEN))


def minute_of_day(element: Element, name: str) -> int:
    """Return a time of the day such as 08:30:00 as its minute, 0 to 1439."""
    written = text(element, name) or ""
    try:
        read = time.fromisoformat(written)
    except ValueError as bad:
        raise Unreadable("UNREADABLE_TIME", f"{name} {written!r} is no time of the day.") from bad
    return read.hour * 60 + read.minute
