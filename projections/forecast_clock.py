"""The clock of forecasts: counts what is finished since each was made, and says when it is settled."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project import ProjectClosed, ProjectOpened
from domain.project.forecasts import (
    AssessForecasts,
    ForecastAssessed,
    ForecastComputed,
    ForecastOutcome,
)
from domain.recorded import Recorded
from domain.task import TaskCompleted
from projections.read_model import ReadModel, Wish


@dataclass(frozen=True, slots=True)
class PendingForecast:
    """A forecast not settled yet: its days, the items it takes (None for how many), items so far."""

    forecast_id: UUID
    from_on: date
    by_on: date | None
    wanted: int | None
    finished: int
    reached_on: date | None
    settles_at: datetime | None


@dataclass(frozen=True, slots=True)
class ForecastClock:
    """The forecasts of a project that are not settled; the next is at `due_at` (UTC)."""

    project_id: UUID
    pending: tuple[PendingForecast, ...] = ()
    due_at: datetime | None = None


Event: TypeAlias = ProjectOpened | ProjectClosed | ForecastComputed | ForecastAssessed | TaskCompleted


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the project."""
    return (seen.key,)


def evolve(clock: ForecastClock | None, seen: Recorded[Event]) -> ForecastClock | None:
    """Return the clock after an event."""
    event = seen.event
    if isinstance(event, ProjectOpened):
        return ForecastClock(seen.stream)
    if clock is None:
        raise AssertionError("a project's first event is that it was opened")
    match event:
        case ForecastComputed():
            return _set(clock, (*clock.pending, _pending(event)))
        case ForecastAssessed(forecast_id):
            return _set(clock, tuple(each for each in clock.pending if each.forecast_id != forecast_id))
        case ProjectClosed():
            return _set(clock, ())
        case TaskCompleted(completed_on=on) if clock.pending:
            return _set(clock, tuple(_counted(each, on) for each in clock.pending))
        case _:
            return clock


def _pending(made: ForecastComputed) -> PendingForecast:
    figures = made.figures
    return PendingForecast(
        made.forecast_id, figures.from_on, made.by_on, figures.remaining, 0, None, made.settles_at
    )


def _counted(pending: PendingForecast, on: date) -> PendingForecast:
    """Return a forecast after one more item was finished on a day, if that is one of its days."""
    if on < pending.from_on or (pending.by_on is not None and on > pending.by_on) or pending.reached_on:
        return pending
    finished = pending.finished + 1
    return replaced(pending, finished=finished, reached_on=on if finished == pending.wanted else None)


def _set(clock: ForecastClock, pending: tuple[PendingForecast, ...]) -> ForecastClock:
    settles = [each.settles_at for each in pending if each.settles_at is not None]
    return replaced(clock, pending=pending, due_at=min(settles, default=None))


def react(seen: Recorded[Any], clock: ForecastClock) -> Iterable[Wish]:
    """Settle the forecasts that have all their items with this one."""
    if isinstance(seen.event, TaskCompleted):
        reached = [each for each in clock.pending if each.reached_on is not None]
        if reached:
            yield Wish("project", clock.project_id, _assessment(reached), seen.occurred_at)


def on_due(clock: ForecastClock) -> Wish:
    """Settle the forecasts whose last day is over, at the instant it was."""
    if clock.due_at is None:
        raise AssertionError("a clock that does not run is never due")
    due = [each for each in clock.pending if each.settles_at == clock.due_at]
    return Wish("project", clock.project_id, _assessment(due), clock.due_at)


def _assessment(settled: Iterable[PendingForecast]) -> AssessForecasts:
    outcomes = (ForecastOutcome(each.forecast_id, each.finished, each.reached_on) for each in settled)
    return AssessForecasts(tuple(outcomes))


READ_MODEL: Final = ReadModel(
    name="forecast_clock",
    row=ForecastClock,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    react=react,
    on_due=on_due,
)
