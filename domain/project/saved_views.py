"""A project's saved views: lists as somebody wants to see them, for themselves or for the whole team."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import Malformed, NotPermitted, Unknown
from domain.facet import Facet
from domain.personal import Personal
from domain.roles import Role

if TYPE_CHECKING:
    from domain.project import Project

FILTERS_MAX: Final = 50
VALUES_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class ViewFilter:
    """One condition of a view: only rows with one of these values in a field."""

    name: Annotated[str, "The field, as the list's filter names it, 1 to 200 characters."]
    values: Annotated[tuple[str, ...], "The values, 1 to 200 texts, as they are written in JSON."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed name or values."""
        shape.text(self.name, "name", shape.NAME_LENGTH_MAX)
        if not 0 < len(self.values) <= VALUES_MAX:
            raise Malformed(f"A filter has 1 to {VALUES_MAX} values.", field="values")
        for number, value in enumerate(self.values):
            shape.optional_text(value, f"values.{number}", shape.NAME_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class SavedViewDefined:
    """Somebody saved a view, new or in place of what it was."""

    view_id: UUID
    owner_id: UUID
    name: Annotated[str, Personal()]
    read_model: str
    filters: tuple[ViewFilter, ...]
    order_by: str | None
    is_descending: bool
    is_shared: bool


@dataclass(frozen=True, slots=True)
class SavedViewRenamed:
    """A saved view got another name."""

    view_id: UUID
    name: Annotated[str, Personal()]


@dataclass(frozen=True, slots=True)
class SavedViewRemoved:
    """A saved view is gone."""

    view_id: UUID


SavedViewEvent = SavedViewDefined | SavedViewRenamed | SavedViewRemoved


@dataclass(frozen=True, slots=True)
class SaveView:
    """Save how a list is to be seen, or save it anew; it belongs to whoever saved it first."""

    view_id: Annotated[UUID, "A UUID of your choice for a new view, or that of the one to replace."]
    name: Annotated[str, "Its name, 1 to 200 characters."]
    read_model: Annotated[str, "The list, in small letters with underscores, such as task_board."]
    filters: Annotated[tuple[ViewFilter, ...], "What all rows shown fulfil, at most 50 conditions."] = ()
    order_by: Annotated[str | None, "The list's order, such as DUE; none for its usual one."] = None
    is_descending: Annotated[bool, "Whether the order is turned round."] = False
    is_shared: Annotated[bool, "Whether it is offered to the whole team, not to its owner only."] = False

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed name, list or order, or too many or doubled conditions."""
        shape.text(self.name, "name", shape.NAME_LENGTH_MAX)
        shape.code(self.read_model, "readModel")
        if self.order_by is not None:
            shape.text(self.order_by, "orderBy", shape.NAME_LENGTH_MAX)
        names = {each.name for each in self.filters}
        if len(self.filters) > FILTERS_MAX or len(names) < len(self.filters):
            raise Malformed(f"Filters are at most {FILTERS_MAX}, one a field.", field="filters")


@dataclass(frozen=True, slots=True)
class RenameView:
    """Give a saved view another name."""

    view_id: Annotated[UUID, "The view."]
    name: Annotated[str, "Its name from now on, 1 to 200 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank or long name."""
        shape.text(self.name, "name", shape.NAME_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class RemoveView:
    """Remove a saved view."""

    view_id: Annotated[UUID, "The view."]


SavedViewCommand = SaveView | RenameView | RemoveView


class UnknownView(Unknown):
    """No saved view of this project has this id."""

    sentence = "There is no saved view with this id in this project."


@dataclass(frozen=True, slots=True)
class SavedViews:
    """The saved views of a project, by their ids."""

    by_id: Mapping[UUID, SavedViewDefined] = field(default_factory=dict[UUID, SavedViewDefined])


def decide(command: SavedViewCommand, project: "Project", context: Context) -> Sequence[SavedViewEvent]:
    """Return what happens to the saved views."""
    view = project.saved_views.by_id.get(command.view_id)
    if view is not None:
        _check_theirs(view, project, context.actor_id)
    match command:
        case SaveView():
            saved = _saved(command, context.actor_id if view is None else view.owner_id)
            return [] if saved == view else [saved]
        case RenameView(view_id, name):
            if view is None:
                raise UnknownView(field="viewId")
            return [] if name == view.name else [SavedViewRenamed(view_id, name)]
        case RemoveView(view_id):
            return [] if view is None else [SavedViewRemoved(view_id)]
        case _:
            assert_never(command)


def _check_theirs(view: SavedViewDefined, project: "Project", actor_id: UUID) -> None:
    """Raise `NotPermitted` unless a view is the actor's, or a shared one that a project manager tends."""
    is_tended = view.is_shared and project.role_of(actor_id) is Role.PROJECT_MANAGER
    if view.owner_id != actor_id and not is_tended:
        raise NotPermitted("This view belongs to somebody else.", field="viewId")


def _saved(command: SaveView, owner_id: UUID) -> SavedViewDefined:
    return SavedViewDefined(
        command.view_id,
        owner_id,
        command.name,
        command.read_model,
        command.filters,
        command.order_by,
        command.is_descending,
        command.is_shared,
    )


def evolve(views: SavedViews, event: SavedViewEvent) -> SavedViews:
    """Return the saved views after an event."""
    match event:
        case SavedViewDefined(view_id):
            return SavedViews({**views.by_id, view_id: event})
        case SavedViewRenamed(view_id, name):
            return SavedViews({**views.by_id, view_id: replaced(views.by_id[view_id], name=name)})
        case SavedViewRemoved(view_id):
            return SavedViews({key: view for key, view in views.by_id.items() if key != view_id})
        case _:
            assert_never(event)


FACET: Final = Facet(
    own="saved_views",
    decide=decide,
    evolve=evolve,
    events={
        "project.saved_view_defined.v1": SavedViewDefined,
        "project.saved_view_renamed.v1": SavedViewRenamed,
        "project.saved_view_removed.v1": SavedViewRemoved,
    },
    commands={
        SaveView: roles.TEAM,
        RenameView: roles.TEAM,
        RemoveView: roles.TEAM,
    },
)
