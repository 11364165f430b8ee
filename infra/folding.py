"""A batch of events folded into rows in memory: what changes, what becomes history, what is observed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.recorded import Recorded
from projections.read_model import Observation, ReadModel

ObservedKey = tuple[str, str]
TotalKey = tuple[str, UUID | None, Any, tuple[tuple[str, str], ...]]


class Version(Struct, frozen=True, gc=False):
    """A row (None: gone) as it stands since the event at `from_position`, with what it is observed to say."""

    row: Any
    from_position: int
    observed: Mapping[ObservedKey, Observation]


class Seen(Struct, frozen=True, gc=False):
    """An observation as recorded: by the row `key`, from one position until another, None while it holds."""

    key: UUID
    project_id: UUID | None
    observation: Observation
    from_position: int
    to_position: int | None


NOTHING: Mapping[ObservedKey, Observation] = {}


@dataclass(frozen=True, slots=True)
class Failure:
    """Where a read model could not fold an event, and the kind of problem; never the event's content."""

    model: str
    key: UUID
    position: int
    type: str
    problem: str


class FoldFailed(Exception):
    """A read model could not fold an event."""

    def __init__(self, model: str, seen: Recorded[Any], cause: Exception) -> None:
        """Keep where and what."""
        self.failure = Failure(model, seen.key, seen.position, seen.type, type(cause).__name__)
        super().__init__(
            f"{model} cannot fold {seen.type} at position {seen.position}: {type(cause).__name__}"
        )


@dataclass(slots=True)
class Changes:
    """What a batch does to one read model.

    `moved` are rows whose `instants` are other ones from a position on, or the first ones. `closed` versions
    are kept where there `is_history`, `totals` where they `are_summed`. What has `begun` is found by the
    number that its row's id is.
    """

    is_history: bool = True
    are_summed: bool = True
    current: dict[UUID, Version] = field(default_factory=dict[UUID, Version])
    moved: list[tuple[int, Any]] = field(default_factory=list[tuple[int, Any]])
    closed: list[tuple[Any, int, int]] = field(default_factory=list[tuple[Any, int, int]])
    begun: dict[tuple[int, str, str], Seen] = field(default_factory=dict[tuple[int, str, str], Seen])
    finished: list[Seen] = field(default_factory=list[Seen])
    ended: list[tuple[UUID, str, str, int]] = field(default_factory=list[tuple[UUID, str, str, int]])
    totals: dict[TotalKey, list[int]] = field(default_factory=dict[TotalKey, list[int]])
    wishes: list[tuple[Any, Recorded[Any]]] = field(default_factory=list[tuple[Any, Recorded[Any]]])


def observed(model: ReadModel[Any], row: Any) -> Mapping[ObservedKey, Observation]:
    """Return what a row is observed to say, by KPI and name."""
    if model.observe is None or row is None:
        return NOTHING
    found = {(each.kpi, each.name): each for each in model.observe(row)}
    return found or NOTHING


def fold_batch(
    model: ReadModel[Any],
    live: Mapping[UUID, Version],
    batch: Iterable[tuple[Recorded[Any], Iterable[UUID]]],
    *,
    is_reacting: bool = False,
    is_summing: bool = True,
) -> Changes:
    """Fold events, each with the keys of the rows it touches, over the `live` rows; raise `FoldFailed`."""
    changes = Changes(is_history=model.has_history, are_summed=is_summing)
    current: dict[int, tuple[UUID, Version]] = {}  # by the number that an id is: hashed at once
    evolve, is_observing = model.evolve, model.observe is not None
    react = model.react if is_reacting else None
    instants_of = attrgetter(*model.instants) if model.instants else None
    for seen, keys in batch:
        try:
            for key in keys:
                known = current.get(key.int)
                before = live.get(key) or _ABSENT if known is None else known[1]
                row = evolve(before.row, seen)
                if row is not before.row:
                    said = observed(model, row) if is_observing else NOTHING
                    after = Version(row, seen.position, said)
                    current[key.int] = key, _replaced(changes, key, before, after)
                    if instants_of is not None and _is_moved(instants_of, before.row, row):
                        changes.moved.append((seen.position, row))
                if react is not None and row is not None:
                    changes.wishes.extend((wish, seen) for wish in react(seen, row))
        except Exception as cause:
            raise FoldFailed(model.name, seen, cause) from cause
    changes.current = dict(current.values())
    return changes


_ABSENT = Version(None, 0, NOTHING)


def _is_moved(instants_of: Callable[[Any], object], before: object, after: object) -> bool:
    return after is not None and (before is None or instants_of(before) != instants_of(after))


def _replaced(changes: Changes, key: UUID, before: Version, after: Version) -> Version:
    """Close a row's version where the next begins, and return that, with the difference of what they say."""
    if before.row is not None and changes.is_history:
        changes.closed.append((before.row, before.from_position, after.from_position))
    if after.observed is not before.observed and after.observed != before.observed:
        _differ(changes, key, before, after)
    return after


def _differ(changes: Changes, key: UUID, before: Version, after: Version) -> None:
    position = after.from_position
    for which, said in before.observed.items():
        if after.observed.get(which) != said:
            _end(changes, key, before.row.project_id, said, position)
    for which, says in after.observed.items():
        if before.observed.get(which) != says:
            project_id = after.row.project_id
            changes.begun[key.int, *which] = Seen(key, project_id, says, position, None)
            if changes.are_summed:
                _add(changes, project_id, says, 1)


def _end(changes: Changes, key: UUID, project_id: UUID | None, said: Observation, position: int) -> None:
    begun = changes.begun.pop((key.int, said.kpi, said.name), None)
    if begun is None:
        changes.ended.append((key, said.kpi, said.name, position))
    else:
        changes.finished.append(replace(begun, to_position=position))
    if changes.are_summed:
        _add(changes, project_id, said, -1)


def _add(changes: Changes, project_id: UUID | None, said: Observation, sign: int) -> None:
    total = changes.totals.setdefault((said.kpi, project_id, said.day, said.dimensions), [0, 0, 0, 0])
    total[0] += sign
    total[1] += sign * said.value
    total[2] += sign * (said.is_met is True)
    total[3] += sign * (said.is_met is False)
