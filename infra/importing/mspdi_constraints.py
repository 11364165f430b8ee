"""How an MSPDI task may be placed: its constraint's kind, and the local time where that needs one."""

from datetime import datetime
from typing import Final
from xml.etree.ElementTree import Element

from domain.task.scheduling import DATELESS
from domain.task.state import ConstraintKind
from infra.importing import mspdi_fields as fields

KINDS: Final = {
    "0": ConstraintKind.ASAP,
    "1": ConstraintKind.ALAP,
    "2": ConstraintKind.MSO,
    "3": ConstraintKind.MFO,
    "4": ConstraintKind.SNET,
    "5": ConstraintKind.SNLT,
    "6": ConstraintKind.FNET,
    "7": ConstraintKind.FNLT,
}


def read_constraint(element: Element) -> tuple[ConstraintKind, datetime | None]:
    """Return a task's constraint, as soon as possible where it names none; raise `Unreadable`."""
    written = fields.text(element, "ConstraintType") or "0"
    kind = KINDS.get(written)
    if kind is None:
        raise fields.Unreadable("UNKNOWN_CONSTRAINT", f"There is no constraint of the type {written!r}.")
    at = None if kind in DATELESS else fields.moment(element, "ConstraintDate")
    if at is None and kind not in DATELESS:
        raise fields.Unreadable("NO_CONSTRAINT_DATE", "The task has a constraint but no date for it.")
    return kind, at
