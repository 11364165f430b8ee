"""An Excel workbook somebody hands in: its parts measured before they are parsed, its rows one by one."""

import io
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, Protocol

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from infra.importing.rows import Refused
from infra.importing.source import CHUNK_BYTES, HostileFile, Source, UnreadableFile, refuse_growth
from infra.importing.table import Line, checked_header, refuse_many

MEMBERS_MAX: Final = 1_000
COLUMNS_MAX: Final = 256
SHEET_ROWS_MAX: Final = 1_048_576
_DECLARATIONS: Final = (b"<!DOCTYPE", b"<!ENTITY")
_BROKEN: Final = (
    AttributeError,
    EOFError,
    IndexError,
    InvalidFileException,
    KeyError,
    NotImplementedError,
    OSError,
    OverflowError,
    ParseError,
    RuntimeError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)


class Cell(Protocol):
    """What is used of a cell of openpyxl."""

    @property
    def value(self) -> Any:
        """Return what the cell holds, None when it is empty."""
        ...

    @property
    def data_type(self) -> str:
        """Return `f` for a formula, `e` for an error, else the kind of value."""
        ...


def sheet_lines(source: Source, columns: Iterable[str], sheet: str | None = None) -> Iterator[Line | Refused]:
    """Yield the rows of a sheet (the first unless named) under its header in row 1, blank rows left out.

    A row with a formula or an error value is refused with the address of that cell. Raises `HostileFile` when
    the packed parts exceed the limits or declare entities, `UnreadableFile` when this is no workbook, or the
    sheet or one of `columns` is missing.
    """
    _measure(source)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = _rows(source, sheet)
        names = _next(rows)
        if names is None:
            raise UnreadableFile("The sheet has no header row.")
        header = checked_header([_shown(cell.value) for cell in names], columns)
        yield from _lines(rows, header)


def _lines(rows: Iterator[Sequence[Cell]], header: Sequence[str]) -> Iterator[Line | Refused]:
    count = 0
    number = 1
    while (cells := _next(rows)) is not None:
        number += 1
        if number > SHEET_ROWS_MAX:
            raise HostileFile(f"The sheet claims more than {SHEET_ROWS_MAX:,} rows.")
        if any(cell.value is not None for cell in cells):
            count += 1
            refuse_many(count)
            yield _line(number, header, cells)


def _line(number: int, header: Sequence[str], cells: Sequence[Cell]) -> Line | Refused:
    for column, cell in enumerate(cells):
        if cell.data_type == "f":
            return Refused(
                number, "FORMULA_CELL", f"Cell {_address(column, number)} holds a formula, not a value."
            )
        if cell.data_type == "e":
            return Refused(
                number, "ERROR_CELL", f"Cell {_address(column, number)} holds the error {cell.value}."
            )
    values = [cell.value for cell in cells]
    if any(value is not None for value in values[len(header) :]):
        return Refused(number, "UNREADABLE_ROW", "The row has cells beyond the last column of the header.")
    padded = values[: len(header)] + [None] * (len(header) - len(values))
    return Line(number, dict(zip(header, padded, strict=True)))


def _measure(source: Source) -> None:
    """Unpack every part into nothing, within the limits: what a part declares of itself is not believed."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(source.data))
    except _BROKEN as bad:
        raise UnreadableFile("The file is not an Excel workbook.") from bad
    with archive:
        members = archive.infolist()
        if len(members) > MEMBERS_MAX:
            raise HostileFile(f"The workbook has more than {MEMBERS_MAX:,} parts.")
        refuse_growth(sum(member.file_size for member in members), len(source.data))
        unpacked = 0
        for member in members:
            unpacked = _measured(archive, member, unpacked, len(source.data))


def _measured(archive: zipfile.ZipFile, member: zipfile.ZipInfo, unpacked: int, packed: int) -> int:
    try:
        opened = archive.open(member)
    except _BROKEN as bad:
        raise UnreadableFile(f"The part {member.filename!r} of the workbook cannot be read.") from bad
    tail = b""
    with opened:
        while chunk := _chunk(opened, member):
            unpacked += len(chunk)
            refuse_growth(unpacked, packed)
            if any(mark in tail + chunk for mark in _DECLARATIONS):
                raise HostileFile("The workbook declares a document type or entities, which are never read.")
            tail = chunk[-16:]
    return unpacked


def _chunk(opened: Any, member: zipfile.ZipInfo) -> bytes:
    try:
        part: bytes = opened.read(CHUNK_BYTES)
    except _BROKEN as bad:
        raise UnreadableFile(f"The part {member.filename!r} of the workbook is damaged.") from bad
    return part


def _rows(source: Source, sheet: str | None) -> Iterator[Sequence[Cell]]:
    try:
        workbook = load_workbook(io.BytesIO(source.data), read_only=True, keep_links=False)
    except DefusedXmlException as hostile:
        raise HostileFile("The workbook declares a document type or entities.") from hostile
    except _BROKEN as bad:
        raise UnreadableFile("The file is not an Excel workbook.") from bad
    names = [each.title for each in workbook.worksheets]
    if not names or (sheet is not None and sheet not in names):
        raise UnreadableFile(
            f"The workbook has no sheet {sheet!r}." if sheet else "The workbook has no sheet."
        )
    chosen: Any = workbook[sheet or names[0]]
    # The extent a sheet declares of itself would be filled up with empty rows.
    chosen.reset_dimensions()
    rows: Iterator[Sequence[Cell]] = chosen.iter_rows()
    return rows


def _next(rows: Iterator[Sequence[Cell]]) -> Sequence[Cell] | None:
    try:
        cells = next(rows, None)
    except DefusedXmlException as hostile:
        raise HostileFile("The workbook declares a document type or entities.") from hostile
    except _BROKEN as bad:
        raise UnreadableFile("A sheet of the workbook is damaged.") from bad
    if cells is not None and len(cells) > COLUMNS_MAX:
        raise HostileFile(f"The sheet has more than {COLUMNS_MAX} columns.")
    return cells


def _shown(value: object) -> str:
    return "" if value is None else str(value)


def _address(column: int, row: int) -> str:
    letters = ""
    left = column + 1
    while left:
        left, rest = divmod(left - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"
