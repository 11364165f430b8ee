"""The minute axis of a calendar: it agrees with counting each question by itself, there and back again."""

from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendar import (
    CalendarWithoutWorkingTime,
    DayException,
    Shift,
    WorkingAxis,
    WorkingCalendar,
    add_working_minutes,
    epoch_minute,
    instant_at,
    office_hours,
    working_minutes_between,
)
from domain.errors import Malformed
from tests.domain.test_calendar import INSTANTS, calendars

MONDAY = date(2026, 3, 2)
OFFICE = WorkingAxis([office_hours("Europe/Vienna")], MONDAY)


def minute(text: str) -> int:
    return epoch_minute(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Vienna")))


def test_one_working_minute_has_two_instants_between_shifts() -> None:
    assert OFFICE.worked_until(minute("2026-03-02T09:00")) == 0
    assert OFFICE.first_instant(480) == minute("2026-03-02T17:00")
    assert OFFICE.last_instant(480) == minute("2026-03-03T09:00")
    assert OFFICE.first_instant(481) == OFFICE.last_instant(481) == minute("2026-03-03T09:01")
    assert OFFICE.worked_until(minute("2026-03-02T23:30")) == 480


@pytest.mark.parametrize("day", ["1971-01-04T17:00", "2199-12-31T17:00"])
def test_it_is_laid_out_as_far_as_it_is_asked_for(day: str) -> None:
    axis = WorkingAxis([office_hours("UTC")], MONDAY)
    instant = datetime.fromisoformat(day).replace(tzinfo=UTC)
    since = datetime(2026, 3, 2, tzinfo=UTC)
    worked = working_minutes_between(office_hours("UTC"), since, instant)
    assert axis.worked_until(epoch_minute(instant)) == worked
    assert axis.first_instant(worked) == epoch_minute(instant)


def test_beyond_the_years_it_knows_it_refuses() -> None:
    axis = WorkingAxis([office_hours("UTC")], MONDAY)
    with pytest.raises(Malformed):
        axis.first_instant(10**8)
    with pytest.raises(Malformed):
        axis.last_instant(-(10**8))
    with pytest.raises(Malformed):
        axis.worked_until(epoch_minute(datetime(2201, 6, 1, tzinfo=UTC)))


def test_without_any_working_time_there_is_no_instant() -> None:
    nights = WorkingCalendar("UTC", ((Shift(0, 60),),) * 7)
    for calendars_ in ([WorkingCalendar("UTC", ((),) * 7)], [nights, office_hours("UTC")]):
        with pytest.raises(CalendarWithoutWorkingTime):
            WorkingAxis(calendars_, MONDAY).first_instant(1)


def test_what_several_calendars_share_is_one_axis() -> None:
    early = WorkingCalendar("UTC", ((Shift(360, 840),),) * 7)
    shared = WorkingAxis([office_hours("UTC"), early], MONDAY)
    assert shared.first_instant(300) == epoch_minute(datetime(2026, 3, 2, 14, tzinfo=UTC))
    assert shared.first_instant(301) == epoch_minute(datetime(2026, 3, 3, 9, 1, tzinfo=UTC))


@settings(max_examples=40)
@given(calendars(), INSTANTS, st.integers(-20_000, 20_000))
def test_adding_minutes_and_taking_them_away_again_changes_nothing(
    calendar: WorkingCalendar, start: datetime, minutes: int
) -> None:
    axis = WorkingAxis([calendar], start.date())
    worked = axis.worked_until(epoch_minute(start)) + minutes
    assert axis.worked_until(axis.first_instant(worked)) == worked
    assert axis.worked_until(axis.last_instant(worked)) == worked
    begins = axis.last_instant(worked - minutes)
    assert axis.first_instant(worked - minutes) <= begins
    assert axis.last_instant(axis.worked_until(begins) + minutes - minutes) == begins


@settings(max_examples=40)
@given(calendars(), INSTANTS, st.integers(1, 20_000))
def test_it_agrees_with_counting_each_question_by_itself(
    calendar: WorkingCalendar, start: datetime, minutes: int
) -> None:
    start = start.replace(second=0, microsecond=0)
    axis = WorkingAxis([calendar], date(2012, 1, 1))
    worked = axis.worked_until(epoch_minute(start))
    end, begin = (add_working_minutes(calendar, start, sign * minutes) for sign in (1, -1))
    assert instant_at(axis.first_instant(worked + minutes)) == end
    assert instant_at(axis.last_instant(worked - minutes)) == begin
    assert axis.worked_until(epoch_minute(end)) - worked == working_minutes_between(calendar, start, end)


def test_a_hundred_thousand_questions_take_well_under_a_second() -> None:
    holidays = [date(2026, 1, 1) + timedelta(days=13 * n) for n in range(280)]
    calendar = WorkingCalendar(
        "Europe/Vienna",
        ((Shift(480, 720), Shift(780, 1_020)),) * 5 + ((), ()),
        exceptions=tuple(DayException(day, ()) for day in holidays),
    )
    axis = WorkingAxis([calendar], MONDAY)
    assert axis.first_instant(1_000_000) > 0
    began = perf_counter()
    for worked in range(0, 1_000_000, 10):
        axis.worked_until(axis.first_instant(worked + 1))
    assert perf_counter() - began < 2
