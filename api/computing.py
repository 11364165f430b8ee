"""What is looked up before a command is decided on: what it says that nobody sends, and what it is about."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, cast

from api.asking import scope
from api.authorise import permit
from api.context import Context
from domain.errors import Malformed, NotPermitted
from domain.operation import DECIDER as OPERATION
from domain.operation import NotParked, RetryParked, SkipParked
from domain.project import DECIDER as PROJECT
from domain.project import Project
from domain.project.forecasts import ForecastFigures, ForecastKind, RequestForecast
from domain.recorded import Issued
from infra import forecasting
from infra.forecasting import ForecastStatus, HowManyForecast, Question, WhenForecast
from infra.parking import waits_for
from projections.forecast.throughput import HORIZON_DAYS

AHEAD_MAX: Final = timedelta(days=HORIZON_DAYS)


async def filled(context: Context, issued: Issued[Any]) -> Issued[Any]:
    """Return a command as it is decided on; raise `Malformed`, `NotParked`, or `Stale` if rows are behind."""
    fill = _FILLED.get(cast("object", issued.command).__class__)
    return issued if fill is None else replace(issued, command=await fill(context, issued))


async def _forecast(context: Context, issued: Issued[RequestForecast]) -> RequestForecast:
    """Return a request with its figures: those recorded where it repeats one, none where there is no history.

    Who may not see the project gets none either: they are denied when the command is decided on.
    """
    command = issued.command
    owner = await context.engine.log.owner(issued.stream)
    if owner is None or owner.kind != PROJECT.name:
        return command
    recorded = await _recorded(context, issued)
    if recorded is not None:
        return replace(command, figures=recorded)
    now = await context.engine.serving.head()  # what the sender did just before is in what they promise
    try:
        within = await scope(context, project=str(issued.stream), as_of=None, after=now)
    except NotPermitted:
        return command
    from_on = command.from_on or issued.at.date()
    question = Question(issued.stream, within.position, from_on, command.seed, command.runs)
    if command.kind is ForecastKind.WHEN:
        return replace(command, figures=await _when(context, question, command.remaining))
    by_on = command.by_on or from_on
    if not from_on <= by_on <= from_on + AHEAD_MAX:
        raise Malformed("The day is before the first one, or more than ten years ahead.", field="byOn")
    found = await forecasting.how_many(context.engine.serving, question, by_on)
    if found.status is not ForecastStatus.COMPUTED:
        return command
    return replace(command, figures=_figures(question, found, None))


async def _of_parked(context: Context, issued: Issued[Any]) -> object:
    """Return a decision on what is parked; raise `NotParked`.

    One that was taken before is answered as it was. Who may not take it is denied when it is decided on.
    """
    command = issued.command
    if waits_for(command, await context.engine.serving.parked()):
        return command
    try:
        permit(context.actor, issued, OPERATION, None)
    except NotPermitted:
        return command
    if await context.engine.log.answered(issued) is None:
        raise NotParked
    return command


async def _recorded(context: Context, issued: Issued[RequestForecast]) -> ForecastFigures | None:
    loaded = await context.engine.log.load(PROJECT, issued.stream, fresh=True, opening=False)
    state: Project | None = loaded.state
    known = None if state is None else state.forecasts.by_id.get(issued.command.forecast_id)
    return None if known is None else known.computed.figures


async def _when(context: Context, question: Question, remaining: int | None) -> ForecastFigures | None:
    found = await forecasting.when(context.engine.serving, question, remaining)
    return _figures(question, found, found.remaining) if found.status is ForecastStatus.COMPUTED else None


def _figures(
    question: Question, found: WhenForecast | HowManyForecast, remaining: int | None
) -> ForecastFigures:
    inputs = found.inputs
    origin = question.at, question.from_on, remaining
    sample = inputs.sample_days, inputs.sample_items, inputs.block_days
    if isinstance(found, HowManyForecast):
        numbers = found.p50_count, found.p85_count, found.p95_count
        return ForecastFigures(*origin, *sample, *numbers, None, None, None)
    days = found.p50_days, found.p85_days, found.p95_days
    return ForecastFigures(*origin, *sample, *days, found.p50_on, found.p85_on, found.p95_on)


_FILLED: Final[Mapping[type, Callable[[Context, Issued[Any]], Awaitable[object]]]] = {
    RequestForecast: _forecast,
    RetryParked: _of_parked,
    SkipParked: _of_parked,
}
