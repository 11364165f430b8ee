"""Days as instants: when a day begins where a project is."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


def day_begins_at(day: date, time_zone: str) -> datetime:
    """Return the first instant (UTC) of a day in an IANA time zone, also where its midnight is skipped."""
    return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)
