"""The critical path of a project: early and late dates, slack, what is critical, what the longest path is.

Formulas and conventions stand in `docs/planning.md`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Annotated, Final
from uuid import UUID

from domain.calendar import instant_at
from domain.errors import Malformed, Refusal
from domain.project.plan import LinkCycle
from domain.schedule.building import graph_of
from domain.schedule.graph import Graph, in_order
from domain.schedule.network import Network, SlackMode
from domain.schedule.passes import (
    driving,
    earliest,
    finish_instant,
    free_slack,
    last_finish,
    latest,
    moment,
    start_instant,
)

NAMED_MAX: Final = 20


class PlanBeyondHorizon(Refusal):
    """A date of the plan lies outside the years in which working time is known."""

    sentence = "The plan leads beyond the years 1970 to 2200."


@dataclass(frozen=True, slots=True)
class ScheduledTask:
    """What a pass found for one task: instants (UTC); slack in minutes of its calendar, or elapsed like it.

    One that is placed as late as possible has its late dates for early ones.
    """

    task_id: Annotated[UUID, "The task's id."]
    early_start_at: Annotated[datetime, "When it can start at the earliest (UTC), or did start."]
    early_finish_at: Annotated[datetime, "When it can be done at the earliest (UTC), or was done."]
    late_start_at: Annotated[datetime, "When it must start (UTC) so that the plan ends no later."]
    late_finish_at: Annotated[datetime, "When it must be done (UTC) so that the plan ends no later."]
    total_slack_minutes: Annotated[
        int, "By how much it may slip before the plan or a limit does; working minutes, below 0 where late."
    ]
    free_slack_minutes: Annotated[int, "By how much it may slip before anything that waits for it does."]
    is_critical: Annotated[bool, "Whether it is not done and has no total slack."]
    is_on_longest_path: Annotated[bool, "Whether it is in the chain that leads to the plan's end."]
    is_summary: Annotated[bool, "Whether it only spans the tasks below it."] = False


@dataclass
class Schedule:
    """A pass over a whole project; what it found for a task is put together when asked for."""

    graph: Graph
    starts: Sequence[int]
    late_starts: Sequence[int]
    free: Sequence[int]
    longest: set[int]
    finish: int
    _of: dict[UUID, ScheduledTask] = field(default_factory=dict[UUID, ScheduledTask])

    @property
    def start_at(self) -> datetime:
        """Return the earliest start of all tasks, that of the plan where there is none."""
        return instant_at(min((start for start, _ in self.early_starts()), default=self.graph.start))

    @property
    def finish_at(self) -> datetime:
        """Return the latest finish of all tasks, the start of the plan where there is none."""
        return instant_at(self.finish)

    def has(self, task_id: UUID) -> bool:
        """Say whether a task is of the network."""
        return task_id.int in self.graph.number_of or task_id.int in self.graph.leaves

    def of(self, task_id: UUID) -> ScheduledTask:
        """Return what was found for a task of the network; raise `PlanBeyondHorizon`, or `KeyError`."""
        found = self._of.get(task_id)
        if found is None:
            try:
                is_leaf = task_id.int in self.graph.number_of
                found = self._leaf(task_id) if is_leaf else self._summary(task_id)
            except Malformed as why:
                raise PlanBeyondHorizon from why
            self._of[task_id] = found
        return found

    def early_starts(self) -> list[tuple[int, int]]:
        """Return the early start of each task as `epoch_minute`, with the whole number of its id."""
        graph = self.graph
        instants = [start_instant(graph, node, start) for node, start in enumerate(self.starts)]
        own = [(instants[node], key) for key, node in graph.number_of.items()]
        spans = [(min(instants[node] for node in nodes), key) for key, nodes in graph.leaves.items()]
        return own + spans

    def total_slack(self, node: int) -> int:
        """Return the minutes by which a node may slip without the project or a deadline doing so."""
        return self.late_starts[node] - self.starts[node]

    def is_critical(self, node: int) -> bool:
        """Say whether a node has no total slack; what is finished is not critical."""
        return node not in self.graph.finished and self.total_slack(node) <= 0

    def _leaf(self, task_id: UUID) -> ScheduledTask:
        graph, node = self.graph, self.graph.number_of[task_id.int]
        early = self._span(node, self.starts[node])
        late = early if node in graph.finished else self._late(node)
        return ScheduledTask(
            task_id,
            *early,
            *late,
            self.total_slack(node),
            self.free[node],
            self.is_critical(node),
            node in self.longest,
        )

    def _span(self, node: int, start: int) -> tuple[datetime, datetime]:
        ends = start_instant(self.graph, node, start), finish_instant(self.graph, node, start)
        return instant_at(ends[0]), instant_at(ends[1])

    def _late(self, node: int) -> tuple[datetime, datetime]:
        graph, start = self.graph, self.late_starts[node]
        axis, minutes = graph.axis[node], graph.minutes[node]
        if not minutes:
            at = instant_at(moment(graph, node, start))
            return at, at
        return instant_at(axis.last_instant(start)), instant_at(axis.first_instant(start + minutes))

    def _summary(self, task_id: UUID) -> ScheduledTask:
        """Return the span of the tasks below a summary; its slack is the least of theirs."""
        graph, nodes = self.graph, self.graph.leaves[task_id.int]
        parts = [self.of(self._ids[node]) for node in nodes]
        end = graph.finish_of.get(task_id.int)
        return ScheduledTask(
            task_id,
            min(each.early_start_at for each in parts),
            max(each.early_finish_at for each in parts),
            min(each.late_start_at for each in parts),
            max(each.late_finish_at for each in parts),
            min(each.total_slack_minutes for each in parts),
            self._until_end(nodes) if end is None else self.free[end],
            any(each.is_critical for each in parts),
            any(each.is_on_longest_path for each in parts),
            is_summary=True,
        )

    def _until_end(self, nodes: Sequence[int]) -> int:
        """Return the minutes from the last finish of some nodes to the plan's, on the first one's axis."""
        axis = self.graph.axis[nodes[0]]
        last = max(finish_instant(self.graph, node, self.starts[node]) for node in nodes)
        return axis.worked_until(self.finish) - axis.worked_until(last)

    @cached_property
    def _ids(self) -> dict[int, UUID]:
        return {node: UUID(int=key) for key, node in self.graph.number_of.items()}


def schedule(network: Network, mode: SlackMode = SlackMode.TEXTBOOK) -> Schedule:
    """Return the schedule of a network.

    Raises `LinkCycle` where links through summaries go in a circle, `CalendarWithoutWorkingTime`, or
    `PlanBeyondHorizon`.
    """
    try:
        return _passed(graph_of(network), mode)
    except Malformed as why:
        raise PlanBeyondHorizon from why


def _passed(graph: Graph, mode: SlackMode) -> Schedule:
    order, circle = in_order(graph)
    if circle:
        within = set(circle)
        ids = [str(UUID(int=key)) for key, node in graph.number_of.items() if node in within]
        raise LinkCycle(
            f"Through their summaries these tasks wait for each other: {', '.join(ids[:NAMED_MAX])}."
        )
    starts = earliest(graph, order)
    finish = last_finish(graph, starts)
    late_starts = latest(graph, order, finish, is_msproject=mode is SlackMode.MSPROJECT)
    if graph.as_late:
        starts = earliest(graph, order, {node: late_starts[node] for node in graph.as_late})
    _check_horizon(graph, late_starts)
    free = free_slack(graph, starts, finish)
    return Schedule(graph, starts, late_starts, free, driving(graph, order, starts, finish), finish)


def _check_horizon(graph: Graph, late_starts: Sequence[int]) -> None:
    """Raise `Malformed` where a late start, the earliest of all dates, lies beyond the years of an axis."""
    first: dict[int, int] = {}
    for axis, start in zip(graph.axis, late_starts, strict=True):
        key = id(axis)
        if start < first.get(key, start + 1):
            first[key] = start
    for axis in graph.axes():
        axis.first_instant(first[id(axis)])
