"""How long projects take: every branch of the fold and of what it says."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from domain import task
from domain.project import ProjectClosed
from domain.project.phases import PhaseStarted
from projections.project_cycles import READ_MODEL, ProjectCycle
from tests.examples import DAY, HOUR, MONDAY, NINE, NOON, PROJECT_OPENED, TASK_STARTED
from tests.projections.folding import STREAM, seen

PHASE = PhaseStarted(1, MONDAY, is_delivery_start=True)
OPENED = replace(PROJECT_OPENED, time_zone="Europe/Vienna")


def cycle(*events: tuple[object, datetime]) -> ProjectCycle:
    """Return how long the project takes after these events, each at its time."""
    row: Any = READ_MODEL.evolve(None, seen(OPENED))
    for event, at in events:
        each = seen(event)._replace(occurred_at=at)
        assert type(event) in READ_MODEL.folds
        assert tuple(READ_MODEL.keys(each)) == (STREAM,)
        row = READ_MODEL.evolve(row, each)
    assert isinstance(row, ProjectCycle)
    return row


def said(row: ProjectCycle) -> list[tuple[object, ...]]:
    assert READ_MODEL.observe is not None
    return [(each.kpi, each.day, each.value) for each in READ_MODEL.observe(row)]


def test_a_task_of_the_project_touches_it_once_it_was_opened() -> None:
    started = seen(TASK_STARTED)._replace(stream=TASK_STARTED_IN, project_id=STREAM)
    assert tuple(READ_MODEL.keys(started)) == (STREAM,)
    with pytest.raises(AssertionError):
        READ_MODEL.evolve(None, started)


TASK_STARTED_IN = seen(TASK_STARTED).command_id


@pytest.mark.parametrize(
    ("events", "started_at"),
    [
        ((), None),
        (((TASK_STARTED, NOON),), TASK_STARTED.started_at),
        (((PHASE, NINE),), NINE),
        (((PHASE, NINE), (TASK_STARTED, NOON)), NINE),
        (((PHASE, NOON), (TASK_STARTED, NOON)), TASK_STARTED.started_at),
        (((TASK_STARTED, NOON), (task.TaskStarted(NINE - DAY), NOON)), NINE - DAY),
    ],
)
def test_it_starts_with_the_earliest_of_its_delivery_and_its_tasks(events: Any, started_at: object) -> None:
    row = cycle(*events)
    assert row.started_at == started_at
    assert (row.is_closed, said(row)) == (False, [])


def test_both_its_first_and_its_last_day_count_in_its_time_zone() -> None:
    monday_in_vienna = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    row = cycle((task.TaskStarted(monday_in_vienna), NOON), (ProjectClosed(), monday_in_vienna + DAY - HOUR))
    assert (row.started_on, row.closed_on, row.cycle_days) == (MONDAY, MONDAY, 1)
    later = cycle((TASK_STARTED, NOON), (ProjectClosed(), NOON + 9 * DAY))
    assert said(later) == [("project_cycle_time", MONDAY + 9 * DAY, 10)]


@pytest.mark.parametrize("events", [(), ((PHASE, NINE + DAY),)])
def test_a_project_closed_without_or_before_a_start_has_no_cycle(events: Any) -> None:
    row = cycle(*events, (ProjectClosed(), NOON))
    assert (row.is_closed, row.closed_on, row.cycle_days, said(row)) == (True, MONDAY, None, [])
