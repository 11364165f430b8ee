"""Figures: each is what a count over the raw events comes to, now and as known at any position.

Longer than other files: each rule of its subject has its test here.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import pytest

from domain import feedback, task
from domain.recorded import Recorded
from infra.database import connect
from infra.figures import Figure, Observed, Window, figures, observation_count, observations
from infra.reads import reads_pool
from projections.all import ALL
from projections.kpis import KPIS, Measure
from tests.examples import MINUTE
from tests.infra.story import Story, assert_totals, folded, live, ready, recorded, told
from tests.services import Databases

BEGIN, END = date(2026, 1, 1), date(2027, 12, 31)
Log = tuple[str, list[Recorded[Any]]]
Fact = tuple[UUID, date, int, bool | None]


@pytest.fixture(scope="module", params=[11, 12])
def story(databases: Databases, request: pytest.FixtureRequest) -> Log:
    url = databases.create()
    records = told(url, Story(seed=request.param, projects=3), 300)
    ready(url)
    return url, recorded(records)


def completed(log: Sequence[Recorded[Any]]) -> list[tuple[UUID, task.TaskCompleted]]:
    return [(each.key, each.event) for each in log if isinstance(each.event, task.TaskCompleted)]


def answered(log: Sequence[Recorded[Any]]) -> list[Fact]:
    return [
        (each.key, each.event.answered_on, each.event.working_minutes, None)
        for each in log
        if isinstance(each.event, task.HandOffAnswered)
    ]


def acknowledged(log: Sequence[Recorded[Any]]) -> list[Recorded[feedback.IncidentAcknowledged]]:
    return [each for each in log if isinstance(each.event, feedback.IncidentAcknowledged)]


def of_due(log: Sequence[Recorded[Any]]) -> list[Fact]:
    """Return, for each task with a due day that was not cancelled, whether it is done by that day."""
    due: dict[UUID, tuple[UUID, date | None]] = {}
    done: dict[UUID, date | None] = {}
    for each in log:
        event = each.event
        if isinstance(event, task.TaskDueDateSet):
            due[each.stream] = each.key, event.due_on
        elif isinstance(event, task.TaskCompleted):
            done[each.stream] = event.completed_on
        elif isinstance(event, task.TaskReopened):
            done[each.stream] = None
        elif isinstance(event, task.TaskCancelled):
            due.pop(each.stream, None)
    return [
        (key, on, 1, (at := done.get(stream)) is not None and at <= on)
        for stream, (key, on) in due.items()
        if on is not None
    ]


def ownerless(log: Sequence[Recorded[Any]]) -> list[Fact]:
    """Return each task that is neither completed nor cancelled and nobody's."""
    opened = {each.stream: each for each in log if isinstance(each.event, task.TaskOpened)}
    owners: dict[UUID, set[UUID]] = {stream: set() for stream in opened}
    ended: set[UUID] = set()
    for each in log:
        match each.event:
            case task.TaskAssigned(member_id):
                owners[each.stream].add(member_id)
            case task.TaskUnassigned(member_id):
                owners[each.stream].discard(member_id)
            case task.TaskCompleted() | task.TaskCancelled():
                ended.add(each.stream)
            case task.TaskReopened():
                ended.discard(each.stream)
            case _:
                pass
    return [
        (each.key, each.event.opened_on, 1, None)
        for stream, each in opened.items()
        if not owners[stream] and stream not in ended
    ]


def reopened(log: Sequence[Recorded[Any]]) -> list[Fact]:
    """Return the reopenings of tasks that were completed: none of a story's is cancelled."""
    return [
        (each.key, each.event.reopened_on, 1, None)
        for each in log
        if isinstance(each.event, task.TaskReopened)
    ]


def flowing(log: Sequence[Recorded[Any]]) -> list[Fact]:
    """Return the minutes of each spell that ended in a completion, counted one by one: active, waiting."""
    facts: list[Fact] = []
    for stream in {each.stream for each in log if isinstance(each.event, task.TaskCompleted)}:
        own = [each for each in log if each.stream == stream]
        waiting = minutes_between(own, task.TaskBlocked, task.TaskUnblocked)
        waiting |= minutes_between(own, task.TaskHandedOff, task.HandOffAnswered)
        for index, each in enumerate(own):
            if isinstance(each.event, task.TaskCompleted) and (begin := begun(own[:index])) is not None:
                spell = minutes(begin, each.occurred_at)
                on = each.event.completed_on
                facts.append((each.key, on, len(spell - waiting), True))
                facts.append((each.key, on, len(spell & waiting), False))
    return facts


def begun(before: Sequence[Recorded[Any]]) -> datetime | None:
    """Return when the spell going on after some events of a task began: its start or last reopening."""
    started = [each.occurred_at for each in before if isinstance(each.event, task.TaskStarted)]
    reopened = [each.occurred_at for each in before if isinstance(each.event, task.TaskReopened)]
    return max(started[0], *(reopened[-1:] or started)) if started else None


def minutes_between(own: Sequence[Recorded[Any]], begin: type, end: type) -> set[datetime]:
    """Return the minutes from each event of one type to the next one of another, else to the last event."""
    found: set[datetime] = set()
    for index, each in enumerate(own):
        if isinstance(each.event, begin):
            ends = [other.occurred_at for other in own[index:] if isinstance(other.event, end)]
            found |= minutes(each.occurred_at, ends[0] if ends else own[-1].occurred_at)
    return found


def minutes(begin: datetime, end: datetime) -> set[datetime]:
    """Return the minutes that begin in a time: a story's times are whole minutes."""
    return {begin + number * MINUTE for number in range((end - begin) // MINUTE)}


COUNTED: Final[Mapping[str, Callable[[Sequence[Recorded[Any]]], list[Fact]]]] = {
    "reopen_count": reopened,
    "flow_efficiency": flowing,
    "on_time_rate_of_due": of_due,
    "cross_department_response": answered,
    "tasks_without_owner": ownerless,
}


def brute(code: str, log: Sequence[Recorded[Any]]) -> list[Fact]:
    """Return what a KPI is made of, straight from the events."""
    if code in COUNTED:
        return COUNTED[code](log)
    done = completed(log)
    match code:
        case "throughput":
            return [(key, each.completed_on, 1, None) for key, each in done]
        case "lead_time":
            return [(key, each.completed_on, each.lead_minutes, None) for key, each in done]
        case "cycle_time":
            return [
                (key, each.completed_on, each.cycle_minutes, None)
                for key, each in done
                if each.cycle_minutes is not None
            ]
        case "on_time_rate":
            return [
                (key, each.completed_on, 1, each.completed_on <= each.due_on)
                for key, each in done
                if each.due_on is not None
            ]
        case "incident_response":
            return [
                (each.key, each.event.acknowledged_on, each.event.elapsed_minutes, None)
                for each in acknowledged(log)
            ]
        case _:
            return [
                (each.key, each.event.acknowledged_on, 1, each.event.is_within_goal)
                for each in acknowledged(log)
            ]


def figure_of(measure: Measure, facts: Sequence[Fact]) -> tuple[float | None, int, int, int, int]:
    total = sum(value for _, _, value, _ in facts)
    met = sum(is_met is True for *_, is_met in facts)
    missed = sum(is_met is False for *_, is_met in facts)
    value: float | None = None
    if measure is Measure.RATE and met + missed:
        value = 100 * met / (met + missed)
    elif measure is Measure.SHARE and total:
        value = 100 * sum(value for _, _, value, is_met in facts if is_met) / total
    elif measure is Measure.TOTAL:
        value = float(total)
    elif measure is Measure.MEAN and facts:
        value = total / len(facts)
    return value, len(facts), total, met, missed


def short(figure: Figure) -> tuple[float | None, int, int, int, int]:
    return (
        figure.value,
        figure.observation_count,
        figure.value_sum,
        figure.met_count,
        figure.missed_count,
    )


CODES = (
    "on_time_rate",
    "on_time_rate_of_due",
    "cycle_time",
    "lead_time",
    "throughput",
    "reopen_count",
    "flow_efficiency",
    "cross_department_response",
    "tasks_without_owner",
    "incident_response",
    "incident_response_attainment",
)


@pytest.mark.parametrize("code", CODES)
def test_a_figure_is_the_count_over_the_events_as_known_at_any_position(story: Log, code: str) -> None:
    url, log = story
    kpi = KPIS[code]

    async def ask() -> None:
        async with reads_pool(url) as pool:
            for known_at in (None, *range(0, len(log) + 1, 25)):
                facts = brute(code, log if known_at is None else log[:known_at])
                [whole] = await figures(pool, Window(kpi, BEGIN, END, known_at=known_at), None)
                assert short(whole) == figure_of(kpi.measure, facts)
                assert await observation_count(pool, Window(kpi, BEGIN, END, known_at=known_at)) == len(facts)
            for project in {each.key for each in log}:
                facts = [each for each in brute(code, log) if each[0] == project]
                [own] = await figures(pool, Window(kpi, BEGIN, END, (project,)), None)
                assert short(own) == figure_of(kpi.measure, facts)

    asyncio.run(ask())


@pytest.mark.parametrize("code", CODES)
def test_observations_by_page_are_all_that_is_behind_a_figure(story: Log, code: str) -> None:
    url, log = story

    async def ask() -> list[Observed]:
        found: list[Observed] = []
        async with reads_pool(url) as pool:
            after: tuple[str, str, str] | None = None
            while True:
                page, has_next = await observations(
                    pool, Window(KPIS[code], BEGIN, END), first=7, after=after
                )
                found += page
                if not has_next:
                    return found
                after = page[-1].day.isoformat(), str(page[-1].key), page[-1].name

    found = asyncio.run(ask())
    places = [(each.day, each.key, each.name) for each in found]
    assert places == sorted(set(places))
    assert sorted((each.project_id, each.day, each.value, str(each.is_met)) for each in found) == sorted(
        (key, day, value, str(is_met)) for key, day, value, is_met in brute(code, log)
    )


def test_periods_add_up_to_the_whole(story: Log) -> None:
    url, _ = story

    async def ask() -> None:
        async with reads_pool(url) as pool:
            for code in CODES:
                window = Window(KPIS[code], BEGIN, END)
                [whole] = await figures(pool, window, None)
                for period in ("day", "week", "month", "quarter", "year"):
                    parts = await figures(pool, window, period)
                    assert [each.begin for each in parts] == sorted({each.begin for each in parts})
                    assert sum(each.value_sum for each in parts) == whole.value_sum
                    assert sum(each.observation_count for each in parts) == whole.observation_count

    asyncio.run(ask())


def test_day_totals_are_the_sums_over_open_observations(story: Log) -> None:
    url, log = story
    with connect(url, application="test") as connection:
        for tables in live(connection, [model for model in ALL if model.observe is not None]):
            assert_totals(connection, tables, folded(tables.model, log))
