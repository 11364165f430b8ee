"""A task's baseline held against what happened: the variances of MS Project, actual less planned."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final

from domain.copies import replaced

_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class BaselineComparison:
    """What a baseline planned for a task, and by how much what happened differs from it."""

    number: Annotated[int, "The baseline's number, 0 to 10."]
    start_at: Annotated[datetime | None, "Planned start (UTC)."]
    finish_at: Annotated[datetime | None, "Planned finish (UTC)."]
    work_minutes: Annotated[int | None, "Planned work in minutes."]
    cost_cents: Annotated[int | None, "Planned cost in cents of the project's currency."]
    start_variance_minutes: Annotated[
        int | None, "Elapsed minutes from the planned to the first start, below 0 if early; null until both."
    ] = None
    finish_variance_minutes: Annotated[
        int | None,
        "Elapsed minutes from the planned finish to the completion, below 0 if early; null until both.",
    ] = None
    work_variance_minutes: Annotated[
        int | None, "Time spent so far less the planned work, in minutes; null without planned work."
    ] = None


def compared(
    planned: BaselineComparison,
    started_at: datetime | None,
    completed_at: datetime | None,
    spent_minutes: int,
) -> BaselineComparison:
    """Return a baseline with its variances from when its task started and ended, and the time spent on it."""
    work_minutes = planned.work_minutes
    return replaced(
        planned,
        start_variance_minutes=_variance(planned.start_at, started_at),
        finish_variance_minutes=_variance(planned.finish_at, completed_at),
        work_variance_minutes=None if work_minutes is None else spent_minutes - work_minutes,
    )


def _variance(planned_at: datetime | None, happened_at: datetime | None) -> int | None:
    if planned_at is None or happened_at is None:
        return None
    return signed_minutes(planned_at, happened_at)


def signed_minutes(begin: datetime, end: datetime) -> int:
    """Return the whole elapsed minutes from `begin` to `end`, rounded down, below 0 where `end` is first."""
    return (end - begin) // _MINUTE
