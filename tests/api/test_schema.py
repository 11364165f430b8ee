"""The contract: written out, up to date, and never broken."""

from datetime import UTC, date, datetime

import pytest
from graphql import GraphQLError

from api.scalars import parse_day, parse_instant
from api.schema import CONTRACT, broken, build, contract


def test_the_written_contract_is_up_to_date() -> None:
    assert CONTRACT.read_text("utf-8") == contract(), "run python -m api.schema"


def test_the_written_contract_is_not_broken() -> None:
    assert broken(CONTRACT.read_text("utf-8"), contract()) == []


def test_a_promise_that_is_not_kept_is_named() -> None:
    without = contract().replace("  viewer: Viewer!", "  onlooker: Viewer!")
    assert broken(contract(), without) == ["Field Query.viewer was removed."]


def test_every_field_and_type_is_described() -> None:
    schema = build()._schema  # noqa: SLF001
    missing = [
        f"{name}.{field}"
        for name, kind in schema.type_map.items()
        if not name.startswith("__")
        for field, defined in getattr(kind, "fields", {}).items()
        if not defined.description
    ]
    assert [name for name in missing if not name.startswith(NESTED)] == []


NESTED = (
    "WorkingCalendarInput.",
    "ShiftInput.",
    "DayExceptionInput.",
    "RecurringExceptionInput.",
    "RowRefusalInput.",
)
"""Values of the domain whose docstring describes all their fields at once."""


@pytest.mark.parametrize("text", ["20260331", "2026-W14-2", "2026-3-31", "2026-02-30", "2026-03-31\n", ""])
def test_a_day_is_written_in_one_way(text: str) -> None:
    assert parse_day("2026-03-31") == date(2026, 3, 31)
    with pytest.raises(GraphQLError, match="such as 2026-03-31"):
        parse_day(text)


@pytest.mark.parametrize(
    "text",
    ["20260331T090000Z", "2026-W14-2T09:00Z", "2026-03-31x09:00Z", "2026-03-31T09:00:60Z", "2026-03-31"],
)
def test_an_instant_is_written_with_its_day_and_its_offset(text: str) -> None:
    assert parse_instant("2026-03-31T09:00:00+02:00") == datetime(2026, 3, 31, 7, tzinfo=UTC)
    with pytest.raises(GraphQLError, match="DateTime"):
        parse_instant(text)
