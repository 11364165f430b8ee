"""The report of an import as people read it: what became of the rows and hours, and why rows were refused."""

from collections import defaultdict
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from infra.importing.report import ImportReport
from infra.importing.rows import Refused

LINES_SHOWN_MAX: Final = 5
REASONS_SHOWN_MAX: Final = 20
SET_UP_SHOWN_MAX: Final = 10
MINUTES_AN_HOUR: Final = 60


def shown(report: ImportReport, written_to: Path | None) -> None:
    """Print a report to standard output."""
    console = Console(highlight=False)
    what = "A dry run of" if report.is_dry_run else "Import of"
    console.print(f"{what} {escape(report.source_name)}")
    console.print(_totals(report))
    if report.refused:
        console.print(_reasons(report))
    for sentence in report.set_up_refused[:SET_UP_SHOWN_MAX]:
        console.print(f"[red]Not set up:[/] {escape(sentence)}")
    verdict = "[green]reconciled[/]" if report.reconciled else "[red]not reconciled[/]"
    console.print(f"{_rows(report)}\n{_hours(report)}\nTotals {verdict}.")
    if written_to is not None:
        console.print(f"Report: {escape(str(written_to))}", soft_wrap=True)


def _totals(report: ImportReport) -> Table:
    table = Table()
    table.add_column("rows")
    table.add_column("count", justify="right")
    for name, count in (
        ("created", report.created),
        ("changed", report.changed),
        ("unchanged", report.unchanged),
        ("refused", len(report.refused)),
    ):
        table.add_row(name, f"{count:,}")
    return table


def _reasons(report: ImportReport) -> Table:
    """Return refusals by code, the most frequent first."""
    grouped: defaultdict[str, list[Refused]] = defaultdict(list)
    for each in report.refused:
        grouped[each.code].append(each)
    table = Table()
    table.add_column("refused because", no_wrap=True)
    table.add_column("rows", justify="right")
    table.add_column("lines")
    table.add_column("the first says", overflow="fold")
    ordered = sorted(grouped.items(), key=lambda one: -len(one[1]))
    for code, those in ordered[:REASONS_SHOWN_MAX]:
        lines = ", ".join(str(each.line) for each in those[:LINES_SHOWN_MAX])
        more = ", …" if len(those) > LINES_SHOWN_MAX else ""
        table.add_row(code, f"{len(those):,}", f"{lines}{more}", escape(those[0].sentence))
    return table


def _rows(report: ImportReport) -> str:
    answered = report.created + report.changed + report.unchanged + len(report.refused)
    return f"Rows: {report.rows:,} in, {answered:,} answered for."


def _hours(report: ImportReport) -> str:
    into, on_tasks, refused = (
        f"{minutes / MINUTES_AN_HOUR:,.2f}"
        for minutes in (report.minutes_in, report.minutes_on_tasks, report.minutes_refused)
    )
    return f"Hours: {into} in, {on_tasks} on tasks, {refused} refused."
