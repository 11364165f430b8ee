"""The article's figures as the API answers them: before and after, asked over GraphQL like anybody's."""

import json
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from domain.project.targets import Improvement
from infra.demonstration.aims import DELIVERY
from infra.demonstration.service import AVAILABILITY_BASIS_POINTS
from projections.kpis import KPIS, KpiCode

ANSWER_SECONDS_MAX: Final = 30
EXCEL: Final = (date(2024, 9, 1), date(2025, 2, 28))
THREE_MONTHS: Final = (date(2025, 10, 1), date(2025, 12, 31))
"""The time of Excel and e-mail, and the three months after going live: first and last day."""
FIRST_SURVEY: Final = (date(2025, 1, 1), date(2025, 1, 31))
LAST_SURVEY: Final = (date(2025, 12, 1), date(2025, 12, 31))
CLOSE_ENOUGH: Final = 0.5
"""How far a change may be from the article's, which gives whole numbers."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the article tells of a KPI: by how much it changed, and the windows it is read over."""

    code: KpiCode
    improvement: Improvement
    change: int
    before: tuple[date, date] = EXCEL
    after: tuple[date, date] = THREE_MONTHS


TOLD: Final = (
    Told(KpiCode.PROJECT_CYCLE_TIME, Improvement.RELATIVE, -22),
    Told(KpiCode.ON_TIME_RATE, Improvement.RELATIVE, 30),
    Told(KpiCode.CROSS_DEPARTMENT_RESPONSE, Improvement.RELATIVE, -50),
    Told(KpiCode.CSAT_SCORE, Improvement.POINTS, 22, FIRST_SURVEY, LAST_SURVEY),
)


@dataclass(frozen=True, slots=True)
class Found:
    """One figure of the article as it was found; `change` is in percent or in points, as the article's."""

    code: str
    unit: str
    before: float | None
    after: float | None
    improvement: str
    change: float | None
    article: float
    observations: int
    is_as_told: bool


@dataclass(frozen=True, slots=True)
class Restated:
    """A figure that changed after it was published, because something was recorded late."""

    code: str
    published: float | None
    restated: float | None


@dataclass(frozen=True, slots=True)
class Api:
    """Where GraphQL is answered, and the token to ask with."""

    url: str
    token: str

    def ask(self, query: str) -> Mapping[str, Any]:
        """Return the data of an answer; raise `OSError` where none comes, `AssertionError` for an error."""
        asked = urllib.request.Request(  # noqa: S310 - our own address
            self.url,
            json.dumps({"query": query}).encode(),
            {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"},
        )
        with urllib.request.urlopen(asked, timeout=ANSWER_SECONDS_MAX) as answer:  # noqa: S310 - as above
            found = json.load(answer)
        if "errors" in found:
            raise AssertionError(found["errors"][0]["message"])
        data: Mapping[str, Any] = found["data"]
        return data


def found(api: Api) -> list[Found]:
    """Return the article's figures, availability last."""
    return [*(_found(api, told) for told in TOLD), _available(api)]


def _found(api: Api, told: Told) -> Found:
    data = api.ask(f"{{ before: {_kpi(told.code, told.before)} after: {_kpi(told.code, told.after)} }}")
    before, after = data["before"]["figure"], data["after"]["figure"]
    change = _change(told.improvement, before["value"], after["value"])
    return Found(
        told.code,
        data["after"]["unit"],
        before["value"],
        after["value"],
        told.improvement,
        change,
        told.change,
        before["observationCount"] + after["observationCount"],
        change is not None and abs(change - told.change) < CLOSE_ENOUGH,
    )


def _kpi(code: KpiCode, window: tuple[date, date], known_at: int | None = None) -> str:
    known = "" if known_at is None else f", knownAt: {{position: {known_at}}}"
    arguments = f'code: {code.name}, from: "{window[0]}", to: "{window[1]}"{known}'
    return f"kpi({arguments}) {{ unit figure {{ value observationCount }} }}"


def _change(improvement: Improvement, before: float | None, after: float | None) -> float | None:
    """Return (after - before) / before x 100, or after - before for points; None without both."""
    if before is None or after is None:
        return None
    if improvement is Improvement.POINTS:
        return after - before
    return 100 * (after - before) / before if before else None


def _available(api: Api) -> Found:
    begin, end = THREE_MONTHS
    asked = f'availability(project: "{DELIVERY}", from: "{begin}", to: "{end}")'
    whole = api.ask(f"{{ {asked} {{ whole {{ availabilityPercent }} months {{ isMet }} }} }}")["availability"]
    percent = whole["whole"]["availabilityPercent"]
    return Found(
        "availability",
        "percent",
        None,
        percent,
        "at_least",
        None,
        AVAILABILITY_BASIS_POINTS / 100,
        len(whole["months"]),
        all(month["isMet"] for month in whole["months"]),
    )


def restated(api: Api, published_at: int) -> Restated:
    """Return the on-time rate of the three months as it was published at a position, and as it is now."""
    code = KPIS[KpiCode.ON_TIME_RATE].code
    data = api.ask(f"{{ then: {_kpi(code, THREE_MONTHS, published_at)} now: {_kpi(code, THREE_MONTHS)} }}")
    return Restated(code, data["then"]["figure"]["value"], data["now"]["figure"]["value"])
