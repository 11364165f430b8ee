"""Folding a few events of one stream into its row, each of a type that the read model says it folds."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from domain.recorded import Recorded
from projections.read_model import ReadModel
from tests.examples import ANNA, NOON

STREAM = UUID(int=99)


def seen(event: object, version: int = 1) -> Recorded[Any]:
    none = UUID(int=0)
    return Recorded(
        version, none, STREAM, version, "a.kind.v1", None, ANNA, none, None, none, None, NOON, NOON, event
    )


def row_after(model: ReadModel[Any], *events: object) -> Any:
    """Return the row these events of one stream lead to."""
    row: Any = None
    for version, event in enumerate(events, start=1):
        assert type(event) in model.folds
        assert tuple(model.keys(seen(event, version))) == (STREAM,)
        row = model.evolve(row, seen(event, version))
    return row


def observed(model: ReadModel[Any], *events: object) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Return what the row then says: (day, value, met) by KPI and name."""
    assert model.observe is not None
    found = model.observe(row_after(model, *events))
    return {(each.kpi, each.name): (each.day, each.value, each.is_met) for each in found}


def rows_after(model: ReadModel[Any], *events: object) -> dict[UUID, Any]:
    """Return the rows that these events of one stream lead to, where each event may touch several or none."""
    rows: dict[UUID, Any] = {}
    for version, event in enumerate(events, start=1):
        assert type(event) in model.folds
        for key in model.keys(seen(event, version)):
            rows[key] = model.evolve(rows.get(key), seen(event, version))
            assert next(iter(asdict(rows[key]).values())) == key
            assert rows[key].project_id == STREAM
    return rows


def only_row_after(model: ReadModel[Any], *events: object) -> Any:
    """Return the one row that these events of one stream lead to."""
    (row,) = rows_after(model, *events).values()
    return row
