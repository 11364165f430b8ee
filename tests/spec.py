"""Given, when, then: what happened before, a command, and what it makes happen or how it is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.aggregates import AGGREGATES
from domain.decider import Context, Decider, fold
from domain.errors import Refusal
from domain.project import DECIDER as PROJECT_DECIDER
from domain.project import Project
from tests.examples import ANNA, NOON, PROJECT

OF_COMMAND: Final = {command: decider for decider in AGGREGATES for command in decider.commands}
OF_EVENT: Final = {event: decider for decider in AGGREGATES for event in decider.events.values()}


@dataclass(frozen=True, slots=True, eq=False)
class Then:
    """What became of a command: compare it with the events expected, or ask whether it was `refused`."""

    events: Sequence[Any]
    refusal: Refusal | None

    def __eq__(self, expected: object) -> bool:
        """Return whether exactly these events happened; raise the refusal if there was one."""
        if self.refusal is not None:
            raise self.refusal
        return list(self.events) == expected

    __hash__ = None  # type: ignore[assignment]

    def refused(self, kind: type[Refusal], *, field: str | None = None) -> Refusal:
        """Return the refusal; fail unless it is exactly of this kind and at this field."""
        assert self.refusal is not None, f"not refused: {self.events}"
        assert (type(self.refusal), self.refusal.field) == (kind, field)
        return self.refusal


@dataclass(frozen=True, slots=True)
class Given:
    """What happened in a stream, and the project around it."""

    events: tuple[Any, ...]
    within: Project

    def when(self, command: object, *, at: datetime = NOON, by: UUID = ANNA) -> Then:
        """Return what becomes of a command."""
        decider = OF_COMMAND[type(command)]
        state = fold(decider, self.events)
        context = Context(at, by, state if decider is PROJECT_DECIDER else self.within)
        try:
            return Then(decider.decide(command, state, context), None)
        except Refusal as refusal:
            return Then((), refusal)


def given(*events: object, within: Project = PROJECT) -> Given:
    """Return what happened before, within a project under way unless another is given."""
    return Given(events, within)


def state_after(*events: object) -> Any:
    """Return the state these events of one stream lead to."""
    decider: Decider[Any, Any, Any] = OF_EVENT[type(events[0])]
    return fold(decider, events)
