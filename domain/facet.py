"""One side of a large aggregate, complete in its own file: a new command there touches no other."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from domain.copies import replaced
from domain.decider import Context
from domain.errors import AlreadyExists
from domain.roles import Role

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

S = TypeVar("S", bound="DataclassInstance")
E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Facet:
    """The events and commands of one side of an aggregate, and how it decides and evolves.

    `decide(command, state, context)` is given the whole state. `evolve(state, event)` is given, and returns,
    the field of it called `own`; the whole state where there is no such field.
    """

    decide: Callable[[Any, Any, Context], Sequence[Any]]
    evolve: Callable[[Any, Any], Any]
    events: Mapping[str, type]
    commands: Mapping[type, frozenset[Role]]
    own: str | None = None


class Facets:
    """The facets of one aggregate, found by command and by event."""

    def __init__(self, facets: Iterable[Facet]) -> None:
        """Join the facets; raise `AssertionError` where two claim the same command, event or stored name."""
        self.events: dict[str, type] = {}
        self.commands: dict[type, frozenset[Role]] = {}
        self.of_command: dict[type, Facet] = {}
        self.of_event: dict[type, Facet] = {}
        for facet in facets:
            _add(self.events, facet.events)
            _add(self.commands, facet.commands)
            _add(self.of_command, dict.fromkeys(facet.commands, facet))
            _add(self.of_event, dict.fromkeys(facet.events.values(), facet))

    def evolve(self, state: S, event: object) -> S:
        """Return the state after an event of one of the facets."""
        facet = self.of_event[type(event)]
        if facet.own is None:
            whole: S = facet.evolve(state, event)
            return whole
        return replaced(state, **{facet.own: facet.evolve(getattr(state, facet.own), event)})


def _add(joined: dict[Any, Any], more: Mapping[Any, Any]) -> None:
    twice = joined.keys() & more.keys()
    if twice:
        raise AssertionError(f"two facets claim {sorted(map(str, twice))}")
    joined.update(more)


def once(known: E | None, event: E, path: str) -> list[E]:
    """Return `event`, nothing when it is `known` already; raise `AlreadyExists` at `path` for another one."""
    if known is None:
        return [event]
    if known != event:
        raise AlreadyExists(field=path)
    return []
