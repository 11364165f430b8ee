"""What a read model folds, and what it must be to be listed, is said where it is declared."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

import pytest

from domain.project import ProjectOpened
from domain.task import OpenTask, TaskOpened
from projections.read_model import ReadModel


@dataclass(frozen=True, slots=True)
class Row:
    """A row of what lists can be ordered by, and cannot."""

    key: UUID
    project_id: UUID
    number: int
    due_on: date | None
    ended_at: datetime | None
    score: int | None
    title: str | None


def declared(orders: Mapping[str, tuple[str, ...]], *filters: str) -> ReadModel[Row]:
    return ReadModel(
        name="rows",
        row=Row,
        folds=frozenset(),
        keys=lambda _: (),
        evolve=lambda row, _: row,
        orders=orders,
        filters=filters,
    )


def test_a_read_model_folds_events_and_knows_of_which_aggregates() -> None:
    model = replace(declared({}), folds=frozenset({TaskOpened, ProjectOpened}))
    assert model.aggregates == {"task", "project"}
    with pytest.raises(AssertionError, match=r"^rows folds what is no event of any aggregate$"):
        replace(model, folds=frozenset({TaskOpened, OpenTask}))


def test_a_listed_read_model_has_a_filter() -> None:
    with pytest.raises(AssertionError, match=r"^rows is listed, and so it needs a filter$"):
        declared({"NUMBER": ("number",)})
    assert declared({}).filters == ()


@pytest.mark.parametrize("name", ["score", "title"])
def test_only_a_time_of_an_order_may_be_none(name: str) -> None:
    sentence = rf"^rows cannot be ordered by {name}, which may be None$"
    with pytest.raises(AssertionError, match=sentence):
        declared({"NUMBER": ("number",), "OTHER": ("number", name)}, "number")
    declared({"NUMBER": ("number",), "DUE": ("due_on", "ended_at")}, "number")
