"""A project's training materials, such as guides and short videos, and who uses them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import Unknown
from domain.facet import Facet
from domain.personal import Personal

if TYPE_CHECKING:
    from domain.project import Project

ADDRESS_LENGTH_MAX: Final = 2_000


class MaterialKind(StrEnum):
    """What a material is: a guide, a short video, answers to frequent questions, or a case."""

    GUIDE = "guide"
    VIDEO = "video"
    FAQ = "faq"
    CASE = "case"


@dataclass(frozen=True, slots=True)
class MaterialPublished:
    """A material can be used from a day on; it goes with one course, or with none."""

    material_id: UUID
    kind: MaterialKind
    title: Annotated[str, Personal()]
    address: Annotated[str, Personal()]
    course: str | None
    published_on: date


@dataclass(frozen=True, slots=True)
class MaterialUsed:
    """Somebody used a material on a day, perhaps for the first time."""

    material_id: UUID
    member_id: UUID
    is_first_use: bool
    used_on: date


MaterialEvent = MaterialPublished | MaterialUsed


@dataclass(frozen=True, slots=True)
class PublishMaterial:
    """Publish a material, or publish it anew in another form."""

    material_id: Annotated[UUID, "A UUID for the material: a new one, or one to be published anew."]
    kind: Annotated[MaterialKind, "What it is."]
    title: Annotated[str, "What it is called, 1 to 200 characters."]
    address: Annotated[str, "Where it is found, such as a URL, 1 to 2,000 characters."]
    course: Annotated[str | None, "The code of the course it goes with, or none."] = None

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank or long text."""
        shape.text(self.title, "title", shape.NAME_LENGTH_MAX)
        shape.text(self.address, "address", ADDRESS_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class RecordMaterialUse:
    """Record that one used a material oneself today; it counts once a day."""

    material_id: Annotated[UUID, "The material."]


MaterialCommand = PublishMaterial | RecordMaterialUse


class UnknownMaterial(Unknown):
    """No material of this project has this id."""

    sentence = "There is no training material with this id in this project."


@dataclass(frozen=True, slots=True)
class Material:
    """A material as it was published last, and on which day each member used it last."""

    published: MaterialPublished
    used_on: Mapping[UUID, date] = field(default_factory=dict[UUID, date])


@dataclass(frozen=True, slots=True)
class Materials:
    """The materials of a project, by their ids."""

    by_id: Mapping[UUID, Material] = field(default_factory=dict[UUID, Material])


def decide(command: MaterialCommand, project: "Project", context: Context) -> Sequence[MaterialEvent]:
    """Return what happens to the materials."""
    today = project.local_day(context.at)
    match command:
        case PublishMaterial():
            return _publish(command, project, today)
        case RecordMaterialUse(material_id):
            return _use(project.materials.by_id.get(material_id), context.actor_id, today)
        case _:
            assert_never(command)


def _publish(command: PublishMaterial, project: "Project", today: date) -> Sequence[MaterialPublished]:
    what = command.kind, command.title, command.address, command.course
    published = MaterialPublished(command.material_id, *what, today)
    before = project.materials.by_id.get(command.material_id)
    if before is not None and replaced(before.published, published_on=today) == published:
        return []
    if command.course is not None:
        project.courses.course(command.course, "course")
    return [published]


def _use(material: Material | None, member_id: UUID, today: date) -> Sequence[MaterialUsed]:
    if material is None:
        raise UnknownMaterial(field="materialId")
    before = material.used_on.get(member_id)
    used = MaterialUsed(material.published.material_id, member_id, before is None, today)
    return [] if before == today else [used]


def evolve(materials: Materials, event: MaterialEvent) -> Materials:
    """Return the materials after an event."""
    before = materials.by_id.get(event.material_id)
    match event:
        case MaterialPublished():
            after = Material(event) if before is None else replaced(before, published=event)
        case MaterialUsed(_, member_id, _, used_on):
            if before is None:
                raise AssertionError("a material is published before it is used")
            after = replaced(before, used_on={**before.used_on, member_id: used_on})
        case _:
            assert_never(event)
    return Materials({**materials.by_id, event.material_id: after})


FACET: Final = Facet(
    own="materials",
    decide=decide,
    evolve=evolve,
    events={
        "project.material_published.v1": MaterialPublished,
        "project.material_used.v1": MaterialUsed,
    },
    commands={
        PublishMaterial: roles.LEADS,
        RecordMaterialUse: roles.TEAM,
    },
)
