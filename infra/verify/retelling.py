"""Commands told again from the events they led to, so that `decide` itself can say whether it would do so.

An event carries what was decided by (decision 4), under the names its command used. So a command is put
together from the fields of its events, by name; which of the aggregate's commands it was shows when `decide`
makes the same events of it. Nothing is known here of any rule, nor of any command or event by name.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING, Field, dataclass, fields
from functools import cache
from operator import attrgetter
from types import NoneType
from typing import Any, Final, get_args, get_type_hints

from domain.copies import maker
from domain.decider import Context, Decider

_UNTOLD: Final = object()

Told = Callable[[Sequence[Any]], Any]
"""The value of a command's field, given the events."""
Way = tuple[type, Callable[..., Any], Callable[[Sequence[Any]], Sequence[Any]]]
"""A command, what makes it of the values of its fields, and these, given the events."""


class Retelling:
    """Tells the commands of one kind of aggregate again."""

    def __init__(self, decider: Decider[Any, Any, Any]) -> None:
        """Tell those of `decider`."""
        self._decider = decider
        self._ways: dict[tuple[type, ...], list[Way]] = {}

    def explains(self, before: Any, context: Context, events: list[Any]) -> type | None:
        """Return the command that, decided on the state before in this context, leads to these events."""
        ways = self._ways_to(events)
        decide = self._decider.decide
        for number, (command_type, make, values) in enumerate(ways):
            try:
                decided = decide(make(*values(events)), before, context)
            except Exception:  # noqa: BLE001, S112 - refused, or put together of what was never meant for it
                continue
            if [*decided] == events:
                if number:
                    ways.insert(0, ways.pop(number))
                return command_type
        return None

    def _ways_to(self, events: Sequence[Any]) -> list[Way]:
        types: tuple[type, ...] = tuple(map(type, events))
        ways = self._ways.get(types)
        if ways is None:
            ways = self._ways[types] = list(_ways(self._decider, types))
        return ways


def _ways(decider: Decider[Any, Any, Any], types: tuple[type, ...]) -> Iterator[Way]:
    """Yield the commands whose fields the events tell, with most fields told and fewest guessed first."""
    found: list[tuple[int, int, type, tuple[Told, ...]]] = []
    for command_type in decider.commands:
        values: list[Told] = []
        guessed = 0
        for each in fields(command_type):
            value = _told(each.name, types)
            if value is None:
                value = _guess(command_type, each)
                guessed += 1
            if value is None:
                break
            values.append(value)
        else:
            found.append((guessed, guessed - len(values), command_type, tuple(values)))
    for _, _, command_type, told in sorted(found, key=lambda each: each[:2]):
        yield command_type, maker(command_type), _together(told)


def _together(told: tuple[Told, ...]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Return what tells all of a command's fields; at once where one event has them all, as most do."""
    names = [each.name for each in told if isinstance(each, _At) and each.number == 0]
    if len(names) == len(told) > 1:
        read = attrgetter(*names)
        return lambda events: read(events[0])
    return lambda events: [tell(events) for tell in told]


def _told(name: str, types: tuple[type, ...]) -> Told | None:
    """Return where events have a command's field: `x` as `x`, `to_x` or end of `y_x`, `xs` as each `x`."""
    for wanted in (name, f"to_{name}", name.partition("_")[2]):
        for number, event_type in enumerate(types):
            if wanted and wanted in _names(event_type):
                return _At(number, wanted)
    single = name.removesuffix("s")
    if single != name and any(single in _names(event_type) for event_type in types):
        return lambda events: tuple(getattr(each, single) for each in events if hasattr(each, single))
    return None


@dataclass(frozen=True, slots=True)
class _At:
    """Tells a field that the event of this number has, by its name there."""

    number: int
    name: str

    def __call__(self, events: Sequence[Any]) -> Any:
        return getattr(events[self.number], self.name)


def _guess(command_type: type, field: Field[Any]) -> Told | None:
    """Return what stands for a field of which the events tell nothing: None, or its default."""
    if NoneType in get_args(_hints(command_type)[field.name]):
        return lambda _: None
    if field.default is not MISSING:
        default = field.default
        return lambda _: default
    return None


@cache
def _hints(command_type: Any) -> dict[str, Any]:
    return get_type_hints(command_type)


@cache
def _names(event_type: Any) -> frozenset[str]:
    return frozenset(each.name for each in fields(event_type))
