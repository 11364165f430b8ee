"""Noting who looks at audit data, as it is answered."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from api.context import Context
from infra.access_log import Look
from projections import audit_access

LOOKED_AFTER: Final = frozenset({audit_access.READ_MODEL.name})
"""The read models that are audit data: who lists them is noted."""


def note(
    context: Context,
    query: str,
    *,
    entries: int,
    subject: UUID | None = None,
    projects: tuple[UUID, ...] | None = None,
) -> None:
    """Note that the actor was answered so many entries; raise `LogAway` where it cannot be kept."""
    within = projects[0] if projects is not None and len(projects) == 1 else None
    look = Look(context.actor.actor_id, query, subject, within)
    context.engine.access.note(look, entries, datetime.now(UTC))
