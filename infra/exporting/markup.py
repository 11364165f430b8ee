"""Writing MSPDI elements: fields in the order they are given, local times, durations, shifts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from xml.etree.ElementTree import Element, SubElement

from domain.calendar import Shift

SPACE: Final = "http://schemas.microsoft.com/project"
DAY_MINUTES: Final = 1_440
_UNPRINTABLE: Final = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])

Value = str | int | bool | datetime | None
Fields = Mapping[str, Value]


def part(parent: Element, tag: str, fields: Fields | None = None) -> Element:
    """Add an element with a child for each field that has a value, and return it."""
    element = SubElement(parent, tag)
    for name, value in (fields or {}).items():
        if value is not None:
            SubElement(element, name).text = written(value)
    return element


def written(value: Value) -> str:
    """Return a value as MSPDI has it: 1 and 0 for yes and no, times without a zone."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(timespec="seconds")
    return str(value).translate(_UNPRINTABLE)


def duration(minutes: int) -> str:
    """Return minutes as MSPDI has them, such as PT8H30M0S."""
    return f"PT{minutes // 60}H{minutes % 60}M0S"


def add_shifts(day: Element, shifts: tuple[Shift, ...]) -> None:
    """Say in which hours of a day work is done; midnight at its end is 00:00 as at its beginning."""
    SubElement(day, "DayWorking").text = written(bool(shifts))
    if shifts:
        times = SubElement(day, "WorkingTimes")
        for shift in shifts:
            part(
                times,
                "WorkingTime",
                {"FromTime": _clock(shift.start_minute), "ToTime": _clock(shift.end_minute)},
            )


def _clock(minute: int) -> str:
    minute %= DAY_MINUTES
    return f"{minute // 60:02}:{minute % 60:02}:00"
