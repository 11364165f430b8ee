"""What can be wrong with a log, its tree, its checkpoints and its rows; the first of it is reported."""

from dataclasses import dataclass
from enum import StrEnum

from infra.log_reader import POSITION_MAX


class Kind(StrEnum):
    """What is wrong at a position."""

    BYTE_CHANGED = "byte changed"
    RECORD_REMOVED = "record removed"
    RECORD_INSERTED = "record inserted"
    RECORDS_SWAPPED = "records swapped"
    TAIL_CUT = "tail cut"
    SIGNED_BY_ANOTHER_KEY = "signed by another key"
    FORKED = "forked"
    ILLEGAL_TRANSITION = "illegal transition"
    ROW_NOT_THE_FOLD = "row not equal to the fold"
    UNREADABLE = "unreadable"
    UNPROTECTED = "unprotected"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong first: where (0 when at no one position), its kind, and a sentence without content."""

    position: int
    kind: Kind
    sentence: str


def first(*found: Fault | None) -> Fault | None:
    """Return the fault at the least position, of several there the first given; those at no one come last."""
    return min(
        (each for each in found if each is not None),
        key=lambda each: each.position or POSITION_MAX,
        default=None,
    )
