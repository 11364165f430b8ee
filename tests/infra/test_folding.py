"""What the fold of a batch tells of the rows it changed."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.project import DepartmentNamed
from domain.recorded import Recorded
from infra.folding import NOTHING, Version, fold_batch
from projections.read_model import ReadModel
from tests.examples import NINE, NOON, PROJECT
from tests.projections.folding import seen

MOVING, STAYING = UUID(int=1), UUID(int=2)


@dataclass(frozen=True, slots=True)
class Half:
    """One of two rows that every event touches."""

    half_id: UUID
    project_id: UUID
    at: datetime
    number: int = 0


def keys(_seen: Recorded[Any]) -> Iterable[UUID]:
    return (MOVING, STAYING)


def evolve(row: Half | None, _seen: Recorded[Any]) -> Half | None:
    """Move one row to where the other one is, and count in the other."""
    if row is None:
        return None
    return replace(row, at=NOON) if row.half_id == MOVING else replace(row, number=row.number + 1)


MODEL: Final = ReadModel(
    name="halves",
    row=Half,
    folds=frozenset({DepartmentNamed}),
    keys=keys,
    evolve=evolve,
    orders={"AT": ("at",)},
    filters=("number",),
)


def test_of_two_rows_that_one_event_changes_the_one_is_told_that_moved_in_time() -> None:
    moving, staying = Half(MOVING, PROJECT, NINE), Half(STAYING, PROJECT, NOON)
    live = {each.half_id: Version(each, 1, NOTHING) for each in (moving, staying)}
    events = [(seen(DepartmentNamed("Design"), version), (MOVING, STAYING)) for version in (2, 3)]
    changes = fold_batch(MODEL, live, events)
    assert changes.moved == [(2, replace(moving, at=NOON))]
    assert changes.current[STAYING].row == replace(staying, number=2)


def test_a_row_that_is_not_there_has_no_place_in_time() -> None:
    assert MODEL.instants == ("at",)
    changes = fold_batch(MODEL, {}, [(seen(DepartmentNamed("Design"), 2), (MOVING,))])
    assert (changes.moved, changes.current) == ([], {})
