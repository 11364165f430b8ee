"""What the last verification found, kept in a file outside of the database that it verified."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import msgspec


class BadMemory(Exception):
    """The file is not one that a verification wrote."""


@dataclass(frozen=True, slots=True)
class Verified:
    """Up to where a log was verified, and the root of its tree there, in hexadecimal digits.

    `reached` is there where a verification was stopped: up to where each share of the keys was verified.
    """

    log_id: UUID
    position: int
    root: str
    reached: tuple[int, ...] = ()


def remembered(file: Path, log_id: UUID) -> Verified | None:
    """Return what the file says of this log, None where it says nothing; raise `BadMemory`."""
    try:
        text = file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as fault:
        raise BadMemory(f"{file} cannot be read ({fault.strerror}).") from None
    try:
        found = msgspec.json.decode(text, type=dict[UUID, Verified])
    except msgspec.MsgspecError:
        raise BadMemory(f"{file} is not what a verification wrote.") from None
    return found.get(log_id)


def remember(file: Path, verified: Verified) -> None:
    """Write what was verified, in place of what the file said of this log; raise `BadMemory`."""
    try:
        known = msgspec.json.decode(file.read_bytes(), type=dict[UUID, Verified])
    except (OSError, msgspec.MsgspecError):
        known = {}
    fresh = file.with_name(f"{file.name}.new")
    content = msgspec.json.encode({**known, verified.log_id: verified})
    try:
        fresh.write_bytes(content)
        fresh.replace(file)
    except OSError as fault:
        raise BadMemory(f"{file} cannot be written ({fault.strerror}).") from None
