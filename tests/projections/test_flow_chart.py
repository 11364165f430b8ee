"""Where tasks stood day by day: each in one place at a time, and none moved by what is told late."""

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from projections.flow_chart import Change, Turn, daily

MONDAY = date(2026, 3, 2)
ONE, TWO = UUID(int=1), UUID(int=2)


def on(task: UUID, day: int, turn: Turn, minutes: int = 0) -> Change:
    return Change(task, MONDAY + timedelta(days=day), turn, minutes)


def test_a_task_goes_through_its_days() -> None:
    changes = [
        on(ONE, -3, Turn.OPENED),
        on(ONE, -3, Turn.ESTIMATED, 60),
        on(ONE, 1, Turn.STARTED),
        on(ONE, 2, Turn.COMPLETED),
        on(ONE, 3, Turn.REOPENED),
        on(ONE, 9, Turn.COMPLETED),
        on(TWO, 1, Turn.OPENED),
        on(TWO, 1, Turn.ESTIMATED, 30),
        on(TWO, 2, Turn.ESTIMATED, 90),
        on(TWO, 3, Turn.CANCELLED),
        on(TWO, 4, Turn.REOPENED),
    ]
    days = daily(changes, MONDAY, MONDAY + timedelta(days=4))
    stood = [
        (each.open_count, each.started_count, each.completed_count, each.cancelled_count) for each in days
    ]
    assert stood == [(1, 0, 0, 0), (1, 1, 0, 0), (1, 0, 1, 0), (0, 1, 0, 1), (1, 1, 0, 0)]
    assert [each.scope_count for each in days] == [1, 2, 2, 1, 2]
    assert [each.scope_minutes for each in days] == [60, 90, 150, 60, 150]
    assert [each.completed_minutes for each in days] == [0, 0, 60, 0, 0]


def test_what_is_told_late_counts_from_the_last_change_on() -> None:
    changes = [on(ONE, 0, Turn.OPENED), on(ONE, 3, Turn.STARTED), on(ONE, 1, Turn.COMPLETED)]
    days = daily(changes, MONDAY, MONDAY + timedelta(days=3))
    assert [each.completed_count for each in days] == [0, 0, 0, 1]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([ONE, TWO]), st.integers(0, 9), st.sampled_from(list(Turn)), st.integers(0, 90)
        )
    )
)
def test_every_task_stands_in_one_place(drawn: list[tuple[UUID, int, Turn, int]]) -> None:
    changes = [on(ONE, 0, Turn.OPENED), on(TWO, 0, Turn.OPENED), *(on(*each) for each in drawn)]
    for each in daily(changes, MONDAY, MONDAY + timedelta(days=9)):
        stood = each.open_count, each.started_count, each.completed_count, each.cancelled_count
        assert sum(stood) == 2
        assert min(stood) >= 0
        assert each.scope_count == 2 - each.cancelled_count
        assert 0 <= each.completed_minutes <= each.scope_minutes
