"""A project's forecasts: what was promised, from which inputs, and what came of it.

Longer than other files: what was promised and what came of it are one record, with its checks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.computed import Computed
from domain.copies import replaced
from domain.decider import Context
from domain.errors import Malformed, Refusal, Unknown
from domain.facet import Facet, once
from domain.local_day import day_begins_at

if TYPE_CHECKING:
    from domain.project import Project

SEED_MAX: Final = 2**31 - 1
RUNS_MAX: Final = 100_000
ITEMS_MAX: Final = 100_000
UNSETTLED_MAX: Final = 100
_DAY: Final = timedelta(days=1)


class ForecastKind(StrEnum):
    """What is forecast: when so many items are finished, or how many are by a day."""

    WHEN = "when"
    HOW_MANY = "how_many"


@dataclass(frozen=True, slots=True)
class ForecastFigures:
    """What was computed, and the inputs that give it again: all known at a log position, from a day on.

    P50, P85 and P95 are working days, None beyond ten years, with the days they end on; or numbers of items.
    `remaining` is None for how many. The items of the sample were finished on so many past working days.
    """

    as_of_position: int
    from_on: date
    remaining: int | None
    sample_days: int
    sample_items: int
    block_days: int
    p50: int | None
    p85: int | None
    p95: int | None
    p50_on: date | None
    p85_on: date | None
    p95_on: date | None


@dataclass(frozen=True, slots=True)
class ForecastComputed:
    """A forecast was made; by `settles_at`, where there is such an instant, it is known what came of it."""

    forecast_id: UUID
    kind: ForecastKind
    seed: int
    runs: int
    by_on: date | None
    figures: ForecastFigures
    settles_at: datetime | None


@dataclass(frozen=True, slots=True)
class ForecastAssessed:
    """It is known what came of a forecast: items finished since, and the day on which all were, if any.

    It counts on `counted_on`: the day all were finished, or the last day promised.
    """

    forecast_id: UUID
    finished_count: int
    reached_on: date | None
    counted_on: date
    is_p50_met: bool
    is_p85_met: bool
    is_p95_met: bool


ForecastEvent = ForecastComputed | ForecastAssessed


@dataclass(frozen=True, slots=True)
class RequestForecast:
    """Forecast from what the project finished before, and record it: what comes is held against it."""

    forecast_id: Annotated[UUID, "A new UUID for the forecast."]
    kind: Annotated[ForecastKind, "When so many items are finished, or how many are by a day."]
    seed: Annotated[int, "What the draws begin with, 0 to 2^31 - 1: the same gives the same numbers."]
    runs: Annotated[int, "How many runs are made, 1 to 100,000."]
    from_on: Annotated[date | None, "The first day that is forecast; today (UTC) by default."] = None
    remaining: Annotated[int | None, "For when: how many items, 1 to 100,000; all open ones by default."] = (
        None
    )
    by_on: Annotated[date | None, "For how many: the last day that counts."] = None
    figures: Annotated[ForecastFigures | None, "What was computed; none without history.", Computed()] = None

    def __post_init__(self) -> None:
        """Raise `Malformed` for a number out of bounds, or what belongs to the other kind."""
        shape.whole(self.seed, "seed", 0, SEED_MAX)
        shape.whole(self.runs, "runs", 1, RUNS_MAX)
        if self.from_on is not None:
            shape.day(self.from_on, "fromOn")
        if self.remaining is not None:
            shape.whole(self.remaining, "remaining", 1, ITEMS_MAX)
        is_when = self.kind is ForecastKind.WHEN
        if is_when == (self.by_on is not None):
            raise Malformed("A day is said for how many, and only for that.", field="byOn")
        if not is_when and self.remaining is not None:
            raise Malformed("How many remain is said for when only.", field="remaining")
        if self.by_on is not None:
            shape.day(self.by_on, "byOn")


@dataclass(frozen=True, slots=True)
class ForecastOutcome:
    """What came of a forecast: items finished since, and the day on which all were, if they were."""

    forecast_id: Annotated[UUID, "The forecast."]
    finished_count: Annotated[int, "Items finished since it was made, within its days."]
    reached_on: Annotated[date | None, "For when: the day on which as many as remained were finished."]


@dataclass(frozen=True, slots=True)
class AssessForecasts:
    """Hold forecasts against what came of them."""

    outcomes: Annotated[tuple[ForecastOutcome, ...], "What came of each."]


ForecastCommand = RequestForecast | AssessForecasts


class NoHistory(Refusal):
    """There is nothing to forecast from, so there is no number either."""

    sentence = "Too little was finished before to forecast from."


class TooManyForecasts(Refusal):
    """The project has as many forecasts as it may have of which nothing came yet."""

    sentence = f"A project has {UNSETTLED_MAX} forecasts at most that are not settled."


class UnknownForecast(Unknown):
    """No forecast of this project has this id."""

    sentence = "There is no forecast with this id in this project."


@dataclass(frozen=True, slots=True)
class Forecast:
    """A forecast as it was made, and whether it is known what came of it."""

    computed: ForecastComputed
    is_assessed: bool = False


@dataclass(frozen=True, slots=True)
class Forecasts:
    """The forecasts of a project, by their ids."""

    by_id: Mapping[UUID, Forecast] = field(default_factory=dict[UUID, Forecast])

    @property
    def unsettled_count(self) -> int:
        """Return of how many forecasts it is not known yet what came of them."""
        return sum(not each.is_assessed for each in self.by_id.values())


def decide(command: ForecastCommand, project: "Project", context: Context) -> Sequence[ForecastEvent]:
    """Return what happens to the forecasts."""
    del context
    match command:
        case RequestForecast():
            return _request(command, project)
        case AssessForecasts(outcomes):
            found = (_assess(each, project.forecasts) for each in outcomes)
            return [each for each in found if each is not None]
        case _:
            assert_never(command)


def evolve(forecasts: Forecasts, event: ForecastEvent) -> Forecasts:
    """Return the forecasts after an event."""
    match event:
        case ForecastComputed():
            after = Forecast(event)
        case ForecastAssessed():
            after = replaced(forecasts.by_id[event.forecast_id], is_assessed=True)
        case _:
            assert_never(event)
    return Forecasts({**forecasts.by_id, event.forecast_id: after})


def _request(command: RequestForecast, project: "Project") -> Sequence[ForecastEvent]:
    figures = command.figures
    if figures is None:
        raise NoHistory
    last = command.by_on or figures.p95_on
    settles_at = None if last is None else day_begins_at(last + _DAY, project.charter.time_zone)
    computed = ForecastComputed(
        command.forecast_id, command.kind, command.seed, command.runs, command.by_on, figures, settles_at
    )
    known = project.forecasts.by_id.get(command.forecast_id)
    if known is None and project.forecasts.unsettled_count >= UNSETTLED_MAX:
        raise TooManyForecasts
    return once(None if known is None else known.computed, computed, "forecastId")


def _assess(outcome: ForecastOutcome, forecasts: Forecasts) -> ForecastAssessed | None:
    """Return how a forecast fared, None where that is known; a promise beyond ten years is kept."""
    forecast = forecasts.by_id.get(outcome.forecast_id)
    if forecast is None:
        raise UnknownForecast(field="forecastId")
    if forecast.is_assessed:
        return None
    made = forecast.computed
    figures = made.figures
    last = outcome.reached_on or made.by_on or figures.p95_on or figures.from_on
    promises = (figures.p50, figures.p50_on), (figures.p85, figures.p85_on), (figures.p95, figures.p95_on)
    met = [_is_met(outcome, made.kind, *each) for each in promises]
    return ForecastAssessed(outcome.forecast_id, outcome.finished_count, outcome.reached_on, last, *met)


def _is_met(outcome: ForecastOutcome, kind: ForecastKind, promised: int | None, on: date | None) -> bool:
    if kind is ForecastKind.HOW_MANY:
        return promised is None or outcome.finished_count >= promised
    return on is None or (outcome.reached_on is not None and outcome.reached_on <= on)


FACET: Final = Facet(
    own="forecasts",
    decide=decide,
    evolve=evolve,
    events={
        "project.forecast_computed.v1": ForecastComputed,
        "project.forecast_assessed.v1": ForecastAssessed,
    },
    commands={
        RequestForecast: roles.TEAM,
        AssessForecasts: roles.SYSTEM,
    },
)
