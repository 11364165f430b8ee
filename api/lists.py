"""The lists of rows, one query for each read model that has an order, made from what the model declares."""

from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from functools import partial
from types import GenericAlias
from typing import Annotated, Any, Final, Optional, cast, get_args, get_origin, get_type_hints

import psycopg
import strawberry
from strawberry.types.field import StrawberryField

from api.accessing import LOOKED_AFTER, note
from api.asking import (
    FIRST_DEFAULT,
    After,
    AsOf,
    BadCursor,
    Cursor,
    First,
    Moment,
    ProjectArgument,
    Scope,
    bounded,
    decode_cursor,
    encode_cursor,
    scope,
)
from api.connections import Connection, PageOf, connection, connection_of
from api.context import Context, Info
from api.kinds import Given, Kind, Slot, first_line, has, input_type, kind_of
from api.overview import ProjectOverview, overviews
from api.rows import described, row_type, without_none
from domain.handling import camel
from infra.reads import Filter, Listing
from infra.serving import Serving
from projections import project_overview
from projections.all import ALL
from projections.read_model import ReadModel

Shown = Callable[..., Awaitable[list[Any]]]

SHOWN: Final[Mapping[str, tuple[type, Shown]]] = {
    project_overview.READ_MODEL.name: (ProjectOverview, overviews),
}
"""What is answered in place of a read model's rows: their type, and how it is made of a page of them."""

Descending = Annotated[bool, strawberry.argument(description="The other way round.")]


def listed() -> tuple[ReadModel[Any], ...]:
    """Return the read models that are listed."""
    return tuple(model for model in ALL if model.orders)


def item_type(model: ReadModel[Any]) -> Any:
    """Return the GraphQL type of a read model's rows."""
    row, _ = SHOWN.get(model.name, (model.row, None))
    return row_type(row, next(iter(get_type_hints(model.row))))


async def shown(serving: Serving, model: ReadModel[Any], rows: list[Any], as_of: int | None) -> list[Any]:
    """Return rows as they are answered."""
    _, show = SHOWN.get(model.name, (model.row, None))
    return rows if show is None else await show(serving, rows, as_of=as_of)


def list_fields() -> list[StrawberryField]:
    """Return the query of each list."""
    return [_field(model) for model in listed()]


def order_type(model: ReadModel[Any]) -> Any:
    """Return the enum of a read model's orders."""
    name = f"{_type_name(model)}Order"
    made: Any = Enum(name, {each: each for each in model.orders})  # type: ignore[misc]
    return strawberry.enum(
        made, description="What the list is ordered by; what has no such value comes last."
    )


def _field(model: ReadModel[Any]) -> StrawberryField:
    orders = order_type(model)
    slots = filter_slots(model)

    async def resolve(  # noqa: PLR0913 - the arguments of the contract, by name
        info: Info,
        *,
        project: ProjectArgument = None,
        where: Given | None = None,
        order: Any = None,
        descending: bool = False,
        first: int = FIRST_DEFAULT,
        cursor: str | None = None,
        as_of: Moment | None = None,
        after: int | None = None,
    ) -> Any:
        within = await scope(info.context, project=project, as_of=as_of, after=after)
        filters = _filters(slots, where or {})
        asked = partial(_page, info.context, model, within, filters)
        return await asked(order.value, descending=descending, first=first, cursor=cursor)

    resolve.__name__ = model.name
    resolve.__annotations__ |= {
        "where": Annotated[
            Optional[input_type(f"{_type_name(model)}Filter", slots, "Only what all of these hold for.")],  # noqa: UP045
            strawberry.argument(description="Only what all of these hold for."),
        ],
        "order": Annotated[orders, strawberry.argument(description="What it is ordered by.")],
        "descending": Descending,
        "first": First,
        "cursor": Cursor,
        "as_of": AsOf,
        "after": After,
    }
    cast("Any", resolve).__kwdefaults__["order"] = next(iter(orders))
    field: Any = strawberry.field(
        resolve,
        name=camel(model.name),
        graphql_type=connection_of(item_type(model)),
        description=f"A page of a list. {first_line(model.row)}",
    )
    made: StrawberryField = field
    return made


async def _page(  # noqa: PLR0913 - by keyword, each its own
    context: Context,
    model: ReadModel[Any],
    within: Scope,
    filters: list[Filter],
    order: str,
    *,
    descending: bool,
    first: int,
    cursor: str | None,
) -> Connection[Any]:
    """Return a page of a read model's rows as a connection."""
    rows = context.engine.serving.rows[model.name]
    if within.project_ids is not None:
        filters.append(Filter("project_id", "any", list(within.project_ids)))
    of = (model.name, order, str(descending), str(within.asked), repr(filters))
    after = decode_cursor(of, cursor)
    listing = Listing(tuple(filters), order, bounded(first), descending, after, within.as_of)
    try:
        page = await rows.page(listing)
    except psycopg.DataError:
        raise BadCursor(field="cursor") from None
    items = await shown(context.engine.serving, model, page.rows, within.as_of)
    if model.name in LOOKED_AFTER:
        note(context, camel(model.name), entries=len(items), projects=within.project_ids)
    cursors = [encode_cursor(of, values) for values in page.cursors]
    found = PageOf(items, cursors, page.has_next)
    return connection(found, position=within.position, count=lambda: rows.count(listing))


def filter_slots(model: ReadModel[Any]) -> tuple[Slot, ...]:
    """Return what a list may be narrowed by: some values of a column, or one item of a column of ids."""
    hints = get_type_hints(model.row, include_extras=True)
    return tuple(_slot(name, hints[name]) for name in model.filters)


def _slot(name: str, hint: Any) -> Slot:
    column = without_none(hint)
    is_several = get_origin(column) is tuple
    kind = kind_of(get_args(column)[0] if is_several else GenericAlias(tuple, (column, ...)), name)
    text = "With this among its values" if is_several else "With one of these values"
    optional = Kind(Optional[kind.shown], kind.read, is_optional=True)  # noqa: UP045 - as above
    return Slot(name, camel(name), optional, f"{text}: {described(hint) or name}", is_defaulted=True)


def _filters(slots: tuple[Slot, ...], given: Given) -> list[Filter]:
    """Return the conditions that were given; raise `Malformed` naming the one at fault."""
    return [
        _filter(slot.name, slot.kind.read(given[slot.shown_name], f"where.{slot.shown_name}"))
        for slot in slots
        if has(slot, given) and given[slot.shown_name] is not None
    ]


def _filter(column: str, value: Any) -> Filter:
    if not isinstance(value, tuple):
        return Filter(column, "contains", value)
    values: list[Any] = list(value)  # pyright: ignore[reportUnknownArgumentType] - made by a kind
    return Filter(column, "any", [each.value if isinstance(each, Enum) else each for each in values])


def _type_name(model: ReadModel[Any]) -> str:
    return "".join(part.capitalize() for part in model.name.split("_"))
