"""Packed arrays: the server reads from them what it reads from the driver's lists."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.packing import Packed, blobs, days, instants, integers, long_integers, texts, uuids

TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)
TIMES = st.datetimes(datetime(1970, 1, 1), datetime(2200, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
KINDS: list[tuple[str, Callable[[Any], Packed], st.SearchStrategy[Any]]] = [
    ("uuid", uuids, st.none() | st.uuids()),
    ("int4", integers, st.integers(-(2**31), 2**31 - 1)),
    ("int8", long_integers, st.integers(-(2**63), 2**63 - 1)),
    ("date", days, st.dates()),
    ("bytea", blobs, st.binary(max_size=20)),
    ("text", texts, st.none() | TEXTS),
    ("timestamptz", instants, TIMES),
]


@pytest.mark.parametrize(("kind", "packed", "values"), KINDS, ids=[kind for kind, _, _ in KINDS])
def test_an_array_is_read_as_the_list_it_was_made_of(
    database_url: str, kind: str, packed: Callable[[Any], Packed], values: st.SearchStrategy[Any]
) -> None:
    with psycopg.connect(database_url) as connection:
        cursor = connection.cursor(binary=True)
        cursor.execute("SET TIME ZONE 'UTC'")

        @settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
        @given(st.lists(values, max_size=6))
        def reads(wanted: list[Any]) -> None:
            statement = f"SELECT %b::{kind}[], array_ndims(%b::{kind}[])"
            cursor.execute(statement.encode(), [packed(wanted)] * 2)
            assert cursor.fetchone() == (wanted, 1 if wanted else None)

        reads()


def test_an_integer_beyond_its_type_is_refused() -> None:
    with pytest.raises(Exception, match="format"):
        integers([2**31])


def test_an_instant_keeps_its_microseconds_and_its_zone(database_url: str) -> None:
    moment = datetime.fromisoformat("1999-12-31T23:59:59.999999+05:30")
    with psycopg.connect(database_url) as connection:
        found = connection.execute("SELECT (%b::timestamptz[])[1]", [instants([moment])]).fetchone()
    assert found == (moment,)
    assert uuids([UUID(int=1)]) != uuids([None])
