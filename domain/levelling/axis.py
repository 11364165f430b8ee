"""An axis of working time: the stretches in which something is worked on, and arithmetic over them."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import merge
from itertools import accumulate

from domain.errors import Refusal

Stretch = tuple[int, int]


class BeyondAxis(Refusal):
    """Work reaches beyond the last working time there is on an axis."""

    sentence = "The work does not fit into the working time that is planned with."


@dataclass(frozen=True, slots=True)
class Axis:
    """Ascending stretches `(begin, end)` of working time, the end not included, in whole units of time.

    `done` holds how much work is done by the beginning of each stretch, and by the end of the last one.
    """

    stretches: tuple[Stretch, ...]
    done: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Count the work; raise `AssertionError` for stretches that are empty or do not ascend."""
        before = None
        for begin, end in self.stretches:
            if end <= begin or (before is not None and begin < before):
                raise AssertionError("the stretches of an axis ascend and are not empty")
            before = end
        lengths = (end - begin for begin, end in self.stretches)
        object.__setattr__(self, "done", tuple(accumulate(lengths, initial=0)))

    def work_until(self, time: int) -> int:
        """Return the work from the beginning of the axis to a time."""
        at = bisect_left(self.stretches, (time,)) - 1
        if at < 0:
            return 0
        begin, end = self.stretches[at]
        return self.done[at] + min(end, time) - begin

    def first_at(self, time: int) -> int:
        """Return the first working time at or after `time`; raise `BeyondAxis`."""
        at = bisect_left(self.stretches, time, key=lambda stretch: stretch[1] - 1)
        if at == len(self.stretches):
            raise BeyondAxis
        return max(time, self.stretches[at][0])

    def finish(self, start: int, duration: int) -> int:
        """Return when work begun at `start` is done: the first such time; raise `BeyondAxis`."""
        if duration == 0:
            return start
        work = self.work_until(start) + duration
        at = bisect_left(self.done, work) - 1
        if at >= len(self.stretches):
            raise BeyondAxis
        return self.stretches[at][0] + work - self.done[at]

    def start(self, finish: int, duration: int) -> int:
        """Return the earliest working time at which to begin so as not to be done before `finish`."""
        work = self.work_until(finish) - duration
        if work < 0:
            return self.first_at(self.stretches[0][0])
        at = min(bisect_right(self.done, work) - 1, len(self.stretches) - 1)
        start = self.stretches[at][0] + work - self.done[at]
        while self.finish(start, duration) < finish:
            start = self.first_at(start + 1)
        return start

    def between(self, first: int, last: int) -> "Axis":
        """Return the axis without the stretches that end by `first` or begin at `last` or later."""
        begin = bisect_left(self.stretches, first, key=lambda stretch: stretch[1] - 1)
        return Axis(self.stretches[begin : bisect_left(self.stretches, (last,))])


def either(axes: Iterable[Axis]) -> Axis:
    """Return the axis of the time that is working time on at least one of some axes."""
    joined: list[Stretch] = []
    for begin, end in merge(*(axis.stretches for axis in axes)):
        if joined and begin <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((begin, end))
    return Axis(tuple(joined))


def shared(axes: Iterable[Axis]) -> Axis:
    """Return the axis of the time that is working time on each of some axes, one at least."""
    first, *others = axes
    stretches = list(first.stretches)
    for other in others:
        stretches = _shared(stretches, other.stretches)
    return Axis(tuple(stretches))


def _shared(ours: list[Stretch], theirs: tuple[Stretch, ...]) -> list[Stretch]:
    found: list[Stretch] = []
    own = their = 0
    while own < len(ours) and their < len(theirs):
        begin = max(ours[own][0], theirs[their][0])
        end = min(ours[own][1], theirs[their][1])
        if begin < end:
            found.append((begin, end))
        if ours[own][1] < theirs[their][1]:
            own += 1
        else:
            their += 1
    return found
