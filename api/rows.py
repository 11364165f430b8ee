"""The GraphQL types of rows, made from their dataclasses: one place says what a field is called and means."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Final, Optional, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import strawberry

from api.kinds import enum_type, first_line
from api.scalars import scalar_of
from domain.handling import camel

_PLAIN: Final[Mapping[Any, Any]] = {
    UUID: strawberry.ID,
    **{plain: plain for plain in (str, int, float, bool, date, datetime)},
}


@cache
def row_type(row: type, key: str | None = None) -> Any:
    """Return the GraphQL type of a dataclass; its field `key`, where there is one, is shown as `id`.

    Values are the dataclass's own objects: nothing is copied, and no resolver runs for a field.
    """
    hints = get_type_hints(row, include_extras=True)
    namespace: dict[str, Any] = {
        "__doc__": row.__doc__,
        "__annotations__": {each.name: _shown(hints[each.name], each.name) for each in fields(row)},
        "is_type_of": classmethod(_is(row)),
    }
    for each in fields(row):
        namespace[each.name] = strawberry.field(
            name="id" if each.name == key else camel(each.name), description=described(hints[each.name])
        )
    made = type(row.__name__, (), namespace)
    return strawberry.type(made, name=row.__name__, description=first_line(row))


def _is(row: type) -> Callable[[Any, object, object], bool]:
    """Return the test by which a union tells whether a value is of this type."""

    def is_type_of(_cls: Any, value: object, _info: object) -> bool:
        return isinstance(value, row)

    return is_type_of


def _shown(hint: Any, name: str) -> Any:
    """Return how a value of a type, in a field called `name`, is shown."""
    if get_origin(hint) is Annotated:
        return _shown(get_args(hint)[0], name)
    if get_origin(hint) in {Union, UnionType}:
        return Optional[_shown(without_none(hint), name)]  # noqa: UP045 - a type made as the program runs
    if get_origin(hint) is tuple:
        return list[_shown(get_args(hint)[0], name)]  # type: ignore[misc]
    if hasattr(hint, "__supertype__"):
        return _shown(hint.__supertype__, name)
    if hint in _PLAIN:
        return _plain(hint, name)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return enum_type(hint)
    if isinstance(hint, type) and is_dataclass(hint):
        return row_type(hint)
    raise AssertionError(f"no GraphQL type stands for {hint}")


def _plain(hint: Any, name: str) -> Any:
    return scalar_of(name) if hint is int else _PLAIN[hint]


def without_none(hint: Any) -> Any:
    """Return a type without its annotations and without None."""
    if get_origin(hint) is Annotated:
        return without_none(get_args(hint)[0])
    if get_origin(hint) in {Union, UnionType}:
        return next(part for part in get_args(hint) if part is not type(None))
    return hint


def described(hint: Any) -> str | None:
    """Return what an annotated type says of itself."""
    return next((extra for extra in getattr(hint, "__metadata__", ()) if isinstance(extra, str)), None)
