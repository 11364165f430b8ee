"""The canonical bytes of a log record, whose hash is its leaf of the tree; `docs/proof.md` says the same.

They hold the stored `data` as it is, cipher text included: nothing is decoded, so that what can no longer be
read can still be proven.
"""

import hashlib
import struct
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from infra.log_reader import Record

FORMAT: Final = 1
HAS_PROJECT: Final = 1
HAS_CAUSATION: Final = 2
HAS_REASON: Final = 4

_HEADER: Final = struct.Struct(">BBq16s16sI16s16s16s16s16sqqHII")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_NOTHING: Final = UUID(int=0)
_LEAF: Final = b"\x00"

HEADER_BYTES: Final = _HEADER.size


def record_bytes(record: Record) -> bytes:
    """Return the bytes of a record: a header of `HEADER_BYTES`, then type, reason and data.

    Two records that differ in anything have different bytes; an absent project, cause or reason differs from
    an empty one. Times are microseconds since 1970-01-01T00:00:00Z. Raises `struct.error` for numbers that no
    column of the log can hold.
    """
    (
        position, event_id, stream, version, type_, project_id, actor_id, correlation_id, causation_id,
        command_id, reason, occurred_at, recorded_at, data,
    ) = record  # fmt: skip
    name = type_.encode()
    why = b"" if reason is None else reason.encode()
    header = _HEADER.pack(
        FORMAT,
        (project_id is not None) + 2 * (causation_id is not None) + 4 * (reason is not None),
        position,
        event_id.int.to_bytes(16),
        stream.int.to_bytes(16),
        version,
        (project_id or _NOTHING).int.to_bytes(16),
        actor_id.int.to_bytes(16),
        correlation_id.int.to_bytes(16),
        (causation_id or _NOTHING).int.to_bytes(16),
        command_id.int.to_bytes(16),
        (occurred_at - _EPOCH) // _MICROSECOND,
        (recorded_at - _EPOCH) // _MICROSECOND,
        len(name),
        len(why),
        len(data),
    )
    return b"".join((header, name, why, data))


def leaf_hash(record: Record) -> bytes:
    """Return a record's leaf, 32 bytes: SHA-256(0x00 || record bytes), as RFC 6962 section 2.1 has it."""
    return hashlib.sha256(_LEAF + record_bytes(record)).digest()
