"""How tasks flow: every branch of the fold, of the time that is waited, and of what is observed."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain import task
from projections.task_flow import READ_MODEL, Spell, TaskFlow, Wait, waited
from tests.examples import ANNA, BEN, DAY, HOUR, MINUTE, MONDAY, NINE, TASK_OPENED, TASK_STARTED
from tests.projections.folding import STREAM, seen

STARTED_AT = NINE + HOUR
ASSIGNED = task.TaskAssigned(ANNA)
HANDED = task.TaskHandedOff("Assembly", "Purchasing", NINE + 2 * HOUR)


def answered(at: datetime) -> task.HandOffAnswered:
    return task.HandOffAnswered("Assembly", "Purchasing", HANDED.handed_off_at, at, MONDAY, 60, 45)


def blocked(at: datetime) -> task.TaskBlocked:
    return task.TaskBlocked("No steel", at)


def done(at: datetime, on: date = MONDAY) -> task.TaskCompleted:
    return task.TaskCompleted(at, on, None, STARTED_AT, 300, 240, 180)


def reopened(at: datetime, on: date = MONDAY) -> task.TaskReopened:
    return task.TaskReopened("Not yet", at, on)


def flow(*events: object, by: UUID = ANNA) -> TaskFlow:
    """Return how a task flows after these events, all by one actor."""
    row: Any = None
    for version, event in enumerate((TASK_OPENED, *events), start=1):
        each = seen(event, version)._replace(actor_id=by)
        assert type(event) in READ_MODEL.folds
        assert tuple(READ_MODEL.keys(each)) == (STREAM,)
        row = READ_MODEL.evolve(row, each)
    assert isinstance(row, TaskFlow)
    return row


def said(*events: object, by: UUID = ANNA) -> dict[tuple[str, str], tuple[date, int, bool | None]]:
    assert READ_MODEL.observe is not None
    found = READ_MODEL.observe(flow(*events, by=by))
    return {(each.kpi, each.name): (each.day, each.value, each.is_met) for each in found}


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((), {"started_at": None, "in_progress_since": None, "is_completed": False}),
        ((TASK_STARTED,), {"started_at": STARTED_AT, "in_progress_since": STARTED_AT}),
        ((TASK_STARTED, task.TaskStarted(NINE + DAY)), {"in_progress_since": STARTED_AT}),
        ((ASSIGNED, task.TaskAssigned(BEN)), {"assignee_ids": (ANNA, BEN)}),
        ((ASSIGNED, task.TaskAssigned(BEN), task.TaskUnassigned(ANNA)), {"assignee_ids": (BEN,)}),
        ((blocked(NINE),), {"blocked_since": NINE}),
        (
            (blocked(NINE), task.TaskUnblocked(NINE + HOUR, 60)),
            {"blocked_since": None, "waits": (Wait(NINE, NINE + HOUR),)},
        ),
        ((HANDED,), {"handed_off_since": HANDED.handed_off_at}),
        (
            (HANDED, answered(NINE + 3 * HOUR)),
            {"handed_off_since": None, "waits": (Wait(HANDED.handed_off_at, NINE + 3 * HOUR),)},
        ),
        ((task.TaskReminded(NINE), task.TaskReminded(NINE)), {"reminder_count": 2}),
        ((done(NINE),), {"is_completed": True, "spells": (), "first_completed_on": MONDAY}),
        ((done(NINE), reopened(NINE)), {"is_completed": False, "in_progress_since": None}),
        ((done(NINE), reopened(NINE)), {"reopened_on": (MONDAY,)}),
        ((task.TaskCancelled("No need", NINE), reopened(NINE)), {"reopened_on": ()}),
    ],
)
def test_each_event_shows_in_the_flow(events: tuple[object, ...], expected: dict[str, Any]) -> None:
    row = flow(*events)
    assert (row.task_id, row.project_id) == (STREAM, TASK_OPENED.project_id)
    assert {name: getattr(row, name) for name in expected} == expected


def test_what_does_not_make_it_flow_does_not_touch_it_and_a_beginning_is_needed() -> None:
    assert not {task.TaskRetitled, task.TaskProgressed} & READ_MODEL.folds
    with pytest.raises(AssertionError):
        READ_MODEL.evolve(None, seen(TASK_STARTED))


def test_a_spell_is_active_but_for_the_time_it_waited() -> None:
    row = flow(
        TASK_STARTED,
        blocked(NINE + 90 * MINUTE),
        HANDED,
        task.TaskUnblocked(NINE + 150 * MINUTE, 60),
        answered(NINE + 3 * HOUR),
        done(NINE + 5 * HOUR),
    )
    assert row.spells == (Spell(STARTED_AT, NINE + 5 * HOUR, MONDAY, 150, 90),)
    assert (row.in_progress_since, row.ended_at, row.waits) == (None, NINE + 5 * HOUR, ())


def test_a_hand_off_still_open_waits_until_the_completion_and_into_the_next_spell() -> None:
    row = flow(
        TASK_STARTED,
        HANDED,
        done(NINE + 4 * HOUR),
        reopened(NINE + DAY),
        answered(NINE + DAY + HOUR),
        done(NINE + DAY + 3 * HOUR, MONDAY + DAY),
    )
    first, second = row.spells
    assert (first.active_minutes, first.waiting_minutes) == (60, 120)
    assert (second.active_minutes, second.waiting_minutes) == (120, 60)
    assert row.ended_at == NINE + DAY + 3 * HOUR


def test_a_cancelled_spell_ends_and_is_no_completion() -> None:
    row = flow(TASK_STARTED, blocked(NINE + 2 * HOUR), task.TaskCancelled("No need", NINE + 3 * HOUR))
    assert row.spells == (Spell(STARTED_AT, NINE + 3 * HOUR, None, 60, 60),)
    assert (row.blocked_since, row.is_completed) == (None, False)
    assert said(TASK_STARTED, task.TaskCancelled("No need", NINE + 3 * HOUR)) == {}


def test_an_end_said_to_be_earlier_than_the_last_one_does_not_hide_that() -> None:
    row = flow(TASK_STARTED, done(NINE + 4 * HOUR), reopened(NINE), done(NINE + 2 * HOUR))
    assert row.ended_at == NINE + 4 * HOUR


def test_a_spell_that_ends_before_it_began_has_no_minutes() -> None:
    (spell,) = flow(TASK_STARTED, task.TaskCancelled("No need", NINE)).spells
    assert (spell.active_minutes, spell.waiting_minutes) == (0, 0)


@pytest.mark.parametrize(
    ("waits", "minutes"),
    [
        ((), 0),
        (((0, 10),), 10),
        (((-20, -10), (70, 80)), 0),
        (((-20, 10), (50, 80)), 20),
        (((0, 10), (5, 20), (6, 7)), 20),
        (((30, 40), (0, 10)), 20),
        (((-20, 80), (10, 20)), 60),
        (((20, 10),), 0),
    ],
)
def test_overlapping_waits_count_once_and_only_within_the_spell(
    waits: tuple[tuple[int, int], ...], minutes: int
) -> None:
    given = [Wait(NINE + begin * MINUTE, NINE + end * MINUTE) for begin, end in waits]
    assert waited(given, NINE, NINE + HOUR) == timedelta(minutes=minutes)


def test_each_completed_spell_and_each_reopening_is_observed() -> None:
    tuesday = MONDAY + DAY
    found = said(
        TASK_STARTED,
        blocked(NINE + 2 * HOUR),
        task.TaskUnblocked(NINE + 3 * HOUR, 60),
        done(NINE + 4 * HOUR),
        reopened(NINE + DAY, tuesday),
        done(NINE + DAY + HOUR, tuesday),
        reopened(NINE + DAY + HOUR, tuesday),
    )
    assert found == {
        ("flow_efficiency", "1 active"): (MONDAY, 120, True),
        ("flow_efficiency", "1 waiting"): (MONDAY, 60, False),
        ("flow_efficiency", "2 active"): (tuesday, 60, True),
        ("flow_efficiency", "2 waiting"): (tuesday, 0, False),
        ("reopen_count", "1"): (tuesday, 1, None),
        ("reopen_count", "2"): (tuesday, 1, None),
    }


REMINDED = task.TaskReminded(NINE)


@pytest.mark.parametrize(
    ("events", "by", "is_met"),
    [
        ((ASSIGNED, TASK_STARTED), ANNA, True),
        ((ASSIGNED, HANDED), ANNA, True),
        ((ASSIGNED, TASK_STARTED), BEN, False),
        ((ASSIGNED, REMINDED, TASK_STARTED), ANNA, False),
        ((ASSIGNED, TASK_STARTED, REMINDED, HANDED), ANNA, True),
        ((TASK_STARTED,), ANNA, None),
        ((TASK_STARTED, ASSIGNED), ANNA, None),
        ((ASSIGNED,), ANNA, None),
    ],
)
def test_a_task_is_self_started_by_an_assignee_before_any_reminder(
    events: tuple[object, ...], by: UUID, is_met: object
) -> None:
    assert said(*events, by=by) == {}
    found = said(*events, done(NINE + 4 * HOUR), by=by).get(("self_started_share", ""))
    assert found == (None if is_met is None else (MONDAY, 1, is_met))


def test_what_follows_the_first_completion_does_not_change_who_set_it_going() -> None:
    before = flow(ASSIGNED, TASK_STARTED, done(NINE + 4 * HOUR), by=BEN)
    assert before.is_self_started is False
    row: Any = before
    for event in (reopened(NINE + DAY), HANDED, done(NINE + DAY, MONDAY + DAY)):
        row = READ_MODEL.evolve(row, seen(event))
    assert (row.is_self_started, row.first_completed_on) == (False, MONDAY)
