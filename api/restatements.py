"""Restatements over GraphQL: figures that changed after they were first published, and what changed them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

import strawberry

from api.accessing import note
from api.asking import (
    FIRST_DEFAULT,
    After,
    AsOf,
    BadCursor,
    Cursor,
    First,
    Moment,
    ProjectArgument,
    Scope,
    bounded,
    decode_cursor,
    encode_cursor,
    position_of,
    scope,
)
from api.connections import Connection, PageOf, connection
from api.context import Info
from api.kpi import Every, FigureEntry, FirstDay, LastDay, check_window, figure_entry, instant_of
from api.scalars import Position
from api.trail import AuditEntry, shown
from domain.errors import Malformed
from infra import audit
from infra.audit import Wanted
from infra.figures import Window
from infra.restatements import (
    PERIODS_MAX,
    Period,
    Restated,
    late_count,
    late_positions,
    periods,
    published_at,
    restatements,
)
from projections import project_overview
from projections.kpis import KPIS, KpiCode

UTC_ZONE: Final = "UTC"


@strawberry.type(description="A figure that is no longer what it was when it was first published.")
class Restatement:
    """One figure that changed after it was first published."""

    restated: strawberry.Private[Restated]
    window: strawberry.Private[Window]
    begin: date = strawberry.field(description="The period's first day.")
    end: date = strawberry.field(description="Its last day.")
    published_at: Position = strawberry.field(
        description="The log position the figure was first published at; 0 where nothing was recorded yet."
    )
    published: FigureEntry = strawberry.field(description="The figure as it was published.")
    known: FigureEntry = strawberry.field(description="The figure as it is known now, or was known then.")

    @strawberry.field(description="The late events that changed it, the earliest first.")
    async def events(
        self, info: Info, first: First = FIRST_DEFAULT, cursor: Cursor = None
    ) -> Connection[AuditEntry]:
        """Return a page of the events that changed the observations behind the figure since."""
        serving, window, restated = info.context.engine.serving, self.window, self.restated
        of = ("late", repr(restated.period), repr(window))
        behind = _position(decode_cursor(of, cursor))
        late = await late_positions(serving.pool, window, restated, first=bounded(first) + 1, after=behind)
        wanted = Wanted(up_to=window.known_at or 0, positions=tuple(late[:first]))
        found, _ = await audit.trail(serving.pool, serving.codec, wanted, first=first)
        note(info.context, "restatements.events", entries=len(found), projects=window.project_ids)
        cursors = [encode_cursor(of, (str(each.recorded.position),)) for each in found]
        return connection(
            PageOf([shown(each) for each in found], cursors, len(late) > first),
            position=wanted.up_to,
            count=lambda: late_count(serving.pool, window, restated),
        )


@dataclass(frozen=True, slots=True)
class Over:
    """What is compared: the figures of some periods, published at these positions."""

    window: Window
    periods: list[Period]
    published: list[int]


async def restatements_of(  # noqa: PLR0913 - the arguments of the contract, by name
    info: Info,
    *,
    code: Annotated[KpiCode, strawberry.argument(description="Which KPI.")],
    project: ProjectArgument = None,
    begin: FirstDay,
    end: LastDay,
    every: Annotated[Every, strawberry.argument(description="Which periods have figures.")] = Every.MONTH,
    published: Annotated[
        Moment | None,
        strawberry.argument(
            description="Nothing counts as published before this moment, such as the end of an import; by"
            " default a figure is published when its period ends in the project's time zone, or in UTC for"
            " several projects."
        ),
    ] = None,
    first: First = FIRST_DEFAULT,
    cursor: Cursor = None,
    as_of: AsOf = None,
    after: After = None,
) -> Connection[Restatement]:
    """Return a page of the figures that changed after they were published, the earliest first."""
    check_window(begin, end)
    within = await scope(info.context, project=project, as_of=as_of, after=after)
    zone = await _time_zone(info, project, within)
    over = periods(begin, end, every, zone)
    if len(over) > PERIODS_MAX:
        raise Malformed(f"The window has more than {PERIODS_MAX} periods.", field="to")
    until = datetime.now(UTC) if as_of is None else await instant_of(info, as_of)
    serving = info.context.engine.serving
    not_before = 0 if published is None else await position_of(serving, published, "published")
    window = Window(KPIS[code], begin, end, within.project_ids, within.position)
    ended = [each for each in over if each.ends_at <= until]
    placed = await published_at(serving.pool, ended, not_before)
    return await _page(
        info,
        Over(window, ended, placed),
        ("restatements", every, str(not_before), repr(window.project_ids), code, str(within.asked)),
        bounded(first),
        cursor,
    )


async def _time_zone(info: Info, project: str | None, within: Scope) -> str:
    """Return the zone whose days end the periods: that of the project, UTC for several."""
    if project is None:
        return UTC_ZONE
    rows = info.context.engine.serving.rows[project_overview.READ_MODEL.name]
    found = await rows.get([UUID(project)], as_of=within.as_of)
    return next((row.time_zone for row in found.values()), UTC_ZONE)


async def _page(
    info: Info, over: Over, of: tuple[str, ...], first: int, cursor: str | None
) -> Connection[Restatement]:
    pool = info.context.engine.serving.pool
    behind = _behind(decode_cursor(of, cursor))
    rest = [
        (period, position)
        for period, position in zip(over.periods, over.published, strict=True)
        if period.begin > behind
    ]
    found, has_next = await restatements(
        pool, over.window, [each for each, _ in rest], [each for _, each in rest], first=first
    )

    async def count() -> int:
        every, _ = await restatements(pool, over.window, over.periods, over.published, first=PERIODS_MAX)
        return len(every)

    items: list[Any] = [_shown(each, over.window) for each in found]
    cursors = [encode_cursor(of, (each.period.begin.isoformat(),)) for each in found]
    return connection(PageOf(items, cursors, has_next), position=over.window.known_at or 0, count=count)


def _position(values: tuple[str, ...] | None) -> int:
    if values is None:
        return 0
    if len(values) != 1 or not values[0].isdecimal():
        raise BadCursor(field="cursor")
    return int(values[0][:18])


def _behind(values: tuple[str, ...] | None) -> date:
    if values is None:
        return date.min
    try:
        (day,) = values
        return date.fromisoformat(day)
    except ValueError:
        raise BadCursor(field="cursor") from None


def _shown(restated: Restated, window: Window) -> Restatement:
    return Restatement(
        restated=restated,
        window=window,
        begin=restated.period.begin,
        end=restated.period.end,
        published_at=Position(restated.published_at),
        published=figure_entry(restated.published),
        known=figure_entry(restated.known),
    )
