"""The manufacturer's sixty projects and their tasks: before, while and after it learns to deliver them.

Each life of a task is one of two hundred patterns, so that the shares are exact and every run tells the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from domain.calendar import add_working_minutes, office_hours
from domain.ids import MemberId, ProjectId
from domain.project import CloseProject, NameDepartment, NameMember, OpenProject
from domain.roles import Role
from domain.task import (
    AnswerHandOff,
    AssignTask,
    BlockTask,
    CompleteTask,
    EstimateTask,
    HandOffTask,
    OpenTask,
    ReopenTask,
    SetDueDate,
    SpendTime,
    StartTask,
    UnblockTask,
)
from infra.demonstration.acts import TIME_ZONE, ZONE, Act, Lane, at, named, workday
from infra.demonstration.cast import DIRECTOR, Person, manager_of, team_of

TASKS: Final = 200
DAY_MINUTES: Final = 8 * 60
HELD_UP: Final = range(3, TASKS, 20)
IN_TIME: Final = (*range(7, TASKS, 50), *range(8, TASKS, 50))
LATE: Final = tuple(range(48, TASKS, 50))
"""Tasks that are completed in time in each era, and late in each: of these some are reopened."""
CALENDAR: Final = office_hours(TIME_ZONE)
PRODUCTS: Final = ("Gearbox", "Pump", "Press", "Conveyor", "Robot cell", "Furnace")
STEPS: Final = (
    "Draw",
    "Order",
    "Mill",
    "Weld",
    "Assemble",
    "Test",
    "Paint",
    "Ship",
    "Document",
    "Commission",
)


@dataclass(frozen=True, slots=True)
class Era:
    """How work goes at a time: when projects begin, how long they take, how tasks fare in them.

    Projects begin from `begins_on` on, over `spread_days`; `cycle_days` are the days from their first start
    to their close, `hand_off_minutes` the working minutes that hand-offs wait, both by turns. `reopened` says
    how many tasks are reopened of those completed in time and late; it keeps the rate. The others say of how
    many tasks in fifty or ten something holds: completed in time, nobody put on, started unasked.
    """

    name: str
    begins_on: date
    spread_days: int
    cycle_days: tuple[int, ...]
    on_time_of_fifty: int
    reopened: tuple[int, int]
    hand_off_minutes: tuple[int, ...]
    unowned_of_ten: int
    self_started_of_ten: int


BEFORE: Final = Era(
    "before", date(2024, 9, 9), 60, (89, 94, 99, 104, 109), 30, (3, 2), (240, 360, 480, 600, 720), 2, 4
)
MEANWHILE: Final = Era("meanwhile", date(2025, 3, 10), 45, (80, 90, 100), 33, (2, 1), (300, 360, 420), 1, 6)
AFTER: Final = Era(
    "after", date(2025, 10, 9), 0, (71, 75, 79, 83), 39, (7, 2), (120, 180, 240, 300, 360), 0, 8
)
ERAS: Final = ((BEFORE, range(25)), (MEANWHILE, range(25, 40)), (AFTER, range(40, 60)))
"""Twenty-five projects with Excel and e-mail, fifteen while Fairlead comes, twenty with it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One project: its number, era, manager and team, its first and last day."""

    number: int
    era: Era
    starts_on: date
    closes_on: date

    @property
    def project_id(self) -> ProjectId:
        """Return the project's id."""
        return ProjectId(named(f"project {self.number}"))

    @property
    def manager(self) -> Person:
        """Return who manages it."""
        return manager_of(self.number)

    @property
    def team(self) -> list[Person]:
        """Return who works on it."""
        return team_of(self.number)

    @property
    def departments(self) -> list[str]:
        """Return the departments that take part in it, the manager's first."""
        return list(dict.fromkeys(person.department for person in (self.manager, *self.team)))


def plans() -> Iterator[Plan]:
    """Yield the sixty projects in order of their start."""
    for era, numbers in ERAS:
        for place, number in enumerate(numbers):
            offset = era.spread_days * place // len(numbers)
            starts_on = workday(era.begins_on + timedelta(days=offset))
            cycle_days = era.cycle_days[place % len(era.cycle_days)]
            yield Plan(number, era, starts_on, starts_on + timedelta(days=cycle_days))


def opening(plan: Plan) -> Lane:
    """Return what opens a project and names who takes part."""
    at_nine = at(plan.starts_on - timedelta(days=7))
    product = PRODUCTS[plan.number % len(PRODUCTS)]
    director, manager = DIRECTOR.member_id, plan.manager
    commands: list[Any] = [OpenProject(f"{product} {2400 + plan.number}", TIME_ZONE)]
    commands += [NameDepartment(name) for name in plan.departments]
    commands.append(NameMember(manager.member_id, Role.PROJECT_MANAGER, manager.department))
    commands += [NameMember(each.member_id, Role.MEMBER, each.department) for each in plan.team]
    return [
        Act("project", plan.project_id, command, director, at_nine + timedelta(minutes=number))
        for number, command in enumerate(commands)
    ]


def closing(plan: Plan) -> Lane:
    """Return what closes a project."""
    reason = "Handed over to the customer"
    return [
        Act(
            "project", plan.project_id, CloseProject(), plan.manager.member_id, at(plan.closes_on, 16), reason
        )
    ]


def tasks(plan: Plan) -> Iterator[Lane]:
    """Yield the lives of a project's tasks."""
    for number in range(TASKS):
        yield list(_Life(plan, number).acts())


@dataclass(frozen=True, slots=True)
class _Life:
    """One task from its opening to its completion."""

    plan: Plan
    number: int

    def acts(self) -> Iterator[Act]:
        """Yield what is done, in order."""
        number, era = self.number, self.plan.era
        opened_at = self._opened_at()
        started_at = opened_at + timedelta(minutes=5) if number == 0 else self._later(opened_at, 60)
        work_minutes = 120 * (1 + number % 6)
        done_at, on_the_way = self._done_at(started_at, work_minutes)
        due_on = done_at.astimezone(ZONE).date() + timedelta(days=2)
        if number % 50 >= era.on_time_of_fifty:
            done_at = self._later(done_at, DAY_MINUTES)
            due_on = opened_at.astimezone(ZONE).date()
        yield from self._planned(opened_at, due_on, work_minutes)
        starter = self._worker if number % 10 < era.self_started_of_ten else self._manager
        yield self._act(StartTask(), starter, started_at)
        yield from on_the_way
        spent_on = done_at.astimezone(ZONE).date()
        yield self._act(SpendTime(work_minutes, spent_on, self._worker), self._worker, done_at)
        yield self._act(CompleteTask(), self._worker, done_at + timedelta(minutes=1))
        in_time, late = era.reopened
        if number in {*IN_TIME[:in_time], *LATE[:late]}:
            cause = ReopenTask("The test found a fault")
            yield self._act(cause, self._manager, done_at + timedelta(minutes=30))
            yield self._act(CompleteTask(), self._worker, done_at + timedelta(minutes=90))

    def _planned(self, opened_at: datetime, due_on: date, work_minutes: int) -> Iterator[Act]:
        """Yield how the task is opened and planned: every second one is estimated."""
        commands: list[object] = [OpenTask(self.plan.project_id, self._title()), SetDueDate(due_on)]
        if self.number % 2:
            commands.append(EstimateTask(work_minutes))
        if self.number % 10 >= self.plan.era.unowned_of_ten:
            commands.append(AssignTask(self._worker))
        for minute, command in enumerate(commands):
            yield self._act(command, self._manager, opened_at + timedelta(minutes=minute))

    @property
    def _manager(self) -> MemberId:
        return self.plan.manager.member_id

    @property
    def _worker(self) -> MemberId:
        return self.plan.team[self.number % len(self.plan.team)].member_id

    def _title(self) -> str:
        return f"{STEPS[self.number % len(STEPS)]} part {1 + self.number // len(STEPS)}"

    def _opened_at(self) -> datetime:
        """Return when the task is opened: spread evenly until three weeks before the project closes."""
        plan = self.plan
        span = (plan.closes_on - plan.starts_on).days - 24
        day = workday(plan.starts_on + timedelta(days=span * self.number // TASKS))
        return at(day, 9, 0 if self.number == 0 else self.number % 50)

    def _done_at(self, started_at: datetime, estimate: int) -> tuple[datetime, list[Act]]:
        """Return when the work is done, and what happens on the way: waiting for others, being held up."""
        worker = self._worker
        now, on_the_way = self._later(started_at, estimate), list[Act]()
        if self.number % 4 == 0:
            own, other = self._departments()
            waits = self.plan.era.hand_off_minutes
            answered_at = self._later(now, waits[self.number // 4 % len(waits)])
            on_the_way.append(self._act(HandOffTask(other, own), worker, now))
            on_the_way.append(self._act(AnswerHandOff(), self._of(other), answered_at))
            now = self._later(answered_at, 60)
        if self.number in HELD_UP:
            until = self._later(now, DAY_MINUTES)
            on_the_way.append(self._act(BlockTask("Steel is late"), worker, now))
            on_the_way.append(self._act(UnblockTask(), worker, until))
            now = self._later(until, 30)
        return now, on_the_way

    def _departments(self) -> tuple[str, str]:
        departments = self.plan.departments
        own = self.plan.team[self.number % len(self.plan.team)].department
        others = [name for name in departments if name != own]
        return own, others[self.number % len(others)]

    def _of(self, department: str) -> UUID:
        people = (self.plan.manager, *self.plan.team)
        return next(each.member_id for each in people if each.department == department)

    def _later(self, instant: datetime, minutes: int) -> datetime:
        return add_working_minutes(CALENDAR, instant, minutes).astimezone(UTC)

    def _act(self, command: object, actor_id: UUID, instant: datetime) -> Act:
        return Act("task", named(f"task {self.plan.number}:{self.number}"), command, actor_id, instant)
