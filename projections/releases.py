"""The releases: patches and versions as they came out; a version closes the loop of what it answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias, get_args
from uuid import UUID

from domain.feedback import LinkFeedbackToRelease
from domain.project.releases import PatchPublished, VersionReleased
from domain.recorded import Recorded
from projections.read_model import ReadModel, Wish, part_id


class ReleaseKind(StrEnum):
    """What came out: a patch, or the version of a quarter."""

    PATCH = "patch"
    VERSION = "version"


@dataclass(frozen=True, slots=True)
class Release:
    """One patch or version that came out."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    version: Annotated[str, "Its number."]
    kind: Annotated[ReleaseKind, "What it is."]
    released_on: Annotated[date, "The day it came out, in the project's time zone."]
    feedback_ids: Annotated[tuple[UUID, ...], "The feedback it answers."] = ()


Event: TypeAlias = PatchPublished | VersionReleased


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the release."""
    return (part_id(seen.stream, "release", seen.event.version),)


def evolve(_row: Release | None, seen: Recorded[Event]) -> Release | None:
    """Return the release; it does not change afterwards."""
    project_id = seen.stream
    match seen.event:
        case PatchPublished(version, on):
            row_id = part_id(project_id, "release", version)
            return Release(row_id, project_id, version, ReleaseKind.PATCH, on)
        case VersionReleased(version, feedback_ids, on):
            row_id = part_id(project_id, "release", version)
            return Release(row_id, project_id, version, ReleaseKind.VERSION, on, feedback_ids)


def react(seen: Recorded[Any], row: Release) -> Iterable[Wish]:
    """Link the feedback that a version answers to it, at the instant it came out."""
    if isinstance(seen.event, VersionReleased):
        for feedback_id in row.feedback_ids:
            yield Wish("feedback", feedback_id, LinkFeedbackToRelease(row.version), seen.occurred_at)


READ_MODEL: Final = ReadModel(
    name="releases",
    row=Release,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    react=react,
    orders={"RELEASED": ("released_on",)},
    filters=("kind", "feedback_ids"),
)
