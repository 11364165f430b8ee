"""The success criteria: what must hold for a project to be a success, and how it was judged."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.success import CriterionAssessed, SuccessCriterionDefined, SuccessDimension
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class Assessment:
    """One judgement of a criterion."""

    is_met: Annotated[bool, "Whether it was met."]
    evidence: Annotated[str, "What showed it."]
    assessed_at: Annotated[datetime, "When it was judged (UTC)."]
    assessed_by: Annotated[UUID, "Who judged."]


@dataclass(frozen=True, slots=True)
class SuccessCriterion:
    """One success criterion of a project."""

    key: Annotated[UUID, "The row's id."]
    project_id: Annotated[UUID, "The project."]
    criterion_id: Annotated[UUID, "The criterion's id in the project."]
    dimension: Annotated[SuccessDimension, "Where it creates value."]
    text: Annotated[str, "What must hold."]
    defined_at: Annotated[datetime, "When it was defined (UTC)."]
    is_met: Annotated[bool | None, "Whether it is met by the last judgement; null before the first."] = None
    assessments: Annotated[tuple[Assessment, ...], "Every judgement, the oldest first."] = ()


Event: TypeAlias = SuccessCriterionDefined | CriterionAssessed


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the criterion an event is about."""
    return (part_id(seen.stream, "criterion", seen.event.criterion_id),)


def evolve(row: SuccessCriterion | None, seen: Recorded[Event]) -> SuccessCriterion | None:
    """Return the criterion after an event."""
    event = seen.event
    if isinstance(event, SuccessCriterionDefined):
        (key,) = keys(seen)
        return SuccessCriterion(
            key, seen.stream, event.criterion_id, event.dimension, event.text, seen.occurred_at
        )
    if row is None:
        raise AssertionError("a criterion is defined before it is assessed")
    judged = Assessment(event.is_met, event.evidence, seen.occurred_at, seen.actor_id)
    return replaced(row, is_met=event.is_met, assessments=(*row.assessments, judged))


READ_MODEL: Final = ReadModel(
    name="success_criteria",
    row=SuccessCriterion,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"DEFINED": ("defined_at",)},
    filters=("dimension", "is_met"),
)
