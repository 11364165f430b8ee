"""The moments an incident is to be dealt with by: elapsed time, or the minutes of a working calendar."""

from datetime import datetime, timedelta

from domain.calendar import add_working_minutes, working_minutes_between
from domain.feedback.state import Feedback
from domain.project import Project


def due_after(project: Project, calendar_name: str | None, start: datetime, minutes: int) -> datetime:
    """Return the instant so many minutes after another, of a working calendar if one is named."""
    if calendar_name is None:
        return start + timedelta(minutes=minutes)
    return add_working_minutes(project.calendar_of(calendar_name), start, minutes)


def due_after_pause(
    feedback: Feedback, due_at: datetime, met_at: datetime | None, project: Project, at: datetime
) -> datetime:
    """Return the moment a goal is due if the pause ends at `at`: once met or passed it does not move.

    On a working calendar it moves by the whole working minutes of the pause.
    """
    pause = feedback.pause
    if pause is None or met_at is not None or pause.paused_at > due_at:
        return due_at
    if feedback.calendar_name is None:
        return due_at + (at - pause.paused_at)
    calendar = project.calendar_of(feedback.calendar_name)
    return add_working_minutes(calendar, due_at, working_minutes_between(calendar, pause.paused_at, at))


def stood_open(feedback: Feedback, due_at: datetime, met_at: datetime | None) -> bool:
    """Return whether the clock ran at `due_at`, the goal not met and the incident not resolved by then."""
    return all(at is None or at > due_at for at in (met_at, feedback.resolved_at, feedback.paused_at))
