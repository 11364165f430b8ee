"""Work in progress over GraphQL: what was started and not ended at a moment, as known at another."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

import strawberry

from api.asking import After, Moment, ProjectArgument, scope
from api.context import Info
from api.kpi import instant_of
from api.rows import row_type
from api.worth import KnownAt
from infra.work_in_progress import WorkInProgress, work_in_progress

WORK_IN_PROGRESS: Final[Any] = row_type(WorkInProgress)

AtInstant = Annotated[
    Moment | None,
    strawberry.argument(
        description="The moment in question: that of knownAt by default, now without one. A position stands"
        " for its time, and is knownAt too where that is not given."
    ),
]


async def work_in_progress_of(
    info: Info,
    *,
    project: ProjectArgument = None,
    as_of: AtInstant = None,
    known_at: KnownAt = None,
    after: After = None,
) -> WorkInProgress:
    """Return the work in progress of one project, or of all that the actor may see."""
    if known_at is None and as_of is not None and isinstance(as_of.position, int):
        known_at = as_of
    within = await scope(info.context, project=project, as_of=known_at, after=after)
    moment = as_of or known_at
    at = datetime.now(UTC) if moment is None else await instant_of(info, moment)
    return await work_in_progress(info.context.engine.serving.pool, within.project_ids, at, within.as_of)
