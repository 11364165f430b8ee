"""Legal stories of projects, tasks and feedback, told through the deciders, the same for each seed."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from random import Random
from typing import Any, Final, NamedTuple
from uuid import UUID

from bench.ids import told_id
from domain import feedback, member, project, task
from domain.decider import Context, Decider
from domain.feedback import Priority, Severity
from domain.ids import MemberId, ProjectId, TaskId
from domain.project import Project
from domain.roles import Role

BEGIN: Final = datetime(2015, 1, 5, 8, tzinfo=UTC)
TOLD_TOGETHER: Final = 200
PROJECTS_TOGETHER: Final = 8
STEPS_A_PROJECT: Final = 2_000
MEMBERS: Final = 12
FOUNDER: Final = UUID(int=1)
DEPARTMENTS: Final = ("Design", "Build", "Test")
TITLE: Final = "Check the weld on frame"


class Told(NamedTuple):
    """One event of a story as it goes into the log."""

    decider: Decider[Any, Any, Any]
    stream: UUID
    version: int
    project_id: UUID | None
    actor_id: UUID
    at: datetime
    event: Any


Script = Generator[Any, None, None]


@dataclass(slots=True, eq=False)
class Story:
    """One stream while it is told; its script reads the state as it stands."""

    decider: Decider[Any, Any, Any]
    stream: UUID
    home: "Story | None"
    actor_id: UUID
    begun_at: datetime
    state: Any = None
    version: int = 0
    script: Iterator[Any] = field(default_factory=lambda: iter(()))

    @property
    def project_id(self) -> UUID | None:
        """Return the project the stream belongs to, itself for a project."""
        if self.decider is project.DECIDER:
            return self.stream
        return self.home.stream if self.home else None

    def tell(self, command: object, at: datetime) -> Iterator[Told]:
        """Decide one command at its time and yield what happens."""
        around: Project | None = self.home.state if self.home else self.state
        for event in self.decider.decide(command, self.state, Context(at, self.actor_id, around)):
            self.state = self.decider.evolve(self.state, event)
            self.version += 1
            yield Told(self.decider, self.stream, self.version, self.project_id, self.actor_id, at, event)


class Teller:
    """Tells stories side by side, as a company lives them: some two hundred under way at any time."""

    def __init__(self, seed: int = 1) -> None:
        """Begin with a few members and no project."""
        self._random = Random(seed)
        self._at = BEGIN
        self._members: list[UUID] = []
        self._projects: list[Story] = []
        self._open: list[Story] = []

    def events(self, number: int) -> Iterator[Told]:
        """Return the next `number` events in the order of their times."""
        return islice(self._endless(), number)

    def _endless(self) -> Iterator[Told]:
        for number in range(MEMBERS):
            story = self._new(member.DECIDER)
            yield from self._whole(story, _member(number))
            self._members.append(story.stream)
        for told in count():
            if told >= STEPS_A_PROJECT * (len(self._projects) - PROJECTS_TOGETHER + 1):
                story = self._new(project.DECIDER)
                yield from self._whole(story, _project(len(self._projects), self._team()))
                self._projects.append(story)
            yield from self._next()

    def _new(self, decider: Decider[Any, Any, Any], home: Story | None = None) -> Story:
        actor_id = self._random.choice(self._members) if self._members else FOUNDER
        return Story(decider, self._id(), home, actor_id, self._at)

    def _whole(self, story: Story, script: Script) -> Iterator[Told]:
        """Tell a story from beginning to end."""
        for command in script:
            yield from story.tell(command, self._later())

    def _next(self) -> Iterator[Told]:
        """Tell the next step of one of the stories under way."""
        if len(self._open) < TOLD_TOGETHER:
            self._open.append(self._story())
        index = self._random.randrange(len(self._open))
        story = self._open[index]
        command = next(story.script, None)
        if command is None:
            self._open[index] = self._open[-1]
            self._open.pop()
            return
        yield from story.tell(command, self._later())

    def _story(self) -> Story:
        home = self._random.choice(self._projects[-PROJECTS_TOGETHER:])
        kind = self._random.random()
        decider, script = _KINDS[0 if kind < 0.9 else 1 if kind < 0.95 else 2]  # noqa: PLR2004 - how often
        story = self._new(decider, home)
        story.script = script(story, self._random)
        return story

    def _team(self) -> list[UUID]:
        return self._random.sample(self._members, 5)

    def _id(self) -> UUID:
        return told_id(self._at, self._random)

    def _later(self) -> datetime:
        self._at += timedelta(seconds=self._random.randrange(600))
        return self._at


def _member(number: int) -> Script:
    yield member.InviteMember(f"Person {number}", f"person{number}@example.org", Role.MANAGEMENT)


def _project(number: int, team: list[UUID]) -> Script:
    yield project.OpenProject(f"Line {number}", "Europe/Vienna")
    for name in DEPARTMENTS:
        yield project.NameDepartment(name)
    for index, who in enumerate(team):
        role = Role.MEMBER if index else Role.PROJECT_MANAGER
        yield project.NameMember(MemberId(who), role, DEPARTMENTS[index % 3])


def _task(story: Story, random: Random) -> Script:
    home = _home(story)
    yield task.OpenTask(
        ProjectId(home.stream), f"{TITLE} {random.randrange(100_000)}", "Both sides, with the probe."
    )
    yield task.EstimateTask(random.randrange(60, 5_000))
    due_on = (story.begun_at + timedelta(days=random.randrange(3, 30))).date()
    yield task.SetDueDate(due_on)
    yield task.AssignTask(MemberId(random.choice(list(home.state.team.members))))
    yield task.StartTask()
    yield task.RecordProgress(random.randrange(1, 50))
    if random.random() < 0.4:  # noqa: PLR2004 - how often, here and below
        first, second = random.sample(DEPARTMENTS, 2)
        yield task.HandOffTask(first, second)
        yield task.AnswerHandOff()
    if random.random() < 0.2:  # noqa: PLR2004
        yield task.BlockTask("The drawing is missing.")
        yield task.UnblockTask()
    if random.random() < 0.2:  # noqa: PLR2004
        yield task.SetDueDate(due_on + timedelta(days=7))
    yield task.SpendTime(random.randrange(15, 480), story.begun_at.date())
    yield task.RecordProgress(random.randrange(50, 100))
    yield from _ending(random)


def _ending(random: Random) -> Script:
    if random.random() < 0.05:  # noqa: PLR2004
        yield task.CancelTask("No longer needed.")
        return
    yield task.CompleteTask()
    if random.random() < 0.15:  # noqa: PLR2004
        yield task.ReopenTask("The seam is open again.")
        yield task.SpendTime(random.randrange(15, 120), BEGIN.date())
        yield task.CompleteTask()


def _suggestion(story: Story, random: Random) -> Script:
    yield feedback.GiveSuggestion(ProjectId(_home(story).stream), "Sort the list by frame.", "Task board")
    yield feedback.TriageFeedback(random.choice(list(Priority)))
    yield feedback.LinkFeedbackToTask(TaskId(UUID(int=random.getrandbits(128), version=4)))
    yield feedback.ResolveFeedback("Done with the next release.")


def _incident(story: Story, random: Random) -> Script:
    text, severity = "The torch goes out.", random.choice(list(Severity))
    yield feedback.ReportIncident(ProjectId(_home(story).stream), text, severity)
    if random.random() < 0.3:  # noqa: PLR2004
        yield feedback.PauseIncident("We wait for the supplier.")
        yield feedback.ResumeIncident()
    if random.random() < 0.2:  # noqa: PLR2004
        yield feedback.BreachIncident(story.state.acknowledge_due_at)
        yield feedback.EscalateIncident()
    yield feedback.AcknowledgeIncident()
    yield feedback.ResolveFeedback("A new nozzle.")


def _home(story: Story) -> Story:
    if story.home is None:
        raise AssertionError("a task or feedback is told within a project")
    return story.home


_KINDS: Final[tuple[tuple[Decider[Any, Any, Any], Callable[[Story, Random], Script]], ...]] = (
    (task.DECIDER, _task),
    (feedback.DECIDER, _suggestion),
    (feedback.DECIDER, _incident),
)
