"""The forecasts that were recorded, and how they fared."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.forecasts import ForecastAssessed, ForecastComputed, ForecastKind
from domain.recorded import Recorded
from projections.read_model import Observation, ReadModel, part_id


@dataclass(frozen=True, slots=True)
class RecordedForecast:
    """One forecast as it was made, and what came of it."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    forecast_id: Annotated[UUID, "The forecast, as commands name it."]
    kind: Annotated[ForecastKind, "When so many items are finished, or how many are by a day."]
    requested_at: Annotated[datetime, "When it was made (UTC)."]
    seed: Annotated[int, "What the draws began with."]
    runs: Annotated[int, "How many runs were made."]
    as_of_position: Annotated[int, "The log position up to which everything was known."]
    from_on: Annotated[date, "The first day that is forecast."]
    by_on: Annotated[date | None, "For how many: the last day that counts."]
    remaining: Annotated[int | None, "For when: how many items were to be finished."]
    sample_days: Annotated[int, "Past working days drawn from."]
    sample_items: Annotated[int, "Items finished on them."]
    block_days: Annotated[int, "Consecutive days drawn at a time."]
    p50: Annotated[int | None, "Promised with a chance of 50 percent: working days, or items at least."]
    p85: Annotated[int | None, "The same with a chance of 85 percent."]
    p95: Annotated[int | None, "The same with a chance of 95 percent."]
    p50_on: Annotated[date | None, "For when: the day on which those working days end."]
    p85_on: Annotated[date | None, "The same with a chance of 85 percent."]
    p95_on: Annotated[date | None, "The same with a chance of 95 percent."]
    is_assessed: Annotated[bool, "Whether it is known what came of it."] = False
    finished_count: Annotated[int | None, "Items finished since, within its days; null before."] = None
    reached_on: Annotated[date | None, "For when: the day on which all were finished."] = None
    counted_on: Annotated[date | None, "The day it counts on as a KPI; null before."] = None
    is_p50_met: Annotated[bool | None, "Whether P50 came true; null before that is known."] = None
    is_p85_met: Annotated[bool | None, "Whether P85 came true; null before that is known."] = None
    is_p95_met: Annotated[bool | None, "Whether P95 came true; null before that is known."] = None


Event: TypeAlias = ForecastComputed | ForecastAssessed


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the forecast."""
    return (part_id(seen.stream, "forecast", seen.event.forecast_id),)


def evolve(row: RecordedForecast | None, seen: Recorded[Event]) -> RecordedForecast | None:
    """Return the forecast after an event."""
    event = seen.event
    if isinstance(event, ForecastComputed):
        return _computed(event, seen)
    if row is None:
        raise AssertionError("a forecast's first event is that it was computed")
    return replaced(
        row,
        is_assessed=True,
        finished_count=event.finished_count,
        reached_on=event.reached_on,
        counted_on=event.counted_on,
        is_p50_met=event.is_p50_met,
        is_p85_met=event.is_p85_met,
        is_p95_met=event.is_p95_met,
    )


def _computed(event: ForecastComputed, seen: Recorded[Any]) -> RecordedForecast:
    figures = event.figures
    return RecordedForecast(
        row_id=part_id(seen.stream, "forecast", event.forecast_id),
        project_id=seen.stream,
        forecast_id=event.forecast_id,
        kind=event.kind,
        requested_at=seen.occurred_at,
        seed=event.seed,
        runs=event.runs,
        as_of_position=figures.as_of_position,
        from_on=figures.from_on,
        by_on=event.by_on,
        remaining=figures.remaining,
        sample_days=figures.sample_days,
        sample_items=figures.sample_items,
        block_days=figures.block_days,
        p50=figures.p50,
        p85=figures.p85,
        p95=figures.p95,
        p50_on=figures.p50_on,
        p85_on=figures.p85_on,
        p95_on=figures.p95_on,
    )


def observe(row: RecordedForecast) -> Iterator[Observation]:
    """Yield whether each promise of a settled forecast came true."""
    if row.counted_on is not None:
        yield Observation("forecast_hit_p50", row.counted_on, 1, row.is_p50_met)
        yield Observation("forecast_hit_p85", row.counted_on, 1, row.is_p85_met)
        yield Observation("forecast_hit_p95", row.counted_on, 1, row.is_p95_met)


READ_MODEL: Final = ReadModel(
    name="forecasts",
    row=RecordedForecast,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    observe=observe,
    orders={"REQUESTED": ("requested_at",)},
    filters=("kind", "is_assessed"),
)
