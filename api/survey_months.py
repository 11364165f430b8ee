"""The months without a survey over GraphQL: the satisfaction nobody asked for."""

from typing import Annotated, Any, Final

import strawberry

from api.asking import After, Moment
from api.context import Info
from api.rows import row_type
from api.worth import KnownAt, OneProject, within_one
from infra import survey_months
from infra.survey_months import MissingSurveyMonth

MISSING_SURVEY_MONTH: Final[Any] = row_type(MissingSurveyMonth)

ByDay = Annotated[
    Moment,
    strawberry.argument(
        description="What happened until that day (UTC); months that end on it or later are not missing yet."
        " A position stands for its time, and is knownAt too where that is not given."
    ),
]


async def missing_survey_months(
    info: Info, *, project: OneProject, as_of: ByDay, known_at: KnownAt = None, after: After = None
) -> list[MissingSurveyMonth]:
    """Return the months of a project that went by without a survey closed."""
    within, project_id, on = await within_one(info, project, as_of=as_of, known_at=known_at, after=after)
    pool = info.context.engine.serving.pool
    return await survey_months.missing_survey_months(pool, project_id, on, within.as_of)
