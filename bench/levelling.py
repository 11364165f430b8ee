"""Levelling on PSPLIB's j30: how often the least makespan is found, and how far from it plans are.

A limit of 5 s on 2 cores is 10 s of CPU here, so that other work on the machine changes nothing: a search is
told to end once it has used as much. What it had found after the CPU of 1 s is the answer for that limit.
"""

import threading
import time
from dataclasses import dataclass
from statistics import mean
from typing import Final

from bench import psplib
from bench.measuring import percentile, say
from bench.place import Place
from bench.report import Ratio, Report
from domain.levelling.problem import Problem
from infra.levelling.outcome import WORKERS, Levelled, Limits, Progress, Verdict
from infra.levelling.solver import Search

EVENTS: Final = 480
SECONDS: Final = 5.0
SHORT_SECONDS: Final = 1.0
REACHED_SHARE_MIN: Final = 476 / 480
GAP_PERCENT_MAX: Final = 0.15
WALL_SECONDS_MAX: Final = 300.0
POLL_SECONDS: Final = 0.005
REPORT_EVERY: Final = 40


@dataclass(frozen=True, slots=True)
class Solved:
    """What came of one problem; `short_value` is the makespan found with the shorter limit."""

    name: str
    optimum: int
    value: int
    short_value: int
    is_proved: bool
    cpu_seconds: float
    broken: int


def run(place: Place, events: int) -> Report:
    """Level the first `events` problems of j30, spread over the set."""
    del place
    problems, optima = psplib.problems(), psplib.optima()
    names = list(problems)[:: max(1, len(problems) // events)]
    found: list[Solved] = []
    for number, name in enumerate(names, start=1):
        found.append(solved(name, problems[name], optima[name]))
        if number % REPORT_EVERY == 0:
            say(f"{number} of {len(names)}: {sum(each.value == each.optimum for each in found)} reached")
    return reported(found)


def reported(found: list[Solved]) -> Report:
    """Return the figures of some problems against the targets."""
    report = Report("levelling")
    reached = sum(each.value == each.optimum for each in found) / len(found)
    gap = mean(100 * (each.short_value / each.optimum - 1) for each in found)
    broken = sum(each.broken > 0 for each in found)
    report.ratios.append(Ratio(f"share at the optimum after {SECONDS:g} s", [reached], REACHED_SHARE_MIN))
    report.ratios.append(
        Ratio(f"mean gap in percent after {SHORT_SECONDS:g} s", [gap], GAP_PERCENT_MAX, is_limit=True)
    )
    report.ratios.append(Ratio("plans that break a rule", [broken], 0, is_limit=True))
    cpu = [each.cpu_seconds for each in found]
    report.add_figure("problems", [len(found)], "problems")
    report.add_figure("at the optimum", [sum(each.value == each.optimum for each in found)], "problems")
    short = sum(each.short_value == each.optimum for each in found)
    report.add_figure(f"at the optimum after {SHORT_SECONDS:g} s", [short], "problems")
    report.add_figure("proved to be the best", [sum(each.is_proved for each in found)], "problems")
    report.add_figure("CPU, median", [percentile(cpu, 50)], "s")
    report.add_figure("CPU, 95th percentile", [percentile(cpu, 95)], "s")
    for each in found:
        if each.value != each.optimum:
            report.add_figure(f"{each.name}, best known {each.optimum}", [each.value], "makespan")
    return report


def solved(name: str, problem: Problem, optimum: int) -> Solved:
    """Level one problem within the CPU that the longer limit gives on two cores."""
    began = time.process_time()
    short: list[int] = []

    def tell(progress: Progress) -> None:
        if progress.value is not None and time.process_time() - began <= SHORT_SECONDS * WORKERS:
            short.append(progress.value)

    search = Search(problem, Limits(WALL_SECONDS_MAX, is_tidied=False), tell)
    levelled = _within_cpu(search, began + SECONDS * WORKERS)
    value = levelled.value
    if value is None:
        raise AssertionError(f"{name} was not levelled: {levelled.verdict}")
    is_proved = levelled.verdict is Verdict.BEST
    cpu = time.process_time() - began
    broken = len(psplib.broken(problem, levelled.starts))
    return Solved(name, optimum, value, min(short), is_proved, cpu, broken)


def _within_cpu(search: Search, until: float) -> Levelled:
    """Run a search; end it when the process has used CPU up to `until`."""
    is_done = threading.Event()

    def watch() -> None:
        while not is_done.wait(POLL_SECONDS):
            if time.process_time() > until:
                search.stop()

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        return search.run()
    finally:
        is_done.set()
        watching.join()
