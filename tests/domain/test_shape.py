"""The shapes values must have."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from domain import shape
from domain.errors import Malformed


@pytest.mark.parametrize("value", ["a", "Grüße, 世界 🛠", "one\n\ttwo", "x" * 200])
def test_a_text_may_hold_any_printable_characters_tabs_and_new_lines(value: str) -> None:
    shape.text(value, "title", 200)


@pytest.mark.parametrize(
    "value", ["", "  \n ", "x" * 201, "a\0b", "a\rb", "\x1b[0m", "\ud800", "a\udfffb", 7, None]
)
def test_a_text_is_refused_when_blank_long_unprintable_or_no_text(value: object) -> None:
    with pytest.raises(Malformed) as refusal:
        shape.text(value, "title", 200)
    assert refusal.value.field == "title"


def test_an_optional_text_may_be_empty_and_has_a_maximum() -> None:
    shape.optional_text("", "description", 5)
    with pytest.raises(Malformed):
        shape.optional_text("longer", "description", 5)


@pytest.mark.parametrize("value", [True, False, 1.0, "1", None, -1, 101])
def test_percent_is_a_whole_number_from_0_to_100_and_no_truth_value(value: object) -> None:
    with pytest.raises(Malformed):
        shape.percent(value, "percent")


@pytest.mark.parametrize(
    ("check", "last"), [(shape.percent, 100), (shape.minutes, 5_256_000), (shape.cents, 10**15)]
)
def test_numbers_include_their_bounds(check: Callable[[object, str], None], last: int) -> None:
    check(0, "number")
    check(last, "number")
    for outside in (-1, last + 1):
        with pytest.raises(Malformed):
            check(outside, "number")


@pytest.mark.parametrize("value", [date(1970, 1, 1), date(2200, 12, 31)])
def test_days_include_their_bounds(value: date) -> None:
    shape.day(value, "dueOn")


@pytest.mark.parametrize(
    "value", [date(1969, 12, 31), date(2201, 1, 1), datetime(2026, 3, 2, tzinfo=UTC), "2026-03-02"]
)
def test_a_day_is_refused_when_out_of_range_or_an_instant(value: object) -> None:
    with pytest.raises(Malformed):
        shape.day(value, "dueOn")


@pytest.mark.parametrize(
    "value",
    [
        datetime(2026, 3, 2),  # noqa: DTZ001 - the point is the missing offset
        datetime(1969, 12, 31, 23, tzinfo=UTC),
        datetime(2201, 1, 1, tzinfo=UTC),
        date(2026, 3, 2),
    ],
)
def test_an_instant_is_refused_without_offset_or_out_of_range(value: object) -> None:
    with pytest.raises(Malformed):
        shape.instant(value, "startAt")


def test_an_instant_may_have_any_offset() -> None:
    shape.instant(datetime.fromisoformat("2026-03-02T09:00:00+01:00"), "startAt")


@pytest.mark.parametrize("value", ["Mars/Olympus", "", "../etc/passwd", "Europe", "europe/vienna\0"])
def test_a_time_zone_must_be_known(value: str) -> None:
    shape.time_zone("Europe/Vienna", "timeZone")
    with pytest.raises(Malformed):
        shape.time_zone(value, "timeZone")


@pytest.mark.parametrize(
    "value", ["", "anna", "@example.org", "anna@", "a@b@c", "an na@b.c", "a@b" + "c" * 252]
)
def test_an_email_address_has_one_at_sign_no_spaces_and_a_maximum(value: str) -> None:
    shape.email("anna@example.org", "email")
    with pytest.raises(Malformed):
        shape.email(value, "email")
