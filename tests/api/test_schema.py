"""The contract: written out, up to date, and never broken."""

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
