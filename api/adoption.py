"""Adoption by cohort over GraphQL: who of a team uses a project, on any day, as known at any moment."""

from typing import Annotated, Any, Final

import strawberry

from api.asking import After
from api.context import Info
from api.kinds import enum_type
from api.rows import row_type
from api.worth import KnownAt, OnDay, OneProject, within_one
from domain.shape import LAST_DAY
from infra.adoption import AdoptionCohort, CohortKind, adoption

ADOPTION_COHORT: Final[Any] = row_type(AdoptionCohort)
enum_type(CohortKind)

By = Annotated[CohortKind, strawberry.argument(description="What the team is divided by.")]


async def adoption_of(  # noqa: PLR0913 - the arguments of the contract, by name
    info: Info,
    *,
    project: OneProject,
    by: By = CohortKind.MONTH,
    as_of: OnDay = None,
    known_at: KnownAt = None,
    after: After = None,
) -> list[AdoptionCohort]:
    """Return the cohorts of a project's team; the day is its own, which may be ahead of the UTC one."""
    within, project_id, day = await within_one(info, project, as_of=as_of, known_at=known_at, after=after)
    on = LAST_DAY if as_of is None else day
    return await adoption(info.context.engine.serving.pool, project_id, by, on, within.as_of)
