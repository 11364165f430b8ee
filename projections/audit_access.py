"""Who looked at audit data: one row for each record of it, for the organisation's roles."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from domain.access import AccessRecorded
from domain.recorded import Recorded
from projections.read_model import ReadModel


@dataclass(frozen=True, slots=True)
class AuditAccess:
    """Somebody looked at audit data, some times within a short while."""

    access_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID | None, "Always null: who looked is for the organisation's roles alone."]
    actor_id: Annotated[UUID, "Who looked."]
    query: Annotated[
        str, "What was asked: auditTrail, kpi.events, changes, proof, export, auditAccess, node."
    ]
    subject_id: Annotated[UUID | None, "The one thing it was asked about, if any."]
    within_id: Annotated[UUID | None, "The one project it was asked about, if any."]
    times: Annotated[int, "How often it was asked."]
    entry_count: Annotated[int, "How many entries were answered, all times together."]
    first_at: Annotated[datetime, "When it was asked first (UTC)."]
    last_at: Annotated[datetime, "When it was asked last (UTC)."]


def keys(seen: Recorded[AccessRecorded]) -> Iterable[UUID]:
    """Return the access an event records."""
    return (seen.stream,)


def evolve(_row: AuditAccess | None, seen: Recorded[AccessRecorded]) -> AuditAccess | None:
    """Return the access an event records; no event changes one."""
    match seen.event:
        case AccessRecorded(query, subject, within, times, entry_count, first_at, last_at):
            return AuditAccess(
                seen.stream,
                None,
                seen.actor_id,
                query,
                subject,
                within,
                times,
                entry_count,
                first_at,
                last_at,
            )


READ_MODEL: Final = ReadModel(
    name="audit_access",
    row=AuditAccess,
    folds=frozenset({AccessRecorded}),
    keys=keys,
    evolve=evolve,
    orders={"LAST": ("last_at",)},
    filters=("actor_id", "query", "subject_id", "within_id"),
)
