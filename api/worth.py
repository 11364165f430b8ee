"""The value of a project over GraphQL: what it cost and brought by a day, as known at a moment."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

import strawberry

from api.asking import After, Moment, Scope, scope
from api.context import Info
from api.kpi import day_of
from api.rows import row_type
from infra.worth import ProjectValue, worth

PROJECT_VALUE: Final[Any] = row_type(ProjectValue)

OneProject = Annotated[strawberry.ID, strawberry.argument(name="project", description="Which project.")]
OnDay = Annotated[
    Moment | None,
    strawberry.argument(
        description="What happened until that day (UTC); today by default. A position stands for its time,"
        " and is knownAt too where that is not given."
    ),
]
KnownAt = Annotated[
    Moment | None, strawberry.argument(description="What had been recorded by then; now by default.")
]


async def within_one(
    info: Info, project: str, *, as_of: Moment | None, known_at: Moment | None, after: int | None
) -> tuple[Scope, UUID, date]:
    """Return what a query about one project is about, that project, and the last day that counts."""
    if known_at is None and as_of is not None and isinstance(as_of.position, int):
        known_at = as_of
    within = await scope(info.context, project=project, as_of=known_at, after=after)
    on = datetime.now(UTC).date() if as_of is None else await day_of(info, as_of)
    return within, UUID(project), on


async def value_of(
    info: Info,
    *,
    project: OneProject,
    as_of: OnDay = None,
    known_at: KnownAt = None,
    after: After = None,
) -> ProjectValue:
    """Return the value of a project."""
    within, project_id, on = await within_one(info, project, as_of=as_of, known_at=known_at, after=after)
    return await worth(info.context.engine.serving.pool, project_id, on, within.as_of)
