"""The links between a project's tasks: which waits for which, how, and with what lag."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.project import LagUnit, LinkKind, TasksLinked, TasksUnlinked
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class PlanLink:
    """One task that waits for another."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project both belong to."]
    predecessor_id: Annotated[UUID, "The task waited for."]
    successor_id: Annotated[UUID, "The task that waits."]
    kind: Annotated[LinkKind, "Which end of the one holds back which end of the other."]
    lag_minutes: Annotated[int, "Minutes between the two, below 0 for a lead."]
    lag_unit: Annotated[LagUnit, "Whether the lag is working or elapsed time."]
    lag_percent: Annotated[int | None, "The lag in percent of the predecessor's duration, if it is."] = None


Event: TypeAlias = TasksLinked | TasksUnlinked


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the link."""
    ends = f"{seen.event.predecessor_id}:{seen.event.successor_id}"
    return (part_id(seen.key, "link", ends),)


def evolve(_row: PlanLink | None, seen: Recorded[Event]) -> PlanLink | None:
    """Return the link after an event, None once it is taken away."""
    match seen.event:
        case TasksLinked(predecessor_id, successor_id, kind, lag_minutes, lag_unit, lag_percent):
            row_id = part_id(seen.key, "link", f"{predecessor_id}:{successor_id}")
            ends = predecessor_id, successor_id
            return PlanLink(row_id, seen.key, *ends, kind, lag_minutes, lag_unit, lag_percent)
        case TasksUnlinked():
            return None


READ_MODEL: Final = ReadModel(
    name="plan_links",
    row=PlanLink,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"SUCCESSOR": ("successor_id",)},
    filters=("predecessor_id", "successor_id", "kind"),
)
