"""Vendor dependence: how many of the open duties, and of all else that is looked after, the vendor has."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.duties import DutyAssigned, DutyEnded
from domain.project.handover import Ownership, OwnershipAssigned
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class VendorDependence:
    """How much of a project's operation is in the vendor's hands."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project."]
    vendor_duty_count: Annotated[int, "Open duties the vendor has: the numerator."] = 0
    open_duty_count: Annotated[int, "Open duties: the denominator."] = 0
    vendor_share_percent: Annotated[
        int | None, "Their quotient in percent, rounded down; null without an open duty."
    ] = None
    vendor_duty_ids: Annotated[tuple[UUID, ...], "The open duties the vendor has."] = ()
    internal_duty_ids: Annotated[tuple[UUID, ...], "The open duties members have."] = ()
    vendor_subject_ids: Annotated[tuple[UUID, ...], "What else the vendor looks after."] = ()
    internal_subject_ids: Annotated[tuple[UUID, ...], "What else the organisation looks after."] = ()


Event: TypeAlias = DutyAssigned | DutyEnded | OwnershipAssigned


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the project's dependence."""
    return (part_id(seen.stream, "vendor_dependence", ""),)


def evolve(row: VendorDependence | None, seen: Recorded[Event]) -> VendorDependence | None:
    """Return the dependence after an event."""
    row = row or VendorDependence(part_id(seen.stream, "vendor_dependence", ""), seen.stream)
    match seen.event:
        case DutyAssigned(duty_id, _, member_id):
            holder = Ownership.VENDOR if member_id is None else Ownership.INTERNAL
            return _counted(row, duty_id, holder)
        case DutyEnded(duty_id):
            return _counted(row, duty_id, None)
        case OwnershipAssigned(subject_id, _, ownership):
            return replaced(
                row,
                vendor_subject_ids=_with(
                    row.vendor_subject_ids, subject_id, is_in=ownership is Ownership.VENDOR
                ),
                internal_subject_ids=_with(
                    row.internal_subject_ids, subject_id, is_in=ownership is Ownership.INTERNAL
                ),
            )


def _counted(row: VendorDependence, duty_id: UUID, holder: Ownership | None) -> VendorDependence:
    vendor = _with(row.vendor_duty_ids, duty_id, is_in=holder is Ownership.VENDOR)
    internal = _with(row.internal_duty_ids, duty_id, is_in=holder is Ownership.INTERNAL)
    count = len(vendor) + len(internal)
    return replaced(
        row,
        vendor_duty_count=len(vendor),
        open_duty_count=count,
        vendor_share_percent=len(vendor) * 100 // count if count else None,
        vendor_duty_ids=vendor,
        internal_duty_ids=internal,
    )


def _with(ids: tuple[UUID, ...], each: UUID, *, is_in: bool) -> tuple[UUID, ...]:
    """Return ids with one of them put last, or taken out."""
    others = tuple(other for other in ids if other != each)
    return (*others, each) if is_in else others


READ_MODEL: Final = ReadModel(
    name="vendor_dependence",
    row=VendorDependence,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"VENDOR_DUTIES": ("vendor_duty_count",)},
    filters=("vendor_duty_ids",),
)
