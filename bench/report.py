"""What a bench found: ratios with their spread against a target, and plain figures; as a table or as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Ratio:
    """One ratio, measured several times; `target` is the least it should be, or with `is_limit` the most."""

    name: str
    values: Sequence[float]
    target: float
    is_limit: bool = False

    @property
    def is_reached(self) -> bool:
        """Say whether the median keeps the target."""
        middle = median(self.values)
        return middle <= self.target if self.is_limit else middle >= self.target


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its unit; `spread` is (least, most) where it was measured several times."""

    name: str
    value: float
    unit: str
    spread: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """All that one bench found."""

    name: str
    ratios: list[Ratio] = field(default_factory=list[Ratio])
    figures: list[Figure] = field(default_factory=list[Figure])

    def add_figure(self, name: str, values: Sequence[float], unit: str) -> None:
        """Add a figure measured once or several times: its median, and its spread if there is one."""
        spread = (min(values), max(values)) if len(values) > 1 else None
        self.figures.append(Figure(name, median(values), unit, spread))


def as_json(report: Report) -> dict[str, Any]:
    """Return a report as one JSON object."""
    return {
        "name": report.name,
        "ratios": [
            {
                "name": ratio.name,
                "min": round(min(ratio.values), 6),
                "median": round(median(ratio.values), 6),
                "max": round(max(ratio.values), 6),
                "runs": len(ratio.values),
                "target": ratio.target,
                "bound": "at most" if ratio.is_limit else "at least",
                "is_reached": ratio.is_reached,
            }
            for ratio in report.ratios
        ],
        "figures": [
            {"name": figure.name, "value": round(figure.value, 4), "unit": figure.unit}
            | ({} if figure.spread is None else dict(zip(("min", "max"), figure.spread, strict=True)))
            for figure in report.figures
        ],
    }


def show(report: Report, console: Console) -> None:
    """Print a report as two tables."""
    ratios = Table("ratio", "median", "min", "max", "target", "", title=report.name, title_justify="left")
    for ratio in report.ratios:
        numbers = (f"{number:.2f}" for number in (median(ratio.values), min(ratio.values), max(ratio.values)))
        bound = f"{'at most' if ratio.is_limit else 'at least'} {ratio.target:g}"
        ratios.add_row(ratio.name, *numbers, bound, "reached" if ratio.is_reached else "[bold]missed[/bold]")
    figures = Table("figure", "median", "min", "max", "unit")
    for figure in report.figures:
        spread = ("", "") if figure.spread is None else (_short(each) for each in figure.spread)
        figures.add_row(figure.name, _short(figure.value), *spread, figure.unit)
    if report.ratios:
        console.print(ratios)
    console.print(figures)


def _short(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 1_000 else f"{number:,.4g}"  # noqa: PLR2004 - digits, no rule
