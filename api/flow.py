"""Flow over GraphQL: where tasks stood day by day, and how old is what is in progress."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

import strawberry

from api.asking import FIRST_DEFAULT, After, First, bounded, scope
from api.context import Info
from api.kpi import FirstDay, LastDay, check_window, instant_of
from api.rows import row_type
from api.work_in_progress import AtInstant
from api.worth import KnownAt, OneProject
from domain import shape
from domain.errors import Malformed
from infra.flow_chart import DAYS_MAX, flow
from infra.work_item_age import Asked, WorkItemAges, work_item_ages
from projections.flow_chart import FlowDay

SKIPPED_MAX: Final = 100_000
FLOW_DAY: Final[Any] = row_type(FlowDay)
WORK_ITEM_AGES: Final[Any] = row_type(WorkItemAges)

Skipped = Annotated[int, strawberry.argument(description="How many older ones come before this page.")]


async def flow_by_day(  # noqa: PLR0913 - the arguments of the contract, by name
    info: Info,
    *,
    project: OneProject,
    begin: FirstDay,
    end: LastDay,
    as_of: AtInstant = None,
    known_at: KnownAt = None,
    after: After = None,
) -> list[FlowDay]:
    """Return where a project's tasks stood at the end of each day of a window, up to that of asOf."""
    check_window(begin, end)
    if end - begin >= timedelta(days=DAYS_MAX):
        raise Malformed(f"A window has {DAYS_MAX} days at most.", field="to")
    if known_at is None and as_of is not None and isinstance(as_of.position, int):
        known_at = as_of
    within = await scope(info.context, project=project, as_of=known_at, after=after)
    until = datetime.now(UTC) if as_of is None else await instant_of(info, as_of)
    serving = info.context.engine.serving
    return await flow(serving, UUID(project), (begin, end), until=until, known_at=within.position)


async def work_item_ages_of(  # noqa: PLR0913 - the arguments of the contract, by name
    info: Info,
    *,
    project: OneProject,
    first: First = FIRST_DEFAULT,
    skipped: Skipped = 0,
    as_of: AtInstant = None,
    known_at: KnownAt = None,
    after: After = None,
) -> WorkItemAges:
    """Return the tasks of a project in progress, the oldest first, against its cycle times."""
    shape.whole(skipped, "skipped", 0, SKIPPED_MAX)
    size = bounded(first)
    if known_at is None and as_of is not None and isinstance(as_of.position, int):
        known_at = as_of
    within = await scope(info.context, project=project, as_of=known_at, after=after)
    at = datetime.now(UTC) if as_of is None else await instant_of(info, as_of)
    asked = Asked(within.project_ids, at, within.as_of)
    return await work_item_ages(info.context.engine.serving.pool, asked, first=size, skipped=skipped)
