"""How much a plan asks of each resource: by day, and where at one time it is more than there is.

As of a moment this is what lies ahead of it: what is left of the work, where the plan has it unlevelled.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from domain.levelling.axis import Axis, shared
from domain.levelling.planning import Levelling, resource_calendar
from domain.levelling.plans import Plan
from domain.levelling.problem import Starts
from domain.levelling.times import axis_of, midnight
from domain.levelling.usage import Profile

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayLoad:
    """What a plan asks of a resource on a day, and what there is of it.

    Minutes are of one resource at 100 percent: 30 minutes at 200 percent are 60. `peak_percent` is the most
    that is asked for at one time of the day.
    """

    resource_id: UUID
    day: date
    load_minutes: int
    capacity_minutes: int
    peak_percent: int
    capacity_percent: int
    task_ids: tuple[UUID, ...]

    @property
    def is_overloaded(self) -> bool:
        """Return whether at some time of the day more is asked for than there is."""
        return self.peak_percent > self.capacity_percent


@dataclass(frozen=True, slots=True)
class Overload:
    """A time, in minutes since 1970, through which more is asked of a resource than there is of it."""

    resource_id: UUID
    begin: int
    end: int
    peak_percent: int
    capacity_percent: int
    task_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class _Use:
    """A task that uses a resource from its start to its finish."""

    task_id: UUID
    begin: int
    end: int
    units: int
    axis: Axis | None

    def within(self, own: Axis) -> "_Use":
        """Return the use in the time in which the resource works: others on the task may work beyond it."""
        if self.axis is None or not own.stretches:
            return self
        return replace(self, axis=shared([self.axis, own]))

    def minutes(self, begin: int, end: int) -> int:
        """Return the minutes worked between two times."""
        begin, end = max(begin, self.begin), min(end, self.end)
        if begin >= end:
            return 0
        return end - begin if self.axis is None else self.axis.work_until(end) - self.axis.work_until(begin)


def day_loads(
    plans: Sequence[Plan], levelling: Levelling, starts: Starts, first: date, last: date
) -> Iterator[DayLoad]:
    """Yield the loads of the days from `first` to `last` on which there are any, by resource and day.

    Days are those of the first project's time zone.
    """
    zone = plans[0].project.charter.time_zone
    days = [first + number * _DAY for number in range((last - first).days + 2)]
    bounds = [midnight(day, zone) for day in days]
    for resource_id, uses in _uses(levelling, starts).items():
        capacity = levelling.problem.capacities[resource_id]
        profile = _profile(uses, capacity)
        axis = _axis(plans, resource_id, first, last)
        own = [use.within(axis) for use in uses]
        for day, begin, end in zip(days, bounds, bounds[1:], strict=False):
            working = [(use, use.minutes(begin, end)) for use in own]
            load = sum(minutes * use.units for use, minutes in working)
            if load:
                there = axis.work_until(end) - axis.work_until(begin)
                ids = tuple(use.task_id for use, minutes in working if minutes)
                peak = profile.peak(begin, end)
                yield DayLoad(resource_id, day, load // 100, there * capacity // 100, peak, capacity, ids)


def overloads(levelling: Levelling, starts: Starts) -> Iterator[Overload]:
    """Yield every time through which more is asked of a resource than there is, by resource and time."""
    for resource_id, uses in _uses(levelling, starts).items():
        capacity = levelling.problem.capacities[resource_id]
        profile = _profile(uses, capacity)
        for begin, end in _over(profile):
            ids = tuple(use.task_id for use in uses if use.begin < end and use.end > begin)
            yield Overload(resource_id, begin, end, profile.peak(begin, end), capacity, ids)


def _uses(levelling: Levelling, starts: Starts) -> Mapping[UUID, list[_Use]]:
    """Return what uses each resource, by resource and start."""
    found: dict[UUID, list[_Use]] = {}
    for key in sorted(levelling.project_of, key=lambda key: (starts[key], key)):
        activity, start = levelling.problem.activities[key], starts[key]
        if activity.duration:
            for resource_id, units in activity.uses.items():
                use = _Use(key, start, activity.finish(start), units, activity.axis)
                found.setdefault(resource_id, []).append(use)
    return dict(sorted(found.items()))


def _profile(uses: Sequence[_Use], capacity: int) -> Profile:
    profile = Profile(capacity)
    for use in uses:
        profile.add(use.begin, use.end, use.units)
    return profile


def _over(profile: Profile) -> Iterator[tuple[int, int]]:
    """Yield the times, those that meet as one, in which more is used than there is."""
    begin: int | None = None
    for time, units in zip(profile.times, profile.units, strict=True):
        if begin is None and units > profile.capacity:
            begin = time
        elif begin is not None and units <= profile.capacity:
            yield begin, time
            begin = None


def _axis(plans: Sequence[Plan], resource_id: UUID, first: date, last: date) -> Axis:
    """Return the working time of a resource, as the first project that knows it has it; none if retired."""
    for plan in plans:
        resource = plan.project.resources.by_id.get(resource_id)
        if resource is not None:
            return axis_of(resource_calendar(plan.project, resource), first - _DAY, last + _DAY)
    return Axis(())
