"""Whether each event was a legal step of its aggregate: judged by the aggregate's own `decide` and `evolve`.

Records come in order of position, all of a key's (a project and what belongs to it) to the same judge; so the
project stands, at each event, as it stood when the command was decided.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple
from uuid import UUID

from domain.aggregates import AGGREGATES
from domain.copies import maker
from domain.decider import Context, Decider
from domain.personal import ERASED
from domain.project import DECIDER as PROJECT
from domain.recorded import Recorded
from infra.decoding import Unreadable
from infra.verify.faults import Fault, Kind
from infra.verify.retelling import Retelling

UNTOLD: Final = frozenset({"project.training_due_moved.v1"})
"""Events that do not tell all of their command (here: a programme named again) and so are only folded."""

_FOLDED: Final = UNTOLD.union(*(decider.upcasts for decider in AGGREGATES))
"""Those, and the ones whose rules were older ones: their names are no longer written."""


class Standing(NamedTuple):
    """A stream after its last event."""

    kind: str
    version: int
    state: Any


class Known(NamedTuple):
    """What is known of the events of one stored name."""

    kind: str
    decider: Decider[Any, Any, Any]
    retelling: Retelling
    is_of_project: bool
    is_folded: bool


HeldIn = Callable[[Recorded[Any]], Iterable[UUID]]
"""Returns the projects on legal hold, as an event was recorded, that need the person of its stream."""

_NOTHING: Final = Standing("", 0, None)
_context: Final = maker(Context)


class Illegal(Exception):
    """An event is not a legal step, or cannot be read."""

    def __init__(self, position: int, sentence: str, kind: Kind = Kind.ILLEGAL_TRANSITION) -> None:
        """Keep where and why."""
        super().__init__(sentence)
        self.fault = Fault(position, kind, sentence)


class Judge:
    """Folds streams as their records come, and judges each step."""

    def __init__(self, held_in: HeldIn = lambda _: ()) -> None:
        """Begin before the first event; `held_in` is asked where a project's legal hold may refuse one."""
        self._held_in = held_in
        self._streams: dict[int, Standing] = {}  # by the number that an id is
        retellings = [(decider, Retelling(decider)) for decider in AGGREGATES]
        self._known = {
            name: Known(decider.name, decider, retelling, decider is PROJECT, name in _FOLDED)
            for decider, retelling in retellings
            for name in (*decider.events, *decider.upcasts)
        }
        self._open: list[Recorded[Any]] = []
        self.decided = 0
        self.folded = 0

    def take(self, events: Iterable[Recorded[Any]]) -> Fault | None:
        """Judge the next events; return the first fault. What may go on in the next ones waits for them."""
        groups = _commands([*self._open, *events])
        self._open = groups.pop() if groups else []
        return self._judge(groups)

    def finish(self) -> Fault | None:
        """Judge what still waits: nothing comes behind it."""
        groups, self._open = [self._open] if self._open else [], []
        return self._judge(groups)

    def fold(self, events: Iterable[Recorded[Any]]) -> Fault | None:
        """Fold events that were judged before, so that what comes behind them can be."""
        try:
            for each in events:
                self._step(each, _read(each))
        except Illegal as illegal:
            return illegal.fault
        return None

    def _judge(self, groups: Iterable[Sequence[Recorded[Any]]]) -> Fault | None:
        try:
            for group in groups:
                self._command(group)
        except Illegal as illegal:
            return illegal.fault
        return None

    def _command(self, group: Sequence[Recorded[Any]]) -> None:
        """Judge all events of one command; raise `Illegal`."""
        head = group[0]
        before = self._streams.get(head.stream.int)
        known = self._known.get(head.type)
        around = self._around(head, before, known)
        events = [_read(each) for each in group]
        for each, event in zip(group, events, strict=True):
            self._step(each, event)
        if known is None or known.is_folded or (len(group) > 1 and self._is_one_folded(group)):
            self.folded += len(group)
            return
        context = _context(head.occurred_at, head.actor_id, around, ())
        state = None if before is None else before.state
        command = known.retelling.explains(state, context, events)
        if command in known.decider.heeds_holds:
            held = replace(context, held_in=tuple(self._held_in(head)))
            command = known.retelling.explains(state, held, events)
        if command is not None:
            self.decided += len(group)
        elif any(map(_is_erased, events)):  # two texts that differed read alike once they are erased
            self.folded += len(group)
        else:
            raise Illegal(head.position, f"No command leads from the state before to {head.type}.")

    def _is_one_folded(self, group: Sequence[Recorded[Any]]) -> bool:
        return any(self._known[each.type].is_folded for each in group)

    def _around(self, head: Recorded[Any], before: Standing | None, known: Known | None) -> Any:
        """Return the project around a command as it was decided."""
        if known is not None and known.is_of_project:
            return None if before is None else before.state
        around = None if head.project_id is None else self._streams.get(head.project_id.int)
        return around.state if around is not None and around.kind == PROJECT.name else None

    def _step(self, record: Recorded[Any], event: Any) -> None:
        """Fold one event; raise `Illegal` where its stream does not go on with it."""
        known, key = self._known[record.type], record.stream.int
        before = self._streams.get(key) or _NOTHING
        if record.version != before.version + 1:
            raise Illegal(
                record.position, f"Version {record.version} follows version {before.version} of its stream."
            )
        if before.version and known.kind != before.kind:
            raise Illegal(record.position, f"An event of {known.kind} stands in a stream of {before.kind}.")
        try:
            state = known.decider.evolve(before.state, event)
        except Exception as problem:
            why = f"The state before does not take {record.type}: {type(problem).__name__}."
            raise Illegal(record.position, why) from problem
        project_id = record.stream if known.is_of_project else known.decider.project_of(state)
        if record.project_id != project_id:
            raise Illegal(record.position, "The event is filed under a project that its stream is not of.")
        self._streams[key] = Standing(known.kind, record.version, state)


def _read(seen: Recorded[Any]) -> Any:
    """Return an event; raise `Illegal` where it could not be decoded."""
    if type(seen.event) is Unreadable:
        why = f"The event of type {seen.type!r} cannot be read: {type(seen.event.problem).__name__}."
        raise Illegal(seen.position, why, Kind.UNREADABLE)
    return seen.event


def _commands(events: Iterable[Recorded[Any]]) -> list[list[Recorded[Any]]]:
    """Return the events of each command: they stand together, in one stream."""
    groups: list[list[Recorded[Any]]] = []
    last: Recorded[Any] | None = None
    for each in events:
        if (
            last is not None
            and last.command_id.int == each.command_id.int  # ids as numbers: compared in one step
            and last.stream.int == each.stream.int
        ):
            groups[-1].append(each)
        else:
            groups.append([each])
        last = each
    return groups


def _is_erased(event: object) -> bool:
    """Say whether an event has lost a text for good."""
    return f"={ERASED!r}" in repr(event)
