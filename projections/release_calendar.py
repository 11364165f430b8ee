"""The release calendar: the quarters of a product in use, and what came out in each; none is one missed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.releases import QuarterClosed, VersionReleased, next_quarter
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class ReleaseQuarter:
    """One quarter and the versions released in it."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    begins_on: Annotated[date, "Its first day."]
    ends_on: Annotated[date, "Its last day."]
    versions: Annotated[tuple[str, ...], "The versions released in it, as they came."] = ()
    feedback_count: Annotated[int, "How many feedbacks they answer."] = 0
    is_missed: Annotated[bool, "Whether it ended without one, as far as is known."] = False


Event: TypeAlias = VersionReleased | QuarterClosed


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the quarter."""
    return (part_id(seen.stream, "quarter", seen.event.quarter_begins_on),)


def evolve(row: ReleaseQuarter | None, seen: Recorded[Event]) -> ReleaseQuarter | None:
    """Return the quarter after an event; a version told of later takes back that it was missed."""
    event = seen.event
    row = row or _begun(seen.stream, event.quarter_begins_on)
    if isinstance(event, QuarterClosed):
        return replaced(row, is_missed=event.version_count == 0)
    return replaced(
        row,
        versions=(*row.versions, event.version),
        feedback_count=row.feedback_count + len(event.feedback_ids),
        is_missed=False,
    )


def _begun(project_id: UUID, begins_on: date) -> ReleaseQuarter:
    ends_on = next_quarter(begins_on) - timedelta(days=1)
    return ReleaseQuarter(part_id(project_id, "quarter", begins_on), project_id, begins_on, ends_on)


READ_MODEL: Final = ReadModel(
    name="release_calendar",
    row=ReleaseQuarter,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"BEGINS": ("begins_on",)},
    filters=("is_missed",),
)
