"""KPIs over GraphQL: a figure, the observations it is the sum of, and the events behind each of them.

Longer than other files: these three are one answer, opened step by step.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Final

import msgspec
import psycopg
import strawberry

from api.accessing import note
from api.asking import (
    FIRST_DEFAULT,
    After,
    BadCursor,
    Cursor,
    First,
    Moment,
    ProjectArgument,
    bounded,
    decode_cursor,
    encode_cursor,
    position_of,
    scope,
)
from api.connections import Connection, PageOf, connection
from api.context import Info
from api.kinds import enum_type
from api.scalars import Position, Whole
from api.trail import AuditEntry, entries
from domain.errors import Malformed
from domain.project.kpis import Direction
from domain.shape import day
from infra import figures
from infra.audit import Wanted
from infra.figures import Figure, Observed, Window
from projections.kpis import KPIS, KpiCode, Measure

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

FirstDay = Annotated[date, strawberry.argument(name="from", description="The window's first day.")]
LastDay = Annotated[date, strawberry.argument(name="to", description="The window's last day.")]


@strawberry.enum(description="How a window is divided; a week begins on Monday.")
class Every(StrEnum):
    """How a window is divided."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


enum_type(KpiCode)
enum_type(Measure)
enum_type(Direction)


@strawberry.type(description="One measured fact behind a figure: what one row said of one day.")
class ObservationEntry:
    """One observation."""

    observed: strawberry.Private[Observed]
    model: strawberry.Private[str]
    row_id: strawberry.ID = strawberry.field(description="The id of what was observed: a task, a feedback.")
    project_id: strawberry.ID | None = strawberry.field(description="Its project.")
    day: date = strawberry.field(description="The day it counts on, in its project's time zone.")
    value: Whole = strawberry.field(
        description="The value in the KPI's unit, or hundredths of it if the measure says so; 1 for a rate."
    )
    is_met: bool | None = strawberry.field(description="Whether the goal was met; null where there is none.")
    dimensions: str = strawberry.field(description="What it can be divided by, as a JSON object of texts.")
    from_position: Position = strawberry.field(description="The event that made it true.")
    to_position: Position | None = strawberry.field(
        description="The event that ended it; null while it holds."
    )

    @strawberry.field(description="The row that said so, as it was from that event on: a JSON object.")
    async def row(self, info: Info) -> str:
        """Return the row as JSON, fields in their order."""
        rows = info.context.engine.serving.rows[self.model]
        found = await rows.get([self.observed.key], as_of=self.observed.from_position)
        return msgspec.json.encode(found[self.observed.key], order="deterministic").decode()

    @strawberry.field(description="The events that made the row say so, the earliest first.")
    async def events(
        self, info: Info, first: First = FIRST_DEFAULT, cursor: Cursor = None
    ) -> Connection[AuditEntry]:
        """Return the events of the row's stream up to the one that made the observation true.

        Of a row of something without a stream of its own, such as a cost, only that one.
        """
        observed = self.observed
        wanted = Wanted(up_to=observed.from_position, stream=observed.key)
        if await info.context.engine.log.owner(observed.key) is None:
            wanted = Wanted(up_to=observed.from_position, after=observed.from_position - 1)
        page = await entries(info.context, wanted, first=first, cursor=cursor, descending=False)
        note(info.context, "kpi.events", entries=len(page.nodes), subject=observed.key)
        return page


@strawberry.type(description="The figure of one period of a window.")
class FigureEntry:
    """One figure."""

    figure: strawberry.Private[Figure]
    begin: date = strawberry.field(description="The period's first day.")
    value: float | None = strawberry.field(
        description="The figure in the KPI's unit; null where there is none."
    )
    observation_count: Whole = strawberry.field(description="How many observations it is made of.")
    value_sum: Whole = strawberry.field(description="The sum of their values.")
    met_count: Whole = strawberry.field(description="How many met their goal.")
    missed_count: Whole = strawberry.field(description="How many missed it.")
    p50: Whole | None = strawberry.field(description="Median by nearest rank; null for rates and shares.")
    p85: Whole | None = strawberry.field(
        description="85th percentile by nearest rank; null for rates and shares."
    )
    p95: Whole | None = strawberry.field(
        description="95th percentile by nearest rank; null for rates and shares."
    )


@strawberry.type(description="A KPI over a window of days.")
class KpiAnswer:
    """A KPI over a window."""

    window: strawberry.Private[Window]
    asked: strawberry.Private[int | None]
    position: Position = strawberry.field(description="The log position the answer is true of.")

    @strawberry.field(description="Which KPI it is.")
    def code(self) -> KpiCode:
        """Return the code."""
        return self.window.kpi.code

    @strawberry.field(description="What its figures are in.")
    def unit(self) -> str:
        """Return the unit."""
        return self.window.kpi.unit

    @strawberry.field(description="How it is computed.")
    def measure(self) -> Measure:
        """Return how figures come from observations."""
        return self.window.kpi.measure

    @strawberry.field(description="Which way is better.")
    def direction(self) -> Direction:
        """Return the direction."""
        return self.window.kpi.direction

    @strawberry.field(description="What is counted, in words.")
    def definition(self) -> str:
        """Return the definition."""
        return self.window.kpi.definition

    @strawberry.field(description="The figure of the whole window.")
    async def figure(self, info: Info) -> FigureEntry:
        """Return the figure."""
        found = await figures.figures(info.context.engine.serving.pool, self.window, None)
        return figure_entry(found[0])

    @strawberry.field(description="The figures of its periods that have observations, the earliest first.")
    async def figures(
        self, info: Info, every: Annotated[Every, strawberry.argument(description="Which periods.")]
    ) -> list[FigureEntry]:
        """Return a figure for each period."""
        found = await figures.figures(info.context.engine.serving.pool, self.window, every)
        return [figure_entry(each) for each in found]

    @strawberry.field(description="The observations the figure is made of, by day.")
    async def observations(
        self, info: Info, first: First = FIRST_DEFAULT, cursor: Cursor = None
    ) -> Connection[ObservationEntry]:
        """Return a page of observations."""
        pool, window = info.context.engine.serving.pool, self.window
        of = ("observations", repr(replace(window, known_at=self.asked)))
        after = decode_cursor(of, cursor)
        if after is not None and len(after) != _OBSERVATION_CURSOR_LENGTH:
            raise BadCursor(field="cursor")
        try:
            found, has_next = await figures.observations(pool, window, first=bounded(first), after=after)
        except psycopg.DataError:
            raise BadCursor(field="cursor") from None
        cursors = [encode_cursor(of, (each.day.isoformat(), str(each.key), each.name)) for each in found]
        items = [_observation(each, window) for each in found]
        return connection(
            PageOf(items, cursors, has_next),
            position=self.position,
            count=lambda: figures.observation_count(pool, window),
        )


_OBSERVATION_CURSOR_LENGTH: Final = 3


def figure_entry(figure: Figure) -> FigureEntry:
    """Return a figure as the contract shows it."""
    return FigureEntry(
        figure=figure,
        begin=figure.begin,
        value=figure.value,
        observation_count=Whole(figure.observation_count),
        value_sum=Whole(figure.value_sum),
        met_count=Whole(figure.met_count),
        missed_count=Whole(figure.missed_count),
        p50=_whole(figure.p50),
        p85=_whole(figure.p85),
        p95=_whole(figure.p95),
    )


def _whole(value: int | None) -> Whole | None:
    return None if value is None else Whole(value)


def _observation(observed: Observed, window: Window) -> ObservationEntry:
    ended = observed.to_position
    if ended is not None and window.known_at is not None and ended > window.known_at:
        ended = None  # that it would end was not known then
    return ObservationEntry(
        observed=observed,
        model=window.kpi.model,
        row_id=strawberry.ID(str(observed.key)),
        project_id=None if observed.project_id is None else strawberry.ID(str(observed.project_id)),
        day=observed.day,
        value=Whole(observed.value),
        is_met=observed.is_met,
        dimensions=observed.dimensions,
        from_position=Position(observed.from_position),
        to_position=None if ended is None else Position(ended),
    )


async def kpi(  # noqa: PLR0913 - the arguments of the contract, by name
    info: Info,
    *,
    code: Annotated[KpiCode, strawberry.argument(description="Which KPI.")],
    project: ProjectArgument = None,
    begin: FirstDay,
    end: LastDay,
    as_of: Annotated[
        Moment | None,
        strawberry.argument(
            description="What happened until then: days after it do not count. A position stands for its"
            " time, and is knownAt too where that is not given."
        ),
    ] = None,
    known_at: Annotated[
        Moment | None, strawberry.argument(description="What had been recorded by then; now by default.")
    ] = None,
    after: After = None,
) -> KpiAnswer:
    """Return a KPI over a window of days, as of one moment, as known at another."""
    check_window(begin, end)
    if known_at is None and as_of is not None and isinstance(as_of.position, int):
        known_at = as_of
    within = await scope(info.context, project=project, as_of=known_at, after=after)
    if as_of is not None:
        end = min(end, await day_of(info, as_of))
    window = Window(KPIS[code], begin, end, within.project_ids, within.as_of)
    return KpiAnswer(window=window, asked=within.asked, position=Position(within.position))


def check_window(begin: date, end: date) -> None:
    """Raise `Malformed` for a window that ends before it begins, or a day out of range."""
    if end < begin:
        raise Malformed("The window ends before it begins.", field="to")
    day(begin, "from")
    day(end, "to")


async def day_of(info: Info, as_of: Moment) -> date:
    """Return the day of a moment (UTC)."""
    return (await instant_of(info, as_of)).date()


async def instant_of(info: Info, as_of: Moment) -> datetime:
    """Return the instant of a moment: its time, or when the event at its position was recorded (UTC).

    Position 0, before the first event, stands for 1970, since when things can have happened.
    """
    if isinstance(as_of.time, datetime):
        return as_of.time
    position = await position_of(info.context.engine.serving, as_of)
    recorded_at = await info.context.engine.serving.recorded_at(position)
    return EPOCH if recorded_at is None else recorded_at
