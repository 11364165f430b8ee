"""Forecasts over GraphQL: by when, how many by, day by day, and task by task; each as of any moment."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

import strawberry

from api.asking import (
    FIRST_DEFAULT,
    After,
    First,
    Moment,
    bounded,
    scope,
)
from api.context import Info
from api.kinds import enum_type
from api.kpi import instant_of
from api.rows import row_type
from api.worth import OneProject
from domain import shape
from domain.errors import Malformed
from infra import forecasting, plan_forecast
from infra.forecasting import ForecastFan, ForecastStatus, HowManyForecast, Question, WhenForecast
from infra.plan_forecast import Page, PlanForecast
from infra.snapshot import of_request
from projections.forecast.chance import RUNS_DEFAULT, RUNS_MAX
from projections.forecast.throughput import HORIZON_DAYS

SEED_MAX: Final = 2**31 - 1
FAN_DAYS_MAX: Final = 366
ITEMS_MAX: Final = 100_000
AHEAD_MAX: Final = timedelta(days=HORIZON_DAYS)

enum_type(ForecastStatus)
WHEN_FORECAST: Final[Any] = row_type(WhenForecast)
HOW_MANY_FORECAST: Final[Any] = row_type(HowManyForecast)
FORECAST_FAN: Final[Any] = row_type(ForecastFan)
PLAN_FORECAST: Final[Any] = row_type(PlanForecast)

AsOf = Annotated[
    Moment | None,
    strawberry.argument(description="Made of what was known then, and from that day on; now by default."),
]
Remaining = Annotated[
    int | None,
    strawberry.argument(description=f"How many items, 1 to {ITEMS_MAX:,}; all open ones by default."),
]


@strawberry.input(description="What a forecast is made of: the same gives the same numbers for ever.")
class ForecastBasis:
    """What a forecast is made of."""

    seed: int = strawberry.field(default=1, description="The same seed draws the same, 0 to 2^31 - 1.")
    runs: int = strawberry.field(
        default=RUNS_DEFAULT, description=f"How many runs are made, 1 to {RUNS_MAX:,}."
    )
    from_on: date | None = strawberry.field(
        default=None,
        description="The first day that is forecast; the day of asOf (UTC), or today, by default.",
    )


Basis = Annotated[
    ForecastBasis | None, strawberry.argument(description="Seed, runs and first day; as told by default.")
]


async def when_done(  # noqa: PLR0913 - the arguments of the contract, by name
    info: Info,
    *,
    project: OneProject,
    remaining: Remaining = None,
    basis: Basis = None,
    as_of: AsOf = None,
    after: After = None,
) -> WhenForecast:
    """Return by when a project has finished so many items."""
    if remaining is not None:
        shape.whole(remaining, "remaining", 1, ITEMS_MAX)
    question = await asked(info, project, basis, as_of=as_of, after=after)
    return await forecasting.when(info.context.engine.serving, question, remaining)


async def how_many_by(  # noqa: PLR0913 - the arguments of the contract, by name
    info: Info,
    *,
    project: OneProject,
    by: Annotated[date, strawberry.argument(description="The last day, at most ten years ahead.")],
    basis: Basis = None,
    as_of: AsOf = None,
    after: After = None,
) -> HowManyForecast:
    """Return how many items a project finishes by a day."""
    question = await asked(info, project, basis, as_of=as_of, after=after)
    if not question.from_on <= by <= question.from_on + AHEAD_MAX:
        raise Malformed("The day is before the first one, or more than ten years ahead.", field="by")
    return await forecasting.how_many(info.context.engine.serving, question, by)


async def forecast_fan(  # noqa: PLR0913 - the arguments of the contract, by name
    info: Info,
    *,
    project: OneProject,
    days: Annotated[
        int, strawberry.argument(description=f"How many working days, 1 to {FAN_DAYS_MAX}.")
    ] = 60,
    basis: Basis = None,
    as_of: AsOf = None,
    after: After = None,
) -> ForecastFan:
    """Return how many items a project finishes by each of its next working days."""
    shape.whole(days, "days", 1, FAN_DAYS_MAX)
    question = await asked(info, project, basis, as_of=as_of, after=after)
    return await forecasting.fan(info.context.engine.serving, question, days)


async def plan_forecast_of(  # noqa: PLR0913 - the arguments of the contract, by name
    info: Info,
    *,
    project: OneProject,
    first: First = FIRST_DEFAULT,
    skipped: Annotated[
        int, strawberry.argument(description="How many tasks of the list come before this page.")
    ] = 0,
    basis: Basis = None,
    as_of: AsOf = None,
    after: After = None,
) -> PlanForecast:
    """Return when the open tasks of a project are finished, a page of them one by one."""
    shape.whole(skipped, "skipped", 0, ITEMS_MAX)
    page = Page(bounded(first), skipped)
    question = await asked(info, project, basis, as_of=as_of, after=after)
    await _all_at(info, question.at)
    return await plan_forecast.plan(info.context.engine.serving, question, page)


async def _all_at(info: Info, position: int) -> None:
    """Read on where all rows are at a position: what estimates were worth is learnt over all projects."""
    await info.context.engine.serving.freshness.wait(position, None)
    snapshots = of_request()
    if snapshots is not None:
        await snapshots.enter(position, None)


async def asked(
    info: Info, project: str, basis: ForecastBasis | None, *, as_of: Moment | None, after: int | None
) -> Question:
    """Return what a forecast is asked about; raise what `scope` does, or `Malformed`."""
    given = basis or ForecastBasis()
    shape.whole(given.seed, "basis.seed", 0, SEED_MAX)
    shape.whole(given.runs, "basis.runs", 1, RUNS_MAX)
    within = await scope(info.context, project=project, as_of=as_of, after=after)
    moment = datetime.now(UTC) if as_of is None else await instant_of(info, as_of)
    from_on = given.from_on or moment.date()
    shape.day(from_on, "basis.fromOn")
    return Question(UUID(project), within.position, from_on, given.seed, given.runs)
