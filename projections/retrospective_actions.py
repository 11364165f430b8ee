"""What retrospectives asked for: by whom, by when, and whether the loop is closed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.retrospectives import ActionClosed, ActionRaised
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class RetrospectiveAction:
    """One action a retrospective called for; it is overdue when it is open behind its due day."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    action_id: Annotated[UUID, "The action, as commands name it."]
    phase: Annotated[int, "The number of the phase looked back on."]
    text: Annotated[str, "What is to be done."]
    owner_id: Annotated[UUID, "The member who is to do it."]
    due_on: Annotated[date, "The day it is to be done by, in the project's time zone."]
    is_open: Annotated[bool, "Whether it is still to be done."] = True
    closed_on: Annotated[date | None, "The day it was done, in the project's time zone."] = None
    outcome: Annotated[str | None, "What came of it."] = None


Event: TypeAlias = ActionRaised | ActionClosed


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the action."""
    return (part_id(seen.stream, "action", seen.event.action_id),)


def evolve(row: RetrospectiveAction | None, seen: Recorded[Event]) -> RetrospectiveAction | None:
    """Return the action after an event."""
    event = seen.event
    if isinstance(event, ActionRaised):
        return RetrospectiveAction(
            part_id(seen.stream, "action", event.action_id),
            seen.stream,
            event.action_id,
            event.phase,
            event.text,
            event.owner_id,
            event.due_on,
        )
    if row is None:
        raise AssertionError("an action's first event is that it was raised")
    return replaced(row, is_open=False, closed_on=event.closed_on, outcome=event.outcome)


READ_MODEL: Final = ReadModel(
    name="retrospective_actions",
    row=RetrospectiveAction,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"DUE": ("due_on",)},
    filters=("is_open", "owner_id", "phase"),
)
