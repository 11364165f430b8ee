"""The feedback inbox: feedback of every kind, where its loop stands, and what it says of the KPIs."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from domain import feedback
from domain.copies import replaced
from domain.feedback import ComplaintCategory, FeedbackKind, FeedbackStatus, LoopStage, Priority, Severity
from domain.feedback.resolution import IncidentResolutionBreached
from domain.recorded import Recorded
from projections.read_model import Observation, ReadModel


@dataclass(frozen=True, slots=True)
class FeedbackItem:
    """One suggestion, incident, rating or complaint as those who answer it see it."""

    feedback_id: Annotated[UUID, "The feedback's id."]
    project_id: Annotated[UUID, "The project it is about."]
    kind: Annotated[FeedbackKind, "What it is."]
    text: Annotated[str, "What was said."]
    status: Annotated[FeedbackStatus, "Where it stands."]
    given_by: Annotated[UUID, "Who gave it."]
    given_at: Annotated[datetime, "When it was given (UTC)."]
    screen: Annotated[str, "The screen it was given on."] = ""
    severity: Annotated[Severity | None, "How bad an incident or what is complained of is."] = None
    priority: Annotated[Priority | None, "The priority triage gave it."] = None
    task_ids: Annotated[tuple[UUID, ...], "The tasks it led to."] = ()
    acknowledge_due_at: Annotated[datetime | None, "Until when an incident is to be acknowledged (UTC)."] = (
        None
    )
    acknowledged_at: Annotated[datetime | None, "When it was acknowledged (UTC)."] = None
    acknowledged_on: Annotated[date | None, "The same, as a day in the project's time zone."] = None
    response_minutes: Annotated[int | None, "Elapsed minutes to acknowledgement, pauses aside."] = None
    is_acknowledged_in_time: Annotated[bool | None, "Whether that was within the goal."] = None
    breached_on: Annotated[
        date | None, "The day its goal passed unacknowledged, in the project's time zone."
    ] = None
    is_escalated: Annotated[bool, "Whether it was escalated."] = False
    outcome: Annotated[str | None, "What came of it."] = None
    resolved_at: Annotated[datetime | None, "When it was resolved (UTC)."] = None
    open_minutes: Annotated[int | None, "Elapsed minutes until it was resolved, pauses aside."] = None
    score: Annotated[int | None, "How good its screen was rated, 1 to 5, the best."] = None
    category: Annotated[ComplaintCategory | None, "What is complained of."] = None
    release: Annotated[str | None, "The version of the release that brings what it led to."] = None
    loop_stage: Annotated[LoopStage, "What its loop waits for; closed once its giver was told."] = (
        LoopStage.TRIAGE
    )
    is_loop_open: Annotated[bool, "Whether its giver is still to be told what came of it."] = True
    told_at: Annotated[datetime | None, "When its giver was told what came of it (UTC)."] = None
    told_on: Annotated[date | None, "The same, as a day in the project's time zone."] = None
    loop_minutes: Annotated[int | None, "Elapsed minutes from when it was given until then."] = None
    resolve_due_at: Annotated[
        datetime | None, "Until when an incident is to be resolved (UTC); null where that was not agreed."
    ] = None
    resolved_on: Annotated[date | None, "When it was resolved, as a day in the project's time zone."] = None
    resolution_breached_on: Annotated[
        date | None, "The day its goal passed unresolved, in the project's time zone."
    ] = None
    released_on: Annotated[
        date | None, "The day of the first release that named it, in the project's time zone."
    ] = None
    release_minutes: Annotated[int | None, "Elapsed minutes from when it was given until then."] = None


def keys(seen: Recorded[Any]) -> Iterable[UUID]:
    """Return the feedback."""
    return (seen.stream,)


def evolve(item: FeedbackItem | None, seen: Recorded[feedback.FeedbackEvent]) -> FeedbackItem | None:
    """Return the item after an event."""
    event = seen.event
    begin = _BEGINNINGS.get(type(event))
    if begin is not None:
        return begin(seen.stream, event)
    if item is None:
        raise AssertionError("a feedback's first event is that it was given")
    return _staged(_FOLDS[type(event)](item, event))


def _staged(item: FeedbackItem) -> FeedbackItem:
    stage = feedback.stage(
        is_triaged=item.priority is not None,
        has_task=bool(item.task_ids),
        has_release=item.release is not None,
        is_resolved=item.resolved_at is not None,
        is_told=item.told_at is not None,
    )
    if stage is item.loop_stage:
        return item
    return replaced(item, loop_stage=stage, is_loop_open=stage is not LoopStage.CLOSED)


def _suggestion(stream: UUID, event: feedback.SuggestionGiven) -> FeedbackItem:
    by = event.given_by, event.given_at
    kind, status = FeedbackKind.SUGGESTION, FeedbackStatus.NEW
    return FeedbackItem(stream, event.project_id, kind, event.text, status, *by, event.screen)


def _rating(stream: UUID, event: feedback.FeedbackSubmitted) -> FeedbackItem:
    by = event.given_by, event.given_at
    kind, status = FeedbackKind.RATING, FeedbackStatus.NEW
    return FeedbackItem(
        stream, event.project_id, kind, event.text, status, *by, event.screen, score=event.score
    )


def _complaint(stream: UUID, event: feedback.ComplaintFiled) -> FeedbackItem:
    by = event.filed_by, event.filed_at
    kind, status = FeedbackKind.COMPLAINT, FeedbackStatus.NEW
    item = FeedbackItem(stream, event.project_id, kind, event.text, status, *by)
    return replaced(item, severity=event.severity, category=event.category)


def _incident(stream: UUID, event: feedback.IncidentReported) -> FeedbackItem:
    return FeedbackItem(
        stream,
        event.project_id,
        FeedbackKind.INCIDENT,
        event.text,
        FeedbackStatus.NEW,
        event.reported_by,
        event.reported_at,
        severity=event.severity,
        acknowledge_due_at=event.acknowledge_due_at,
        resolve_due_at=event.resolve_due_at,
    )


_BEGINNINGS: Final[Mapping[type, Callable[[UUID, Any], FeedbackItem]]] = {
    feedback.SuggestionGiven: _suggestion,
    feedback.IncidentReported: _incident,
    feedback.FeedbackSubmitted: _rating,
    feedback.ComplaintFiled: _complaint,
}


def _acknowledged(item: FeedbackItem, event: feedback.IncidentAcknowledged) -> FeedbackItem:
    return replaced(
        item,
        status=FeedbackStatus.ACKNOWLEDGED,
        acknowledged_at=event.acknowledged_at,
        acknowledged_on=event.acknowledged_on,
        response_minutes=event.elapsed_minutes,
        is_acknowledged_in_time=event.is_within_goal,
    )


def _resumed(item: FeedbackItem, event: feedback.IncidentResumed) -> FeedbackItem:
    status = FeedbackStatus.NEW if item.acknowledged_at is None else FeedbackStatus.ACKNOWLEDGED
    return replaced(
        item,
        status=status,
        acknowledge_due_at=event.acknowledge_due_at,
        resolve_due_at=event.resolve_due_at,
    )


def _in_release(item: FeedbackItem, event: feedback.FeedbackLinkedToRelease) -> FeedbackItem:
    """Return the item in its release; a later one does not change when it was first released."""
    item = replaced(item, release=event.version)
    if item.release_minutes is not None or event.release_minutes is None:
        return item
    return replaced(item, released_on=event.linked_on, release_minutes=event.release_minutes)


_FOLDS: Final[Mapping[type, Callable[[FeedbackItem, Any], FeedbackItem]]] = {
    feedback.FeedbackTriaged: lambda item, event: replaced(
        item,
        priority=event.priority,
        status=FeedbackStatus.TRIAGED if item.status is FeedbackStatus.NEW else item.status,
    ),
    feedback.FeedbackLinkedToTask: lambda item, event: replaced(
        item, task_ids=(*item.task_ids, event.task_id)
    ),
    feedback.IncidentAcknowledged: _acknowledged,
    feedback.IncidentPaused: lambda item, _event: replaced(item, status=FeedbackStatus.PAUSED),
    feedback.IncidentResumed: _resumed,
    feedback.IncidentBreached: lambda item, event: replaced(item, breached_on=event.breached_on),
    feedback.IncidentEscalated: lambda item, _event: replaced(item, is_escalated=True),
    feedback.FeedbackLinkedToRelease: _in_release,
    feedback.GiverTold: lambda item, event: replaced(
        item, told_at=event.told_at, told_on=event.told_on, loop_minutes=event.loop_minutes
    ),
    feedback.FeedbackResolved: lambda item, event: replaced(
        item,
        status=FeedbackStatus.RESOLVED,
        outcome=event.outcome,
        resolved_at=event.resolved_at,
        open_minutes=event.open_minutes,
        resolved_on=event.resolved_on,
    ),
    IncidentResolutionBreached: lambda item, event: replaced(item, resolution_breached_on=event.breached_on),
}


def observe(item: FeedbackItem) -> Iterator[Observation]:
    """Yield the times to release and to telling; an incident's response, its goal missed at its time."""
    if item.release_minutes is not None and item.released_on is not None:
        yield Observation("feedback_to_release_time", item.released_on, item.release_minutes)
    if item.loop_minutes is not None and item.told_on is not None:
        yield Observation("feedback_loop_time", item.told_on, item.loop_minutes)
    if item.response_minutes is not None and item.acknowledged_on is not None:
        yield Observation("incident_response", item.acknowledged_on, item.response_minutes)
    if item.breached_on is not None:
        yield Observation("incident_response_attainment", item.breached_on, 1, is_met=False)
    elif item.acknowledged_on is not None:
        yield Observation(
            "incident_response_attainment", item.acknowledged_on, 1, item.is_acknowledged_in_time
        )
    if item.kind is FeedbackKind.INCIDENT:
        yield from _resolution(item)


def _resolution(item: FeedbackItem) -> Iterator[Observation]:
    """Yield an incident's time to resolve, and whether the goal agreed for it was met."""
    if item.resolved_on is not None and item.open_minutes is not None:
        yield Observation("time_to_resolve", item.resolved_on, item.open_minutes)
    if item.resolution_breached_on is not None:
        yield Observation("resolution_attainment", item.resolution_breached_on, 1, is_met=False)
    elif item.resolved_on is not None and item.resolve_due_at is not None:
        yield Observation("resolution_attainment", item.resolved_on, 1, is_met=True)


READ_MODEL: Final = ReadModel(
    name="feedback_inbox",
    row=FeedbackItem,
    folds=frozenset({*_BEGINNINGS, *_FOLDS}),
    keys=keys,
    evolve=evolve,
    observe=observe,
    orders={"GIVEN": ("given_at",)},
    filters=("kind", "status", "severity", "task_ids", "category", "release", "loop_stage", "is_loop_open"),
)
