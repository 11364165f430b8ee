"""From a plan's network to its graph: what binds each task, and which nodes stand for a summary's ends.

A summary that is linked, constrained or due gets up to three nodes without duration: one that holds back all
tasks below it, one for the latest finish of them, and one for their earliest start.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from domain.calendar import epoch_minute
from domain.project.plan import LinkKind
from domain.schedule.crew import ANYBODY, Calendars, CrewAxes, NoSharedTime
from domain.schedule.graph import NO_HOLD, Axis, Graph
from domain.schedule.network import Activity, Dependency, Network
from domain.task.state import ConstraintKind

PERCENT: Final = 100
_AT_FINISH: Final = frozenset({ConstraintKind.FNET, ConstraintKind.FNLT, ConstraintKind.MFO})


def graph_of(network: Network) -> Graph:
    """Return the graph of a network; raise what an axis raises where a date lies beyond its years."""
    graph = Graph(epoch_minute(network.start_at))
    axes = CrewAxes(Calendars(network.standard, network.calendars), network.start_at.date())
    parents = {
        each.task_id.int: None if each.parent_id is None else each.parent_id.int
        for each in network.activities
    }
    summaries = {above for above in parents.values() if above in parents}
    for activity in network.activities:
        if activity.task_id.int not in summaries:
            own = _axis(axes, network, activity)
            _place(graph, activity, graph.elapsed if activity.is_elapsed else own, own)
            if activity.task_id in network.placed:
                _no_earlier(graph, graph.number_of[activity.task_id.int], network.placed[activity.task_id])
    below = _below(parents, graph)
    graph.leaves = {each: below[each] for each in parents if each in summaries}
    ends = _Ends(graph, axes.standard)
    durations = {each.task_id.int: each.duration_minutes for each in network.activities}
    for link in network.dependencies:
        _link(ends, link, durations)
    for activity in network.activities:
        if activity.task_id.int in summaries:
            _bind_summary(ends, activity)
    return graph


def _axis(axes: CrewAxes, network: Network, activity: Activity) -> Axis:
    """Return the axis on which a task is worked on; raise `NoSharedTime` naming a task that has none."""
    crew = network.crews.get(activity.task_id, ANYBODY) if network.crews else ANYBODY
    if activity.calendar_name is None and crew is ANYBODY:
        return axes.standard
    try:
        return axes.of(activity.calendar_name, crew)
    except NoSharedTime:
        raise NoSharedTime(
            f"Nothing is ever done on task {activity.task_id}: {NoSharedTime.sentence}"
        ) from None


def _below(parents: Mapping[int, int | None], graph: Graph) -> dict[int, list[int]]:
    """Return the nodes below each task that is above one, at whatever depth."""
    below: dict[int, list[int]] = {each: [] for each in parents}
    for key, node in graph.number_of.items():
        above, passed = parents[key], {key}
        while above is not None and above in parents and above not in passed:
            passed.add(above)
            below[above].append(node)
            above = parents[above]
    return below


def _place(graph: Graph, activity: Activity, axis: Axis, lag_axis: Axis) -> None:
    """Add the node of a task with what binds it."""
    node = graph.node(axis, lag_axis, activity.duration_minutes)
    graph.number_of[activity.task_id.int] = node
    if activity.finished_at is not None:
        begun = min(activity.started_at or activity.finished_at, activity.finished_at)
        _happened(graph, node, begun, activity.finished_at)
    else:
        if activity.started_at is not None:
            _happened(graph, node, activity.started_at, None)
        _constrain(graph, node, activity)
        if activity.deadline_at is not None:
            _no_later(graph, node, _worked(axis, activity.deadline_at) - graph.minutes[node])


def _happened(graph: Graph, node: int, started_at: datetime, finished_at: datetime | None) -> None:
    axis, begun = graph.axis[node], epoch_minute(started_at)
    graph.pinned[node] = axis.worked_until(begun)
    graph.started.add(node)
    graph.exact[node] = begun, None
    if finished_at is not None:
        ended = epoch_minute(finished_at)
        graph.minutes[node] = axis.worked_until(ended) - graph.pinned[node]
        graph.finished.add(node)
        graph.exact[node] = begun, ended


def _worked(axis: Axis, instant: datetime) -> int:
    return axis.worked_until(epoch_minute(instant))


def _no_later(graph: Graph, node: int, start: int) -> None:
    graph.late_start[node] = min(start, graph.late_start.get(node, start))


def _no_earlier(graph: Graph, node: int, placed_at: datetime) -> None:
    """Bind a node by where its task is placed; what was started is where it is."""
    if node in graph.started or node in graph.finished:
        return
    graph.lower[node] = max(graph.lower[node], _worked(graph.axis[node], placed_at))
    graph.floor[node] = max(epoch_minute(placed_at), graph.floor.get(node, epoch_minute(placed_at)))


def _constrain(graph: Graph, node: int, activity: Activity) -> None:
    """Bind a node by its task's constraint; of what was started only a latest finish is still asked."""
    kind, at = activity.constraint.kind, activity.constraint.constraint_at
    if node in graph.started and kind is not ConstraintKind.FNLT:
        return
    if kind is ConstraintKind.ALAP:
        graph.as_late.append(node)
    if at is None:
        return
    start = _worked(graph.axis[node], at) - (graph.minutes[node] if kind in _AT_FINISH else 0)
    if kind in (ConstraintKind.SNET, ConstraintKind.FNET):
        graph.lower[node] = max(graph.lower[node], start)
    elif kind in (ConstraintKind.SNLT, ConstraintKind.FNLT):
        graph.capped[node] = max(start, graph.lower[node])
        _no_later(graph, node, start)
    else:
        graph.pinned[node] = start
        graph.late_pinned[node] = start
    graph.floor[node] = epoch_minute(at)


def _link(ends: "_Ends", link: Dependency, durations: Mapping[int, int]) -> None:
    """Tie two tasks; a link to a task that is not there, or to a summary of nothing, is left out."""
    predecessor, successor, kind = link.predecessor_id.int, link.successor_id.int, link.kind
    number_of = ends.graph.number_of
    first, second = number_of.get(predecessor), number_of.get(successor)
    if first is None:
        first = ends.giving(predecessor, is_finish=kind in (LinkKind.FS, LinkKind.FF))
    if second is None:
        second = ends.taking(successor, is_finish=kind in (LinkKind.FF, LinkKind.SF))
    if first is None or second is None:
        return
    lag = link.lag_minutes
    if link.lag_percent is not None:
        lag = round(durations[predecessor] * link.lag_percent / PERCENT)
    ends.graph.tie(first, second, kind, lag, is_elapsed=link.is_elapsed)


class _Ends:
    """The nodes that stand for the start or the finish of a summary; they come to be when asked for."""

    def __init__(self, graph: Graph, standard: Axis) -> None:
        self.graph = graph
        self._standard = standard
        self._hold: dict[int, int] = {}
        self._begin: dict[int, int] = {}

    def giving(self, summary: int, *, is_finish: bool) -> int | None:
        """Return the node whose start or finish others wait for; None where nothing is below it."""
        if not self.graph.leaves.get(summary):
            return None
        return self.finish(summary) if is_finish else self._earliest(summary)

    def taking(self, summary: int, *, is_finish: bool) -> int | None:
        """Return the node whose start or finish waits for others; None where nothing is below it."""
        if not self.graph.leaves.get(summary):
            return None
        return self.finish(summary) if is_finish else self.hold(summary)

    def hold(self, summary: int) -> int:
        """Return the node that all tasks below a summary wait for."""
        graph = self.graph
        if summary not in self._hold:
            self._hold[summary] = graph.node(graph.elapsed, self._standard)
            for leaf in graph.leaves[summary]:
                graph.tie(self._hold[summary], leaf, LinkKind.SS)
        return self._hold[summary]

    def finish(self, summary: int) -> int:
        """Return the node that waits for the finish of all tasks below a summary."""
        graph = self.graph
        if summary not in graph.finish_of:
            graph.finish_of[summary] = graph.node(graph.elapsed, self._standard)
            for leaf in graph.leaves[summary]:
                graph.tie(leaf, graph.finish_of[summary], LinkKind.FF)
        return graph.finish_of[summary]

    def _earliest(self, summary: int) -> int:
        graph = self.graph
        if summary not in self._begin:
            node = self._begin[summary] = graph.node(graph.elapsed, self._standard)
            graph.earliest_of[node] = graph.leaves[summary]
            for leaf in graph.leaves[summary]:
                graph.following[leaf].append((node, NO_HOLD, None, True))
        return self._begin[summary]


def _bind_summary(ends: _Ends, activity: Activity) -> None:
    """Bind what is below a summary: it may begin no earlier or finish no later, and has a deadline."""
    graph, kind, at = ends.graph, activity.constraint.kind, activity.constraint.constraint_at
    if not graph.leaves[activity.task_id.int]:
        return
    if at is not None and kind in (ConstraintKind.SNET, ConstraintKind.MSO):
        hold = ends.hold(activity.task_id.int)
        graph.lower[hold] = max(graph.lower[hold], epoch_minute(at))
    limits = [activity.deadline_at, at if kind in (ConstraintKind.FNLT, ConstraintKind.MFO) else None]
    for limit in limits:
        if limit is not None:
            _no_later(graph, ends.finish(activity.task_id.int), epoch_minute(limit))
