"""A project's plan: when it begins, and the links between its tasks, which never lead back to their begin."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context, Upcast
from domain.errors import Malformed, Refusal
from domain.facet import Facet
from domain.ids import TaskId

if TYPE_CHECKING:
    from domain.project import Project

LAG_PERCENT_MAX: Final = 10_000
SHELVES: Final = 127


class LinkKind(StrEnum):
    """What of the predecessor holds back what of the successor: its finish or start, the finish or start."""

    FS = "fs"
    SS = "ss"
    FF = "ff"
    SF = "sf"


class LagUnit(StrEnum):
    """Whether a lag counts working minutes of a calendar or elapsed minutes."""

    WORKING = "working"
    ELAPSED = "elapsed"


@dataclass(frozen=True, slots=True)
class TasksLinked:
    """One task waits for another; a link there was between the two is replaced.

    A lag in percent is of the predecessor's duration; None where it is in minutes.
    """

    predecessor_id: UUID
    successor_id: UUID
    kind: LinkKind
    lag_minutes: int
    lag_unit: LagUnit
    lag_percent: int | None = None


@dataclass(frozen=True, slots=True)
class TasksUnlinked:
    """A task no longer waits for another."""

    predecessor_id: UUID
    successor_id: UUID


@dataclass(frozen=True, slots=True)
class PlanStartSet:
    """Nothing of the plan is to begin before this instant; None for when the project was opened."""

    start_at: datetime | None


PlanEvent = TasksLinked | TasksUnlinked | PlanStartSet


@dataclass(frozen=True, slots=True)
class LinkTasks:
    """Let one task wait for another, or change how it does."""

    predecessor_id: Annotated[TaskId, "The task waited for."]
    successor_id: Annotated[TaskId, "The task that waits."]
    kind: Annotated[LinkKind, "Finish to start, start to start, finish to finish, or start to finish."]
    lag_minutes: Annotated[int, "Minutes between the two, ten years at most; below 0 for a lead."]
    lag_unit: Annotated[LagUnit, "Whether the minutes are working or elapsed ones."]
    lag_percent: Annotated[
        int | None, "The lag in percent of the predecessor's duration, in place of minutes, which are 0 then."
    ] = None

    def __post_init__(self) -> None:
        """Raise `Malformed` for a task linked to itself, a lag out of range, or one said in two ways."""
        if self.predecessor_id == self.successor_id:
            raise Malformed("A task cannot wait for itself.", field="successorId")
        shape.whole(self.lag_minutes, "lagMinutes", -shape.MINUTES_MAX, shape.MINUTES_MAX)
        if self.lag_percent is not None:
            shape.whole(self.lag_percent, "lagPercent", -LAG_PERCENT_MAX, LAG_PERCENT_MAX)
            if self.lag_minutes:
                raise Malformed("A lag is in minutes or in percent, not both.", field="lagPercent")


@dataclass(frozen=True, slots=True)
class UnlinkTasks:
    """Let a task no longer wait for another."""

    predecessor_id: Annotated[TaskId, "The task waited for."]
    successor_id: Annotated[TaskId, "The task that waits."]


@dataclass(frozen=True, slots=True)
class SetPlanStart:
    """Say when the plan begins: no task without an earlier actual start is placed before it."""

    start_at: Annotated[datetime | None, "The instant; none for when the project was opened."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for an instant out of range."""
        if self.start_at is not None:
            shape.instant(self.start_at, "startAt")


PlanCommand = LinkTasks | UnlinkTasks | SetPlanStart


class LinkCycle(Refusal):
    """With this link tasks would wait for each other in a circle."""

    sentence = "These tasks would wait for each other."


@dataclass(frozen=True, slots=True)
class Link:
    """How a task waits for another."""

    kind: LinkKind
    lag_minutes: int
    lag_unit: LagUnit
    lag_percent: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The links between tasks; when the plan begins, if that was said.

    Links are kept by a shelf of their predecessor, by predecessor, by successor: a further one among many
    thousands then copies a few of them only.
    """

    shelves: Mapping[int, Mapping[UUID, Mapping[UUID, Link]]] = field(
        default_factory=dict[int, Mapping[UUID, Mapping[UUID, Link]]]
    )
    start_at: datetime | None = None

    @property
    def links(self) -> Mapping[UUID, Mapping[UUID, Link]]:
        """Return all links, by predecessor, then by successor."""
        return {first: links for shelf in self.shelves.values() for first, links in shelf.items()}

    def following(self, predecessor_id: UUID) -> Mapping[UUID, Link]:
        """Return the links to the tasks that wait for one, by their ids."""
        return self.shelves.get(predecessor_id.int % SHELVES, {}).get(predecessor_id, {})

    def link(self, predecessor_id: UUID, successor_id: UUID) -> Link | None:
        """Return the link between two tasks, if any."""
        return self.following(predecessor_id).get(successor_id)


def decide(command: PlanCommand, project: "Project", context: Context) -> Sequence[PlanEvent]:
    """Return what happens to the plan."""
    del context
    plan = project.plan
    match command:
        case LinkTasks():
            return _link(command, plan)
        case UnlinkTasks(predecessor_id, successor_id):
            is_linked = plan.link(predecessor_id, successor_id) is not None
            return [TasksUnlinked(predecessor_id, successor_id)] if is_linked else []
        case SetPlanStart(start_at):
            return [] if start_at == plan.start_at else [PlanStartSet(start_at)]
        case _:
            assert_never(command)


def evolve(plan: Plan, event: PlanEvent) -> Plan:
    """Return the plan after an event."""
    if isinstance(event, PlanStartSet):
        return replaced(plan, start_at=event.start_at)
    first = event.predecessor_id
    successors = dict(plan.following(first))
    match event:
        case TasksLinked(_, successor_id, kind, lag_minutes, lag_unit, lag_percent):
            successors[successor_id] = Link(kind, lag_minutes, lag_unit, lag_percent)
        case TasksUnlinked(_, successor_id):
            successors.pop(successor_id, None)
        case _:
            assert_never(event)
    place = first.int % SHELVES
    shelf = {**plan.shelves.get(place, {}), first: successors}
    return replaced(plan, shelves={**plan.shelves, place: shelf})


def _link(command: LinkTasks, plan: Plan) -> Sequence[TasksLinked]:
    ends = command.predecessor_id, command.successor_id
    wish = Link(command.kind, command.lag_minutes, command.lag_unit, command.lag_percent)
    before = plan.link(*ends)
    if before == wish:
        return []
    if before is None:
        _check_no_way_back(plan, *ends)
    return [TasksLinked(*ends, command.kind, command.lag_minutes, command.lag_unit, command.lag_percent)]


def _check_no_way_back(plan: Plan, predecessor_id: UUID, successor_id: UUID) -> None:
    """Raise `LinkCycle` with the shortest circle the link would close."""
    came_from: dict[UUID, UUID] = {successor_id: predecessor_id}
    waiting = deque([successor_id])
    while waiting and predecessor_id not in came_from:
        task_id = waiting.popleft()
        for following in plan.following(task_id):
            if following not in came_from:
                came_from[following] = task_id
                waiting.append(following)
    if predecessor_id in came_from:
        circle = [predecessor_id]
        while len(circle) == 1 or circle[-1] != predecessor_id:
            circle.append(came_from[circle[-1]])
        raise LinkCycle(f"These tasks would wait for each other: {' → '.join(map(str, reversed(circle)))}.")


UPCASTS: Final = {
    "project.tasks_linked.v1": Upcast("project.tasks_linked.v2", lambda body: {**body, "lag_percent": None}),
}

FACET: Final = Facet(
    own="plan",
    decide=decide,
    evolve=evolve,
    events={
        "project.tasks_linked.v2": TasksLinked,
        "project.tasks_unlinked.v1": TasksUnlinked,
        "project.plan_start_set.v1": PlanStartSet,
    },
    commands={
        LinkTasks: roles.TEAM,
        UnlinkTasks: roles.TEAM,
        SetPlanStart: roles.LEADS,
    },
)
