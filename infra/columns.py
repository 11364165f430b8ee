"""The tables of a read model, derived from its row: column names and types, and values in and out."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec

from domain.copies import maker
from infra.lines import Value, line_maker

_PLAIN: Final[dict[object, str]] = {
    UUID: "uuid",
    str: "text",
    int: "int8",
    float: "float8",
    bool: "bool",
    date: "date",
    datetime: "timestamptz",
}
_NESTED: Final = "text"  # JSON as we wrote it: the same bytes come back, which jsonb does not promise


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, PostgreSQL type, whether it may be NULL, how its values are converted.

    `encode` gives the text that `dump` does as bytes, of a value that is not stored as itself. A value that
    `is_chosen` is a member of an enumeration.
    """

    name: str
    type: str
    is_nullable: bool
    dump: Callable[[Any], Any] | None = None
    load: Callable[[Any], Any] | None = None
    encode: Callable[[Any], bytes] | None = None
    is_chosen: bool = False


class Shape:
    """The columns of a row dataclass, with the fastest way found to turn rows into values and back."""

    def __init__(self, row: type) -> None:
        """Derive columns from the dataclass `row`; raise `AssertionError` for a field of no column type."""
        hints = get_type_hints(row)
        self.row = row
        self.columns = tuple(_column(each.name, hints[each.name]) for each in dataclasses.fields(row))
        self.names = tuple(column.name for column in self.columns)
        self.types = tuple(column.type for column in self.columns)
        self.key = self.names[0]
        self._line_makers: dict[tuple[tuple[str, ...], bool], Callable[..., bytes]] = {}
        self._values = attrgetter(*self.names)
        self._made_of = maker(row)
        self._dumps = [(i, column.dump) for i, column in enumerate(self.columns) if column.dump]
        self._loads = [(i, column.load) for i, column in enumerate(self.columns) if column.load]

    def dump(self, row: object) -> tuple[Any, ...]:
        """Return a row's values, column by column."""
        values: tuple[Any, ...] = self._values(row)
        if not self._dumps:
            return values
        out = list(values)
        for index, convert in self._dumps:
            out[index] = convert(out[index])
        return tuple(out)

    def line_maker(self, *positions: str, is_element: bool = False) -> Callable[..., bytes]:
        """Return what makes a line of a row, and of positions, which stand behind it; made once."""
        kind = positions, is_element
        if kind not in self._line_makers:
            of_row = (
                Value(f"row.{each.name}", each.type, each.is_nullable, each.encode, each.is_chosen)
                for each in self.columns
            )
            behind = (Value(name, "int8", is_nullable=name == "until") for name in positions)
            arguments = ", ".join(("row", *positions))
            self._line_makers[kind] = line_maker(arguments, [*of_row, *behind], is_element=is_element)
        return self._line_makers[kind]

    def load(self, values: tuple[Any, ...]) -> Any:
        """Return the row that `values` stand for."""
        if not self._loads:
            return self._made_of(*values)
        out = list(values)
        for index, convert in self._loads:
            if out[index] is not None:
                out[index] = convert(out[index])
        return self._made_of(*out)

    @property
    def ddl(self) -> str:
        """Return the column definitions, for CREATE TABLE; names are quoted, since one may be a keyword."""
        return ", ".join(f'"{c.name}" {c.type}{"" if c.is_nullable else " NOT NULL"}' for c in self.columns)


def shape_of(row: type) -> Shape:
    """Return the shape of a row dataclass, derived once."""
    found = _SHAPES.get(row)
    if found is None:
        found = _SHAPES[row] = Shape(row)
    return found


_SHAPES: Final[dict[type, Shape]] = {}


def _column(name: str, hint: object) -> Column:
    inner, is_nullable = _without_none(hint)
    plain = _PLAIN.get(_base(inner))
    if plain is not None:
        return Column(name, plain, is_nullable)
    if isinstance(inner, type) and issubclass(inner, StrEnum):
        return Column(name, "text", is_nullable, None, inner, is_chosen=True)
    if get_origin(inner) is tuple and get_args(inner)[1:] == (...,) and _base(get_args(inner)[0]) is UUID:
        return Column(name, "uuid[]", is_nullable, list, tuple)
    return _nested(name, inner, is_nullable=is_nullable)


def _nested(name: str, inner: Any, *, is_nullable: bool) -> Column:
    encode = msgspec.json.Encoder().encode
    decode = msgspec.json.Decoder(inner).decode

    def dump(value: object) -> str | None:
        if value is None:
            return None
        return encode(value).decode() if value != () else "[]"

    return Column(name, _NESTED, is_nullable, dump, decode, encode)


def _without_none(hint: object) -> tuple[Any, bool]:
    if get_origin(hint) in (Union, UnionType):
        rest = [part for part in get_args(hint) if part is not NoneType]
        if len(rest) != 1:
            raise AssertionError(f"{hint} has no column type")
        return rest[0], True
    return hint, False


def _base(hint: Any) -> Any:
    """Return what a NewType is made of, anything else as it is."""
    while hasattr(hint, "__supertype__"):
        hint = hint.__supertype__
    return hint
