"""The training materials and how much they are used."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.materials import MaterialKind, MaterialPublished, MaterialUsed
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class Material:
    """One training material as it was published last, with its use."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    material_id: Annotated[UUID, "The material, as commands name it."]
    kind: Annotated[MaterialKind, "What it is."]
    title: Annotated[str, "What it is called."]
    address: Annotated[str, "Where it is found."]
    course: Annotated[str | None, "The code of the course it goes with, if any."]
    published_on: Annotated[date, "The day it was published last, in the project's time zone."]
    use_count: Annotated[int, "How often it was used: once a member and day."] = 0
    user_count: Annotated[int, "How many members used it."] = 0
    last_used_on: Annotated[date | None, "The last day it was used; null until it is."] = None


Event: TypeAlias = MaterialPublished | MaterialUsed


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the material."""
    return (part_id(seen.stream, "material", seen.event.material_id),)


def evolve(row: Material | None, seen: Recorded[Event]) -> Material | None:
    """Return the material after an event."""
    event = seen.event
    if isinstance(event, MaterialPublished):
        return _published(row, event, seen)
    if row is None:
        raise AssertionError("a material's first event is that it was published")
    return replaced(
        row,
        use_count=row.use_count + 1,
        user_count=row.user_count + event.is_first_use,
        last_used_on=max(event.used_on, row.last_used_on or event.used_on),
    )


def _published(row: Material | None, event: MaterialPublished, seen: Recorded[Any]) -> Material:
    (row_id,) = keys(seen)
    what = event.kind, event.title, event.address, event.course, event.published_on
    published = Material(row_id, seen.stream, event.material_id, *what)
    if row is None:
        return published
    used = {"use_count": row.use_count, "user_count": row.user_count, "last_used_on": row.last_used_on}
    return replaced(published, **used)


READ_MODEL: Final = ReadModel(
    name="materials",
    row=Material,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"PUBLISHED": ("published_on",), "USES": ("use_count",), "TITLE": ("title",)},
    filters=("kind", "course"),
)
