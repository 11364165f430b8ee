"""The courses: what people in each role are taught, at which level, with which guides and cases."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from domain.project.courses import CourseDefined, CourseLevel
from domain.recorded import Recorded
from domain.roles import Role
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class Course:
    """One course as it was defined last."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    code: Annotated[str, "Its code."]
    title: Annotated[str, "What it is called."]
    audience: Annotated[Role, "Who it is for: project manager, member or management."]
    level: Annotated[CourseLevel, "How much it asks for."]
    pass_mark: Annotated[int, "The score from which on it is completed, 0 to 100."]
    guides: Annotated[tuple[str, ...], "Its guides."]
    cases: Annotated[tuple[str, ...], "Its cases."]


def keys(seen: Recorded[CourseDefined]) -> Iterable[UUID]:
    """Return the course."""
    return (part_id(seen.stream, "course", seen.event.code),)


def evolve(_row: Course | None, seen: Recorded[CourseDefined]) -> Course | None:
    """Return the course after an event."""
    event = seen.event
    return Course(
        part_id(seen.stream, "course", event.code),
        seen.stream,
        event.code,
        event.title,
        event.audience,
        event.level,
        event.pass_mark,
        event.guides,
        event.cases,
    )


READ_MODEL: Final = ReadModel(
    name="courses",
    row=Course,
    folds=frozenset({CourseDefined}),
    keys=keys,
    evolve=evolve,
    orders={"CODE": ("code",), "TITLE": ("title",)},
    filters=("code", "audience", "level"),
)
