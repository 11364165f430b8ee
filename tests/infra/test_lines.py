"""Lines of binary COPY and of arrays: the server reads from them what was put in, and copies the same out."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from struct import error
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.columns import shape_of
from infra.lines import HEADER, TRAILER
from infra.packing import elements

TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)
TIMES = st.datetimes(datetime(1970, 1, 1), datetime(2200, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
NUMBERS = st.integers(-(2**63), 2**63 - 1)


class Colour(StrEnum):
    """A choice."""

    RED = "red"
    GREEN = "grün"


@dataclass(frozen=True, slots=True)
class Part:
    """What is stored as JSON."""

    name: str
    on: date | None


@dataclass(frozen=True, slots=True)
class Row:
    """A column of each type, and of each that may be NULL."""

    key: UUID
    project_id: UUID | None
    text: str
    text_or_none: str | None
    colour: Colour
    colour_or_none: Colour | None
    number: int
    number_or_none: int | None
    ratio: float
    ratio_or_none: float | None
    is_so: bool
    is_so_or_none: bool | None
    day: date
    day_or_none: date | None
    at: datetime
    at_or_none: datetime | None
    ids: tuple[UUID, ...]
    ids_or_none: tuple[UUID, ...] | None
    parts: tuple[Part, ...]
    part_or_none: Part | None


RATIOS = st.floats(allow_nan=False)
PARTS = st.builds(Part, TEXTS, st.none() | st.dates())
IDS = st.lists(st.uuids(), max_size=3).map(tuple)
VALUES = [
    st.uuids(), TEXTS, st.sampled_from(Colour), NUMBERS, RATIOS, st.booleans(), st.dates(), TIMES, IDS,
]  # fmt: skip
ROWS = st.builds(
    Row,
    *(each for values in VALUES for each in (values, st.none() | values)),
    st.lists(PARTS, max_size=3).map(tuple),
    st.none() | PARTS,
)


def test_a_line_is_read_as_its_row_and_sent_as_it_was(database_url: str) -> None:
    shape = shape_of(Row)
    make = shape.line_maker("until", "since")
    with psycopg.connect(database_url) as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        ddl = f"CREATE TEMP TABLE given ({shape.ddl}, until int8, since int8)"
        connection.execute(ddl.encode())
        cursor = connection.cursor(binary=True)

        @settings(
            max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
        )
        @given(ROWS, st.none() | NUMBERS, NUMBERS)
        def reads(row: Row, until: int | None, since: int) -> None:
            line = make(row, until, since)
            connection.execute("TRUNCATE given")
            with cursor.copy("COPY given FROM STDIN (FORMAT BINARY)") as copy:
                copy.write(HEADER + line + TRAILER)
            found = cursor.execute("SELECT * FROM given").fetchone()
            assert found is not None
            assert (shape.load(found[:-2]), *found[-2:]) == (row, until, since)
            with cursor.copy("COPY given TO STDOUT (FORMAT BINARY)") as copy:
                assert b"".join(copy) == HEADER + line + TRAILER

        reads()


def test_an_array_of_rows_is_read_as_they_are(database_url: str) -> None:
    shape = shape_of(Row)
    make = shape.line_maker("since", "until", is_element=True)
    with psycopg.connect(database_url) as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        ddl = f"CREATE TEMP TABLE given ({shape.ddl}, since int8, until int8)"
        connection.execute(ddl.encode())
        [(kind,)] = connection.execute("SELECT 'given'::regtype::oid::int8")
        cursor = connection.cursor(binary=True)

        @settings(
            max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
        )
        @given(st.lists(st.tuples(ROWS, NUMBERS, st.none() | NUMBERS), max_size=3))
        def reads(given: list[tuple[Row, int, int | None]]) -> None:
            array = elements(kind, [make(*each) for each in given])
            found = cursor.execute("SELECT * FROM unnest(%b::given[])", (array,)).fetchall()
            assert [(shape.load(each[:-2]), *each[-2:]) for each in found] == given

        reads()


def test_a_number_beyond_its_type_is_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class Counted:
        """A row of a number."""

        count: int

    with pytest.raises(error):
        shape_of(Counted).line_maker()(Counted(2**63))
