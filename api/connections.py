"""Lists as connections: pages by keyset, a total on request, and the position the answer is true of."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, Optional, TypeVar, Union

import strawberry

from api.scalars import Position

T = TypeVar("T")


@strawberry.type(description="Where a page ends.")
class PageInfo:
    """Where a page ends."""

    has_next_page: bool = strawberry.field(description="Whether there is more behind this page.")
    end_cursor: str | None = strawberry.field(description="The cursor of the page's last item.")


@strawberry.type(description="One item of a list and its cursor.")
class Edge(Generic[T]):
    """One item of a list and its cursor."""

    cursor: str = strawberry.field(description="Begin behind this item by giving it as `cursor`.")
    node: T = strawberry.field(description="The item.")


@strawberry.type(
    description="A page of a list. Nothing is cut off in silence: see hasNextPage and totalCount."
)
class Connection(Generic[T]):
    """A page of a list."""

    nodes: list[T] = strawberry.field(description="The items of this page.")
    edges: list[Edge[T]] = strawberry.field(description="The same items, each with its cursor.")
    page_info: PageInfo = strawberry.field(description="Where the page ends.")
    position: Position = strawberry.field(
        description="The log position the answer is true of; ask as of it to page through one moment."
    )
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field(description="How many items the whole list has; counted only when asked for.")
    async def total_count(self) -> int:
        """Return the length of the whole list."""
        return await self.count()


@dataclass(frozen=True, slots=True)
class PageOf(Generic[T]):
    """A page before it is shown."""

    items: list[T]
    cursors: list[str]
    has_next: bool


def connection_of(item: Any) -> Any:
    """Return the connection type of a type that was made as the program runs."""
    return Connection[item]


def optional(item: Any) -> Any:
    """Return the type of something or nothing."""
    return Optional[item]  # noqa: UP045 - a type made as the program runs


def either(*items: Any) -> Any:
    """Return the type of one of several types."""
    return Union[items]  # noqa: UP007 - types made as the program runs


def list_of(item: Any) -> Any:
    """Return the list type of a type that was made as the program runs."""
    return list[item]


def connection(page: PageOf[Any], *, position: int, count: Callable[[], Awaitable[int]]) -> Connection[Any]:
    """Return a page as a connection."""
    pairs = zip(page.cursors, page.items, strict=True)
    return Connection(
        nodes=page.items,
        edges=[Edge(cursor=cursor, node=item) for cursor, item in pairs],
        page_info=PageInfo(
            has_next_page=page.has_next, end_cursor=page.cursors[-1] if page.cursors else None
        ),
        position=Position(position),
        count=count,
    )
