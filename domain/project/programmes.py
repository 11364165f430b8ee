"""A project's training programmes: spans of days in which a cohort is trained, and who came on each day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import Malformed, Refusal, StillAhead, Unknown
from domain.facet import Facet
from domain.personal import Personal

if TYPE_CHECKING:
    from domain.project import Project

LENGTH_DAYS_MAX: Final = 366
PRESENT_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class TrainingProgrammeScheduled:
    """A programme trains its cohort from one day to another, both included: so many days."""

    code: str
    title: Annotated[str, Personal()]
    begins_on: date
    ends_on: date
    length_days: int


@dataclass(frozen=True, slots=True)
class AttendanceRecorded:
    """On a day of a programme some of its participants were present and the others were missing."""

    programme: str
    held_on: date
    present_ids: tuple[UUID, ...]
    missing_ids: tuple[UUID, ...]


ProgrammeEvent = TrainingProgrammeScheduled | AttendanceRecorded


@dataclass(frozen=True, slots=True)
class ScheduleTrainingProgramme:
    """Schedule a training programme, or schedule it anew while nobody attended it."""

    code: Annotated[str, "Its code: 1 to 64 small letters, digits and underscores; names the cohort."]
    title: Annotated[str, "What it is called, 1 to 200 characters."]
    begins_on: Annotated[date, "Its first day, in the project's time zone."]
    ends_on: Annotated[date, "Its last day: at most 366 days in all."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a code, a title or days out of bounds."""
        shape.code(self.code, "code")
        shape.text(self.title, "title", shape.NAME_LENGTH_MAX)
        shape.window(self.begins_on, self.ends_on)
        if self.length_days > LENGTH_DAYS_MAX:
            raise Malformed(f"A programme lasts at most {LENGTH_DAYS_MAX} days.", field="endsOn")

    @property
    def length_days(self) -> int:
        """Return how many days it lasts, its first and last included."""
        return (self.ends_on - self.begins_on).days + 1


@dataclass(frozen=True, slots=True)
class RecordAttendance:
    """Record who came on one day of a programme, or correct it."""

    programme: Annotated[str, "The programme's code."]
    held_on: Annotated[date, "The day, in the project's time zone; not ahead."]
    present_ids: Annotated[
        tuple[UUID, ...], "The members who were present, each once; all other participants were missing."
    ]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a day out of bounds, for too many or one twice."""
        shape.day(self.held_on, "heldOn")
        if len(self.present_ids) > PRESENT_MAX or len(set(self.present_ids)) < len(self.present_ids):
            raise Malformed(f"There are at most {PRESENT_MAX}, each once.", field="presentIds")


ProgrammeCommand = ScheduleTrainingProgramme | RecordAttendance


class UnknownProgramme(Unknown):
    """No training programme of this project has this code."""

    sentence = "There is no training programme with this code in this project."


class ProgrammeAttended(Refusal):
    """Somebody recorded who came: the programme is scheduled no more."""

    sentence = "Attendance of this programme was recorded."


class OutsideProgramme(Refusal):
    """The day is none of the programme's."""

    sentence = "The programme does not last on this day."


class NotInProgramme(Refusal):
    """Who came has no training in the programme."""

    sentence = "This member has no training in this programme."


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme as it was scheduled last, and its attendance as recorded last for each day."""

    scheduled: TrainingProgrammeScheduled
    attendance: Mapping[date, AttendanceRecorded] = field(default_factory=dict[date, AttendanceRecorded])


@dataclass(frozen=True, slots=True)
class Programmes:
    """The training programmes of a project, by their codes."""

    by_code: Mapping[str, Programme] = field(default_factory=dict[str, Programme])

    def programme(self, code: str, path: str) -> Programme:
        """Return a programme; raise `UnknownProgramme` for the field `path`."""
        programme = self.by_code.get(code)
        if programme is None:
            raise UnknownProgramme(field=path)
        return programme


def decide(command: ProgrammeCommand, project: "Project", context: Context) -> Sequence[ProgrammeEvent]:
    """Return what happens to the programmes."""
    match command:
        case ScheduleTrainingProgramme():
            return _schedule(command, project.programmes)
        case RecordAttendance():
            return _attend(command, project, project.local_day(context.at))
        case _:
            assert_never(command)


def _schedule(
    command: ScheduleTrainingProgramme, programmes: Programmes
) -> Sequence[TrainingProgrammeScheduled]:
    days = command.begins_on, command.ends_on, command.length_days
    scheduled = TrainingProgrammeScheduled(command.code, command.title, *days)
    before = programmes.by_code.get(command.code)
    if before is None:
        return [scheduled]
    if before.scheduled == scheduled:
        return []
    if before.attendance:
        raise ProgrammeAttended(field="code")
    return [scheduled]


def _attend(command: RecordAttendance, project: "Project", today: date) -> Sequence[AttendanceRecorded]:
    programme = project.programmes.programme(command.programme, "programme")
    if not programme.scheduled.begins_on <= command.held_on <= programme.scheduled.ends_on:
        raise OutsideProgramme(field="heldOn")
    if command.held_on > today:
        raise StillAhead(field="heldOn")
    participants = project.training.participants(command.programme)
    for index, member_id in enumerate(command.present_ids):
        if member_id not in participants:
            raise NotInProgramme(field=f"presentIds.{index}")
    present = tuple(sorted(command.present_ids))
    missing = tuple(sorted(participants.difference(present)))
    recorded = AttendanceRecorded(command.programme, command.held_on, present, missing)
    return [] if programme.attendance.get(command.held_on) == recorded else [recorded]


def evolve(programmes: Programmes, event: ProgrammeEvent) -> Programmes:
    """Return the programmes after an event."""
    match event:
        case TrainingProgrammeScheduled(code):
            after = Programme(event)
        case AttendanceRecorded(code, held_on):
            before = programmes.by_code[code]
            after = replaced(before, attendance={**before.attendance, held_on: event})
        case _:
            assert_never(event)
    return Programmes({**programmes.by_code, code: after})


FACET: Final = Facet(
    own="programmes",
    decide=decide,
    evolve=evolve,
    events={
        "project.training_programme_scheduled.v1": TrainingProgrammeScheduled,
        "project.attendance_recorded.v1": AttendanceRecorded,
    },
    commands={
        ScheduleTrainingProgramme: roles.LEADS,
        RecordAttendance: roles.LEADS,
    },
)
