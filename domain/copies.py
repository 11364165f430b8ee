"""Changed copies of frozen dataclasses, at a tenth of what `dataclasses.replace` takes.

Folding makes one for nearly every event. A frozen dataclass sets each of its fields by a call. Here they are
set by a function written for the kind and the fields that change, in a twin of the same layout that is not
frozen; the twin then becomes what was asked for.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")


def replaced(value: T, /, **changes: object) -> T:
    """Return a copy of a frozen dataclass with slots, some fields changed; `TypeError` for an unknown one."""
    kind: type = type(value)
    made: T = _copier(kind, tuple(changes))(value, *changes.values())
    return made


@cache
def maker(kind: type) -> Callable[..., Any]:
    """Return what makes a frozen dataclass of the values of all its fields, in their order."""
    if not _is_plain(kind):
        return kind
    names = [each.name for each in fields(kind)]
    return _written(kind, {name: f"new_{name}" for name in names}, names)


@cache
def _copier(kind: type, changed: tuple[str, ...]) -> Callable[..., Any]:
    names = [each.name for each in fields(kind)]
    unknown = set(changed) - set(names)
    if unknown or not _is_plain(kind):
        return _checked(changed)
    sources = {name: f"new_{name}" if name in changed else f"value.{name}" for name in names}
    return _written(kind, sources, changed, "value")


def _checked(changed: tuple[str, ...]) -> Callable[..., Any]:
    def make(value: "DataclassInstance", *new: object) -> object:
        return replace(value, **dict(zip(changed, new, strict=True)))

    return make


def _is_plain(kind: type) -> bool:
    """Say whether nothing but its fields makes a value of this kind: slots of its own, and no checks."""
    return kind.__base__ is object and "__slots__" in vars(kind) and not hasattr(kind, "__post_init__")


def _written(kind: type, sources: Mapping[str, str], given: Iterable[str], *first: str) -> Callable[..., Any]:
    """Return the function that makes a `kind`, each field set from its source, some of them `given`."""
    twin = type(kind.__name__, (), {"__slots__": tuple(sources)})
    arguments = ", ".join([*first, *(f"new_{name}" for name in given)])
    lines = [f"def make({arguments}):", "    made = new(twin)"]
    lines += [f"    made.{name} = {source}" for name, source in sources.items()]
    lines += ["    made.__class__ = kind", "    return made"]
    scope: dict[str, Any] = {"new": object.__new__, "twin": twin, "kind": kind}
    exec("\n".join(lines), scope)  # noqa: S102 - made of the names of our own fields alone
    make: Callable[..., Any] = scope["make"]
    return make
