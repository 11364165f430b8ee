"""Availability over a window of time: unions of intervals, what maintenance excludes, the error budget."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

BASIS_POINTS: Final = 10_000
"""A whole, in hundredths of a percent."""
_SECOND: Final = timedelta(seconds=1)


class Interval(NamedTuple):
    """The time from one aware instant to another, the end not included."""

    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a window comes to, in whole seconds.

    `total` and `maintenance` are of the whole window; `observed` is the part of it that has passed, without
    maintenance, and `downtime` the part of that in which there was an outage.
    """

    total_seconds: int
    maintenance_seconds: int
    observed_seconds: int
    downtime_seconds: int

    @property
    def availability_percent(self) -> float | None:
        """Return (observed - downtime) / observed x 100; None where nothing was observed."""
        if self.observed_seconds == 0:
            return None
        return 100 * (self.observed_seconds - self.downtime_seconds) / self.observed_seconds

    def is_met(self, objective_basis_points: int) -> bool | None:
        """Return whether the availability so far reaches an objective; None where nothing was observed."""
        if self.observed_seconds == 0:
            return None
        up_seconds = self.observed_seconds - self.downtime_seconds
        return up_seconds * BASIS_POINTS >= objective_basis_points * self.observed_seconds

    def error_budget_seconds(self, objective_basis_points: int) -> int:
        """Return what an objective allows to be down, rounded down: 12,960 s of 30 days at 99.5 %."""
        in_service = self.total_seconds - self.maintenance_seconds
        return in_service * (BASIS_POINTS - objective_basis_points) // BASIS_POINTS


def outcome(
    window: Interval,
    until: datetime,
    outages: Iterable[Interval],
    maintenance: Iterable[Interval],
) -> Outcome:
    """Return what a window comes to as seen at an instant: planned maintenance leaves both sides.

    Outages that overlap count once. One still going on ends at `until` or later.
    """
    planned = union(clipped(maintenance, window))
    passed = Interval(window.begin, max(window.begin, min(until, window.end)))
    observed = excluded(clipped([passed], window), planned)
    down = excluded(union(clipped(outages, passed)), planned)
    return Outcome(seconds([window]), seconds(planned), seconds(observed), seconds(down))


def clipped(intervals: Iterable[Interval], window: Interval) -> list[Interval]:
    """Return the parts of intervals that lie within a window; those of no length are left out."""
    parts = (Interval(max(begin, window.begin), min(end, window.end)) for begin, end in intervals)
    return [part for part in parts if part.begin < part.end]


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the same time as ascending intervals that neither overlap nor touch."""
    joined: list[Interval] = []
    for begin, end in sorted(intervals):
        if joined and begin <= joined[-1].end:
            joined[-1] = Interval(joined[-1].begin, max(end, joined[-1].end))
        else:
            joined.append(Interval(begin, end))
    return joined


def excluded(intervals: Sequence[Interval], without: Sequence[Interval]) -> list[Interval]:
    """Return what is left of intervals without others; both ascend and do not overlap."""
    left: list[Interval] = []
    for begin, end in intervals:
        free_from = begin
        for other in without:
            if free_from < other.begin < end:
                left.append(Interval(free_from, other.begin))
            if other.begin < end:
                free_from = max(free_from, other.end)
        if free_from < end:
            left.append(Interval(free_from, end))
    return left


def seconds(intervals: Iterable[Interval]) -> int:
    """Return the whole seconds of intervals that do not overlap."""
    return sum((end - begin for begin, end in intervals), timedelta()) // _SECOND
