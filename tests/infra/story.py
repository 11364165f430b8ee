"""A log with a story in it, told by commands through the log, and what a pure fold of it must come to.

Longer than other files: a story is one thing.
"""

import asyncio
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, Final
from uuid import UUID, uuid5

import psycopg
from psycopg.sql import SQL, Identifier

from domain.decider import Decider
from domain.errors import Refusal
from domain.feedback import (
    AcknowledgeIncident,
    GiveSuggestion,
    LinkFeedbackToTask,
    PauseIncident,
    Priority,
    ReportIncident,
    ResolveFeedback,
    ResumeIncident,
    Severity,
    TriageFeedback,
)
from domain.handling import Answer, handle
from domain.ids import MemberId, ProjectId, TaskId
from domain.member import InviteMember
from domain.project import NameDepartment, NameMember, OpenProject, RenameProject
from domain.recorded import Issued, Recorded
from domain.roles import Role
from domain.task import (
    AnswerHandOff,
    AssignTask,
    BlockTask,
    CompleteTask,
    EstimateTask,
    HandOffTask,
    OpenTask,
    RecordProgress,
    ReopenTask,
    SetDueDate,
    SpendTime,
    StartTask,
    UnblockTask,
)
from infra.batching import Batch, Routes, listened
from infra.codec import Codec, codec
from infra.compare import digest
from infra.database import connect, install
from infra.event_log import EventLog
from infra.folding import Changes, Version, fold_batch
from infra.log_reader import Record, head, pages, read_stream
from infra.projecting import Projecting
from infra.read_side import generations
from infra.read_side import install as install_books
from infra.rebuild import live_tables
from infra.tables import Tables
from projections.all import ALL
from projections.read_model import Observation, ReadModel
from tests.examples import DAY, MINUTE, NINE
from tests.spec import OF_COMMAND

PARTITIONS: Final = 4
NAMES: Final = UUID("5707e000-0000-8000-8000-000000000000")
ACTOR: Final = UUID(int=11)


def anybody(issued: Issued[Any], decider: Decider[Any, Any, Any], project: object) -> None:
    """Permit everything: who may do what has tests of its own."""
    del issued, decider, project


def named(text: str) -> UUID:
    """Return the id that stands for a name in every story."""
    return uuid5(NAMES, text)


def issued(command: object, stream: UUID, at: datetime, number: int | str) -> Issued[Any]:
    """Return a command said at a time; the same number makes the same id."""
    return Issued(command, stream, named(f"command {number}"), ACTOR, at, is_backdated=True)


async def say(log: EventLog, what: Issued[Any]) -> Answer:
    return await handle(OF_COMMAND[type(what.command)], what, log, anybody)


@dataclass
class Story:
    """Random commands over projects, tasks and feedback, in order of time; the same seed, the same story."""

    seed: int
    projects: int = 2
    chance: random.Random = field(init=False)
    at: datetime = NINE

    def __post_init__(self) -> None:
        """Begin at nine on a Monday."""
        self.chance = random.Random(self.seed)
        self.numbers = count()
        self.tasks: list[tuple[UUID, UUID]] = []
        self.feedback: list[tuple[UUID, UUID]] = []

    def issue(self, command: object, stream: UUID) -> Issued[Any]:
        self.at += self.chance.randint(1, 300) * MINUTE
        return issued(command, stream, self.at, f"{self.seed}:{next(self.numbers)}")

    def beginning(self) -> Iterator[Issued[Any]]:
        anna = named("anna")
        yield self.issue(InviteMember("Anna", "anna@example.org", Role.MEMBER, "Assembly"), anna)
        for number in range(self.projects):
            project = self.project(number)
            yield self.issue(OpenProject(f"Line {number}", "Europe/Vienna"), project)
            yield self.issue(NameDepartment("Assembly"), project)
            yield self.issue(NameDepartment("Purchasing"), project)
            yield self.issue(NameMember(MemberId(anna), Role.MEMBER, "Assembly"), project)

    def project(self, number: int) -> ProjectId:
        return ProjectId(named(f"project {self.seed} {number}"))

    def going_on(self, commands: int) -> Iterator[Issued[Any]]:
        for number in range(commands):
            project = self.project(self.chance.randrange(self.projects))
            kind = self.chance.random()
            if kind < 0.15 or not self.tasks:
                yield self._opened(project, number)
            elif kind < 0.25 or not self.feedback:
                yield self._given(project, number)
            elif kind < 0.75:
                _, task = self.chance.choice(self.tasks)
                yield self.issue(self._of_task(number), task)
            elif kind < 0.98:
                of, feedback = self.chance.choice(self.feedback)
                yield self.issue(self._of_feedback(of), feedback)
            else:
                yield self.issue(RenameProject(f"Line {number}"), project)

    def _opened(self, project: ProjectId, number: int) -> Issued[Any]:
        task = named(f"task {self.seed} {len(self.tasks)}")
        self.tasks.append((project, task))
        return self.issue(OpenTask(project, f"Task {number}"), task)

    def _given(self, project: ProjectId, number: int) -> Issued[Any]:
        feedback = named(f"feedback {self.seed} {len(self.feedback)}")
        self.feedback.append((project, feedback))
        incident = ReportIncident(project, f"It broke {number}", Severity.HIGH)
        return self.issue(self.chance.choice([incident, GiveSuggestion(project, "Better")]), feedback)

    def _of_task(self, number: int) -> object:
        due = (self.at + self.chance.randint(-5, 20) * DAY).date()
        return self.chance.choice(
            [
                EstimateTask(number),
                SetDueDate(due),
                SetDueDate(None),
                AssignTask(MemberId(named("anna"))),
                StartTask(),
                BlockTask("No steel"),
                UnblockTask(),
                HandOffTask("Purchasing", "Assembly"),
                AnswerHandOff(),
                RecordProgress(number % 100),
                SpendTime(30, self.at.date()),
                CompleteTask(),
                CompleteTask(),
                CompleteTask(),
                ReopenTask("Not yet"),
            ]
        )

    def _of_feedback(self, project: UUID) -> object:
        tasks = [task for of, task in self.tasks if of == project]
        choices: list[object] = [
            TriageFeedback(Priority.HIGH),
            AcknowledgeIncident(),
            PauseIncident("Weekend"),
            ResumeIncident(),
            ResolveFeedback("Mended"),
        ]
        if tasks:
            choices.append(LinkFeedbackToTask(TaskId(self.chance.choice(tasks))))
        return self.chance.choice(choices)


async def tell(log: EventLog, commands: Iterable[Issued[Any]]) -> int:
    """Say commands one after the other; return how many were not refused."""
    told = 0
    for each in commands:
        try:
            await say(log, each)
        except Refusal:
            continue
        told += 1
    return told


def told(database_url: str, story: Story, commands: int) -> list[Record]:
    """Install an empty log, tell a story into it, and return the log."""
    install(database_url)

    async def telling() -> None:
        async with EventLog(database_url) as log:
            await tell(log, [*story.beginning()])
            await tell(log, [*story.going_on(commands)])

    asyncio.run(telling())
    return whole(database_url)


def whole(database_url: str) -> list[Record]:
    """Return every record of the log."""
    with connect(database_url, application="test") as connection:
        return [each for page in pages(connection, 0, up_to=head(connection)) for each in page]


def stream_of(database_url: str, stream: UUID) -> list[Record]:
    with connect(database_url, application="test") as connection:
        return read_stream(connection, stream)


def recorded(records: Iterable[Record], events: Codec | None = None) -> list[Recorded[Any]]:
    return [each.decoded(events or codec()) for each in records]


def folded(model: ReadModel[Any], log: Sequence[Recorded[Any]]) -> Changes:
    """Return what a pure fold of a log comes to."""
    nothing: Mapping[UUID, Version] = {}
    return fold_batch(model, nothing, listened(model, Batch(Routes([model]), log).of(model)))


def rows_of(changes: Changes) -> dict[UUID, Any]:
    return {key: version.row for key, version in changes.current.items() if version.row is not None}


def observations_of(model: ReadModel[Any], rows: Iterable[Any]) -> list[tuple[UUID, Observation]]:
    observe = model.observe
    return [] if observe is None else [(row.project_id, each) for row in rows for each in observe(row)]


def ready(
    database_url: str,
    models: Sequence[ReadModel[Any]] = ALL,
    events: Codec | None = None,
    partitions: int = PARTITIONS,
) -> None:
    """Build the read side from what the log holds now."""
    with connect(database_url, application="test") as connection:
        install_books(connection)
        live_tables(database_url, connection, models, events or codec(), partitions)


def live(connection: psycopg.Connection[Any], models: Sequence[ReadModel[Any]] = ALL) -> list[Tables]:
    found = generations(connection)
    return [Tables(model, found[model.name].generation) for model in models]


def projecting(
    connection: psycopg.Connection[Any], models: Sequence[ReadModel[Any]] = ALL, events: Codec | None = None
) -> Projecting:
    return Projecting(connection, live(connection, models), events or codec(), PARTITIONS)


Said = dict[str, tuple[list[tuple[int, int]], list[Any], list[Any]]]


def said(database_url: str, models: Sequence[ReadModel[Any]] = ALL) -> Said:
    """Return all that the live read models say: digests of versions and observations, day totals, rows."""
    with connect(database_url, application="test") as connection:
        found: Said = {}
        for tables in live(connection, models):
            totals = [] if tables.model.observe is None else day_totals(connection, tables)
            rows = connection.execute(
                SQL("SELECT r::text FROM {} r ORDER BY {}").format(
                    tables.name(), Identifier(tables.shape.key)
                )
            ).fetchall()
            found[tables.model.name] = (digest(connection, tables, 2**62), totals, rows)
        return found


def day_totals(connection: psycopg.Connection[Any], tables: Tables) -> list[tuple[Any, ...]]:
    statement = SQL("SELECT t::text FROM {} t ORDER BY 1").format(tables.name("_day_total"))
    return connection.execute(statement).fetchall()


def assert_rows_are_the_fold(
    database_url: str, models: Sequence[ReadModel[Any]] = ALL, events: Codec | None = None
) -> None:
    """Compare the live rows with the pure fold of the log, and the day totals with the open observations."""
    log = recorded(whole(database_url), events)
    with connect(database_url, application="test") as connection:
        for tables in live(connection, models):
            changes = folded(tables.model, log)
            kept = tables.load(connection, list(changes.current))
            assert {key: (v.row, v.from_position) for key, v in kept.items()} == {
                key: (v.row, v.from_position) for key, v in changes.current.items() if v.row is not None
            }
            if tables.model.observe is not None:
                assert_totals(connection, tables, changes)


def assert_totals(connection: psycopg.Connection[Any], tables: Tables, changes: Changes) -> None:
    sums = SQL(
        "SELECT kpi, project_id, day, dimensions, count(*), sum(value)::int8,"
        " count(*) FILTER (WHERE is_met), count(*) FILTER (WHERE NOT is_met)"
        " FROM {} WHERE to_position IS NULL GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
    ).format(tables.name("_observation"))
    totals = SQL("SELECT * FROM {} ORDER BY kpi, project_id, day, dimensions").format(
        tables.name("_day_total")
    )
    kept = connection.execute(totals).fetchall()
    assert kept == connection.execute(sums).fetchall()
    expected = observations_of(tables.model, rows_of(changes).values())
    assert sum(row[4] for row in kept) == len(expected)
    assert sum(row[5] for row in kept) == sum(each.value for _, each in expected)
