"""A table in text: its header found by name, its rows one by one with the line they begin on."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.importing.rows import Refused
from infra.importing.source import ROWS_MAX, HostileFile, UnreadableFile

CELL_CHARACTERS_MAX = 131_072  # what the csv module reads in one field unless told otherwise


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table: the line it begins on (the header is line 1) and its cells by column name."""

    number: int
    cells: Mapping[str, Any]


def lines(text: str, columns: Iterable[str], *, delimiter: str = ",") -> Iterator[Line | Refused]:
    """Yield the rows of `text`, wholly blank ones left out; a row with too many or too few cells is refused.

    Raises `UnreadableFile` when one of `columns` is not in the header, `HostileFile` past `ROWS_MAX` rows.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header = _header(reader, columns)
    count = 0
    begins = reader.line_num + 1
    while (cells := _next(reader, begins)) is not None:
        if cells:
            count += 1
            refuse_many(count)
            yield cells if isinstance(cells, Refused) else _line(begins, header, cells)
        begins = reader.line_num + 1


def refuse_many(rows: int) -> None:
    """Raise `HostileFile` when there are more than `ROWS_MAX` rows."""
    if rows > ROWS_MAX:
        raise HostileFile(f"The file has more than {ROWS_MAX:,} rows; split it.")


def checked_header(names: Sequence[str], columns: Iterable[str]) -> list[str]:
    """Return the header's names, trimmed; raise `UnreadableFile` for a column missing or there twice."""
    header = [name.strip() for name in names]
    for column in columns:
        if header.count(column) != 1:
            found = "is missing" if column not in header else "is there more than once"
            raise UnreadableFile(f"The column {column!r} {found}.")
    return header


def _header(reader: Iterator[list[str]], columns: Iterable[str]) -> list[str]:
    first = _next(reader, 1)
    if not isinstance(first, list):
        raise UnreadableFile("The file has no header row.")
    return checked_header(first, columns)


def _next(reader: Iterator[list[str]], line: int) -> list[str] | Refused | None:
    try:
        return next(reader, None)
    except csv.Error as bad:
        return Refused(line, "UNREADABLE_ROW", f"The row cannot be read: {bad}.")


def _line(number: int, header: Sequence[str], cells: Sequence[str]) -> Line | Refused:
    if len(cells) != len(header):
        return Refused(
            number, "UNREADABLE_ROW", f"The row has {len(cells)} cells where there are {len(header)} columns."
        )
    return Line(number, dict(zip(header, cells, strict=True)))
