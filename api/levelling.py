"""What plans ask of resources over GraphQL: the load of each day, and where it is more than there is."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

import strawberry

from api.asking import (
    FIRST_DEFAULT,
    AsOf,
    BadCursor,
    Cursor,
    First,
    bounded,
    decode_cursor,
    encode_cursor,
    log_scope,
    permitted,
)
from api.connections import Connection, PageOf, connection
from api.context import Context, Info
from api.kinds import read_id
from api.rows import row_type
from domain.calendar import instant_at
from domain.errors import Malformed
from domain.levelling.loading import DayLoad, day_loads, overloads
from domain.levelling.planning import Levelling, levelling_of
from domain.levelling.plans import Plan
from infra.levelling.plans import plans_at

PROJECTS_MAX: Final = 20
DAYS_MAX: Final = 366

Projects = Annotated[
    list[strawberry.ID],
    strawberry.argument(description="The projects whose plans are added up, 1 to 20."),
]


@dataclass(frozen=True, slots=True)
class ResourceLoad:
    """What plans ask of a resource on a day, and what there is of it."""

    resource_id: Annotated[UUID, "The resource, as commands name it."]
    day: Annotated[date, "The day, in the first project's time zone."]
    load_minutes: Annotated[int, "Minutes asked for, counted at 100 percent: 30 at 200 percent are 60."]
    capacity_minutes: Annotated[int, "Minutes there are by its calendar, counted alike."]
    peak_percent: Annotated[int, "The most that is asked for at one time of the day."]
    capacity_percent: Annotated[int, "How much there is of it at any time."]
    is_overloaded: Annotated[bool, "Whether at some time of the day more is asked for than there is."]
    task_ids: Annotated[tuple[UUID, ...], "The tasks that are worked on with it that day."]


@dataclass(frozen=True, slots=True)
class ResourceOverload:
    """A time through which plans ask more of a resource than there is of it, and the tasks that do."""

    resource_id: Annotated[UUID, "The resource, as commands name it."]
    begins_at: Annotated[datetime, "When it begins (UTC)."]
    ends_at: Annotated[datetime, "When it ends (UTC)."]
    peak_percent: Annotated[int, "The most that is asked for at one time of it."]
    capacity_percent: Annotated[int, "How much there is of it."]
    task_ids: Annotated[tuple[UUID, ...], "The tasks that ask for it."]


RESOURCE_LOAD: Final[Any] = row_type(ResourceLoad)
RESOURCE_OVERLOAD: Final[Any] = row_type(ResourceOverload)


@dataclass(frozen=True, slots=True)
class Asked:
    """The plans a query is about, and what is true of them."""

    plans: list[Plan]
    levelling: Levelling
    position: int


async def project_ids_of(
    context: Context, projects: Sequence[str], field: str = "projects"
) -> tuple[UUID, ...]:
    """Return the projects named by `field`; raise `Malformed` for too many, `NotPermitted` for another's."""
    if not 1 <= len(projects) <= PROJECTS_MAX or len(set(projects)) < len(projects):
        raise Malformed(f"These are 1 to {PROJECTS_MAX} projects, each named once.", field=field)
    ids = tuple(read_id(each, field) for each in projects)
    for project_id in ids:
        await permitted(context, project_id, field)
    return ids


async def _asked(info: Info, projects: Sequence[str], as_of: Any) -> Asked:
    """Return the plans of some projects as of a moment, from the log itself: never behind a mutation."""
    ids = await project_ids_of(info.context, projects)
    within = await log_scope(info.context, project=projects[0], as_of=as_of)
    engine = info.context.engine
    recorded_at = None if within.as_of is None else await engine.serving.recorded_at(within.as_of)
    at = recorded_at or datetime.now(UTC)
    position = within.position

    def read() -> Asked:
        plans = plans_at(engine.settings.addresses[0], engine.serving.codec, ids, position)
        return Asked(plans, levelling_of(plans, at), position)

    async with engine.planning:
        return await asyncio.to_thread(read)


async def resource_load(  # noqa: PLR0913 - the arguments of the contract, by name
    info: Info,
    *,
    projects: Projects,
    from_on: Annotated[date, strawberry.argument(name="from", description="The first day.")],
    to_on: Annotated[date, strawberry.argument(name="to", description="The last day, a year on at most.")],
    resource: Annotated[strawberry.ID | None, strawberry.argument(description="Only this resource.")] = None,
    first: First = FIRST_DEFAULT,
    cursor: Cursor = None,
    as_of: AsOf = None,
) -> Connection[Any]:
    """Return a page of the load of each day, by resource and day."""
    if not 0 <= (to_on - from_on).days < DAYS_MAX:
        raise Malformed(f"The window has 1 to {DAYS_MAX} days.", field="to")
    wished = None if resource is None else read_id(resource, "resource")
    asked = await _asked(info, projects, as_of)
    found = day_loads(asked.plans, asked.levelling, asked.levelling.planned, from_on, to_on)
    loads = [_load(each) for each in found if wished in {None, each.resource_id}]
    of = ("resource_load", *projects, str(from_on), str(to_on), str(wished))
    return page_of(
        loads, lambda load: (str(load.resource_id), str(load.day)), asked.position, (of, first, cursor)
    )


def _load(each: DayLoad) -> ResourceLoad:
    return ResourceLoad(
        each.resource_id,
        each.day,
        each.load_minutes,
        each.capacity_minutes,
        each.peak_percent,
        each.capacity_percent,
        each.is_overloaded,
        each.task_ids,
    )


async def resource_overloads(
    info: Info,
    *,
    projects: Projects,
    first: First = FIRST_DEFAULT,
    cursor: Cursor = None,
    as_of: AsOf = None,
) -> Connection[Any]:
    """Return a page of the overloads of the plans, by resource and time."""
    asked = await _asked(info, projects, as_of)
    found = [
        ResourceOverload(
            each.resource_id,
            instant_at(each.begin),
            instant_at(each.end),
            each.peak_percent,
            each.capacity_percent,
            each.task_ids,
        )
        for each in overloads(asked.levelling, asked.levelling.planned)
    ]
    of = ("resource_overloads", *projects)
    return page_of(
        found,
        lambda over: (str(over.resource_id), over.begins_at.isoformat()),
        asked.position,
        (of, first, cursor),
    )


def page_of(
    items: Iterable[Any],
    place: Callable[[Any], tuple[str, ...]],
    position: int,
    wish: tuple[Sequence[str], int, str | None],
) -> Connection[Any]:
    """Return a page of items that are all at hand, ordered by their places; raise `BadCursor`."""
    of, first, cursor = wish
    ordered = sorted(items, key=place)
    behind = decode_cursor(of, cursor)
    if behind is not None and ordered and len(behind) != len(place(ordered[0])):
        raise BadCursor(field="cursor")
    left = [each for each in ordered if behind is None or place(each) > behind]
    shown = left[: bounded(first)]
    cursors = [encode_cursor(of, place(each)) for each in shown]
    page = PageOf(shown, cursors, len(left) > len(shown))

    async def count() -> int:
        return len(ordered)

    return connection(page, position=position, count=count)
