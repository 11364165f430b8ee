"""The critical path by hand: links, lags, constraints, deadlines, progress, calendars, summaries.

Longer than other files: each rule of its subject has its test here.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendar import Shift, WorkingCalendar, office_hours
from domain.project import LinkCycle, LinkKind
from domain.schedule import (
    Activity,
    Dependency,
    Network,
    PlanBeyondHorizon,
    Schedule,
    ScheduledTask,
    SlackMode,
    schedule,
)
from domain.task.state import Constraint, ConstraintKind

OFFICE: Final = office_hours("UTC")
NIGHTS: Final = WorkingCalendar("UTC", ((Shift(0, 240), Shift(1_200, 1_440)),) * 7)
DAY: Final = 480
A, B, C, D = (UUID(int=number) for number in range(1, 5))
FS, SS, FF, SF = LinkKind.FS, LinkKind.SS, LinkKind.FF, LinkKind.SF


def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
    """Return an instant of March 2026, which begins with a Sunday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


MONDAY: Final = at(2)


def planned(
    *activities: Activity, links: tuple[Dependency, ...] = (), mode: SlackMode = SlackMode.TEXTBOOK
) -> Schedule:
    return schedule(Network(MONDAY, OFFICE, activities, links, {"nights": NIGHTS}), mode)


def early(found: ScheduledTask) -> tuple[datetime, datetime]:
    return found.early_start_at, found.early_finish_at


def late(found: ScheduledTask) -> tuple[datetime, datetime]:
    return found.late_start_at, found.late_finish_at


def test_the_textbook_example_has_its_slack_and_its_critical_path() -> None:
    found = planned(
        Activity(A, 2 * DAY),
        Activity(B, 3 * DAY),
        Activity(C, DAY),
        Activity(D, DAY),
        links=(Dependency(A, B), Dependency(A, C), Dependency(B, D), Dependency(C, D)),
    )
    slack = {
        each: (found.of(each).total_slack_minutes, found.of(each).free_slack_minutes) for each in (A, B, C, D)
    }
    assert slack == {A: (0, 0), B: (0, 0), C: (2 * DAY, 2 * DAY), D: (0, 0)}
    assert [each for each in (A, B, C, D) if found.of(each).is_critical] == [A, B, D]
    assert [each for each in (A, B, C, D) if found.of(each).is_on_longest_path] == [A, B, D]
    assert early(found.of(B)) == (at(4), at(6, 17))
    assert late(found.of(C)) == (at(6), at(6, 17))
    assert (found.start_at, found.finish_at) == (MONDAY, at(9, 17))


@pytest.mark.parametrize(
    ("kind", "lag", "start", "finish"),
    [
        (FS, 0, at(4), at(4, 17)),
        (FS, DAY, at(5), at(5, 17)),
        (FS, -DAY, at(3), at(3, 17)),
        (SS, 0, at(2), at(2, 17)),
        (SS, 240, at(2, 13), at(3, 13)),
        (FF, 0, at(3), at(3, 17)),
        (FF, DAY, at(4), at(4, 17)),
        (SF, 0, at(2), at(2, 17)),  # never before the plan begins
        (SF, 2 * DAY, at(3), at(3, 17)),
    ],
)
def test_each_kind_of_link_ties_its_own_ends(
    kind: LinkKind, lag: int, start: datetime, finish: datetime
) -> None:
    found = planned(Activity(A, 2 * DAY), Activity(B, DAY), links=(Dependency(A, B, kind, lag),))
    assert early(found.of(B)) == (start, finish)


def test_an_elapsed_lag_runs_through_nights_and_weekends() -> None:
    drying = Dependency(A, B, FS, 3 * 24 * 60, is_elapsed=True)
    found = planned(Activity(A, 4 * DAY), Activity(B, DAY), links=(drying,))
    assert early(found.of(B)) == (at(9), at(9, 17))  # Thursday 17:00 and three days are Sunday 17:00
    assert found.of(A).free_slack_minutes == 0  # three days before Monday 09:00 are the same minute still


def test_a_lag_in_percent_is_of_the_predecessors_duration() -> None:
    half = Dependency(A, B, SS, lag_percent=50)
    assert early(planned(Activity(A, 2 * DAY), Activity(B, DAY), links=(half,)).of(B)) == (at(3), at(3, 17))


@pytest.mark.parametrize(
    ("kind", "moment", "start", "slack"),
    [
        (ConstraintKind.SNET, at(4), at(4), 2 * DAY),
        (ConstraintKind.FNET, at(4, 17), at(4), 2 * DAY),
        (ConstraintKind.SNLT, at(4), at(2), 2 * DAY),
        (ConstraintKind.FNLT, at(4, 17), at(2), 2 * DAY),
        (ConstraintKind.MSO, at(4), at(4), 0),
        (ConstraintKind.MFO, at(4, 17), at(4), 0),
        (ConstraintKind.ALAP, None, at(6), 0),
        (ConstraintKind.ASAP, None, at(2), 4 * DAY),
    ],
)
def test_a_constraint_places_a_task(
    kind: ConstraintKind, moment: datetime | None, start: datetime, slack: int
) -> None:
    found = planned(Activity(A, 5 * DAY), Activity(B, DAY, constraint=Constraint(kind, moment)))
    assert (found.of(B).early_start_at, found.of(B).total_slack_minutes) == (start, slack)


def test_a_constraint_that_a_link_does_not_allow_is_kept_and_shows_as_slack_below_zero() -> None:
    must = Constraint(ConstraintKind.MSO, at(3))
    found = planned(Activity(A, 2 * DAY), Activity(B, DAY, constraint=must), links=(Dependency(A, B),))
    assert early(found.of(B)) == (at(3), at(3, 17))
    assert (found.of(A).total_slack_minutes, found.of(A).free_slack_minutes) == (-DAY, -DAY)
    assert found.of(A).is_critical


def test_a_placed_task_starts_no_earlier_and_later_where_a_link_says_so() -> None:
    activities = Activity(A, DAY), Activity(B, DAY), Activity(C, DAY, started_at=at(3))
    placed = dict.fromkeys((A, C), at(4, 13))
    network = Network(MONDAY, OFFICE, activities, (Dependency(A, B),), placed=placed)
    found = schedule(network, SlackMode.TEXTBOOK)
    assert (early(found.of(A))[0], early(found.of(B))[0]) == (at(4, 13), at(5, 13))
    assert early(found.of(C))[0] == at(3)
    late_link = Network(MONDAY, OFFICE, activities, (Dependency(A, B),), placed={B: at(2, 13)})
    assert early(schedule(late_link, SlackMode.TEXTBOOK).of(B))[0] == at(3)


def test_a_placed_milestone_shows_where_it_is_placed() -> None:
    network = Network(MONDAY, OFFICE, (Activity(A, 0),), placed={A: at(4)})
    assert early(schedule(network, SlackMode.TEXTBOOK).of(A)) == (at(4), at(4))


def test_a_deadline_moves_nothing_but_takes_slack_away() -> None:
    found = planned(Activity(A, 5 * DAY), Activity(B, DAY, deadline_at=at(4)))
    assert early(found.of(B)) == (at(2), at(2, 17))
    assert late(found.of(B)) == (at(3), at(3, 17))
    assert planned(Activity(B, DAY, deadline_at=at(2))).of(B).total_slack_minutes == -DAY


def test_what_happened_stays_where_it_was() -> None:
    done = Activity(A, DAY, started_at=at(3, 11), finished_at=at(3, 20))
    under_way = Activity(B, 2 * DAY, started_at=at(4, 13))
    found = planned(done, under_way, Activity(C, DAY), links=(Dependency(A, B), Dependency(B, C)))
    assert early(found.of(A)) == late(found.of(A)) == (at(3, 11), at(3, 20))
    assert (found.of(A).total_slack_minutes, found.of(A).is_critical) == (0, False)
    assert early(found.of(B)) == (at(4, 13), at(6, 13))
    assert early(found.of(C)) == (at(6, 13), at(9, 13))
    assert found.of(B).is_critical


def test_tasks_of_two_calendars_meet_at_instants() -> None:
    night = Activity(B, 240, calendar_name="nights")
    found = planned(Activity(A, DAY), night, Activity(C, 60), links=(Dependency(A, B), Dependency(B, C)))
    assert early(found.of(B)) == (at(2, 20), at(3, 0))
    assert early(found.of(C)) == (at(3, 9), at(3, 10))
    assert late(found.of(B)) == (at(3, 0), at(3, 4))
    assert found.of(B).total_slack_minutes == found.of(B).free_slack_minutes == 240


def test_an_elapsed_duration_runs_through_the_night() -> None:
    found = planned(Activity(A, 20 * 60, is_elapsed=True), Activity(B, 60), links=(Dependency(A, B),))
    assert early(found.of(A)) == (at(2), at(3, 5))
    assert early(found.of(B)) == (at(3, 9), at(3, 10))
    assert found.of(A).free_slack_minutes == 4 * 60


def test_a_milestone_comes_with_what_it_waits_for_and_not_before_the_plan() -> None:
    found = planned(Activity(A), Activity(B, DAY), Activity(C), links=(Dependency(B, C),))
    assert early(found.of(A)) == (MONDAY, MONDAY)
    assert early(found.of(C)) == (at(2, 17), at(2, 17))
    dated = Constraint(ConstraintKind.SNET, at(4))
    assert planned(Activity(A, constraint=dated)).of(A).early_start_at == at(4)


def test_a_summary_spans_what_is_below_it_and_passes_links_on() -> None:
    below = Activity(B, DAY, parent_id=A), Activity(C, 2 * DAY, parent_id=A)
    links = Dependency(D, A), Dependency(A, UUID(int=5))
    found = planned(Activity(A), *below, Activity(D, DAY), Activity(UUID(int=5), DAY), links=links)
    assert early(found.of(A)) == (at(3), at(4, 17))
    assert found.of(A).is_summary
    assert early(found.of(B)) == (at(3), at(3, 17))
    assert early(found.of(UUID(int=5))) == (at(5), at(5, 17))
    assert (found.of(A).total_slack_minutes, found.of(B).total_slack_minutes) == (0, DAY)


def test_a_summarys_earliest_start_is_what_a_start_to_start_link_waits_for() -> None:
    below = (
        Activity(B, DAY, parent_id=A, constraint=Constraint(ConstraintKind.SNET, at(4))),
        Activity(C, DAY, parent_id=A, constraint=Constraint(ConstraintKind.SNET, at(3))),
    )
    found = planned(Activity(A), *below, Activity(D, DAY), links=(Dependency(A, D, SS),))
    assert found.of(D).early_start_at == at(3)


def test_a_summary_may_begin_no_earlier_and_is_due() -> None:
    later = Constraint(ConstraintKind.SNET, at(4))
    found = planned(
        Activity(A, constraint=later, deadline_at=at(4, 17)),
        Activity(B, DAY, parent_id=A),
        Activity(C, 5 * DAY),
    )
    assert early(found.of(B)) == (at(4), at(4, 17))
    assert found.of(B).total_slack_minutes == 0


def test_a_circle_through_a_summary_is_refused() -> None:
    with pytest.raises(LinkCycle):
        planned(Activity(A), Activity(B, DAY, parent_id=A), links=(Dependency(A, B),))


def test_a_plan_that_leaves_the_years_that_are_known_is_refused() -> None:
    years = Dependency(A, B, FS, 10**9)
    with pytest.raises(PlanBeyondHorizon):
        planned(Activity(A, DAY), Activity(B, DAY), links=(years,))
    with pytest.raises(PlanBeyondHorizon):
        planned(Activity(A, DAY), Activity(B, DAY), links=(replace(years, is_elapsed=True),))


def test_a_link_to_what_is_not_of_the_plan_is_left_out() -> None:
    assert early(planned(Activity(A, DAY), links=(Dependency(B, A),)).of(A)) == (MONDAY, at(2, 17))
    with pytest.raises(KeyError):
        planned(Activity(A, DAY)).of(B)


def test_nothing_planned_begins_and_ends_with_the_plan() -> None:
    assert (planned().start_at, planned().finish_at) == (MONDAY, MONDAY)


def test_a_milestone_never_comes_before_what_it_waits_for_on_another_calendar() -> None:
    night, done, next_day = Activity(A, 480, calendar_name="nights"), Activity(B), Activity(C, DAY)
    found = planned(night, done, next_day, links=(Dependency(A, B), Dependency(B, C, SS)))
    assert early(found.of(A)) == (at(2, 20), at(3, 4))
    assert early(found.of(B)) == (at(3, 4), at(3, 4))
    assert early(found.of(C)) == (at(3), at(3, 17))
    assert [found.of(each).total_slack_minutes for each in (A, B, C)] == [0, 0, 0]


def test_a_lag_is_worked_off_backwards_as_it_is_forwards() -> None:
    link = Dependency(A, B, lag_minutes=1)
    first, second = Activity(A, 60, is_elapsed=True), Activity(B, 60, is_elapsed=True)
    due = Activity(C, 5 * DAY, is_elapsed=True)
    late_finish = planned(first, second, due, links=(link,)).of(A).late_finish_at
    for minutes, finish in ((0, at(4, 1)), (1, at(4, 10))):
        limit = Constraint(ConstraintKind.FNET, late_finish + timedelta(minutes=minutes))
        assert planned(replace(first, constraint=limit), second, due, links=(link,)).finish_at == finish


@st.composite
def networks(draw: st.DrawFn, shortest: int = 0) -> Network:
    count = draw(st.integers(2, 9))
    activities = [
        Activity(
            UUID(int=number + 1),
            draw(st.integers(shortest, 2_000)),
            draw(st.sampled_from([False, False, True])),
            calendar_name=draw(st.sampled_from([None, None, "nights"])),
        )
        for number in range(count)
    ]
    pairs = draw(st.sets(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=14))
    links = [
        Dependency(
            UUID(int=first + 1),
            UUID(int=second + 1),
            draw(st.sampled_from(LinkKind)),
            draw(st.integers(-600, 1_500)),
            draw(st.booleans()),
        )
        for first, second in pairs
        if first < second
    ]
    return Network(MONDAY, OFFICE, activities, links, {"nights": NIGHTS})


@settings(max_examples=60)
@given(networks())
def test_late_never_comes_before_early_and_free_slack_is_part_of_the_total(network: Network) -> None:
    found = schedule(network)
    for each in network.activities:
        of = found.of(each.task_id)
        assert 0 <= of.free_slack_minutes <= of.total_slack_minutes
        assert of.early_start_at <= of.late_start_at
        assert MONDAY <= of.early_finish_at <= of.late_finish_at
    assert any(found.of(each.task_id).is_on_longest_path for each in network.activities)


@settings(max_examples=40)
@given(networks(shortest=1), st.data())
def test_whoever_uses_up_a_tasks_slack_delays_nothing_and_one_minute_more_delays_the_plan(
    network: Network, data: st.DataObject
) -> None:
    found = schedule(network)
    index = data.draw(st.integers(0, len(network.activities) - 1))
    task, of = network.activities[index], found.of(network.activities[index].task_id)

    def with_start(instant: datetime) -> datetime:
        held = replace(task, constraint=Constraint(ConstraintKind.SNET, instant))
        activities = [held if each is task else each for each in network.activities]
        return schedule(replace(network, activities=activities)).finish_at

    assert with_start(of.late_start_at) == found.finish_at
    assert with_start(of.late_start_at + timedelta(minutes=1)) > found.finish_at
