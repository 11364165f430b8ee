"""How good promises were: coverage, pinball loss and sharpness, against naive ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from projections.forecast.chance import PERCENTS, Percentiles


class Subject(StrEnum):
    """What was promised."""

    WORK = "work"
    """Minutes of work a task takes."""
    WORK_OF_MONTH = "work_of_month"
    """Minutes of work which all tasks take that a project opens in a month."""
    FINISH = "finish"
    """Working minutes from a task's start until it is finished."""
    HOW_MANY = "how_many"
    """Tasks a project finishes at least in the next 20 working days."""
    WHEN = "when"
    """Working days until a project has finished the next 10 tasks."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What was promised of something on a day, and what happened; `estimate` is None where there is none.

    `estimate` and `velocity` are what naive promises would have been, at any percentage: what estimates say,
    and what past ones came to on average.
    """

    subject: Subject
    made_on: date
    promised: Percentiles[float]
    estimate: float | None
    velocity: float
    actual: float


@dataclass(frozen=True, slots=True)
class Score:
    """How good the promises about a subject were.

    `kept` is how many came true of all, 0 to 1; `exactly` of these how many without any to spare, which with
    whole numbers and favourite estimates is many. `middle` counts half of those, and is the measure where a
    percentage falls within them (the mid-distribution, Parzen 2004). `loss` is the mean pinball loss over the
    three percentages (Koenker & Bassett 1978), `against_…` the share by which it is below the naive one's;
    `sharpness` the mean distance from P50 to P95: the narrower the better, once coverage is right.
    """

    subject: Subject
    count: int
    kept: Percentiles[float]
    exactly: Percentiles[float]
    middle: Percentiles[float]
    loss: float
    against_estimate: float | None
    against_velocity: float
    sharpness: float


def pinball(actual: float, promised: float, percent: int) -> float:
    """Return the pinball loss of one promise: it is least, on average, at the true percentile."""
    share = percent / 100
    return max(share * (actual - promised), (share - 1) * (actual - promised))


def score(promises: Sequence[Promise]) -> Score:
    """Return how good promises about one subject were, at least one of them."""
    subject = promises[0].subject
    kept = [_share(promises, number, is_strict=False) for number in range(len(PERCENTS))]
    more = [_share(promises, number, is_strict=True) for number in range(len(PERCENTS))]
    exactly = [share - strict for share, strict in zip(kept, more, strict=True)]
    middle = [(share + strict) / 2 for share, strict in zip(kept, more, strict=True)]
    loss = _loss([_of(each.promised) for each in promises], promises)
    velocity = _loss([(each.velocity,) * 3 for each in promises], promises)
    naive = [each.estimate for each in promises if each.estimate is not None]
    estimate = _loss([(each,) * 3 for each in naive], promises) if len(naive) == len(promises) else None
    width = sum(abs(each.promised.p95 - each.promised.p50) for each in promises) / len(promises)
    return Score(
        subject,
        len(promises),
        Percentiles(*kept),
        Percentiles(*exactly),
        Percentiles(*middle),
        loss,
        None if estimate is None else _below(loss, estimate),
        _below(loss, velocity),
        width,
    )


def _of(promised: Percentiles[float]) -> tuple[float, float, float]:
    return promised.p50, promised.p85, promised.p95


def _share(promises: Sequence[Promise], number: int, *, is_strict: bool) -> float:
    sign = -1 if promises[0].subject is Subject.HOW_MANY else 1
    spare = [sign * (_of(each.promised)[number] - each.actual) for each in promises]
    return sum(each > 0 if is_strict else each >= 0 for each in spare) / len(spare)


def _loss(promised: Sequence[Sequence[float]], promises: Sequence[Promise]) -> float:
    is_lower = promises[0].subject is Subject.HOW_MANY
    losses = [
        pinball(each.actual, value, 100 - percent if is_lower else percent)
        for each, values in zip(promises, promised, strict=True)
        for value, percent in zip(values, PERCENTS, strict=True)
    ]
    return sum(losses) / len(losses)


def _below(loss: float, naive: float) -> float:
    return 1 - loss / naive if naive else 0.0
