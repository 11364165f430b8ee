"""A project's training: who is to complete which course by when, and with what score they did.

Longer than other files: from the course to the score each step rests on the one before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import Refusal
from domain.facet import Facet
from domain.ids import MemberId
from domain.project.courses import SCORE_MAX
from domain.roles import Role

if TYPE_CHECKING:
    from domain.project import Project


@dataclass(frozen=True, slots=True)
class TrainingAssigned:
    """Somebody is to complete a course by a day, in the role the course is for.

    Role, department and the programme as cohort stay as they are now: completion is counted by them.
    """

    course: str
    member_id: UUID
    role: Role
    department: str | None
    programme: str | None
    due_on: date
    assigned_on: date


@dataclass(frozen=True, slots=True)
class TrainingDueMoved:
    """Somebody has until another day to complete a course."""

    course: str
    member_id: UUID
    due_on: date


@dataclass(frozen=True, slots=True)
class TrainingCompleted:
    """Somebody completed a course; role, department and programme are those of the assignment."""

    course: str
    member_id: UUID
    score: int
    role: Role
    department: str | None
    programme: str | None
    completed_on: date


@dataclass(frozen=True, slots=True)
class TrainingFailed:
    """Somebody's score stayed below the pass mark of a course; the course is still to be completed."""

    course: str
    member_id: UUID
    score: int
    failed_on: date


TrainingEvent = TrainingAssigned | TrainingDueMoved | TrainingCompleted | TrainingFailed

_SCORE_TEXT: Final = "The score, 0 to 100; below the course's pass mark the course is not completed."


@dataclass(frozen=True, slots=True)
class AssignTraining:
    """Have somebody complete a course, or give them another day to do so."""

    course: Annotated[str, "The course's code."]
    member_id: Annotated[MemberId, "Who: on the project's team, unless the course is for management."]
    due_on: Annotated[date, "By which day, in the project's time zone."]
    programme: Annotated[str | None, "The code of the programme it is part of: the cohort; or none."] = None

    def __post_init__(self) -> None:
        """Raise `Malformed` for a day out of bounds."""
        shape.day(self.due_on, "dueOn")


@dataclass(frozen=True, slots=True)
class CompleteTraining:
    """Complete a course assigned to oneself."""

    course: Annotated[str, "The course's code."]
    score: Annotated[int, _SCORE_TEXT]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a score out of bounds."""
        shape.whole(self.score, "score", 0, SCORE_MAX)


@dataclass(frozen=True, slots=True)
class RecordTrainingResult:
    """Record with what score somebody took a course assigned to them."""

    course: Annotated[str, "The course's code."]
    member_id: Annotated[MemberId, "Who."]
    score: Annotated[int, _SCORE_TEXT]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a score out of bounds."""
        shape.whole(self.score, "score", 0, SCORE_MAX)


TrainingCommand = AssignTraining | CompleteTraining | RecordTrainingResult


class NotAssigned(Refusal):
    """Nobody asked this member to complete this course."""

    sentence = "This course is not assigned to this member."


class AssignedOtherwise(Refusal):
    """The training counts for the cohort it was assigned in."""

    sentence = "This course is assigned to this member in another programme, or in none."


class AlreadyCompleted(Refusal):
    """The course was completed: neither its day nor its score changes any more."""

    sentence = "This member has completed the course."


@dataclass(frozen=True, slots=True)
class Assignment:
    """A training as it was assigned, its day now, and the last score with its day."""

    assigned: TrainingAssigned
    due_on: date
    scored: tuple[int, date] | None = None
    is_completed: bool = False


ByMember = Mapping[UUID, Assignment]


@dataclass(frozen=True, slots=True)
class Training:
    """The assignments of a project, by course and member."""

    by_course: Mapping[str, ByMember] = field(default_factory=dict[str, ByMember])

    def participants(self, programme: str) -> frozenset[UUID]:
        """Return who has training in a programme."""
        all_assigned = (each.assigned for of in self.by_course.values() for each in of.values())
        return frozenset(each.member_id for each in all_assigned if each.programme == programme)


def decide(command: TrainingCommand, project: "Project", context: Context) -> Sequence[TrainingEvent]:
    """Return what happens to the training."""
    today = project.local_day(context.at)
    match command:
        case AssignTraining():
            return _assign(command, project, today)
        case CompleteTraining(course, score):
            return _take(project, course, context.actor_id, (score, today))
        case RecordTrainingResult(course, member_id, score):
            return _take(project, course, member_id, (score, today))
        case _:
            assert_never(command)


def _assign(command: AssignTraining, project: "Project", today: date) -> Sequence[TrainingEvent]:
    member_id, programme, due_on = command.member_id, command.programme, command.due_on
    course = project.courses.course(command.course, "course")
    before = project.training.by_course.get(command.course, {}).get(member_id)
    if before is not None:
        return _assign_anew(before, programme, due_on)
    if programme is not None:
        project.programmes.programme(programme, "programme")
    if course.audience is not Role.MANAGEMENT:  # who directs the organisation is on no team
        project.team.check_member(member_id, "memberId")
    named = project.team.members.get(member_id)
    who = member_id, course.audience, None if named is None else named.department
    return [TrainingAssigned(command.course, *who, programme, due_on, today)]


def _assign_anew(before: Assignment, programme: str | None, due_on: date) -> Sequence[TrainingDueMoved]:
    if before.assigned.programme != programme:
        raise AssignedOtherwise(field="programme")
    if before.due_on == due_on:
        return []
    if before.is_completed:
        raise AlreadyCompleted(field="dueOn")
    return [TrainingDueMoved(before.assigned.course, before.assigned.member_id, due_on)]


def _take(
    project: "Project", code: str, member_id: UUID, scored: tuple[int, date]
) -> Sequence[TrainingEvent]:
    course = project.courses.course(code, "course")
    before = project.training.by_course.get(code, {}).get(member_id)
    if before is None:
        raise NotAssigned(field="course")
    score, today = scored
    if before.is_completed:
        if before.scored is None or before.scored[0] != score:
            raise AlreadyCompleted(field="score")
        return []
    if score < course.pass_mark:
        return [] if before.scored == scored else [TrainingFailed(code, member_id, score, today)]
    assigned = before.assigned
    counted_by = assigned.role, assigned.department, assigned.programme
    return [TrainingCompleted(code, member_id, score, *counted_by, today)]


def evolve(training: Training, event: TrainingEvent) -> Training:
    """Return the training after an event."""
    of_course = training.by_course.get(event.course, {})
    match event:
        case TrainingAssigned():
            after = Assignment(event, event.due_on)
        case TrainingDueMoved(_, member_id, due_on):
            after = replaced(of_course[member_id], due_on=due_on)
        case TrainingCompleted(_, member_id, score):
            scored = score, event.completed_on
            after = replaced(of_course[member_id], scored=scored, is_completed=True)
        case TrainingFailed(_, member_id, score, failed_on):
            after = replaced(of_course[member_id], scored=(score, failed_on))
        case _:
            assert_never(event)
    return Training({**training.by_course, event.course: {**of_course, event.member_id: after}})


FACET: Final = Facet(
    own="training",
    decide=decide,
    evolve=evolve,
    events={
        "project.training_assigned.v1": TrainingAssigned,
        "project.training_due_moved.v1": TrainingDueMoved,
        "project.training_completed.v1": TrainingCompleted,
        "project.training_failed.v1": TrainingFailed,
    },
    commands={
        AssignTraining: roles.LEADS,
        CompleteTraining: roles.TEAM,
        RecordTrainingResult: roles.LEADS,
    },
)
