"""The stakeholder map: who has an interest in a project, and what they need."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.needs import NeedRecorded, StakeholderRegistered, StakeholderRole
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class StakeholderNeed:
    """Something a stakeholder needs."""

    need_id: Annotated[UUID, "The need's id in its project."]
    text: Annotated[str, "What is needed."]


@dataclass(frozen=True, slots=True)
class Stakeholder:
    """One stakeholder of a project, with their needs."""

    key: Annotated[UUID, "The row's id."]
    project_id: Annotated[UUID, "The project."]
    stakeholder_id: Annotated[UUID, "The stakeholder's id in the project."]
    name: Annotated[str, "Their name."]
    role: Annotated[StakeholderRole, "What they are."]
    department: Annotated[str | None, "Their department."]
    interest: Annotated[str, "What they want of the project."]
    member_id: Annotated[UUID | None, "Who they are in the organisation, if they use Fairlead."]
    needs: Annotated[tuple[StakeholderNeed, ...], "What they need, the first recorded first."] = ()


Event: TypeAlias = StakeholderRegistered | NeedRecorded


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the stakeholder an event is about."""
    return (part_id(seen.stream, "stakeholder", seen.event.stakeholder_id),)


def evolve(row: Stakeholder | None, seen: Recorded[Event]) -> Stakeholder | None:
    """Return the stakeholder after an event."""
    event = seen.event
    if isinstance(event, StakeholderRegistered):
        (key,) = keys(seen)
        return Stakeholder(
            key,
            seen.stream,
            event.stakeholder_id,
            event.name,
            event.role,
            event.department,
            event.interest,
            event.member_id,
        )
    if row is None:
        raise AssertionError("a stakeholder is registered before what they need is recorded")
    return replaced(row, needs=(*row.needs, StakeholderNeed(event.need_id, event.text)))


READ_MODEL: Final = ReadModel(
    name="stakeholder_map",
    row=Stakeholder,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"NAME": ("name",)},
    filters=("role", "department"),
)
