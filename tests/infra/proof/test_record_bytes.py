"""The bytes of a record: as `docs/proof.md` writes them, and never the same for two records."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.log_reader import Record
from infra.proof.record_bytes import HEADER_BYTES, leaf_hash, record_bytes

AT = datetime(2026, 3, 2, 8, 0, 0, 1, tzinfo=UTC)
RECORD = Record(
    position=7,
    event_id=UUID("01000000-0000-7000-8000-000000000002"),
    stream=UUID(int=3),
    version=4,
    type="task.opened.v1",
    project_id=UUID(int=5),
    actor_id=UUID(int=6),
    correlation_id=UUID(int=7),
    causation_id=UUID(int=8),
    command_id=UUID(int=9),
    reason="agreed \u2013 by all",
    occurred_at=AT,
    recorded_at=AT + timedelta(microseconds=1),
    data=b'\x00{"title":"Cut"}\xff',
)
WRITTEN = (
    "01 07 0000000000000007 01000000000070008000000000000002 00000000000000000000000000000003 00000004"
    " 00000000000000000000000000000005 00000000000000000000000000000006 00000000000000000000000000000007"
    " 00000000000000000000000000000008 00000000000000000000000000000009"
    " 00064c05f937e001 00064c05f937e002 000e 00000011 00000011"
    " 7461736b2e6f70656e65642e7631 61677265656420e28093206279 20616c6c 007b227469746c65223a22437574227dff"
)

INT64 = st.integers(1, 2**63 - 1)
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2200, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
RECORDS = st.builds(
    Record,
    position=INT64,
    event_id=st.uuids(),
    stream=st.uuids(),
    version=st.integers(1, 2**31 - 1),
    type=st.text(max_size=40),
    project_id=st.none() | st.uuids(allow_nil=True),
    actor_id=st.uuids(),
    correlation_id=st.uuids(),
    causation_id=st.none() | st.uuids(allow_nil=True),
    command_id=st.uuids(),
    reason=st.none() | st.text(max_size=40),
    occurred_at=MOMENTS,
    recorded_at=MOMENTS,
    data=st.binary(max_size=100),
)


def test_the_bytes_are_those_that_are_documented() -> None:
    assert record_bytes(RECORD).hex() == WRITTEN.replace(" ", "")
    assert leaf_hash(RECORD) == hashlib.sha256(b"\x00" + record_bytes(RECORD)).digest()


@pytest.mark.parametrize("name", ["project_id", "causation_id"])
def test_no_id_differs_from_one_of_zeros(name: str) -> None:
    absent, zeros = RECORD._replace(**{name: None}), RECORD._replace(**{name: UUID(int=0)})
    assert len(record_bytes(absent)) == len(record_bytes(zeros))
    assert record_bytes(absent) != record_bytes(zeros)


def test_no_reason_differs_from_an_empty_one() -> None:
    assert record_bytes(RECORD._replace(reason=None)) != record_bytes(RECORD._replace(reason=""))


def test_a_moment_is_the_same_in_every_time_zone() -> None:
    there = RECORD._replace(occurred_at=AT.astimezone(timezone(timedelta(hours=5, minutes=45))))
    assert record_bytes(there) == record_bytes(RECORD)


@given(RECORDS)
def test_the_bytes_say_everything(record: Record) -> None:
    assert read_back(record_bytes(record)) == tuple(record)


def read_back(raw: bytes) -> tuple[Any, ...]:
    """Return what the bytes of a record say, by `docs/proof.md` alone."""
    assert raw[0] == 1
    ids = [UUID(bytes=raw[at : at + 16]) for at in (10, 26, 46, 62, 78, 94, 110)]
    project_id, causation_id = (ids[2] if raw[1] & 1 else None), (ids[5] if raw[1] & 2 else None)
    occurred_at, recorded_at = (
        datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int.from_bytes(raw[at : at + 8]))
        for at in (126, 134)
    )
    type_end = HEADER_BYTES + int.from_bytes(raw[142:144])
    reason_end = type_end + int.from_bytes(raw[144:148])
    assert len(raw) == reason_end + int.from_bytes(raw[148:152])
    reason = raw[type_end:reason_end].decode() if raw[1] & 4 else None
    return (
        int.from_bytes(raw[2:10]), ids[0], ids[1], int.from_bytes(raw[42:46]), raw[152:type_end].decode(),
        project_id, ids[3], ids[4], causation_id, ids[6], reason, occurred_at, recorded_at, raw[reason_end:],
    )  # fmt: skip
