"""The clock of activity: each first command makes its issuer active, 14 days without one inactive.

Commands count by when they happened. What happened long ago and is recorded now, such as a history that is
loaded, is followed by more of it within seconds: the clock waits for that, so that it says only what the
whole history says.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from domain import feedback, project, task
from domain.copies import replaced
from domain.ids import SYSTEM_ACTOR
from domain.project.activity import (
    ACTIVE_FOR,
    MarkMemberActive,
    MarkMemberInactive,
    MemberBecameActive,
    MemberWentInactive,
)
from domain.recorded import Recorded
from projections.read_model import ReadModel, Wish, part_id

SETTLED_AFTER: Final = timedelta(seconds=10)
"""How long the clock waits after a late command is recorded."""
ASKED_AGAIN_AFTER: Final = timedelta(hours=1)
"""How often it is asked for that somebody is active who is not said to be: none off the team ever is."""


@dataclass(frozen=True, slots=True)
class ActivityClock:
    """The clock of one actor in one project; all instants are UTC.

    `asked_by` is the last event that called for saying that they are active, `asked_at` when it was recorded.
    `lapsed_at` is when they went inactive before that event, if nobody said so yet.
    `due_at` is when it is to be said that they went inactive, None while they are not active.
    """

    row_id: UUID
    project_id: UUID
    member_id: UUID
    last_command_at: datetime
    last_recorded_at: datetime
    is_active: bool = False
    asked_by: UUID | None = None
    asked_at: datetime | None = None
    lapsed_at: datetime | None = None
    due_at: datetime | None = None


def is_own(seen: Recorded[Any]) -> bool:
    """Say whether an event is of a command that its actor issued: not Fairlead's, nor a row of an import."""
    return (
        seen.actor_id.int != SYSTEM_ACTOR.int  # numbers are compared at a fifth of what ids take
        and seen.correlation_id.int == seen.command_id.int
    )


def keys(seen: Recorded[Any]) -> Iterable[UUID]:
    """Return the clock of whom an event says to be active or not, or of who issued its command."""
    match seen.event:
        case MemberBecameActive(member_id) | MemberWentInactive(member_id):
            return (part_id(seen.key, "activity_clock", member_id),)
        case _ if is_own(seen):
            return (part_id(seen.key, "activity_clock", seen.actor_id),)
        case _:
            return ()


def evolve(clock: ActivityClock | None, seen: Recorded[Any]) -> ActivityClock | None:
    """Return the clock after an event."""
    match seen.event:
        case MemberBecameActive():
            return clock and _started(clock)
        case MemberWentInactive(inactive_at=inactive_at):
            return clock and _lapsed(clock, inactive_at, seen)
        case _:
            return _moved(clock, seen)


def _moved(clock: ActivityClock | None, seen: Recorded[Any]) -> ActivityClock:
    """Return the clock after a command; one that happened before the last tells nothing new."""
    at, recorded_at = seen.occurred_at, seen.recorded_at
    if clock is None:
        key = part_id(seen.key, "activity_clock", seen.actor_id)
        return _asked(ActivityClock(key, seen.key, seen.actor_id, at, recorded_at), seen, None)
    if at <= clock.last_command_at:
        return clock
    due_at = _due_at(at, recorded_at) if clock.is_active else clock.due_at
    moved = replaced(clock, last_command_at=at, last_recorded_at=recorded_at, due_at=due_at)
    lapsed_at = clock.last_command_at + ACTIVE_FOR
    if at > lapsed_at and (clock.is_active or clock.asked_at is not None):
        return _asked(moved, seen, lapsed_at)
    if not clock.is_active and _is_asked_long_ago(clock, recorded_at):
        return _asked(moved, seen, None)
    return moved


def _started(clock: ActivityClock) -> ActivityClock:
    due_at = _due_at(clock.last_command_at, clock.last_recorded_at)
    return replaced(clock, is_active=True, due_at=due_at)


def _is_asked_long_ago(clock: ActivityClock, recorded_at: datetime) -> bool:
    return clock.asked_at is None or recorded_at >= clock.asked_at + ASKED_AGAIN_AFTER


def _asked(clock: ActivityClock, seen: Recorded[Any], lapsed_at: datetime | None) -> ActivityClock:
    return replaced(clock, asked_by=seen.event_id, asked_at=seen.recorded_at, lapsed_at=lapsed_at)


def _lapsed(clock: ActivityClock, inactive_at: datetime, seen: Recorded[Any]) -> ActivityClock:
    """Return a clock that stands, unless a command came in between that was not seen in time."""
    stands = replaced(clock, is_active=False, asked_by=None, asked_at=None, lapsed_at=None, due_at=None)
    is_overtaken = clock.last_command_at + ACTIVE_FOR > inactive_at
    return _asked(stands, seen, None) if is_overtaken else stands


def _due_at(command_at: datetime, recorded_at: datetime) -> datetime:
    """Return 14 days after the last command, or when that has settled."""
    return max(command_at + ACTIVE_FOR, recorded_at + SETTLED_AFTER)


def react(seen: Recorded[Any], clock: ActivityClock) -> Iterable[Wish]:
    """Call for what an event makes of its actor: inactive at the end of their last 14 days, active again."""
    if clock.asked_by != seen.event_id:
        return
    member_id, at = clock.member_id, clock.last_command_at
    if clock.lapsed_at is not None:
        lapsed = MarkMemberInactive(member_id, clock.lapsed_at)
        yield Wish("project", clock.project_id, lapsed, clock.lapsed_at)
    yield Wish("project", clock.project_id, MarkMemberActive(member_id, at), at)


def on_due(clock: ActivityClock) -> Wish:
    """Say that somebody went inactive 14 days after their last command."""
    if clock.due_at is None:
        raise AssertionError("a clock that does not run is never due")
    inactive_at = clock.last_command_at + ACTIVE_FOR
    return Wish("project", clock.project_id, MarkMemberInactive(clock.member_id, inactive_at), inactive_at)


READ_MODEL: Final = ReadModel(
    name="activity_clock",
    row=ActivityClock,
    folds=frozenset(event for each in (project, task, feedback) for event in each.DECIDER.events.values()),
    keys=keys,
    evolve=evolve,
    react=react,
    on_due=on_due,
)
