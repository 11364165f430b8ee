"""What a levelling search is given and what it comes to, apart from the solver: that takes long to import."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.levelling.problem import Problem

WORKERS: Final = 2
SECONDS_MAX: Final = 300.0


class Verdict(StrEnum):
    """What a search came to: the best plan there is, a plan, none in time, none at all, or cancelled."""

    BEST = "best"
    FOUND = "found"
    NOTHING_IN_TIME = "nothing_in_time"
    IMPOSSIBLE = "impossible"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search is: the objective's value of the best plan so far, and that no plan can go below."""

    seconds: float
    value: int | None = None
    bound: int | None = None
    plan_count: int = 0


@dataclass(frozen=True, slots=True)
class Levelled:
    """What a search found: starts by activity (empty without a plan), the objective's value and its bound."""

    verdict: Verdict
    starts: dict[UUID, int] = field(default_factory=dict[UUID, int])
    value: int | None = None
    bound: int | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a search may take in all, on how many threads, from which seed of chance."""

    seconds: float
    workers: int = WORKERS
    seed: int = 1
    is_tidied: bool = True


def finish_of(problem: Problem, starts: dict[UUID, int]) -> int:
    """Return when the last activity of a plan is done, 0 for a plan of nothing."""
    return max((problem.activities[key].finish(start) for key, start in starts.items()), default=0)
