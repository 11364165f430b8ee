"""When a task is worked on: by whose calendars, and the axes of that working time.

A task is worked on while any of the people on it works and all of its equipment does. Who has no calendar of
their own works by the task's, else by the project's standard one; equipment without one is there at any time.
A calendar of the task's own narrows both. Without people or equipment it holds alone, else the standard one.

That any of the people works is MS Project's: its duration is the time in which one of those assigned does.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.calendar import AnyOf, CalendarWithoutWorkingTime, WorkingAxis, WorkingCalendar, WorkingHours
from domain.errors import Refusal


@dataclass(frozen=True, slots=True)
class Crew:
    """The names of the calendars of who and what is on a task; None for people without one of their own."""

    people: frozenset[str | None] = frozenset()
    equipment: frozenset[str] = frozenset()


ANYBODY: Final = Crew()


def crew_of(people: Iterable[str | None], equipment: Iterable[str | None]) -> Crew:
    """Return the crew that works by these calendars, `ANYBODY` where none of it has one of its own."""
    named, tools = frozenset(people), frozenset(name for name in equipment if name is not None)
    return Crew(named, tools) if tools or named - {None} else ANYBODY


@dataclass(frozen=True, slots=True)
class Calendars:
    """A project's calendars: the standard one, and those that have another name."""

    standard: WorkingCalendar
    named: Mapping[str, WorkingCalendar]

    def worked(self, own: str | None, crew: Crew = ANYBODY) -> list[WorkingHours]:
        """Return what must have working time for a task to be worked on, given the name of its own calendar.

        A name there is no calendar of is that of the standard one.
        """
        alone = self.standard if own is None else self.named.get(own, self.standard)
        found: list[WorkingHours] = []
        if crew.people:
            people = (alone if name is None else self.named.get(name, self.standard) for name in crew.people)
            found.append(_any_of(people))
        found += (self.named.get(name, self.standard) for name in crew.equipment)
        if own is not None or not found:
            found.append(alone)
        return found


def _any_of(calendars: Iterable[WorkingCalendar]) -> WorkingHours:
    found = frozenset(calendars)
    return next(iter(found)) if len(found) == 1 else AnyOf(found)


class NoSharedTime(Refusal):
    """Those who are on a task, its equipment and its own calendar never work at the same time."""

    sentence = "The calendars of a task and of its resources have no time in common."


class CrewAxes:
    """The axes of the working time of tasks, each laid out once."""

    def __init__(self, calendars: Calendars, since: date) -> None:
        """Count from `since`, where most of what is asked lies."""
        self._calendars, self._since = calendars, since
        self.standard = WorkingAxis([calendars.standard], since)
        self._of: dict[tuple[str | None, Crew], WorkingAxis] = {(None, ANYBODY): self.standard}
        self._by_time: dict[frozenset[WorkingHours], WorkingAxis] = {
            frozenset([calendars.standard]): self.standard
        }

    def of(self, own: str | None, crew: Crew = ANYBODY) -> WorkingAxis:
        """Return the axis of a task, one for all tasks with the same calendars; raise `NoSharedTime`."""
        known = self._of.get((own, crew))
        if known is None:
            time = frozenset(self._calendars.worked(own, crew))
            if time not in self._by_time:
                self._by_time[time] = _laid_out(list(time), self._since)
            known = self._of[own, crew] = self._by_time[time]
        return known


def _laid_out(time: list[WorkingHours], since: date) -> WorkingAxis:
    """Return an axis on which there is a first minute; raise `NoSharedTime`."""
    axis = WorkingAxis(time, since)
    if len(time) > 1:
        try:
            axis.last_instant(0)
        except CalendarWithoutWorkingTime:
            raise NoSharedTime from None
    return axis
