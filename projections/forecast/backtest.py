"""Promises as they would have been made on past days, from what was known by then, and what came of them.

On the first day of each month the throughput of each project is promised, and what all tasks opened in that
month take together; on the day a task is opened, what it takes by its estimate. What is learnt is what was
finished before that day. Work of tasks that never were completed cannot be compared: they do not count.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice, takewhile
from typing import Final
from uuid import UUID

import numpy as np

from domain.calendar import WorkingCalendar
from domain.copies import replaced
from projections.forecast import throughput
from projections.forecast.chance import PERCENTS, Chance, Percentiles, rank, reached_by
from projections.forecast.past import TaskPast
from projections.forecast.ratios import SLOTS, Learnt, PastTask, Real, drawn, shared_factors
from projections.forecast.scoring import Promise, Subject
from projections.forecast.working_days import backward, finished_by_day, forward

NEXT_DAYS: Final = 20
NEXT_ITEMS: Final = 10
DECIDED_DAYS: Final = 120
"""When items are done is asked only where so many later working days are known: else late ones lack."""
_DECEMBER: Final = 12


@dataclass(frozen=True, slots=True)
class Past:
    """All tasks, the calendar of each project, and the last day that anything is known of."""

    tasks: Sequence[TaskPast]
    calendars: Mapping[UUID, WorkingCalendar]
    known_until: date


@dataclass(frozen=True, slots=True)
class _Month:
    """One month of promises: from its first day until before the next one's."""

    begin: date
    end: date


def promises(past: Past, first: date, last: date, draw: throughput.Draw) -> Iterator[Promise]:
    """Yield the promises of each month from that of `first` to that of `last`."""
    lessons = _Lessons(past)
    for month in _months(first, last):
        lessons.learn(month.begin)
        opened = [each for each in past.tasks if month.begin <= each.opened_on < month.end]
        if lessons.learnt.is_history:
            yield from _of_month(opened, month.begin, lessons.learnt, draw)
        for project_id in sorted(past.calendars):
            yield from _of_project(past, project_id, month.begin, draw)
        for each in sorted(opened, key=lambda one: (one.opened_on, one.task_id)):
            lessons.learn(each.opened_on)
            lesson = _worked(each)
            if lesson is not None and lessons.learnt.is_history:
                yield from _of_task(lesson, each.opened_on, lessons.learnt)


class _Lessons:
    """What was learnt by a day, of tasks finished before it."""

    def __init__(self, past: Past) -> None:
        self.learnt = Learnt(())
        self._ahead = deque(
            sorted(
                (
                    (each.completed_on, each.task_id, lesson)
                    for each in past.tasks
                    if each.completed_on is not None and (lesson := each.finished())
                ),
                key=lambda one: one[:2],
            )
        )

    def learn(self, before: date) -> None:
        """Learn what was finished before a day."""
        while self._ahead and self._ahead[0][0] < before:
            self.learnt.add(self._ahead.popleft()[2])


def _months(first: date, last: date) -> Iterator[_Month]:
    begin = first.replace(day=1)
    while begin <= last:
        is_last = begin.month == _DECEMBER
        end = date(begin.year + is_last, 1 if is_last else begin.month + 1, 1)
        yield _Month(begin, end)
        begin = end


def _worked(each: TaskPast) -> PastTask | None:
    lesson = each.finished()
    return lesson if lesson is not None and lesson.work_minutes else None


def _of_month(
    opened: Sequence[TaskPast], made_on: date, learnt: Learnt, draw: throughput.Draw
) -> Iterator[Promise]:
    """Yield what each project's tasks of a month take together, where it has several."""
    of_project: dict[UUID, list[PastTask]] = {}
    for each in opened:
        lesson = _worked(each)
        if lesson is not None:
            of_project.setdefault(each.project_id, []).append(lesson)
    for number, (_, tasks) in enumerate(sorted(of_project.items())):
        if len(tasks) > 1:
            yield _together(tasks, made_on, learnt, replaced(draw, seed=draw.seed + number))


def _of_task(lesson: PastTask, made_on: date, learnt: Learnt) -> Iterator[Promise]:
    estimate = lesson.estimate_minutes
    ratios = learnt.ratios(lesson.people, lesson.project, estimate)
    yield Promise(
        Subject.WORK,
        made_on,
        _at_ranks(ratios.work, estimate),
        estimate,
        estimate * learnt.work_minutes / learnt.estimate_minutes,
        lesson.work_minutes,
    )
    if lesson.elapsed_minutes is not None:
        yield Promise(
            Subject.FINISH,
            made_on,
            _at_ranks(np.sort(ratios.elapsed), estimate),
            estimate,
            estimate * learnt.elapsed_minutes / learnt.estimate_minutes,
            lesson.elapsed_minutes,
        )


def _at_ranks(ratios: Real, estimate: int) -> Percentiles[float]:
    return Percentiles(*(float(ratios[rank(percent, SLOTS) - 1]) * estimate for percent in PERCENTS))


def _together(tasks: Sequence[PastTask], made_on: date, learnt: Learnt, draw: throughput.Draw) -> Promise:
    chance = Chance(draw.seed)
    total = np.zeros(draw.runs)
    for each in tasks:
        ratios = learnt.ratios(each.people, each.project, each.estimate_minutes)
        total += ratios.work[drawn(ratios, chance, draw.runs)] * each.estimate_minutes
    minutes = np.rint(total * shared_factors(chance, draw.runs)).astype(np.int64)
    estimate = sum(each.estimate_minutes for each in tasks)
    return Promise(
        Subject.WORK_OF_MONTH,
        made_on,
        _real(reached_by(minutes)),
        estimate,
        estimate * learnt.work_minutes / learnt.estimate_minutes,
        sum(each.work_minutes for each in tasks),
    )


@dataclass(frozen=True, slots=True)
class _Team:
    """A project on the day something is promised: what it finished on its past working days, what is open."""

    calendar: WorkingCalendar
    made_on: date
    completed: Sequence[date]
    finished: Sequence[int]
    open_count: int
    estimated: float | None

    @property
    def velocity(self) -> float:
        """Return the mean number of items finished on a working day."""
        return sum(self.finished) / len(self.finished)


def _of_project(past: Past, project_id: UUID, made_on: date, draw: throughput.Draw) -> Iterator[Promise]:
    """Yield the promises about a project's throughput, where there is enough and the outcome is known."""
    mine = [each for each in past.tasks if each.project_id == project_id]
    completed = [each.completed_on for each in mine if each.completed_on is not None]
    calendar = past.calendars[project_id]
    began_on = min(each.opened_on for each in mine) if mine else made_on
    window = [day for day in backward(calendar, made_on, throughput.WINDOW_DAYS) if day >= began_on]
    finished = finished_by_day(window, completed)
    if not throughput.is_history(finished):
        return
    ended = [each.ended_on for each in mine if each.opened_on < made_on]
    open_count = sum(day is None or day >= made_on for day in ended)
    lately = [each for each in mine if each.completed_on and window[0] <= each.completed_on < made_on]
    team = _Team(calendar, made_on, completed, finished, open_count, _estimated(lately, calendar))
    yield from _of_next_days(team, past.known_until, draw)
    if open_count >= NEXT_ITEMS:
        yield from _of_next_items(team, past.known_until, draw)


def _estimated(lately: Sequence[TaskPast], calendar: WorkingCalendar) -> float | None:
    """Return how many tasks as long as estimated fit into the next days of those who finished some lately."""
    estimates = [each.estimate_minutes for each in lately if each.estimate_minutes]
    people = {person for each in lately for person in each.people}
    if not estimates or not people:
        return None
    shifts = [[shift.end_minute - shift.start_minute for shift in day] for day in calendar.week if day]
    minutes_a_day = sum(map(sum, shifts)) / len(shifts)
    return len(people) * NEXT_DAYS * minutes_a_day * len(estimates) / sum(estimates)


def _of_next_days(team: _Team, known_until: date, draw: throughput.Draw) -> Iterator[Promise]:
    days = list(islice(forward(team.calendar, team.made_on), NEXT_DAYS))
    if days[-1] <= known_until:
        yield Promise(
            Subject.HOW_MANY,
            team.made_on,
            _real(throughput.how_many(team.finished, NEXT_DAYS, draw)),
            team.estimated,
            team.velocity * NEXT_DAYS,
            sum(finished_by_day(days, team.completed)),
        )


def _of_next_items(team: _Team, known_until: date, draw: throughput.Draw) -> Iterator[Promise]:
    days = list(takewhile(known_until.__ge__, forward(team.calendar, team.made_on)))
    reached = np.cumsum(finished_by_day(days, team.completed))
    if len(days) < DECIDED_DAYS:
        return
    found = throughput.when([team.finished], [NEXT_ITEMS], draw)
    promised = (
        float(throughput.HORIZON_DAYS + 1 if each is None else each)
        for each in (found.p50, found.p85, found.p95)
    )
    yield Promise(
        Subject.WHEN,
        team.made_on,
        Percentiles(*promised),
        None,
        NEXT_ITEMS / team.velocity,
        float(np.searchsorted(reached, NEXT_ITEMS)) + 1,
    )


def _real(found: Percentiles[int]) -> Percentiles[float]:
    return Percentiles(float(found.p50), float(found.p85), float(found.p95))
