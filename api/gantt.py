"""The Gantt view over GraphQL: bars in order of their start, with links, baseline, slack and progress."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import strawberry

from api.asking import FIRST_DEFAULT, After, AsOf, Cursor, First
from api.connections import Connection
from api.context import Info
from api.kinds import Given
from api.lists import Descending
from api.rows import row_type
from api.schedule import WHERE, Mode, Order, asked, page_of, shown, wish_of
from api.worth import OneProject
from domain.errors import Malformed
from domain.project.baselines import NUMBER_MAX
from domain.project.plan import LagUnit, LinkKind
from domain.schedule import Dependency, ScheduledTask, SlackMode
from domain.task import TaskStatus
from infra.schedule_lists import ScheduleOrder
from projections.task_board import READ_MODEL as TASKS
from projections.task_board import TaskCard

LINKS_MAX: Final = 100
_ALL: Final = 100


@dataclass(frozen=True, slots=True)
class GanttLink:
    """A link by which a bar waits for another."""

    predecessor_id: Annotated[UUID, "The task waited for."]
    kind: Annotated[LinkKind, "Which end of it holds back which end of the bar."]
    lag_minutes: Annotated[int, "Minutes between the two, below 0 for a lead."]
    lag_unit: Annotated[LagUnit, "Whether the lag is working or elapsed time."]
    lag_percent: Annotated[int | None, "The lag in percent of the predecessor's duration, if it is."]


@dataclass(frozen=True, slots=True)
class GanttBar:
    """One task of a Gantt chart."""

    task_id: Annotated[UUID, "The task's id."]
    title: Annotated[str, "Its title."]
    parent_id: Annotated[UUID | None, "The summary it is below."]
    status: Annotated[TaskStatus, "Where it stands."]
    percent: Annotated[
        int, "Progress in percent, 0 to 100, as recorded on the task itself; what is completed is at 100."
    ]
    is_milestone: Annotated[bool, "Whether it marks a moment."]
    is_summary: Annotated[bool, "Whether it spans the tasks below it."]
    start_at: Annotated[datetime, "Where the bar begins (UTC)."]
    finish_at: Annotated[datetime, "Where the bar ends (UTC)."]
    late_finish_at: Annotated[datetime, "Where its slack ends (UTC)."]
    total_slack_minutes: Annotated[int, "Its total slack in minutes of its calendar."]
    free_slack_minutes: Annotated[int, "Its free slack in minutes of its calendar."]
    is_critical: Annotated[bool, "Whether it is not done and has no total slack."]
    baseline_start_at: Annotated[datetime | None, "Where the baseline has it begin (UTC)."]
    baseline_finish_at: Annotated[datetime | None, "Where the baseline has it end (UTC)."]
    links: Annotated[tuple[GanttLink, ...], f"The first {LINKS_MAX} links by which it waits for others."]
    link_count: Annotated[int, "How many such links it has."]


GANTT_BAR: Final[Any] = row_type(GanttBar, "task_id")
Number = Annotated[
    int, strawberry.argument(description="The number of the baseline to show beside it, 0 to 10.")
]


async def gantt(  # noqa: PLR0913 - the arguments of the contract, by name
    info: Info,
    *,
    project: OneProject,
    baseline: Number = 0,
    slack_mode: Mode = SlackMode.TEXTBOOK,
    where: Given | None = None,
    order: Order = ScheduleOrder.START,
    descending: Descending = False,
    first: First = FIRST_DEFAULT,
    cursor: Cursor = None,
    as_of: AsOf = None,
    after: After = None,
) -> Connection[Any]:
    """Return a page of a project's bars."""
    if not 0 <= baseline <= NUMBER_MAX:
        raise Malformed(f"A baseline has a number from 0 to {NUMBER_MAX}.", field="baseline")
    wish = wish_of(where, order, descending=descending)
    found = await asked(info, project, slack_mode, wish, as_of=as_of, after=after)
    ids, cursors, has_next = page_of(found, first, cursor)
    cards = await info.context.engine.serving.rows[TASKS.name].get(ids, as_of=found.within.as_of)
    items: list[GanttBar] = []
    if found.planned is not None:
        of, waits = found.planned.schedule.of, found.planned.waits_by(ids)
        items = [_bar(of(each), cards[each], baseline, waits[each]) for each in ids]
    return shown(found, items, cursors, has_next=has_next)


gantt.__annotations__["where"] = WHERE


def _bar(of: ScheduledTask, card: TaskCard, number: int, links: Sequence[Dependency]) -> GanttBar:
    kept = next((each for each in card.baselines if each.number == number), None)
    return GanttBar(
        task_id=of.task_id,
        title=card.title,
        parent_id=card.parent_id,
        status=card.status,
        percent=_ALL if card.status is TaskStatus.COMPLETED else card.percent,
        is_milestone=card.is_milestone,
        is_summary=of.is_summary,
        start_at=of.early_start_at,
        finish_at=of.early_finish_at,
        late_finish_at=of.late_finish_at,
        total_slack_minutes=of.total_slack_minutes,
        free_slack_minutes=of.free_slack_minutes,
        is_critical=of.is_critical,
        baseline_start_at=None if kept is None else kept.start_at,
        baseline_finish_at=None if kept is None else kept.finish_at,
        links=tuple(_link(each) for each in links[:LINKS_MAX]),
        link_count=len(links),
    )


def _link(link: Dependency) -> GanttLink:
    unit = LagUnit.ELAPSED if link.is_elapsed else LagUnit.WORKING
    return GanttLink(link.predecessor_id, link.kind, link.lag_minutes, unit, link.lag_percent)
