"""Excel and CSV tables of tasks, read through a column mapping; what does not parse is refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from infra.importing.mapping import ColumnMapping
from infra.importing.rows import TEXT_CHARACTERS_MAX, Ending, Refused, TaskRow, minutes_of, title_of
from infra.importing.source import Source, text_of
from infra.importing.table import Line, lines

_ZIP_MAGIC: Final = b"PK\x03\x04"


class _Unreadable(Exception):
    """Why a row is refused."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells of a row, read as the mapping says."""

    line: Line
    mapping: ColumnMapping

    def value(self, name: str) -> object:
        """Return what the cell of a field holds; None where it is empty or the field has no column."""
        column = self.mapping.columns.get(name)
        value: object = None if column is None else self.line.cells[column]
        return None if isinstance(value, str) and not value.strip() else value

    def text(self, name: str) -> str | None:
        """Return a cell as text; a whole number has no decimal point."""
        value = self.value(name)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return None if value is None else str(value)

    def needed(self, name: str) -> str:
        """Return a cell's trimmed text; refuse the row when it is empty."""
        text = self.text(name)
        if text is None:
            raise _Unreadable("EMPTY_CELL", f"The column {self.mapping.columns[name]!r} is empty.")
        return text.strip()

    def moment(self, name: str) -> date | datetime | None:
        """Return a local day, or a local time where one is given."""
        value = self.value(name)
        if value is None:
            return None
        read = _moment(value, self.mapping.date_format)
        if read is None:
            column = self.mapping.columns[name]
            raise _Unreadable(
                "UNREADABLE_DATE", f"{value!r} in the column {column!r} is not a date as declared."
            )
        return read

    def minutes(self, name: str) -> tuple[int, bool] | None:
        """Return an amount of work in minutes, and whether it was rounded."""
        value = self.value(name)
        if value is None:
            return None
        number = isinstance(value, (str, int, float, Decimal)) and not isinstance(value, bool)
        minutes = minutes_of(str(value), self.mapping.minutes_each) if number else None
        if minutes is None:
            column = self.mapping.columns[name]
            raise _Unreadable("UNREADABLE_HOURS", f"{value!r} in the column {column!r} is no amount of work.")
        return minutes


def read(source: Source, mapping: ColumnMapping) -> Iterator[TaskRow | Refused]:
    """Yield each row of a table, Excel or CSV by its content, as its task.

    Raises `UnreadableFile` when a mapped column is missing, and what `workbook` and `source` refuse.
    """
    for line in _lines(source, mapping):
        if isinstance(line, Refused):
            yield line
            continue
        cells = _Cells(line, mapping)
        try:
            yield _row(cells)
        except _Unreadable as why:
            yield Refused(line.number, why.code, why.sentence, _spent(cells))


def _lines(source: Source, mapping: ColumnMapping) -> Iterator[Line | Refused]:
    if source.data.startswith(_ZIP_MAGIC):
        from infra.importing.workbook import sheet_lines  # noqa: PLC0415 - openpyxl is imported for a workbook alone

        return sheet_lines(source, mapping.needed, mapping.sheet)
    return lines(text_of(source, encoding=mapping.encoding), mapping.needed, delimiter=mapping.delimiter)


def _row(cells: _Cells) -> TaskRow:
    project = cells.needed("project") if "project" in cells.mapping.columns else cells.mapping.project or ""
    title, notes = title_of(cells.text("title") or cells.needed("title"))
    opened = cells.moment("opened")
    if opened is None:
        raise _Unreadable("EMPTY_CELL", f"The column {cells.mapping.columns['opened']!r} is empty.")
    estimate, spent = cells.minutes("estimate"), cells.minutes("spent")
    ending, ended = _ending(cells)
    rounded = any(amount is not None and amount[1] for amount in (estimate, spent))
    due = cells.moment("due_on")
    member, department = cells.text("member"), cells.text("department")
    return TaskRow(
        line=cells.line.number,
        key=f"{project}/{cells.needed('key')}",
        project=project,
        title=title,
        description=_description(cells, whole_title="title_shortened" in notes),
        opened=opened,
        started=cells.moment("started"),
        ended=ended,
        ending=ending,
        due_on=due.date() if isinstance(due, datetime) else due,
        estimate_minutes=estimate[0] if estimate else None,
        spent_minutes=spent[0] if spent else 0,
        member=member.strip() if member else None,
        department=department.strip() if department else None,
        notes=(*notes, "hours_rounded_to_minutes") if rounded else notes,
    )


def _description(cells: _Cells, *, whole_title: bool) -> str:
    written = (cells.text("description") or "").strip()
    text = f"{cells.needed('title')}\n{written}".strip() if whole_title else written
    if len(text) > TEXT_CHARACTERS_MAX:
        raise _Unreadable(
            "TEXT_TOO_LONG", f"The description is longer than {TEXT_CHARACTERS_MAX:,} characters."
        )
    return text


def _ending(cells: _Cells) -> tuple[Ending, date | datetime | None]:
    completed, cancelled = cells.moment("completed"), cells.moment("cancelled")
    if completed is not None and cancelled is not None:
        raise _Unreadable("COMPLETED_AND_CANCELLED", "The row is both completed and cancelled.")
    if completed is not None:
        return Ending.COMPLETED, completed
    return (Ending.OPEN, None) if cancelled is None else (Ending.CANCELLED, cancelled)


def _moment(value: Any, date_format: str) -> date | datetime | None:
    """Return a day or local time: an Excel date as it is, text in the declared format, else None."""
    if isinstance(value, datetime):
        return value.date() if value.time() == datetime.min.time() else value.replace(tzinfo=None)
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        return None
    try:
        read = datetime.strptime(value.strip(), date_format)  # noqa: DTZ007 - its zone is the mapping's
    except ValueError:
        return None
    return read.replace(tzinfo=None) if any(part in date_format for part in ("%H", "%I")) else read.date()


def _spent(cells: _Cells) -> int:
    """Return the minutes of a refused row, 0 where they are what cannot be read."""
    try:
        spent = cells.minutes("spent")
    except _Unreadable:
        return 0
    return spent[0] if spent else 0
