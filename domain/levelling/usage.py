"""How many units of each resource are in use, by time."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from domain.levelling.problem import Activity, Problem


@dataclass(slots=True)
class Profile:
    """Units in use of one resource: from each of `times` on as many as in step in `units`, before it none."""

    capacity: int
    times: list[int] = field(default_factory=list[int])
    units: list[int] = field(default_factory=list[int])

    def add(self, begin: int, end: int, units: int) -> None:
        """Add units from `begin` until `end`, the end not included."""
        if begin >= end or units == 0:
            return
        first, last = self._step(begin), self._step(end)
        for at in range(first, last):
            self.units[at] += units

    def _step(self, time: int) -> int:
        """Return the place of `time` among the times, where it is made one if it is none."""
        at = bisect_left(self.times, time)
        if at == len(self.times) or self.times[at] != time:
            self.times.insert(at, time)
            self.units.insert(at, self.units[at - 1] if at else 0)
        return at

    def free_from(self, begin: int, end: int, units: int) -> int | None:
        """Return when fewer units are in use again than leave room for `units`; None if there is room."""
        at = max(bisect_right(self.times, begin) - 1, 0)
        while at < len(self.times) and self.times[at] < end:
            until = self.times[at + 1] if at + 1 < len(self.times) else None
            is_within = until is None or until > begin
            if is_within and self.units[at] + units > self.capacity:
                if until is None:
                    raise AssertionError("more units are wanted than there are")
                return until
            at += 1
        return None

    def peak(self, begin: int, end: int) -> int:
        """Return the most units in use at any time from `begin` until `end`."""
        at = bisect_right(self.times, begin) - 1
        found = self.units[at] if at >= 0 else 0
        stop = bisect_left(self.times, end)
        return max([found, *self.units[at + 1 : stop]])


class Usage:
    """The profiles of all resources, one for each as it is first looked at."""

    def __init__(self, capacities: Mapping[UUID, int]) -> None:
        """Begin with nothing in use."""
        self._profiles = {key: Profile(capacity) for key, capacity in capacities.items()}

    def __getitem__(self, resource: UUID) -> Profile:
        """Return the profile of a resource."""
        return self._profiles[resource]

    def take(self, activity: Activity, start: int) -> None:
        """Let an activity use its resources from `start` to its finish."""
        finish = activity.finish(start)
        for resource, units in activity.uses.items():
            self._profiles[resource].add(start, finish, units)

    def release(self, activity: Activity, start: int) -> None:
        """Take back what `take` did."""
        finish = activity.finish(start)
        for resource, units in activity.uses.items():
            self._profiles[resource].add(start, finish, -units)

    def first_fit(self, activity: Activity, start: int) -> int:
        """Return when an activity can start at the earliest, at `start` or later; raise `BeyondAxis`."""
        start = activity.start_at_or_after(start)
        while (later := self.blocked_until(activity, start)) is not None:
            start = activity.start_at_or_after(later)
        return start

    def blocked_until(self, activity: Activity, start: int) -> int | None:
        """Return until when a resource has no room for an activity that starts at `start`; None for room."""
        finish = activity.finish(start)
        for resource, units in activity.uses.items():
            later = self._profiles[resource].free_from(start, finish, units)
            if later is not None:
                return later
        return None

    def blocking(self, activity: Activity, start: int) -> UUID | None:
        """Return the resource that has no room for an activity that starts at `start`; None for room."""
        finish = activity.finish(start)
        for resource, units in activity.uses.items():
            if self._profiles[resource].free_from(start, finish, units) is not None:
                return resource
        return None


def fixed_usage(problem: Problem) -> Usage:
    """Return what fixed activities use of each resource, never more than there is of it."""
    usage = Usage(problem.capacities)
    for resource, stretches in taken_by_fixed(problem).items():
        for begin, end, units in stretches:
            usage[resource].add(begin, end, units)
    return usage


def taken_by_fixed(problem: Problem) -> dict[UUID, list[tuple[int, int, int]]]:
    """Return what fixed activities use, as (begin, end, units) by resource, cut off at the capacity.

    Fixed activities may ask for more than there is: what began together goes on together.
    """
    profiles: dict[UUID, Profile] = {}
    for activity in problem.activities.values():
        if activity.fixed_at is not None:
            for resource, units in activity.uses.items():
                profile = profiles.setdefault(resource, Profile(problem.capacities[resource]))
                profile.add(activity.fixed_at, activity.finish(activity.fixed_at), units)
    return {resource: _stretches(profile) for resource, profile in profiles.items()}


def _stretches(profile: Profile) -> list[tuple[int, int, int]]:
    ends = profile.times[1:]
    steps = zip(profile.times, ends, profile.units, strict=False)
    return [(begin, end, min(units, profile.capacity)) for begin, end, units in steps if units]
