"""Forecasts computed: a plan of 1,000 tasks and a year of throughput, 10,000 runs each."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from time import perf_counter, process_time
from typing import Final

from bench.place import Place
from bench.report import Ratio, Report
from domain.project.plan import LinkKind
from projections.forecast import throughput
from projections.forecast.network import PlannedLink, PlannedTask, simulate
from projections.forecast.ratios import Learnt, PastTask
from projections.forecast.throughput import Draw

EVENTS: Final = 1_000
"""Tasks of the plan."""
RUNS: Final = 10_000
REPEATS: Final = 5
SECONDS_MAX: Final = 2.0
PEOPLE: Final = 22
LESSONS: Final = 8_000
LINKED_SHARE: Final = 0.7
FIRST_DAY: Final = date(2020, 1, 1)
_ESTIMATES: Final = (30, 60, 210, 420, 840, 2_100)


def run(_place: Place, tasks: int) -> Report:
    """Return how long a plan of so many tasks takes, two seconds for a thousand at most, and other parts."""
    chance = random.Random(1)
    lessons = [_lesson(number, chance) for number in range(LESSONS)]
    learnt = Learnt(lessons)
    plan = [_task(number, chance) for number in range(tasks)]
    links = [
        PlannedLink(_name(chance.randrange(number)), _name(number), LinkKind.FS)
        for number in range(1, tasks)
        if chance.random() < LINKED_SHARE
    ]
    days = [chance.choice((0, 0, 1, 2, 4)) for _ in range(throughput.WINDOW_DAYS)]

    def planned() -> object:
        found = simulate(plan, links, learnt, seed=1, runs=RUNS)
        return found.percentiles(set(found.order)), found.whole()

    report = Report("forecast")
    seconds, cpu = _timed(planned)
    limit = SECONDS_MAX * max(1.0, tasks / EVENTS)
    report.ratios.append(Ratio("seconds for a plan, its tasks and its end", seconds, limit, is_limit=True))
    report.add_figure("the same, CPU", cpu, "s")
    report.add_figure("learning from 8,000 tasks, CPU", _timed(lambda: Learnt(lessons))[1], "s")
    draw = Draw(1, RUNS)
    report.add_figure("when 500 items are done", _timed(lambda: throughput.when([days], [500], draw))[0], "s")
    report.add_figure("fan of 250 days", _timed(lambda: throughput.fan(days, 250, draw))[0], "s")
    return report


def _timed(work: Callable[[], object]) -> tuple[list[float], list[float]]:
    """Return the seconds passed and the seconds computed of each repetition, after one that warms up."""
    work()
    passed: list[float] = []
    computed: list[float] = []
    for _ in range(REPEATS):
        begin, cpu = perf_counter(), process_time()
        work()
        passed.append(perf_counter() - begin)
        computed.append(process_time() - cpu)
    return passed, computed


def _name(number: int) -> str:
    return f"{number:06}"


def _lesson(number: int, chance: random.Random) -> PastTask:
    estimate = chance.choice(_ESTIMATES)
    worked = max(1, round(estimate * chance.lognormvariate(0, 0.7)))
    person, project = str(chance.randrange(PEOPLE)), str(chance.randrange(5))
    opened_on = FIRST_DAY + timedelta(days=number // 8)
    finished_on = opened_on + timedelta(days=chance.choice((0, 1, 5)))
    elapsed = worked + chance.choice((0, 0, 420, 2_100))
    return PastTask((person,), project, estimate, worked, elapsed, opened_on, finished_on)


def _task(number: int, chance: random.Random) -> PlannedTask:
    person = str(chance.randrange(PEOPLE))
    return PlannedTask(_name(number), str(number % 5), (person,), chance.choice(_ESTIMATES))
