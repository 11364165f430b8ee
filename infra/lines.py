"""Lines of PostgreSQL's binary COPY, or of an array of rows, each made by a function written for its columns.

A line is how many values it has, then each value behind its length, -1 for NULL; values are laid out as each
type's own `send` function does, and its `recv` reads. The driver asks Python about each value anew, and takes
three times as long.
"""

from collections.abc import Callable, Sequence
from itertools import groupby
from struct import Struct
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import postgres

from infra.packing import EPOCH, EPOCH_DAY

HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
"""What comes before the first line."""
TRAILER: Final = b"\xff\xff"
"""What comes behind the last one."""

_UUID_OID: Final = postgres.types["uuid"].oid
_LENGTH: Final = Struct(">i").pack
_NULL: Final = _LENGTH(-1)
_ARRAY: Final = Struct(">iiiiii").pack
_NO_ARRAY: Final = Struct(">iiii").pack(12, 0, 0, _UUID_OID)
_CHOSEN_MAX: Final = 10_000
_TRUE: Final = _LENGTH(1) + b"\1"
_FALSE: Final = _LENGTH(1) + b"\0"
_FIXED: Final = {
    "uuid": (16, "16s", "{}.int.to_bytes(16)"),
    "int8": (8, "q", "{}"),
    "float8": (8, "d", "{}"),
    "date": (4, "i", "{}.toordinal() - EPOCH_DAY"),
    "timestamptz": (
        8,
        "q",
        "((d := {} - EPOCH).days * 86_400 + d.seconds) * 1_000_000 + d.microseconds",
    ),
}
"""Of each type of one length that length, its form in a struct, and how it is made of a value."""


_OIDS: Final = {
    **{name: postgres.types[name].oid for name in ("text", "bool", *_FIXED)},
    "uuid[]": postgres.types["uuid"].array_oid,
}


class Value(NamedTuple):
    """One value of a line: how it is got of the arguments, its type, whether it may be None.

    `encode` makes the text of what has no type of PostgreSQL's: None is NULL all the same, and nothing, as a
    tuple, an empty list. What `is_chosen` is a text of which there are few different ones.
    """

    source: str
    type: str
    is_nullable: bool = False
    encode: Callable[[Any], bytes] | None = None
    is_chosen: bool = False


def line_maker(
    arguments: str, values: Sequence[Value], *, is_element: bool = False, **functions: Callable[..., Any]
) -> Callable[..., bytes]:
    """Return what makes a line of its `arguments`; it raises `struct.error` where a number is too large.

    A line that `is_element` is one of an array of rows: it stands behind its length, and names the type of
    each value before it. Sources of values may call `functions`.
    """
    scope: dict[str, Any] = {
        **functions,
        "EPOCH_DAY": EPOCH_DAY,
        "EPOCH": EPOCH,
        "length": _LENGTH,
        "chosen": _Chosen(),
        "NOTHING": _LENGTH(2) + b"[]",
        "array": _array,
        "NULL": _NULL,
        "TRUE": _TRUE,
        "FALSE": _FALSE,
        "join": b"".join,
    }
    pieces = [repr(Struct(">i" if is_element else ">h").pack(len(values)))]
    for is_run, run in groupby(values, lambda each: each.type in _FIXED and not each.is_nullable):
        if is_run:
            pieces.append(_run(list(run), scope, is_typed=is_element))
        else:
            for each in run:
                pieces += [repr(_LENGTH(_OIDS[each.type]))] if is_element else []
                pieces.append(_piece(each, scope))
    made = f"join(({', '.join(pieces)},))"
    line = f"length(len(line := {made})) + line" if is_element else made
    exec(f"def make({arguments}):\n    return {line}", scope)  # noqa: S102 - of our own names
    make: Callable[..., bytes] = scope["make"]
    return make


def _run(values: Sequence[Value], scope: dict[str, Any], *, is_typed: bool = False) -> str:
    """Return what makes several values of types of one length, all there, at once."""
    form = "".join("i" * (1 + is_typed) + _FIXED[each.type][1] for each in values)
    given = ", ".join(
        (f"{_OIDS[each.type]}, " if is_typed else "")
        + f"{_FIXED[each.type][0]}, {_FIXED[each.type][2].format(each.source)}"
        for each in values
    )
    return f"{_named(scope, f'pack_{form}', Struct('>' + form).pack)}({given})"


def _piece(value: Value, scope: dict[str, Any]) -> str:
    """Return what makes one value."""
    if value.type == "bool":
        there = "TRUE if {} else FALSE"
    elif value.type in _FIXED:
        there = _run([value._replace(source="{}")], scope)
    elif value.type == "uuid[]":
        there = "array({})"
    elif value.is_chosen:
        there = "chosen[{}]"
    elif value.encode is not None:
        encode = _named(scope, f"encode_{len(scope)}", value.encode)
        there = f"NOTHING if v == () else length(len(e := {encode}({{}}))) + e"
    else:
        there = "length(len(e := {}.encode())) + e"
    if value.is_nullable or value.encode is not None:
        return f"(NULL if (v := {value.source}) is None else {there.format('v')})"
    return f"({there.format(value.source)})"


def _named(scope: dict[str, Any], name: str, what: Callable[..., Any]) -> str:
    scope[name] = what
    return name


class _Chosen(dict[str, bytes]):
    """Texts of which there are few, members of enumerations among them."""

    def __missing__(self, value: str) -> bytes:
        if len(self) >= _CHOSEN_MAX:
            self.clear()
        encoded = value.encode()
        made = self[value] = _LENGTH(len(encoded)) + encoded
        return made


def _array(ids: Sequence[UUID]) -> bytes:
    """Return an array of ids: its dimensions, whether one is NULL, its type; then length and lowest index."""
    if not ids:
        return _NO_ARRAY
    count = len(ids)
    return _ARRAY(20 + 20 * count, 1, 0, _UUID_OID, count, 1) + b"".join(
        [b"\0\0\0\x10" + each.int.to_bytes(16) for each in ids]
    )
