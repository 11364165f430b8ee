"""A project's courses: what people in each role learn, at which level, and from which score on they can."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

from domain import roles, shape
from domain.decider import Context
from domain.errors import Malformed, Unknown
from domain.facet import Facet
from domain.personal import Personal
from domain.roles import Role

if TYPE_CHECKING:
    from domain.project import Project

AUDIENCES: Final = frozenset({Role.PROJECT_MANAGER, Role.MEMBER, Role.MANAGEMENT})
TITLES_MAX: Final = 100
SCORE_MAX: Final = 100


class CourseLevel(StrEnum):
    """How much a course asks for: nothing known before, some practice, or mastery."""

    BASIC = "basic"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


@dataclass(frozen=True, slots=True)
class CourseDefined:
    """People in a role are taught this from now on."""

    code: str
    title: Annotated[str, Personal()]
    audience: Role
    level: CourseLevel
    pass_mark: int
    guides: tuple[Annotated[str, Personal()], ...]
    cases: tuple[Annotated[str, Personal()], ...]


CourseEvent = CourseDefined


@dataclass(frozen=True, slots=True)
class DefineCourse:
    """Define a course for people in one role, or define it anew; results recorded before stay."""

    code: Annotated[str, "Its code: 1 to 64 small letters, digits and underscores."]
    title: Annotated[str, "What it is called, 1 to 200 characters."]
    audience: Annotated[Role, "Who it is for: project manager, member or management."]
    level: Annotated[CourseLevel, "How much it asks for."]
    pass_mark: Annotated[int, "The score from which on it is completed, 0 to 100."]
    guides: Annotated[tuple[str, ...], "Its guides, 100 at most, each once, 1 to 200 characters long."] = ()
    cases: Annotated[tuple[str, ...], "Its cases, 100 at most, each once, 1 to 200 characters long."] = ()

    def __post_init__(self) -> None:
        """Raise `Malformed` for a code, a text, a role or a number out of bounds."""
        shape.code(self.code, "code")
        shape.text(self.title, "title", shape.NAME_LENGTH_MAX)
        if self.audience not in AUDIENCES:
            raise Malformed("A course is for project managers, members or management.", field="audience")
        shape.whole(self.pass_mark, "passMark", 0, SCORE_MAX)
        _titles(self.guides, "guides")
        _titles(self.cases, "cases")


CourseCommand = DefineCourse


def _titles(titles: tuple[str, ...], path: str) -> None:
    for index, title in enumerate(titles):
        shape.text(title, f"{path}.{index}", shape.NAME_LENGTH_MAX)
    if len(titles) > TITLES_MAX or len(set(titles)) < len(titles):
        raise Malformed(f"There are at most {TITLES_MAX}, each once.", field=path)


class UnknownCourse(Unknown):
    """No course of this project has this code."""

    sentence = "There is no course with this code in this project."


@dataclass(frozen=True, slots=True)
class Courses:
    """The courses of a project as they were defined last, by their codes."""

    by_code: Mapping[str, CourseDefined] = field(default_factory=dict[str, CourseDefined])

    def course(self, code: str, path: str) -> CourseDefined:
        """Return a course; raise `UnknownCourse` for the field `path`."""
        course = self.by_code.get(code)
        if course is None:
            raise UnknownCourse(field=path)
        return course


def decide(command: CourseCommand, project: "Project", context: Context) -> Sequence[CourseEvent]:
    """Return what happens to the courses."""
    del context
    defined = CourseDefined(
        command.code,
        command.title,
        command.audience,
        command.level,
        command.pass_mark,
        command.guides,
        command.cases,
    )
    return [] if project.courses.by_code.get(command.code) == defined else [defined]


def evolve(courses: Courses, event: CourseEvent) -> Courses:
    """Return the courses after an event."""
    return Courses({**courses.by_code, event.code: event})


FACET: Final = Facet(
    own="courses",
    decide=decide,
    evolve=evolve,
    events={"project.course_defined.v1": CourseDefined},
    commands={DefineCourse: roles.LEADS},
)
