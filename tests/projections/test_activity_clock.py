"""The clock of activity: what commands make of it, what it calls for, and when it is due."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from domain.ids import SYSTEM_ACTOR
from domain.project.activity import (
    MarkMemberActive,
    MarkMemberInactive,
    MemberBecameActive,
    MemberWentInactive,
)
from domain.recorded import Recorded
from domain.task import TaskReopened
from projections.activity_clock import ACTIVE_FOR, ASKED_AGAIN_AFTER, READ_MODEL, SETTLED_AFTER, ActivityClock
from projections.read_model import Wish
from tests.examples import ANNA, BEN, DAY, HOUR, MINUTE, MONDAY, NINE, PROJECT_ID
from tests.projections.folding import seen

WORK = TaskReopened("Not yet", NINE, MONDAY)


def said(event: object, number: int, at: datetime, recorded_at: datetime | None = None) -> Recorded[Any]:
    """Return an event of Ben's, recorded at once unless said otherwise."""
    return seen(event, number)._replace(
        event_id=UUID(int=number),
        project_id=PROJECT_ID,
        actor_id=BEN,
        occurred_at=at,
        recorded_at=recorded_at or at,
    )


def worked(number: int, at: datetime, recorded_at: datetime | None = None) -> Recorded[Any]:
    return said(WORK, number, at, recorded_at)


def became(number: int, at: datetime) -> Recorded[Any]:
    return said(MemberBecameActive(BEN, at, MONDAY), number, at)._replace(actor_id=SYSTEM_ACTOR)


def went(number: int, at: datetime) -> Recorded[Any]:
    return said(MemberWentInactive(BEN, at, MONDAY), number, at)._replace(actor_id=SYSTEM_ACTOR)


def told(*events: Recorded[Any]) -> tuple[ActivityClock, Sequence[Wish]]:
    """Return Ben's clock after events, and what the last of them called for."""
    clock: Any = None
    for each in events:
        (key,) = READ_MODEL.keys(each)
        clock = READ_MODEL.evolve(clock, each)
        assert clock is None or clock.row_id == key
    assert READ_MODEL.react is not None
    return clock, list(READ_MODEL.react(events[-1], clock))


def active(at: datetime) -> Wish:
    return Wish("project", PROJECT_ID, MarkMemberActive(BEN, at), at)


def inactive(at: datetime) -> Wish:
    return Wish("project", PROJECT_ID, MarkMemberInactive(BEN, at), at)


def test_the_first_command_makes_active_and_those_after_it_call_for_nothing() -> None:
    clock, wishes = told(worked(1, NINE))
    assert wishes == [active(NINE)]
    assert clock.due_at is None
    assert told(worked(1, NINE), worked(2, NINE + MINUTE))[1] == []
    clock, wishes = told(worked(1, NINE), became(2, NINE), worked(3, NINE + DAY))
    assert wishes == []
    assert clock.due_at == NINE + DAY + ACTIVE_FOR


def test_what_is_due_is_that_they_went_inactive_fourteen_days_after_their_last_command() -> None:
    clock, _ = told(worked(1, NINE), worked(2, NINE + DAY), became(3, NINE))
    assert clock.due_at == NINE + 15 * DAY
    assert READ_MODEL.on_due is not None
    assert READ_MODEL.on_due(clock) == inactive(NINE + 15 * DAY)
    clock, wishes = told(worked(1, NINE), became(2, NINE), went(3, NINE + 14 * DAY))
    assert (clock.due_at, wishes) == (None, [])
    with pytest.raises(AssertionError):
        READ_MODEL.on_due(clock)


def test_whoever_comes_back_is_active_again() -> None:
    _, wishes = told(worked(1, NINE), became(2, NINE), went(3, NINE + 14 * DAY), worked(4, NINE + 20 * DAY))
    assert wishes == [active(NINE + 20 * DAY)]


@pytest.mark.parametrize("is_told", [True, False], ids=["already said to be active", "asked for only"])
def test_a_gap_in_a_history_is_read_from_its_commands(is_told: object) -> None:
    before = [worked(1, NINE), *([became(2, NINE)] if is_told else [])]
    history = [*before, worked(3, NINE + 5 * DAY), worked(4, NINE + 40 * DAY)]
    assert told(*history)[1] == [inactive(NINE + 19 * DAY), active(NINE + 40 * DAY)]
    exactly = [*before, worked(3, NINE + ACTIVE_FOR, NINE + MINUTE)]
    assert told(*exactly)[1] == []


def test_a_command_of_long_ago_is_due_when_it_has_settled() -> None:
    recorded_at = NINE + 100 * DAY
    clock, _ = told(worked(1, NINE, recorded_at), became(2, NINE))
    assert clock.due_at == recorded_at + SETTLED_AFTER
    assert READ_MODEL.on_due is not None
    assert READ_MODEL.on_due(clock) == inactive(NINE + 14 * DAY)


def test_a_late_command_before_the_last_one_tells_nothing_new() -> None:
    clock, _ = told(worked(1, NINE), became(2, NINE))
    assert READ_MODEL.evolve(clock, worked(3, NINE - DAY, NINE + HOUR)) is clock


def test_a_command_that_came_in_between_makes_active_again() -> None:
    late = NINE + 13 * DAY
    clock, wishes = told(worked(1, NINE), became(2, NINE), worked(3, late), went(4, NINE + 14 * DAY))
    assert (clock.is_active, wishes) == (False, [active(late)])
    clock, _ = told(worked(1, NINE), became(2, NINE), worked(3, late), went(4, NINE + DAY), became(5, late))
    assert clock.due_at == late + ACTIVE_FOR


def test_it_is_asked_for_again_after_a_while_that_somebody_is_active() -> None:
    soon, later = NINE + ASKED_AGAIN_AFTER - MINUTE, NINE + ASKED_AGAIN_AFTER
    assert told(worked(1, NINE), worked(2, soon))[1] == []
    assert told(worked(1, NINE), worked(2, soon), worked(3, later))[1] == [active(later)]


def test_only_what_somebody_says_themselves_counts() -> None:
    imported = worked(1, NINE)._replace(correlation_id=UUID(int=5))
    assert list(READ_MODEL.keys(imported)) == []
    assert list(READ_MODEL.keys(worked(1, NINE)._replace(actor_id=SYSTEM_ACTOR))) == []
    (ben,), (anna,) = (READ_MODEL.keys(worked(1, NINE)._replace(actor_id=actor)) for actor in (BEN, ANNA))
    assert ben != anna


def test_nobody_is_said_to_be_active_who_did_nothing() -> None:
    for event in (became(1, NINE), went(1, NINE)):
        assert READ_MODEL.evolve(None, event) is None
