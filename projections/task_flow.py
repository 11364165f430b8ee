"""How tasks flow: when each is worked on, when it waits, who sets it going, how often it comes back."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

from domain import task
from domain.copies import replaced
from domain.recorded import Recorded
from projections.read_model import Observation, ReadModel

_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Wait:
    """A time in which a task waited: it was blocked, or another department had it."""

    began_at: Annotated[datetime, "When it began to wait (UTC)."]
    ended_at: Annotated[datetime, "When it no longer did (UTC)."]


@dataclass(frozen=True, slots=True)
class Spell:
    """One time in progress: from its start, or its reopening, until it was completed or cancelled."""

    began_at: Annotated[datetime, "When it was started or reopened (UTC)."]
    ended_at: Annotated[datetime, "When it was completed or cancelled (UTC)."]
    completed_on: Annotated[date | None, "Day of completion in the project's zone; null if cancelled."]
    active_minutes: Annotated[int, "Elapsed minutes in which it did not wait."]
    waiting_minutes: Annotated[int, "Elapsed minutes in which it waited; overlapping waits count once."]


@dataclass(frozen=True, slots=True)
class TaskFlow:
    """How one task flows from start to end."""

    task_id: Annotated[UUID, "The task's id."]
    project_id: Annotated[UUID, "The project it belongs to."]
    is_completed: Annotated[bool, "Whether it is completed."] = False
    started_at: Annotated[datetime | None, "When it was first started (UTC)."] = None
    in_progress_since: Annotated[datetime | None, "When its present spell began (UTC); null outside."] = None
    ended_at: Annotated[datetime | None, "When the last of its other spells ended (UTC)."] = None
    blocked_since: Annotated[datetime | None, "Since when something holds it up (UTC)."] = None
    handed_off_since: Annotated[datetime | None, "Since when a department's answer is due (UTC)."] = None
    waits: Annotated[tuple[Wait, ...], "Its waits since its last spell ended, those that are over."] = ()
    spells: Annotated[tuple[Spell, ...], "Its spells that are over, the oldest first."] = ()
    reopened_on: Annotated[tuple[date, ...], "The days on which it was reopened after a completion."] = ()
    assignee_ids: Annotated[tuple[UUID, ...], "The members it is assigned to."] = ()
    reminder_count: Annotated[int, "How often somebody was reminded of it."] = 0
    is_self_started: Annotated[
        bool | None,
        "Whether an assignee started it or handed it on before any reminder and its first completion; null"
        " when nobody did so of a task somebody was assigned to.",
    ] = None
    first_completed_on: Annotated[date | None, "Day of its first completion in the project's zone."] = None


Seen: TypeAlias = Recorded[Any]


def keys(seen: Seen) -> Iterable[UUID]:
    """Return the task."""
    return (seen.stream,)


def evolve(row: TaskFlow | None, seen: Seen) -> TaskFlow | None:
    """Return how the task flows after an event."""
    if isinstance(seen.event, task.TaskOpened):
        return TaskFlow(seen.stream, seen.event.project_id)
    if row is None:
        raise AssertionError("a task's first event is that it was opened")
    return _FOLDS[type(seen.event)](row, seen)


def _assigned(row: TaskFlow, seen: Seen) -> TaskFlow:
    others = tuple(each for each in row.assignee_ids if each != seen.event.member_id)
    is_added = isinstance(seen.event, task.TaskAssigned)
    return replaced(row, assignee_ids=(*others, seen.event.member_id) if is_added else others)


def _started(row: TaskFlow, seen: Seen) -> TaskFlow:
    at = seen.event.started_at
    return _moved(
        replaced(row, started_at=row.started_at or at, in_progress_since=row.in_progress_since or at), seen
    )


def _handed_off(row: TaskFlow, seen: Seen) -> TaskFlow:
    return _moved(replaced(row, handed_off_since=seen.event.handed_off_at), seen)


def _moved(row: TaskFlow, seen: Seen) -> TaskFlow:
    """Return the row after somebody set the task going: what its first completion settled stays."""
    if not row.assignee_ids or row.first_completed_on is not None:
        return row
    by_itself = seen.actor_id in row.assignee_ids and row.reminder_count == 0
    return replaced(row, is_self_started=bool(row.is_self_started) or by_itself)


def _unblocked(row: TaskFlow, seen: Seen) -> TaskFlow:
    return replaced(_waited(row, row.blocked_since, seen.event.unblocked_at), blocked_since=None)


def _answered(row: TaskFlow, seen: Seen) -> TaskFlow:
    return replaced(_waited(row, row.handed_off_since, seen.event.answered_at), handed_off_since=None)


def _waited(row: TaskFlow, since: datetime | None, until: datetime) -> TaskFlow:
    return row if since is None else replaced(row, waits=(*row.waits, Wait(since, until)))


def _completed(row: TaskFlow, seen: Seen) -> TaskFlow:
    on = seen.event.completed_on
    return replaced(
        _ended(row, seen.event.completed_at, on),
        is_completed=True,
        first_completed_on=row.first_completed_on or on,
    )


def _cancelled(row: TaskFlow, seen: Seen) -> TaskFlow:
    return replaced(_ended(row, seen.event.cancelled_at, None), blocked_since=None)


def _ended(row: TaskFlow, at: datetime, completed_on: date | None) -> TaskFlow:
    """Return the row after its spell, if there is one, ended; a hand-off still open waits beyond it."""
    since = row.in_progress_since
    if since is None:
        return replaced(row, waits=())
    still = [Wait(each, at) for each in (row.blocked_since, row.handed_off_since) if each is not None]
    waiting = waited((*row.waits, *still), since, at) // _MINUTE
    active = max(0, (at - since) // _MINUTE - waiting)
    return replaced(
        row,
        in_progress_since=None,
        ended_at=max(at, row.ended_at or at),
        waits=(),
        spells=(*row.spells, Spell(since, at, completed_on, active, waiting)),
    )


def _reopened(row: TaskFlow, seen: Seen) -> TaskFlow:
    event = seen.event
    return replaced(
        row,
        is_completed=False,
        in_progress_since=None if row.started_at is None else event.reopened_at,
        reopened_on=(*row.reopened_on, event.reopened_on) if row.is_completed else row.reopened_on,
    )


def waited(waits: Iterable[Wait], begin: datetime, end: datetime) -> timedelta:
    """Return how long of the time from `begin` to `end` was waited, overlapping waits counted once."""
    total, reached = timedelta(), begin
    for each in sorted(waits, key=lambda wait: wait.began_at):
        since, until = max(each.began_at, reached), min(each.ended_at, end)
        if until > since:
            total += until - since
            reached = until
    return total


_FOLDS: Final[Mapping[type, Callable[[TaskFlow, Seen], TaskFlow]]] = {
    task.TaskAssigned: _assigned,
    task.TaskUnassigned: _assigned,
    task.TaskStarted: _started,
    task.TaskBlocked: lambda row, seen: replaced(row, blocked_since=seen.event.blocked_at),
    task.TaskUnblocked: _unblocked,
    task.TaskHandedOff: _handed_off,
    task.HandOffAnswered: _answered,
    task.TaskReminded: lambda row, _seen: replaced(row, reminder_count=row.reminder_count + 1),
    task.TaskCompleted: _completed,
    task.TaskCancelled: _cancelled,
    task.TaskReopened: _reopened,
}


def observe(row: TaskFlow) -> Iterator[Observation]:
    """Yield how long the task was worked on and waited, how often it was reopened, and who set it going."""
    for number, spell in enumerate(row.spells, start=1):
        if spell.completed_on is not None:
            parts = (("active", spell.active_minutes), ("waiting", spell.waiting_minutes))
            for part, minutes in parts:
                name = f"{number} {part}"
                yield Observation("flow_efficiency", spell.completed_on, minutes, part == "active", name)
    for number, on in enumerate(row.reopened_on, start=1):
        yield Observation("reopen_count", on, 1, None, str(number))
    if row.first_completed_on is not None and row.is_self_started is not None:
        yield Observation("self_started_share", row.first_completed_on, 1, row.is_self_started)


READ_MODEL: Final = ReadModel(
    name="task_flow",
    row=TaskFlow,
    folds=frozenset({task.TaskOpened, *_FOLDS}),
    keys=keys,
    evolve=evolve,
    observe=observe,
    orders={"STARTED": ("started_at",)},
    filters=("is_completed", "assignee_ids"),
)
