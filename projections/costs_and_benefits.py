"""The costs and benefits: every entry and counter-entry of a project, summed by the days they count on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, get_args
from uuid import UUID

from domain.project.value import BenefitRecorded, CostKind, CostRecorded, EntrySide, ValueEvent
from domain.recorded import Recorded
from projections.read_model import Observation, ReadModel, part_id


@dataclass(frozen=True, slots=True)
class ValueEntry:
    """One entry of the costs and benefits of a project."""

    key: Annotated[UUID, "The row's id."]
    project_id: Annotated[UUID, "The project."]
    entry_id: Annotated[UUID, "The entry's id in the project."]
    side: Annotated[EntrySide, "Whether it is a cost or a benefit."]
    counted_on: Annotated[date, "The day it counts on."]
    amount_cents: Annotated[int, "The amount in hundredths of the currency's unit; below 0 takes away."]
    currency: Annotated[str, "ISO 4217 code of the currency."]
    kind: Annotated[CostKind | None, "What a cost was spent on."] = None
    kpi_code: Annotated[str | None, "The code of the KPI that shows a benefit."] = None
    corrects_id: Annotated[UUID | None, "The entry that a counter-entry corrects."] = None
    cause: Annotated[str | None, "What was wrong with that."] = None
    task_id: Annotated[UUID | None, "The task a cost was recorded for, if one was named."] = None


def keys(seen: Recorded[ValueEvent]) -> Iterable[UUID]:
    """Return the entry an event makes."""
    return (part_id(seen.stream, "entry", seen.event.entry_id),)


def evolve(_row: ValueEntry | None, seen: Recorded[ValueEvent]) -> ValueEntry | None:
    """Return the entry an event makes; no event changes one."""
    event = seen.event
    (key,) = keys(seen)
    ids = (key, seen.stream, event.entry_id)
    amount = (event.cents, event.currency)
    match event:
        case CostRecorded():
            spent = EntrySide.COST, event.incurred_on
            return ValueEntry(*ids, *spent, *amount, kind=event.kind, task_id=event.task_id)
        case BenefitRecorded():
            return ValueEntry(*ids, EntrySide.BENEFIT, event.realised_on, *amount, kpi_code=event.code)
        case _:
            corrected = (event.corrects_id, event.cause)
            return ValueEntry(*ids, event.side, event.corrected_on, *amount, None, None, *corrected)


def observe(row: ValueEntry) -> Iterator[Observation]:
    """Yield the amount as a cost or as a benefit, in cents."""
    yield Observation(
        row.side.value, row.counted_on, row.amount_cents, dimensions=(("currency", row.currency),)
    )


READ_MODEL: Final = ReadModel(
    name="costs_and_benefits",
    row=ValueEntry,
    folds=frozenset(get_args(ValueEvent)),
    keys=keys,
    evolve=evolve,
    observe=observe,
    orders={"COUNTED": ("counted_on",)},
    filters=("side", "kind", "corrects_id", "task_id"),
)
