"""What is said in the demonstration: commands in order, each by somebody at a moment, with ids of its own."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from domain.recorded import Issued

TIME_ZONE: Final = "Asia/Shanghai"
SATURDAY: Final = 5
ZONE: Final = ZoneInfo(TIME_ZONE)
NAMES: Final = UUID("de300000-0000-8000-8000-000000000001")


@dataclass(frozen=True, slots=True)
class Act:
    """One command to the stream of an aggregate, by `actor_id`, at an instant (aware UTC), and why.

    `refused_as` is the code of the refusal it meets, where it is to meet one.
    """

    aggregate: str
    stream: UUID
    command: Any
    actor_id: UUID
    at: datetime
    reason: str | None = None
    refused_as: str | None = None


Lane = list[Act]
"""Acts that go one after the other; several lanes may go side by side."""


def named(name: str) -> UUID:
    """Return the id that a name stands for, the same in every demonstration."""
    return uuid5(NAMES, name)


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    """Return the instant (UTC) of a local time of the manufacturer."""
    return datetime.combine(day, time(hour, minute), ZONE).astimezone(UTC)


def workday(day: date) -> date:
    """Return the day, or the Monday after it where it falls on a weekend."""
    return day + timedelta(days=(7 - day.weekday()) % 7) if day.weekday() >= SATURDAY else day


def as_command(act: Act, name: str) -> Issued[Any]:
    """Return an act as a command issued; the same `name` gives it the same id."""
    return Issued(act.command, act.stream, named(name), act.actor_id, act.at, act.reason, is_backdated=True)
