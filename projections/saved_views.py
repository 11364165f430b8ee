"""The saved views of a project: what each shows, whose it is, and whether the team is offered it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.saved_views import SavedViewDefined, SavedViewRemoved, SavedViewRenamed, ViewFilter
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class SavedView:
    """One saved view; it is no secret: who may read the project may read it."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    view_id: Annotated[UUID, "The view, as commands name it."]
    owner_id: Annotated[UUID, "The member who saved it first."]
    name: Annotated[str, "Its name."]
    read_model: Annotated[str, "The list it shows, such as task_board."]
    filters: Annotated[tuple[ViewFilter, ...], "What all rows shown fulfil."]
    order_by: Annotated[str | None, "The list's order; null for its usual one."]
    is_descending: Annotated[bool, "Whether the order is turned round."]
    is_shared: Annotated[bool, "Whether it is offered to the whole team, not to its owner only."]
    saved_at: Annotated[datetime, "When it was last changed (UTC)."]


Event: TypeAlias = SavedViewDefined | SavedViewRenamed | SavedViewRemoved


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the view an event is about."""
    return (part_id(seen.stream, "view", seen.event.view_id),)


def evolve(row: SavedView | None, seen: Recorded[Event]) -> SavedView | None:
    """Return the view after an event, None once it is removed."""
    event = seen.event
    if isinstance(event, SavedViewDefined):
        return _defined(event, seen)
    if row is None:
        raise AssertionError("a view's first event is that it was saved")
    match event:
        case SavedViewRenamed(name=name):
            return replaced(row, name=name, saved_at=seen.occurred_at)
        case SavedViewRemoved():
            return None


def _defined(event: SavedViewDefined, seen: Recorded[Any]) -> SavedView:
    return SavedView(
        part_id(seen.stream, "view", event.view_id),
        seen.stream,
        event.view_id,
        event.owner_id,
        event.name,
        event.read_model,
        event.filters,
        event.order_by,
        event.is_descending,
        event.is_shared,
        seen.occurred_at,
    )


READ_MODEL: Final = ReadModel(
    name="saved_views",
    row=SavedView,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"NAME": ("name",), "SAVED": ("saved_at",)},
    filters=("owner_id", "read_model", "is_shared"),
)
