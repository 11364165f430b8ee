"""Lists of a schedule: which tasks each condition leaves, and the order they are in."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import office_hours
from domain.schedule import Activity, Dependency, SlackMode
from infra.plan_crews import Assigned, Resource, Staffing
from infra.plans import PlanParts
from infra.schedule_lists import EVERYTHING, ScheduleFilter, ScheduleOrder, listed
from infra.schedules import Planned, planned
from projections.plans import Plan

DAY: Final = 480
FRAME, CUT, WELD, PAINT, DONE = (UUID(int=number) for number in range(1, 6))
NAMES: Final = dict(
    zip((FRAME, CUT, WELD, PAINT, DONE), ("frame", "cut", "weld", "paint", "done"), strict=True)
)
ANNA, SAW, OLD_SAW = (UUID(int=number) for number in range(11, 14))


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


PLAN: Final = Plan(UUID(int=9), "UTC", at(2), None, 1)


def plan_of(activities: Sequence[Activity], links: Sequence[Dependency] = (), **parts: Any) -> Planned:
    return planned(
        PLAN,
        PlanParts(
            1,
            {each.task_id: each for each in activities},
            {UUID(int=number): link for number, link in enumerate(links)},
            {"standard": office_hours("UTC")},
            **parts,
        ),
        SlackMode.TEXTBOOK,
    )


def example() -> Planned:
    """Return a frame that is cut in a day and welded in two, painted in one, and accepted on a date."""
    return plan_of(
        (
            Activity(WELD, 2 * DAY, parent_id=FRAME, deadline_at=at(4, 0)),
            Activity(FRAME),
            Activity(PAINT, DAY),
            Activity(CUT, DAY, parent_id=FRAME, deadline_at=at(3, 0)),
            Activity(DONE, is_milestone=True),
        ),
        (Dependency(CUT, WELD), Dependency(WELD, DONE)),
        staffing=Staffing(
            {CUT: frozenset({ANNA})},
            {UUID(int=1): Assigned(WELD, SAW), UUID(int=2): Assigned(PAINT, OLD_SAW)},
            {SAW: Resource(is_equipment=True, calendar_name=None)},
        ),
    )


def names(
    found: Planned,
    wanted: ScheduleFilter = EVERYTHING,
    order: ScheduleOrder = ScheduleOrder.OUTLINE,
    in_phases: Sequence[UUID] = (),
) -> str:
    return " ".join(NAMES[UUID(int=place[-1])] for place in listed(found, wanted, order, in_phases))


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        (ScheduleFilter(), "frame cut weld paint done"),
        (ScheduleFilter(is_critical=True), "frame cut weld done"),
        (ScheduleFilter(is_critical=False), "paint"),
        (ScheduleFilter(is_on_longest_path=True), "frame cut weld done"),
        (ScheduleFilter(is_summary=True), "frame"),
        (ScheduleFilter(is_milestone=True), "done"),
        (ScheduleFilter(is_milestone=False, is_summary=False), "cut weld paint"),
        (ScheduleFilter(is_deadline_missed=True), "weld"),
        (ScheduleFilter(is_deadline_missed=False), "frame cut paint done"),
        (ScheduleFilter(total_slack_minutes_max=-1), "frame cut weld"),
        (ScheduleFilter(total_slack_minutes_max=0), "frame cut weld done"),
        (ScheduleFilter(starts_at_or_after=at(3)), "weld done"),
        (ScheduleFilter(starts_before=at(3)), "frame cut paint"),
        (ScheduleFilter(finishes_at_or_after=at(2, 17), finishes_before=at(4, 17)), "cut paint"),
        (ScheduleFilter(assignee_ids=ANNA), "cut"),
        (ScheduleFilter(assignee_ids=SAW), "weld"),
        (ScheduleFilter(assignee_ids=OLD_SAW), ""),
        (ScheduleFilter(below=FRAME), "frame cut weld"),
        (ScheduleFilter(below=CUT), "cut"),
        (ScheduleFilter(below=ANNA), ""),
        (ScheduleFilter(phase=(1,)), "weld done"),
        (ScheduleFilter(phase=(1,), below=FRAME), "weld"),
    ],
)
def test_a_condition_leaves_what_it_holds_for(wanted: ScheduleFilter, left: str) -> None:
    assert names(example(), wanted, in_phases=(WELD, DONE)) == left


def test_the_same_tasks_come_by_start_by_finish_by_slack_and_by_outline() -> None:
    found = {order: names(example(), order=order) for order in ScheduleOrder}
    assert found == {
        ScheduleOrder.START: "frame cut paint weld done",
        ScheduleOrder.FINISH: "cut paint frame weld done",
        ScheduleOrder.TOTAL_SLACK: "frame cut weld done paint",
        ScheduleOrder.OUTLINE: "frame cut weld paint done",
    }


@given(st.lists(st.integers(0, 30), min_size=1, max_size=30))
def test_in_the_outline_what_is_below_a_summary_follows_it_without_a_break(above: list[int]) -> None:
    """Task n is below task `above[n]` where that comes before it, else below none."""
    ids = [UUID(int=number + 1) for number in range(len(above))]
    parents = [ids[top] if top < number else None for number, top in enumerate(above)]
    found = plan_of([Activity(own, DAY, parent_id=top) for own, top in zip(ids, parents, strict=True)])
    order = [UUID(int=place[-1]) for place in listed(found, EVERYTHING, ScheduleOrder.OUTLINE, ())]
    assert sorted(order) == ids
    for own, top in zip(ids, parents, strict=True):
        assert top is None or order.index(top) < order.index(own)
        below = listed(found, ScheduleFilter(below=own), ScheduleOrder.OUTLINE, ())
        begin = order.index(own)
        assert order[begin : begin + len(below)] == [UUID(int=place[-1]) for place in below]
