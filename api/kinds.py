"""From a domain type to its GraphQL input: how the contract shows it, and how a given value becomes it."""

import re
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Annotated, Any, Final, NewType, Optional, Union, cast, get_args, get_origin, get_type_hints
from uuid import UUID

import strawberry

from api.scalars import Position, scalar_of
from domain.computed import Computed
from domain.errors import Malformed, Refusal
from domain.handling import camel

ITEMS_MAX: Final = 10_000
MUST_BE_SAID: Final = "This must be given; null stands for none."
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

Given = Mapping[str, Any]
"""An input as graphql-core hands it over: GraphQL names, checked against the schema, scalars parsed."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a type is shown in the contract, and read; `read(value, path)` raises `Malformed`."""

    shown: Any
    read: Callable[[Any, str], Any]
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """One field of an input: its names in Python and in GraphQL, its kind, its text, its default."""

    name: str
    shown_name: str
    kind: Kind
    description: str
    default: Any = strawberry.UNSET
    is_defaulted: bool = False


def read_id(value: object, path: str) -> UUID:
    """Return the UUID a text stands for; raise `Malformed` naming `path`."""
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise Malformed("An id is a UUID, such as 0199e5c0-7b1a-7c3e-9d52-3f6a1b2c4d5e.", field=path)
    return UUID(value)


def kind_of(hint: object, name: str) -> Kind:
    """Return how a field called `name`, of the type `hint`, is shown and read."""
    origin = get_origin(hint)
    if origin is Annotated:
        return kind_of(get_args(hint)[0], name)
    if isinstance(hint, NewType):
        return kind_of(hint.__supertype__, name)
    if origin in {Union, types.UnionType}:
        return _optional(hint, name)
    if origin in {tuple, frozenset}:
        return _several(hint, name)
    return _single(hint, name)


def _single(hint: object, name: str) -> Kind:
    if hint is int:
        return Kind(Position if name == "position" else scalar_of(name), _as_given)
    if hint in _PLAIN:
        return _PLAIN[hint]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return Kind(enum_type(hint), lambda value, _: hint(value))
    if isinstance(hint, type) and is_dataclass(hint):
        return _nested(hint)
    raise AssertionError(f"no GraphQL input stands for {hint}")


def _as_given(value: object, path: str) -> object:
    del path
    return value


_PLAIN: Final[Mapping[Any, Kind]] = {
    UUID: Kind(strawberry.ID, read_id),
    **{plain: Kind(plain, _as_given) for plain in (str, bool, date, datetime)},
}


@cache
def enum_type(enum: type[Enum]) -> type[Enum]:
    """Return the GraphQL enum of a domain enum: the same class, once."""
    return strawberry.enum(enum, description=first_line(enum))


def first_line(thing: type) -> str:
    """Return the first line of a class's docstring."""
    return (thing.__doc__ or "").partition("\n")[0].strip()


def _optional(hint: object, name: str) -> Kind:
    inner = [part for part in get_args(hint) if part is not type(None)]
    if len(inner) != 1 or len(get_args(hint)) != len(inner) + 1:
        raise AssertionError(f"no GraphQL input stands for {hint}")
    kind = kind_of(inner[0], name)
    return Kind(
        Optional[kind.shown],  # noqa: UP045 - a type made as the program runs
        lambda value, path: None if value is None else kind.read(value, path),
        is_optional=True,
    )


def _several(hint: object, name: str) -> Kind:
    collect = cast("Callable[[Any], Any]", get_origin(hint))
    item = kind_of(get_args(hint)[0], name)

    def read(values: list[object], path: str) -> object:
        if len(values) > ITEMS_MAX:
            raise Malformed(f"There are more than {ITEMS_MAX} items.", field=path)
        return collect([item.read(value, f"{path}.{index}") for index, value in enumerate(values)])

    return Kind(list[item.shown], read)  # type: ignore[name-defined]


@cache
def _nested(dataclass_type: type) -> Kind:
    slots = slots_of(dataclass_type)
    shown = input_type(f"{dataclass_type.__name__}Input", slots, first_line(dataclass_type))
    return Kind(shown, lambda value, path: build(dataclass_type, slots, value, f"{path}."))


def slots_of(dataclass_type: type) -> tuple[Slot, ...]:
    """Return the fields of a dataclass as fields of an input, without those computed where it is issued."""
    hints = get_type_hints(dataclass_type, include_extras=True)
    return tuple(
        _slot(field, hints[field.name])
        for field in fields(dataclass_type)
        if not any(isinstance(extra, Computed) for extra in getattr(hints[field.name], "__metadata__", ()))
    )


def _slot(field: Field[Any], hint: object) -> Slot:
    kind = kind_of(hint, field.name)
    texts = [extra for extra in getattr(hint, "__metadata__", ()) if isinstance(extra, str)]
    is_defaulted = field.default is not MISSING or field.default_factory is not MISSING
    is_plain = isinstance(field.default, str | int | Enum)
    if is_defaulted and not is_plain and not kind.is_optional:
        kind = _optional_of(kind)
    text = texts[0] if texts else ""
    return Slot(
        field.name,
        camel(field.name),
        kind,
        f"{text} {MUST_BE_SAID}".strip() if kind.is_optional and not is_defaulted else text,
        field.default if is_plain else strawberry.UNSET,
        is_defaulted,
    )


def _optional_of(kind: Kind) -> Kind:
    return Kind(Optional[kind.shown], kind.read)  # noqa: UP045 - as above


def input_type(name: str, slots: tuple[Slot, ...], description: str) -> type:
    """Return a GraphQL input type whose values stay the plain mapping that was given."""
    namespace: dict[str, Any] = {
        "__annotations__": {slot.name: slot.kind.shown for slot in slots},
        "__doc__": description,
    }
    for slot in slots:
        is_required = not slot.is_defaulted and not slot.kind.is_optional
        default = {} if is_required else {"default": slot.default}
        namespace[slot.name] = strawberry.field(
            name=slot.shown_name, description=slot.description or None, **default
        )
    made = strawberry.input(type(name, (), namespace), name=name, description=description)
    cast("Any", made).__strawberry_definition__.from_input = _plain
    return made


def _plain(made: type, value: Given, context: object) -> Given:
    del made, context
    return value


def build(made: type, slots: tuple[Slot, ...], given: Given, prefix: str = "") -> object:
    """Return a `made` from what was given; raise a Refusal whose field begins with `prefix`."""
    values = {
        slot.name: slot.kind.read(given[slot.shown_name], prefix + slot.shown_name)
        for slot in slots
        if has(slot, given)
    }
    for slot in slots:
        if slot.name not in values and not slot.is_defaulted:
            raise Malformed(MUST_BE_SAID, field=prefix + slot.shown_name)
    try:
        return made(**values)
    except Refusal as refusal:
        if prefix and refusal.field is not None:
            refusal.field = prefix + refusal.field
        raise


def has(slot: Slot, given: Given) -> bool:
    """Say whether a value was given: null for what is never null means the default."""
    return slot.shown_name in given and (given[slot.shown_name] is not None or slot.kind.is_optional)
