"""A project's releases: patches as they come, a version each quarter; a quarter is closed at its end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.elapsed import OutOfOrder
from domain.errors import AlreadyExists, Malformed, StillAhead
from domain.facet import Facet
from domain.ids import FeedbackId

if TYPE_CHECKING:
    from domain.project import Project

FEEDBACK_MAX: Final = 1_000
_QUARTER_MONTHS: Final = 3
_VERSION_TEXT: Final = "Its number, such as 2.4.1, 1 to 200 characters; each is given once in a project."


@dataclass(frozen=True, slots=True)
class PatchPublished:
    """A patch came out, on a day of the project's time zone."""

    version: str
    published_on: date


@dataclass(frozen=True, slots=True)
class VersionReleased:
    """A version came out with what this feedback asked for; its quarter is named by its first day."""

    version: str
    feedback_ids: tuple[UUID, ...]
    released_on: date
    quarter_begins_on: date


@dataclass(frozen=True, slots=True)
class QuarterClosed:
    """A quarter of a product in use ended, and so many versions had come out in it: 0 is one missed."""

    quarter_begins_on: date
    version_count: int


ReleaseEvent = PatchPublished | VersionReleased | QuarterClosed


@dataclass(frozen=True, slots=True)
class PublishPatch:
    """Bring out a patch, now."""

    version: Annotated[str, _VERSION_TEXT]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank or long version."""
        shape.text(self.version, "version", shape.NAME_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class ReleaseVersion:
    """Bring out a version, now; it counts for the quarter this day lies in."""

    version: Annotated[str, _VERSION_TEXT]
    feedback_ids: Annotated[
        tuple[FeedbackId, ...], "The feedback of this project it answers, 1,000 at most, each once."
    ] = ()

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank or long version, or feedback too much or named twice."""
        shape.text(self.version, "version", shape.NAME_LENGTH_MAX)
        ids = self.feedback_ids
        if len(ids) > FEEDBACK_MAX or len(set(ids)) < len(ids):
            raise Malformed("A version answers at most 1,000 feedbacks, each once.", field="feedbackIds")


@dataclass(frozen=True, slots=True)
class CloseQuarter:
    """State that a quarter has ended."""

    quarter_begins_on: Annotated[date, "A day of the quarter."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a day out of range."""
        shape.day(self.quarter_begins_on, "quarterBeginsOn")


ReleaseCommand = PublishPatch | ReleaseVersion | CloseQuarter


@dataclass(frozen=True, slots=True)
class Releases:
    """What came out by version: the feedback it answers, None for a patch; versions by quarter."""

    by_version: Mapping[str, tuple[UUID, ...] | None] = field(
        default_factory=dict[str, "tuple[UUID, ...] | None"]
    )
    last_patch_on: date | None = None
    version_counts: Mapping[date, int] = field(default_factory=dict[date, int])
    closed: frozenset[date] = frozenset()


def quarter_of(day: date) -> date:
    """Return the first day of the calendar quarter a day lies in."""
    return date(day.year, day.month - (day.month - 1) % _QUARTER_MONTHS, 1)


def next_quarter(begins_on: date) -> date:
    """Return the first day of the quarter after the one that begins on a day."""
    year, month = divmod(begins_on.month - 1 + _QUARTER_MONTHS, 12)
    return date(begins_on.year + year, month + 1, 1)


def decide(command: ReleaseCommand, project: "Project", context: Context) -> Sequence[ReleaseEvent]:
    """Return what happens to the releases."""
    releases, today = project.releases, project.local_day(context.at)
    match command:
        case PublishPatch(version):
            return _publish(releases, version, today)
        case ReleaseVersion(version, feedback_ids):
            if version not in releases.by_version:
                return [VersionReleased(version, feedback_ids, today, quarter_of(today))]
            if releases.by_version[version] != feedback_ids:
                raise AlreadyExists(field="version")
            return []
        case CloseQuarter(day):
            return _close(releases, quarter_of(day), today)
        case _:
            assert_never(command)


def _publish(releases: Releases, version: str, today: date) -> Sequence[PatchPublished]:
    if version in releases.by_version:
        if releases.by_version[version] is not None:
            raise AlreadyExists(field="version")
        return []
    if releases.last_patch_on is not None and today < releases.last_patch_on:
        raise OutOfOrder
    return [PatchPublished(version, today)]


def _close(releases: Releases, quarter: date, today: date) -> Sequence[QuarterClosed]:
    if quarter in releases.closed:
        return []
    if today < next_quarter(quarter):
        raise StillAhead(field="quarterBeginsOn")
    return [QuarterClosed(quarter, releases.version_counts.get(quarter, 0))]


def evolve(releases: Releases, event: ReleaseEvent) -> Releases:
    """Return the releases after an event."""
    match event:
        case PatchPublished(version, published_on):
            return replaced(
                releases, by_version={**releases.by_version, version: None}, last_patch_on=published_on
            )
        case VersionReleased(version, feedback_ids, _, quarter):
            count = releases.version_counts.get(quarter, 0) + 1
            return replaced(
                releases,
                by_version={**releases.by_version, version: feedback_ids},
                version_counts={**releases.version_counts, quarter: count},
            )
        case QuarterClosed(quarter):
            return replaced(releases, closed=releases.closed | {quarter})
        case _:
            assert_never(event)


FACET: Final = Facet(
    own="releases",
    decide=decide,
    evolve=evolve,
    events={
        "project.patch_published.v1": PatchPublished,
        "project.version_released.v1": VersionReleased,
        "project.quarter_closed.v1": QuarterClosed,
    },
    commands={
        PublishPatch: roles.LEADS,
        ReleaseVersion: roles.LEADS,
        CloseQuarter: roles.SYSTEM,
    },
)
