"""Little's law over GraphQL: whether work in progress, throughput and cycle time agree over a window."""

from datetime import datetime
from typing import Annotated, Any, Final

import strawberry

from api.asking import After, AsOf, ProjectArgument, scope
from api.context import Info
from api.rows import row_type
from api.worth import KnownAt
from domain import shape
from domain.errors import Malformed
from infra.littles_law import LittlesLaw, littles_law

LITTLES_LAW: Final[Any] = row_type(LittlesLaw)

Begin = Annotated[
    datetime, strawberry.argument(name="from", description="Where the window begins, an instant.")
]
End = Annotated[datetime, strawberry.argument(name="to", description="Where it ends, a later instant.")]


async def littles_law_of(  # noqa: PLR0913 - the arguments of the contract, by name
    info: Info,
    *,
    begin: Begin,
    end: End,
    project: ProjectArgument = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    after: After = None,
) -> LittlesLaw:
    """Return the check of Little's law in one project, or in all that the actor may see."""
    shape.instant(begin, "from")
    shape.instant(end, "to")
    if end <= begin:
        raise Malformed("A window ends after it begins.", field="to")
    within = await scope(info.context, project=project, as_of=known_at or as_of, after=after)
    return await littles_law(info.context.engine.serving.pool, within.project_ids, (begin, end), within.as_of)
