"""Files somebody hands in: what would do harm is refused early, what is no such file is refused clearly."""

import gzip
import hashlib
import io
import os
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from infra.importing import markup
from infra.importing.rows import Refused
from infra.importing.source import HostileFile, UnreadableFile, open_source, text_of
from infra.importing.table import Line, lines
from infra.importing.workbook import sheet_lines

BILLION_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><Project>&c;</Project>'
)


def workbook(*rows: list[object]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def repacked(book: bytes, name: str, content: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            new.writestr(member, content if member == name else old.read(member))
    return held.getvalue()


def test_a_source_is_named_by_the_bytes_handed_in_and_read_unpacked() -> None:
    packed = gzip.compress(b"a,b\n1,2\n")
    source = open_source(packed, "small.csv.gz")
    assert source.data == b"a,b\n1,2\n"
    assert source.sha256 == hashlib.sha256(packed).hexdigest()
    assert source.size == len(packed)


def test_two_gigabytes_are_refused_before_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as huge:
        huge.truncate(2 * 1024**3)
    tracemalloc.start()
    began = time.monotonic()
    with pytest.raises(HostileFile, match="larger than 64 MiB"):
        open_source(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1024**2
    assert time.monotonic() - began < 5


def test_a_gzip_bomb_is_refused_while_it_unpacks() -> None:
    bomb = gzip.compress(bytes(40 * 1024**2))
    tracemalloc.start()
    with pytest.raises(HostileFile, match="100 times its size"):
        open_source(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 32 * 1024**2


@pytest.mark.parametrize("cut", [slice(0, 30), slice(0, -4)])
def test_a_damaged_gzip_is_unreadable(cut: slice) -> None:
    packed = gzip.compress(os.urandom(500))
    with pytest.raises(UnreadableFile, match="damaged"):
        open_source(packed[cut])


def test_what_is_not_there_or_no_file_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="cannot be opened"):
        open_source(tmp_path / "nothing.csv")
    with pytest.raises(UnreadableFile, match="not a regular file"):
        open_source(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnreadableFile, match="not a regular file"):
        open_source(tmp_path / "pipe")


def test_nul_is_refused_with_its_line() -> None:
    with pytest.raises(HostileFile, match="Line 2 of the file holds a NUL"):
        text_of(open_source(b"a,b\n1,\x002\n"))


def test_text_is_utf8_unless_another_encoding_was_asked_for() -> None:
    assert text_of(open_source("\ufeffnaïve".encode())) == "naïve"
    assert text_of(open_source(b"it\x92s"), otherwise="cp1252") == "it’s"  # noqa: RUF001 - that is what 0x92 means
    with pytest.raises(UnreadableFile, match="Line 2 of the file is not utf-8"):
        text_of(open_source(b"fine\nit\x92s"))
    with pytest.raises(UnreadableFile, match="not cp1252"):
        text_of(open_source(b"\x81"), encoding="cp1252")


def test_a_missing_or_repeated_column_is_named() -> None:
    with pytest.raises(UnreadableFile, match="'b' is missing"):
        list(lines("a,c\n1,2\n", ["a", "b"]))
    with pytest.raises(UnreadableFile, match="'a' is there more than once"):
        list(lines("a,a\n1,2\n", ["a"]))
    with pytest.raises(UnreadableFile, match="no header"):
        list(lines("", ["a"]))


def test_rows_keep_the_line_they_begin_on() -> None:
    rows = list(lines('a,b\n1,"two\nlines"\n\n3,4\n5\n6,"x"y\n7,8\n', ["a", "b"]))
    assert rows[0] == Line(2, {"a": "1", "b": "two\nlines"})
    assert rows[1] == Line(5, {"a": "3", "b": "4"})
    assert [(row.line, row.code) for row in rows if isinstance(row, Refused)] == [
        (6, "UNREADABLE_ROW"),
        (7, "UNREADABLE_ROW"),
    ]
    assert rows[-1] == Line(8, {"a": "7", "b": "8"})


def test_entities_and_document_types_are_never_read() -> None:
    for hostile in (BILLION_LAUGHS, b"<!DOCTYPE p SYSTEM 'file:///etc/hostname'><p/>"):
        with pytest.raises(HostileFile, match="document type or entities"):
            markup.parse(open_source(hostile))


def test_broken_or_endless_xml_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="Line 2 of the file is not well-formed"):
        markup.parse(open_source(b"<a>\n<b></a>"))
    with pytest.raises(UnreadableFile):
        markup.parse(open_source(b"%PDF-1.7"))
    with pytest.raises(HostileFile, match="deep"):
        markup.parse(open_source(b"<a>" * 100_000))


def test_a_formula_cell_refuses_its_row_and_is_named() -> None:
    book = workbook(["Id", "Name"], [1, "Slates"], [2, "=HYPERLINK(1)"], [], [3, "Gutter"])
    rows = list(sheet_lines(open_source(book), ["Id", "Name"]))
    assert rows == [
        Line(2, {"Id": 1, "Name": "Slates"}),
        Refused(3, "FORMULA_CELL", "Cell B3 holds a formula, not a value."),
        Line(5, {"Id": 3, "Name": "Gutter"}),
    ]


def test_a_zip_bomb_is_refused_whatever_it_declares_of_itself() -> None:
    book = workbook(["Id"], [1])
    bomb = repacked(book, "xl/worksheets/sheet1.xml", b" " * (40 * 1024**2))
    with pytest.raises(HostileFile, match="100 times its size"):
        list(sheet_lines(open_source(bomb), ["Id"]))
    honest = (40 * 1024**2).to_bytes(4, "little")
    with pytest.raises((HostileFile, UnreadableFile)):
        list(sheet_lines(open_source(bomb.replace(honest, (10).to_bytes(4, "little"))), ["Id"]))


def test_a_workbook_with_entities_or_a_forged_extent_is_refused() -> None:
    book = workbook(["Id"], [1])
    with pytest.raises(HostileFile, match="entities"):
        list(sheet_lines(open_source(repacked(book, "xl/workbook.xml", BILLION_LAUGHS)), ["Id"]))
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>Id</t></is></c></row>'
        b'<row r="99999999999"><c r="A99999999999"><v>1</v></c></row></sheetData></worksheet>'
    )
    with pytest.raises(HostileFile, match="claims more than"):
        list(sheet_lines(open_source(repacked(book, "xl/worksheets/sheet1.xml", sheet)), ["Id"]))


def test_no_workbook_or_no_such_sheet_is_unreadable() -> None:
    with pytest.raises(UnreadableFile, match="not an Excel workbook"):
        list(sheet_lines(open_source(b"PK\x03\x04 and then nothing"), ["Id"]))
    with pytest.raises(UnreadableFile, match="no sheet 'Plan'"):
        list(sheet_lines(open_source(workbook(["Id"])), ["Id"], "Plan"))
    with pytest.raises(UnreadableFile, match="'Name' is missing"):
        list(sheet_lines(open_source(workbook(["Id"])), ["Name"]))
