"""The passes over a plan's graph: earliest starts forward, latest starts backward, and what lies between."""

from collections.abc import Sequence
from itertools import chain

from domain.schedule.graph import Axis, Graph, Tie


def earliest(graph: Graph, order: Sequence[int], at_least: dict[int, int] | None = None) -> list[int]:
    """Return the earliest start of each node, on its axis; `at_least` are further lower bounds."""
    starts = graph.lower.copy()
    for node, bound in (at_least or {}).items():
        starts[node] = max(starts[node], bound)
    special = {*graph.pinned, *graph.capped, *graph.earliest_of}
    following = graph.following
    for node in order:
        if node in special:
            starts[node] = _settled(graph, node, starts)
        start = starts[node]
        for second, weight, tie, _ in following[node]:
            bound = weight + (start if tie is None else _seen(graph, node, start, second, tie))
            if bound > starts[second]:  # noqa: PLR1730 - a call less in the innermost loop
                starts[second] = bound
    return starts


def _settled(graph: Graph, node: int, starts: Sequence[int]) -> int:
    """Return the start of a node that is pinned, capped, or the earliest of several."""
    if node in graph.pinned:
        return graph.pinned[node]
    if node in graph.earliest_of:
        return min(graph.axis[leaf].last_instant(starts[leaf]) for leaf in graph.earliest_of[node])
    return min(starts[node], graph.capped[node])


def _seen(graph: Graph, node: int, start: int, second: int, tie: Tie) -> int:
    """Return where the end of a node that holds another back lies on the axis of that one."""
    instant = finish_instant(graph, node, start) if tie.is_from_finish else start_instant(graph, node, start)
    if tie.lag_minutes:
        instant = _lagged(instant, tie)
    if not graph.minutes[second] and instant > graph.floor.get(second, graph.start):
        graph.floor[second] = instant
    return graph.axis[second].worked_until(instant)


def _lagged(instant: int, tie: Tie) -> int:
    """Return an instant later by the lag of a tie."""
    if tie.lag_axis is None:
        return instant + tie.lag_minutes
    worked = tie.lag_axis.worked_until(instant) + tie.lag_minutes
    return tie.lag_axis.first_instant(worked) if tie.is_to_finish else tie.lag_axis.last_instant(worked)


def latest(graph: Graph, order: Sequence[int], finish: int, *, is_msproject: bool) -> list[int]:
    """Return the latest start of each node that leaves the finish (an instant) and what binds it."""
    ends = {id(axis): axis.worked_until(finish) for axis in graph.axes()}
    starts = [ends[id(axis)] - minutes for axis, minutes in zip(graph.axis, graph.minutes, strict=True)]
    bound = {*graph.late_start, *graph.late_pinned, *graph.finished}
    finished, following = graph.finished, graph.following
    for node in reversed(order):
        limit = starts[node]
        for second, weight, tie, is_from_start in following[node]:
            if second in finished or (is_msproject and is_from_start):
                continue
            start = starts[second] - weight
            allowed = start if tie is None else _not_after(graph, node, second, start, tie)
            if allowed < limit:  # noqa: PLR1730 - as above
                limit = allowed
        starts[node] = _limited(graph, node, limit) if node in bound else limit
    return starts


def _limited(graph: Graph, node: int, limit: int) -> int:
    if node in graph.finished:
        return graph.pinned[node]
    pinned = graph.late_pinned.get(node, limit)
    return min(pinned, graph.late_start.get(node, pinned))


def _not_after(graph: Graph, node: int, second: int, end: int, tie: Tie) -> int:
    """Return the latest start that a tie allows its first node, for the end of the second on its axis."""
    own, instant = graph.axis[node], graph.axis[second].last_instant(end)
    if tie.lag_axis is not None:
        until = tie.lag_axis.worked_until if tie.is_to_finish else tie.lag_axis.begun_by
        instant = tie.lag_axis.last_instant(until(instant) - tie.lag_minutes)
    elif tie.lag_minutes:
        instant -= tie.lag_minutes
    minutes = graph.minutes[node]
    if tie.is_from_finish or not minutes:
        return own.worked_until(instant) - minutes
    return own.begun_by(instant)


def free_slack(graph: Graph, starts: Sequence[int], finish: int) -> list[int]:
    """Return by how much each node may finish later and delay neither what waits for it nor the plan.

    What was started waits no more, and holds nothing back. Below 0 where a link is not kept.
    """
    gaps: list[int] = []
    started, minutes = graph.started, graph.minutes
    ends = {id(axis): axis.worked_until(finish) for axis in graph.axes()}
    for node, edges in enumerate(graph.following):
        own = starts[node]
        limit = ends[id(graph.axis[node])] - minutes[node]
        for second, weight, tie, _ in edges:
            if second in started:
                continue
            start = starts[second] - weight
            allowed = start if tie is None else _not_after(graph, node, second, start, tie)
            if allowed < limit:  # noqa: PLR1730 - as above
                limit = allowed
        gaps.append(0 if node in graph.finished else limit - own)
    return gaps


def driving(graph: Graph, order: Sequence[int], starts: Sequence[int], finish: int) -> set[int]:
    """Return the nodes of the longest path: those that end last, and what holds each of them where it is."""
    ends = {id(axis): axis.worked_until(finish) for axis in graph.axes()}
    last = (ends[id(axis)] - minutes for axis, minutes in zip(graph.axis, graph.minutes, strict=True))
    found = {node for node, (start, limit) in enumerate(zip(starts, last, strict=True)) if start == limit}
    for node in reversed(order):
        if node in found:
            continue
        start = starts[node]
        for second, weight, tie, _ in graph.following[node]:
            if second in found:
                bound = weight + (start if tie is None else _seen(graph, node, start, second, tie))
                if bound == starts[second] or node in graph.earliest_of.get(second, ()):
                    found.add(node)
    return found


def last_finish(graph: Graph, starts: Sequence[int]) -> int:
    """Return the instant at which the last node ends, the project's start where there is none."""
    last: dict[int, tuple[Axis, int]] = {}
    for axis, start, minutes in zip(graph.axis, starts, graph.minutes, strict=True):
        known = last.get(id(axis))
        if known is None or start + minutes > known[1]:
            last[id(axis)] = axis, start + minutes
    own = (axis.first_instant(worked) for axis, worked in last.values())
    apart = (finish_instant(graph, node, starts[node]) for node in (*graph.finished, *graph.floor))
    return max(chain([graph.start], own, apart))


def start_instant(graph: Graph, node: int, start: int) -> int:
    """Return the instant at which a node that starts at a minute of its axis begins."""
    exact = graph.exact.get(node)
    if exact is not None:
        return exact[0]
    return graph.axis[node].last_instant(start) if graph.minutes[node] else moment(graph, node, start)


def finish_instant(graph: Graph, node: int, start: int) -> int:
    """Return the instant at which a node that starts at a minute of its axis is done."""
    exact = graph.exact.get(node)
    if exact is not None and exact[1] is not None:
        return exact[1]
    minutes = graph.minutes[node]
    return graph.axis[node].first_instant(start + minutes) if minutes else moment(graph, node, start)


def moment(graph: Graph, node: int, start: int) -> int:
    """Return when something without duration happens: as soon as what it waits for is done.

    That is never before the project's start, or the instant of its own constraint.
    """
    axis = graph.axis[node]
    floor = max(graph.start, graph.floor.get(node, graph.start))
    return max(axis.first_instant(start), min(axis.last_instant(start), floor))
