"""A read model as a value: its row, the fold that keeps it, and the observations its rows give to KPIs."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from itertools import chain
from types import NoneType
from typing import Any, Final, Generic, NamedTuple, TypeVar, get_args, get_type_hints
from uuid import UUID, uuid5

from domain.aggregates import AGGREGATES
from domain.recorded import Recorded

R = TypeVar("R")

_AGGREGATE_OF: Final = {event: each.name for each in AGGREGATES for event in each.events.values()}
_PLACED: Final = frozenset({date, datetime, NoneType})  # None among times is the last: it never comes


class Observation(NamedTuple):
    """One measured fact of a row: on `day` (local to its project) KPI `kpi` had this `value` in its unit.

    `name` tells apart the observations that one row gives to one KPI. `is_met` says whether a goal was met,
    None where there is no goal. `dimensions` are (name, value) pairs in a fixed order. Values are whole
    numbers, so that sums kept by difference are exact.
    """

    kpi: str
    day: date
    value: int
    is_met: bool | None = None
    name: str = ""
    dimensions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """A command a process manager wants issued: to which aggregate's stream, when it happens (aware UTC)."""

    aggregate: str
    stream: UUID
    command: Any
    at: datetime


@dataclass(frozen=True, slots=True)
class ReadModel(Generic[R]):
    """One read model.

    `row` is a frozen dataclass whose first field is the key (a UUID) and which has a `project_id`.
    `folds` are the types of the events it folds: `keys` and `evolve` are never given another. `keys(seen)`
    names the rows that one of them touches. `evolve(row | None, seen)` returns the row after it: the same
    object when nothing changed, None when it is gone. `observe(row)` yields its observations. `orders` maps
    each order that lists offer to its columns, of which only days and instants may be None; the key comes
    last by itself. `filters` names the columns that lists may be narrowed by, one at least.

    A process manager adds `react(seen, row)`, the commands an event calls for, and a `due_at` column in
    its row with `on_due(row)`, the command to issue when that instant has come. One without `orders` keeps no
    history, since nobody asks for its rows; they are never gone.
    """

    name: str
    row: type[R]
    folds: frozenset[type]
    keys: Callable[[Recorded[Any]], Iterable[UUID]]
    evolve: Callable[[R | None, Recorded[Any]], R | None]
    observe: Callable[[R], Iterable[Observation]] | None = None
    orders: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    filters: tuple[str, ...] = ()
    react: Callable[[Recorded[Any], R], Iterable[Wish]] | None = None
    on_due: Callable[[R], Wish] | None = None
    instants: tuple[str, ...] = field(init=False)
    """The columns that its lists are ordered by first and that are always an instant."""

    def __post_init__(self) -> None:
        """Raise `AssertionError` for no event, a list without a filter, or an order that may be None."""
        if not self.folds <= _AGGREGATE_OF.keys():
            raise AssertionError(f"{self.name} folds what is no event of any aggregate")
        if self.orders and not self.filters:
            raise AssertionError(f"{self.name} is listed, and so it needs a filter")
        hints = get_type_hints(self.row)
        for name in chain.from_iterable(self.orders.values()):
            kinds = frozenset(get_args(hints[name]))
            if NoneType in kinds and not kinds <= _PLACED:
                raise AssertionError(f"{self.name} cannot be ordered by {name}, which may be None")
        firsts = dict.fromkeys(order[0] for order in self.orders.values() if order)
        instants = tuple(name for name in firsts if hints[name] is datetime)
        object.__setattr__(self, "instants", instants)

    @property
    def has_history(self) -> bool:
        """Say whether its rows can be asked for as of any position."""
        return bool(self.orders) or (self.react is None and self.on_due is None)

    @property
    def aggregates(self) -> frozenset[str]:
        """Return the names of the aggregates whose events it folds."""
        return frozenset(_AGGREGATE_OF[event] for event in self.folds)


@lru_cache(maxsize=20_000, typed=True)  # typed: 1 and True are equal, and named differently
def part_id(project_id: UUID, kind: str, within: Hashable) -> UUID:
    """Return the key of the row for a part of a project, such as phase 1 of it, always the same.

    Kept, because some read models ask for the same one with each event.
    """
    return uuid5(project_id, f"{kind}:{within}")
