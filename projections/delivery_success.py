"""Whether a delivery is a success: all its criteria met, and not those of technology alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.project.success import CriterionAssessed, SuccessCriterionDefined, SuccessDimension
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class JudgedCriterion:
    """How one criterion stands."""

    criterion_id: Annotated[UUID, "The criterion's id in the project."]
    dimension: Annotated[SuccessDimension, "Where it creates value."]
    is_met: Annotated[bool | None, "Whether it is met; null before it was judged."]


@dataclass(frozen=True, slots=True)
class DeliverySuccess:
    """How a project stands against its success criteria; to be live is never success by itself."""

    key: Annotated[UUID, "The row's id."]
    project_id: Annotated[UUID, "The project."]
    criteria: Annotated[tuple[JudgedCriterion, ...], "Its criteria, the first defined first."]
    met_count: Annotated[int, "How many of them are met."]
    is_success: Annotated[bool, "Whether all are met, one at least beyond technology."]


Event: TypeAlias = SuccessCriterionDefined | CriterionAssessed


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the project's row for what is said of its criteria."""
    return (part_id(seen.stream, "delivery_success", ""),)


def evolve(row: DeliverySuccess | None, seen: Recorded[Event]) -> DeliverySuccess | None:
    """Return how the project stands after an event."""
    event = seen.event
    before = () if row is None else row.criteria
    if isinstance(event, SuccessCriterionDefined):
        criteria = (*before, JudgedCriterion(event.criterion_id, event.dimension, None))
    else:
        criteria = tuple(
            JudgedCriterion(each.criterion_id, each.dimension, event.is_met)
            if each.criterion_id == event.criterion_id
            else each
            for each in before
        )
    met = [each for each in criteria if each.is_met]
    is_beyond_technology = any(each.dimension is not SuccessDimension.TECHNOLOGY for each in met)
    (key,) = keys(seen)
    return DeliverySuccess(
        key, seen.stream, criteria, len(met), len(met) == len(criteria) and is_beyond_technology
    )


READ_MODEL: Final = ReadModel(
    name="delivery_success",
    row=DeliverySuccess,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"MET": ("met_count",)},
    filters=("is_success",),
)
