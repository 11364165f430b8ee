"""Whether events were legal steps: judged by the aggregates themselves, with no false alarm."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.decider import Context, fold
from domain.personal import ERASED
from domain.project import DECIDER as PROJECT_DECIDER
from domain.project import NameMember, OpenProject, ProjectOpened, ProjectRenamed
from domain.project.training import TrainingDueMoved
from domain.roles import Role
from domain.task import (
    CompleteTask,
    OpenTask,
    SpendTime,
    StartTask,
    TaskCompleted,
    TaskStarted,
)
from infra.codec import codec
from infra.decoding import decoded_all
from infra.log_reader import Record
from infra.verify.faults import Fault, Kind
from infra.verify.legality import UNTOLD, Judge
from tests.examples import ANNA, BEN, NINE, PROJECT_ID, WELD
from tests.spec import OF_COMMAND

OTHER = UUID(int=77)


class Story:
    """A log as commands would have left it, in memory."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.states: dict[UUID, Any] = {}

    def said(self, command: object, stream: UUID) -> "Story":
        """Let a command happen."""
        decider = OF_COMMAND[type(command)]
        at = NINE + timedelta(minutes=len(self.records))
        state = self.states.get(stream)
        project = state if decider is PROJECT_DECIDER else self.states.get(PROJECT_ID)
        events = decider.decide(command, state, Context(at, ANNA, project))
        self.states[stream] = fold(decider, events, state)
        return self.happened(stream, events)

    def happened(self, stream: UUID, events: Sequence[Any], *, project: UUID = PROJECT_ID) -> "Story":
        """Put events into the log, whatever they are."""
        command_id = uuid4()
        version = sum(record.stream == stream for record in self.records)
        for number, event in enumerate(events, start=1):
            position = len(self.records) + 1
            at = NINE + timedelta(minutes=position - number)
            self.records.append(
                Record(
                    position,
                    uuid4(),
                    stream,
                    version + number,
                    codec().name(event),
                    project,
                    ANNA,
                    command_id,
                    None,
                    command_id,
                    None,
                    at,
                    at,
                    codec().encode(event),
                )
            )
        return self

    def judged(self) -> Fault | None:
        """Return the first fault, records coming one by one."""
        judge = Judge()
        for record in self.records:
            fault = judge.take(decoded_all([record], codec()))
            if fault is not None:
                return fault
        return judge.finish()


def begun() -> Story:
    story = Story().said(OpenProject("Line 4", "Europe/Vienna"), PROJECT_ID)
    return story.said(NameMember(ANNA, Role.PROJECT_MANAGER, None), PROJECT_ID).said(
        OpenTask(PROJECT_ID, "Weld the frame"), WELD
    )


def test_what_commands_left_is_legal() -> None:
    story = begun().said(StartTask(), WELD).said(SpendTime(30, NINE.date()), WELD).said(CompleteTask(), WELD)
    assert story.judged() is None


def kind_of(fault: Fault | None) -> tuple[int, Kind]:
    assert fault is not None
    return fault.position, fault.kind


ILLEGAL = {
    "a task started twice": (WELD, TaskStarted(NINE)),
    "a task completed before its time": (
        WELD,
        TaskCompleted(NINE - timedelta(days=9), NINE.date(), None, None, 0, None, None),
    ),
    "a task started that there is not": (OTHER, TaskStarted(NINE)),
    "a project opened twice": (PROJECT_ID, ProjectOpened("Line 5", "Europe/Vienna", NINE)),
    "a project in the stream of a task": (WELD, ProjectOpened("Line 5", "Europe/Vienna", NINE)),
}


@pytest.mark.parametrize("what", ILLEGAL)
def test_what_no_command_leads_to_is_illegal(what: str) -> None:
    story = begun().said(StartTask(), WELD)
    stream, event = ILLEGAL[what]
    position = len(story.records) + 1
    assert kind_of(story.happened(stream, [event]).judged()) == (position, Kind.ILLEGAL_TRANSITION)


def test_an_event_filed_under_another_project_is_illegal() -> None:
    story = begun()
    event = TaskStarted(NINE + timedelta(minutes=len(story.records)))
    assert kind_of(story.happened(WELD, [event], project=OTHER).judged())[1] is Kind.ILLEGAL_TRANSITION


def test_versions_have_no_hole() -> None:
    story = begun().said(StartTask(), WELD).said(CompleteTask(), WELD)
    story.records[-1] = story.records[-1]._replace(version=9)
    assert kind_of(story.judged()) == (len(story.records), Kind.ILLEGAL_TRANSITION)


def test_what_cannot_be_read_is_never_passed_over() -> None:
    story = begun().said(StartTask(), WELD)
    for record in (
        story.records[-1]._replace(type="task.juggled.v1"),
        story.records[-1]._replace(data=b"{"),
    ):
        story.records[-1] = record
        assert kind_of(story.judged()) == (len(story.records), Kind.UNREADABLE)


def test_events_left_unexplained_are_known_by_name() -> None:
    assert {codec().name(TrainingDueMoved("weld", BEN, NINE.date()))} == UNTOLD


def test_what_an_erasure_made_alike_is_folded_and_raises_no_alarm() -> None:
    story = begun()
    for _ in range(2):  # two names that differed, of somebody whose texts are gone
        story.happened(PROJECT_ID, [ProjectRenamed(ERASED)])
    judge = Judge()
    assert judge.take(decoded_all(story.records, codec())) is None
    assert judge.finish() is None
    assert judge.folded == 1
