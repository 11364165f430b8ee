"""The days of going live, and until when the effect is assessed: the day alone is no success."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.communication import (
    REACH_TARGET_PERCENT,
    NoticeAcknowledged,
    NoticeSent,
    ReachTargetSet,
)
from domain.project.gates import Gate, GateOverridden
from domain.project.rollout import GoLiveRecorded
from domain.recorded import Recorded
from projections.communication import reach_percent
from projections.delivery_plan import GateOverride
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class GoLive:
    """Whether and when a project went live."""

    go_live_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project."]
    is_live: Annotated[bool, "Whether it went live, which alone is no success."] = False
    went_live_on: Annotated[date | None, "The day it went live, in the project's time zone."] = None
    assessed_until: Annotated[
        date | None, "The day its KPIs are assessed until: three months after it went live."
    ] = None
    overrides: Annotated[
        tuple[GateOverride, ...], "How it may be rolled out without a pilot that speaks for it."
    ] = ()
    addressed_count: Annotated[int, "Notices sent to somebody before it went live, each once for each."] = 0
    acknowledged_count: Annotated[int, "Those of them acknowledged before it went live."] = 0
    reach_percent: Annotated[
        int | None, "Acknowledged of addressed before it went live, rounded down; null without any."
    ] = None
    reach_target_percent: Annotated[int, "The reach wanted before it went live."] = REACH_TARGET_PERCENT
    is_reach_below_target: Annotated[
        bool, "A warning: fewer than wanted were told why before it went live, or nobody was told."
    ] = True


ReachEvent: TypeAlias = NoticeSent | NoticeAcknowledged | ReachTargetSet
Event: TypeAlias = GoLiveRecorded | GateOverridden | ReachEvent


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the project's going live; other gates than the pilot's are none of its."""
    event = seen.event
    if isinstance(event, GateOverridden) and event.gate is not Gate.PILOT:
        return ()
    return (part_id(seen.stream, "go_live", ""),)


def evolve(row: GoLive | None, seen: Recorded[Event]) -> GoLive | None:
    """Return the going live after an event."""
    row = row or GoLive(part_id(seen.stream, "go_live", ""), seen.stream)
    event = seen.event
    match event:
        case GoLiveRecorded(went_live_on, assessed_until):
            return replaced(row, is_live=True, went_live_on=went_live_on, assessed_until=assessed_until)
        case GateOverridden(gate, _, approver_id, cause):
            override = GateOverride(gate, approver_id, cause, seen.occurred_at)
            return replaced(row, overrides=(*row.overrides, override))
        case _:
            return row if row.is_live else _reached(row, event)


def _reached(row: GoLive, event: ReachEvent) -> GoLive:
    """Return what was reached after an event before going live; what comes later came too late."""
    match event:
        case NoticeSent(addressed_ids=addressed_ids):
            row = replaced(row, addressed_count=row.addressed_count + len(addressed_ids))
        case NoticeAcknowledged():
            row = replaced(row, acknowledged_count=row.acknowledged_count + 1)
        case ReachTargetSet(target_percent):
            row = replaced(row, reach_target_percent=target_percent)
    percent = reach_percent(row.acknowledged_count, row.addressed_count)
    is_below = 100 * row.acknowledged_count < row.reach_target_percent * max(row.addressed_count, 1)
    return replaced(row, reach_percent=percent, is_reach_below_target=is_below)


READ_MODEL: Final = ReadModel(
    name="go_live",
    row=GoLive,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"WENT_LIVE": ("went_live_on",)},
    filters=("is_live",),
)
