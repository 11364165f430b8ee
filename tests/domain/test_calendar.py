"""Working time counted on a calendar: by hand, by properties, and against counting every minute.

Longer than other files: each rule of its subject has its test here.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendar import (
    CalendarWithoutWorkingTime,
    DayException,
    Recurrence,
    RecurrenceKind,
    RecurringException,
    Shift,
    WorkingCalendar,
    add_working_minutes,
    office_hours,
    working_minutes_between,
)
from domain.errors import Malformed

VIENNA = "Europe/Vienna"
OFFICE = office_hours(VIENNA)
DAILY = Recurrence(RecurrenceKind.DAILY, date(2026, 3, 2))
ROUND_THE_CLOCK = WorkingCalendar(VIENNA, ((Shift(0, 1_440),),) * 7)
ZONES = (
    VIENNA,
    "UTC",
    "America/St_Johns",
    "Asia/Beirut",
    "Pacific/Apia",
    "Australia/Lord_Howe",
    "Africa/Cairo",
)


def local(text: str, zone: str = VIENNA) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def counted(calendar: WorkingCalendar, start: datetime, end: datetime) -> int:
    """Count minute by minute what lies within a shift by the wall clock; right where no clock goes back."""
    zone = ZoneInfo(calendar.time_zone)
    exceptions = dict.fromkeys(calendar.holidays, ()) | {one.on: one.shifts for one in calendar.exceptions}
    minutes = 0
    for step in range((end - start) // timedelta(minutes=1)):
        wall = (start + timedelta(minutes=step)).astimezone(zone)
        day = wall.date()
        shifts = calendar.week[day.weekday()]
        for each in calendar.recurring:
            shifts = each.shifts if day in each.recurrence.days(day, day) else shifts
        shifts = exceptions.get(day, shifts)
        minutes += any(
            shift.start_minute <= wall.hour * 60 + wall.minute < shift.end_minute for shift in shifts
        )
    return minutes


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-03-02T09:00", "2026-03-02T17:00", 480),
        ("2026-03-02T08:00", "2026-03-02T09:30", 30),
        ("2026-03-02T16:30", "2026-03-03T09:30", 60),
        ("2026-03-06T16:00", "2026-03-09T10:00", 120),  # over a weekend
        ("2026-03-07T10:00", "2026-03-08T10:00", 0),  # within one
        ("2026-03-02T09:00", "2026-03-30T09:00", 20 * 480),  # four weeks, over the start of summer time
        ("2026-03-02T09:00:30", "2026-03-02T09:10:29", 9),
    ],
)
def test_working_minutes_are_those_within_shifts(start: str, end: str, minutes: int) -> None:
    assert working_minutes_between(OFFICE, local(start), local(end)) == minutes


def test_a_span_turned_round_counts_below_zero() -> None:
    start, end = local("2026-03-02T16:30"), local("2026-03-03T09:30:59")
    assert working_minutes_between(OFFICE, end, start) == -60


def test_a_holiday_has_no_working_time_unless_it_is_an_exception() -> None:
    week = local("2026-03-02T00:00"), local("2026-03-09T00:00")
    tuesday = date(2026, 3, 3)
    with_holiday = replace(OFFICE, holidays=(tuesday,))
    half_day = replace(with_holiday, exceptions=(DayException(tuesday, (Shift(540, 780),)),))
    assert working_minutes_between(with_holiday, *week) == 4 * 480
    assert working_minutes_between(half_day, *week) == 4 * 480 + 240


def test_a_recurring_exception_gives_way_to_that_of_one_day() -> None:
    tuesday = date(2026, 3, 3)
    every_tuesday = Recurrence(RecurrenceKind.WEEKLY, tuesday, weekdays=(1,))
    off = replace(OFFICE, recurring=(RecurringException(every_tuesday, ()),))
    but_one = replace(off, exceptions=(DayException(tuesday, (Shift(540, 600),)),))
    month = local("2026-03-02T00:00"), local("2026-03-30T00:00")
    assert working_minutes_between(off, *month) == 16 * 480
    assert working_minutes_between(but_one, *month) == 16 * 480 + 60


def test_of_recurring_exceptions_that_meet_the_last_one_holds() -> None:
    daily = Recurrence(RecurrenceKind.DAILY, date(2026, 3, 2))
    both = (RecurringException(daily, ()), RecurringException(daily, (Shift(0, 30),)))
    week = local("2026-03-02T00:00"), local("2026-03-09T00:00")
    assert working_minutes_between(replace(OFFICE, recurring=both), *week) == 7 * 30


def test_an_exception_can_make_a_weekend_a_working_day() -> None:
    saturday = replace(OFFICE, exceptions=(DayException(date(2026, 3, 7), (Shift(600, 660),)),))
    assert working_minutes_between(saturday, local("2026-03-07T00:00"), local("2026-03-09T00:00")) == 60


@pytest.mark.parametrize(("day", "minutes"), [("2026-03-29", 23 * 60), ("2026-10-25", 25 * 60)])
def test_a_day_of_a_clock_change_is_as_long_as_it_lasts(day: str, minutes: int) -> None:
    start = local(f"{day}T00:00")
    end = (local(f"{day}T12:00") + timedelta(days=1)).replace(hour=0)
    assert working_minutes_between(ROUND_THE_CLOCK, start, end) == minutes


def test_a_shift_that_the_clock_skips_has_no_working_time() -> None:
    skipped = WorkingCalendar(VIENNA, ((Shift(120, 180),),) * 7)
    assert working_minutes_between(skipped, local("2026-03-29T00:00"), local("2026-03-30T00:00")) == 0


def test_a_day_that_a_zone_left_out_has_no_working_time() -> None:
    apia = WorkingCalendar("Pacific/Apia", ((Shift(0, 1_440),),) * 7)
    start, end = local("2011-12-29T00:00", "Pacific/Apia"), local("2012-01-01T00:00", "Pacific/Apia")
    assert working_minutes_between(apia, start, end) == 2 * 1_440


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("year", [1972, 2011, 2026])
def test_round_the_clock_all_elapsed_time_is_working_time(zone: str, year: int) -> None:
    calendar = replace(ROUND_THE_CLOCK, time_zone=zone)
    start, end = datetime(year, 1, 1, 7, tzinfo=UTC), datetime(year + 1, 1, 9, 5, tzinfo=UTC)
    assert working_minutes_between(calendar, start, end) == (end - start) // timedelta(minutes=1)


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-03-02T09:00", 480, "2026-03-02T17:00"),  # not 09:00 of the next day
        ("2026-03-02T09:00", 481, "2026-03-03T09:01"),
        ("2026-03-06T16:00", 120, "2026-03-09T10:00"),
        ("2026-03-07T12:00", 1, "2026-03-09T09:01"),
        ("2026-03-02T12:00", 0, "2026-03-02T12:00"),
        ("2026-03-03T09:30", -60, "2026-03-02T16:30"),
        ("2026-03-02T17:00", -480, "2026-03-02T09:00"),
        ("2026-03-03T09:00", -480, "2026-03-02T09:00"),
        ("2026-03-09T09:00", -1, "2026-03-06T16:59"),
    ],
)
def test_adding_working_minutes_ends_as_early_and_begins_as_late_as_it_can(
    start: str, minutes: int, end: str
) -> None:
    assert add_working_minutes(OFFICE, local(start), minutes) == local(end)


def test_nothing_can_be_added_without_working_time_in_the_week() -> None:
    idle = WorkingCalendar("UTC", ((),) * 7)
    with pytest.raises(CalendarWithoutWorkingTime):
        add_working_minutes(idle, local("2026-03-02T09:00"), 1)


@pytest.mark.parametrize("minutes", [5_256_000, -5_256_000])
def test_adding_stops_at_the_bounds_of_the_calendar(minutes: int) -> None:
    rarely = WorkingCalendar("UTC", ((Shift(0, 1),), *((),) * 6))
    with pytest.raises(Malformed):
        add_working_minutes(rarely, local("2026-03-02T09:00"), minutes)


@pytest.mark.parametrize(
    "change",
    [
        {"time_zone": "Mars/Olympus"},
        {"week": ((),) * 6},
        {"week": ((Shift(60, 60),),) * 7},
        {"week": ((Shift(-1, 60),),) * 7},
        {"week": ((Shift(60, 1_441),),) * 7},
        {"week": ((Shift(60, 120), Shift(119, 180)),) * 7},
        {"week": ((Shift(120, 180), Shift(0, 60)),) * 7},
        {"week": (tuple(Shift(n, n + 1) for n in range(49)),) * 7},
        {"holidays": (date(2026, 3, 3), date(2026, 3, 2))},
        {"holidays": (date(2026, 3, 3), date(2026, 3, 3))},
        {"holidays": (date(1969, 3, 3),)},
        {"holidays": tuple(date(1980, 1, 1) + timedelta(days=n) for n in range(10_001))},
        {"exceptions": (DayException(date(2026, 3, 3), (Shift(2, 1),)),)},
        {"exceptions": (DayException(date(2026, 3, 3), ()),) * 2},
        {"recurring": (RecurringException(DAILY, (Shift(2, 1),)),)},
        {"recurring": (RecurringException(DAILY, ()),) * 101},
    ],
)
def test_a_calendar_out_of_order_or_out_of_range_is_malformed(change: dict[str, object]) -> None:
    with pytest.raises(Malformed) as refusal:
        replace(OFFICE, **change)  # type: ignore[arg-type]
    assert refusal.value.field in {*change, "timeZone"} - {"time_zone"}


def test_a_day_has_at_most_48_shifts() -> None:
    half_hours = tuple(Shift(30 * n, 30 * n + 30) for n in range(48))
    every_half_hour = replace(OFFICE, week=(half_hours,) * 7)
    assert (
        working_minutes_between(every_half_hour, local("2026-03-02T00:00"), local("2026-03-03T00:00"))
        == 1_440
    )


def test_shifts_may_touch_and_end_at_midnight() -> None:
    touching = replace(OFFICE, week=((Shift(0, 720), Shift(720, 1_440)),) * 7)
    assert working_minutes_between(touching, local("2026-03-02T00:00"), local("2026-03-03T00:00")) == 1_440


@st.composite
def shifts(draw: st.DrawFn) -> tuple[Shift, ...]:
    bounds = sorted(draw(st.sets(st.integers(0, 1_440), max_size=6)))
    return tuple(Shift(*pair) for pair in zip(bounds[::2], bounds[1::2], strict=False))


@st.composite
def recurrences(draw: st.DrawFn) -> Recurrence:
    return Recurrence(
        draw(st.sampled_from(RecurrenceKind)),
        draw(st.dates(date(2011, 9, 1), date(2012, 3, 1))),
        draw(st.none() | st.dates(date(2012, 3, 2), date(2012, 8, 1))),
        period=draw(st.integers(2, 9)),  # so that it leaves days of the week as they are
        weekdays=tuple(sorted(draw(st.sets(st.integers(0, 6), max_size=3)))),
        month_day=draw(st.integers(1, 31)),
    )


@st.composite
def calendars(draw: st.DrawFn, zones: tuple[str, ...] = ZONES) -> WorkingCalendar:
    week = draw(st.tuples(*[shifts()] * 7).filter(any))
    near = st.dates(date(2011, 12, 1), date(2012, 4, 30))
    holidays = tuple(sorted(draw(st.sets(near, max_size=12))))
    exceptional = sorted(draw(st.sets(near, max_size=4)))
    exceptions = tuple(DayException(on, draw(shifts())) for on in exceptional)
    rules = draw(st.lists(recurrences(), max_size=3))
    recurring = tuple(RecurringException(rule, draw(shifts())) for rule in rules)
    return WorkingCalendar(draw(st.sampled_from(zones)), week, holidays, exceptions, recurring)


INSTANTS = st.datetimes(datetime(2011, 10, 1), datetime(2012, 6, 30), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive


@given(calendars(), INSTANTS, st.integers(-50_000, 50_000))
def test_what_was_added_is_what_lies_between(
    calendar: WorkingCalendar, start: datetime, minutes: int
) -> None:
    assert working_minutes_between(calendar, start, add_working_minutes(calendar, start, minutes)) == minutes


@given(calendars(), INSTANTS, st.integers(1, 20_000))
def test_one_instant_less_is_less_work(calendar: WorkingCalendar, start: datetime, minutes: int) -> None:
    a_moment = timedelta(microseconds=1)
    end = add_working_minutes(calendar, start, minutes)
    assert working_minutes_between(calendar, start, end - a_moment) < minutes
    begin = add_working_minutes(calendar, start, -minutes)
    assert working_minutes_between(calendar, begin + a_moment, start) < minutes


@given(calendars(), st.tuples(INSTANTS, INSTANTS, INSTANTS).map(sorted))
def test_a_span_is_the_sum_of_its_parts(calendar: WorkingCalendar, instants: list[datetime]) -> None:
    start, middle, end = (instant.replace(second=0, microsecond=0) for instant in instants)
    parts = working_minutes_between(calendar, start, middle) + working_minutes_between(calendar, middle, end)
    assert working_minutes_between(calendar, start, end) == parts


@settings(max_examples=20)
@given(calendars(zones=("UTC", "Asia/Kolkata")), INSTANTS, st.integers(0, 40_000))
def test_the_sum_by_weeks_equals_counting_every_minute(
    calendar: WorkingCalendar, start: datetime, length: int
) -> None:
    start = start.replace(second=0, microsecond=0)
    end = start + timedelta(minutes=length)
    assert working_minutes_between(calendar, start, end) == counted(calendar, start, end)


@pytest.mark.parametrize("zone", ["Asia/Beirut", "Pacific/Apia", VIENNA, "Africa/Cairo"])
def test_where_the_clock_goes_forward_it_equals_counting_every_minute(zone: str) -> None:
    calendar = replace(
        OFFICE, time_zone=zone, week=((Shift(0, 90), Shift(100, 150), Shift(1_380, 1_440)),) * 7
    )
    for start in (
        datetime(2011, 12, 20, tzinfo=UTC),
        datetime(2026, 3, 20, tzinfo=UTC),
        datetime(2026, 4, 20, tzinfo=UTC),
    ):
        end = start + timedelta(days=14)
        assert working_minutes_between(calendar, start, end) == counted(calendar, start, end)


def test_ten_years_are_counted_without_walking_through_them() -> None:
    holidays = tuple(date(2016, 1, 1) + timedelta(days=30 * n) for n in range(120))
    calendar = replace(OFFICE, holidays=holidays)
    start, end = local("2016-01-04T09:00"), local("2026-01-02T17:00")
    minutes = working_minutes_between(calendar, start, end)
    began = perf_counter()
    for _ in range(20):
        assert working_minutes_between(calendar, start, end) == minutes
    assert (perf_counter() - began) / 20 < 0.005  # under 1 ms on an idle core
