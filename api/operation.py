"""A project in use over GraphQL: its availability over days, and how regularly its patches come out."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

import strawberry

from api.asking import After, Moment, scope
from api.context import Info
from api.kpi import instant_of
from api.rows import row_type
from api.worth import KnownAt, OnDay, OneProject, within_one
from domain.errors import Malformed, UnknownProject
from domain.shape import day
from infra.availability import Availability, Service, availability
from infra.patch_cadence import PatchCadence, patch_cadence
from infra.serving import Serving
from projections import project_overview, service_levels
from projections.read_model import part_id

AVAILABILITY: Final[Any] = row_type(Availability)
PATCH_CADENCE: Final[Any] = row_type(PatchCadence)
WINDOW_DAYS_MAX: Final = 3_660


async def availability_of(  # noqa: PLR0913 - the arguments of the contract, by name
    info: Info,
    *,
    project: OneProject,
    begin: Annotated[date, strawberry.argument(name="from", description="The window's first day.")],
    end: Annotated[date, strawberry.argument(name="to", description="Its last day; ten years at most.")],
    as_of: Annotated[
        Moment | None,
        strawberry.argument(
            description="Seen from then: what comes after it, or after knownAt, is not observed yet; now by"
            " default. A position stands for its time, and is knownAt too where that is not given."
        ),
    ] = None,
    known_at: KnownAt = None,
    after: After = None,
) -> Availability:
    """Return the availability of a project over a window of days."""
    _check_window(begin, end)
    if known_at is None and as_of is not None and isinstance(as_of.position, int):
        known_at = as_of
    within = await scope(info.context, project=project, as_of=known_at, after=after)
    serving = info.context.engine.serving
    moments = [await instant_of(info, each) for each in (as_of, known_at) if each is not None]
    until = min([datetime.now(UTC), *moments])
    service = await _service(serving, UUID(project), within.as_of)
    return await availability(serving.pool, service, (begin, end), until, within.as_of)


def _check_window(begin: date, end: date) -> None:
    day(begin, "from")
    day(end, "to")
    if end < begin:
        raise Malformed("The window ends before it begins.", field="to")
    if (end - begin).days >= WINDOW_DAYS_MAX:
        raise Malformed(f"The window is longer than {WINDOW_DAYS_MAX} days.", field="to")


async def _service(serving: Serving, project_id: UUID, known_at: int | None) -> Service:
    found = await serving.rows[project_overview.READ_MODEL.name].get([project_id], as_of=known_at)
    if project_id not in found:
        raise UnknownProject(field="project")
    key = part_id(project_id, "service_levels", "")
    levels = await serving.rows[service_levels.READ_MODEL.name].get([key], as_of=known_at)
    objectives = levels[key].objectives if key in levels else ()
    return Service(project_id, found[project_id].time_zone, objectives)


async def patch_cadence_of(
    info: Info,
    *,
    project: OneProject,
    as_of: OnDay = None,
    known_at: KnownAt = None,
    after: After = None,
) -> PatchCadence:
    """Return how regularly a project's patches come out."""
    within, project_id, on = await within_one(info, project, as_of=as_of, known_at=known_at, after=after)
    return await patch_cadence(info.context.engine.serving.pool, project_id, on, within.as_of)
