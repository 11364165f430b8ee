"""How an item is taken: what was done before is left out, the rest tried in memory before it is sent.

Rules where a source says something else than it did in an earlier import:
- A title or description that changed is changed; other changes happen if the task still allows them.
- Work that grew is booked as the difference, when one row of the task changed; less work, or several rows
  that changed at once, are refused, because bookings are history.
- Another day of opening, start or completion is refused, because history is not rewritten.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from domain.aggregates import AGGREGATES
from domain.decider import Decider
from domain.errors import AlreadyExists, Refusal
from domain.recorded import Issued
from domain.task import CompleteTask, OpenTask, SpendTime, StartTask, Task
from infra.importing.plan import PlannedItem, Wanted
from infra.importing.rehearsal import Draft, Rehearsal

DECIDERS: Final[dict[str, Decider[Any, Any, Any]]] = {decider.name: decider for decider in AGGREGATES}
_TIMES: Final[dict[type, str]] = {
    OpenTask: "opened_at",
    StartTask: "started_at",
    CompleteTask: "completed_at",
}


class HoursChanged(Refusal):
    """The work of a row is less than was booked before, or cannot be told apart from that of other rows."""

    sentence = "The work was booked differently by an earlier import; a booking is not taken back."


class HistoryDiffers(Refusal):
    """The source has another time for what happened already."""

    sentence = "The task was opened, started or completed at another time; history is not rewritten."


class OtherRowRefused(Refusal):
    """The row which brings the task itself was refused."""

    sentence = "The first row of this task was refused."


@dataclass(frozen=True, slots=True)
class Issuing:
    """By whom, in which run and why the commands of an import are issued."""

    actor_id: UUID
    run_id: UUID
    reason: str

    def issued(self, wanted: Wanted) -> Issued[Any]:
        """Return a wanted command as issued, at the time it has in the source."""
        return Issued(
            wanted.command,
            wanted.stream,
            wanted.command_id,
            self.actor_id,
            wanted.at,
            reason=self.reason,
            correlation_id=self.run_id,
            is_backdated=True,
        )


@dataclass(slots=True)
class Taken:
    """What became of an item: the commands to send, rows refused, and rows which an earlier import knew."""

    send: list[Wanted] = field(default_factory=list[Wanted])
    refused: dict[int | None, Refusal] = field(default_factory=dict[int | None, Refusal])
    known: frozenset[int | None] = frozenset()

    def refuse(self, item: PlannedItem, row: int | None, refusal: Refusal) -> None:
        """Refuse a row, and with the item's first row all others of it."""
        self.refused[row] = refusal
        if item.rows and row == item.rows[0]:
            for other in item.rows[1:]:
                self.refused.setdefault(
                    other, OtherRowRefused(f"The first row of this task was refused: {refusal.message}")
                )


@dataclass(frozen=True, slots=True)
class Taker:
    """Takes items on top of a rehearsal."""

    rehearsal: Rehearsal
    issuing: Issuing

    async def take(self, item: PlannedItem, answered: AbstractSet[UUID]) -> Taken:
        """Return what of an item to send, each row whole or refused; `answered` are ids done before."""
        taken = Taken(known=frozenset(one.row for one in item.wanted if one.command_id in answered))
        wanted = await self._without_booked(item, answered, taken)
        for _ in range(len(item.rows) + 2):
            draft = self.rehearsal.draft()
            taken.send = []
            refused = await self._try(
                draft, [one for one in wanted if one.row not in taken.refused], answered, taken
            )
            if refused is None:
                self.rehearsal.keep(draft)
                return taken
            taken.refuse(item, *refused)
        raise AssertionError("each try refuses one more row")

    async def _try(
        self, draft: Draft, wanted: list[Wanted], answered: AbstractSet[UUID], taken: Taken
    ) -> tuple[int | None, Refusal] | None:
        """Try commands in order; return the row and refusal of the first that is refused."""
        for one in wanted:
            if one.command_id in answered:
                continue
            try:
                taken.send += await self._tried(draft, one, answered)
            except Refusal as refusal:
                return one.row, refusal
        return None

    async def _tried(self, draft: Draft, wanted: Wanted, answered: AbstractSet[UUID]) -> list[Wanted]:
        """Return a command if it makes events, else what is wanted otherwise and does."""
        decider = DECIDERS[wanted.aggregate]
        try:
            count = await draft.attempt(decider, self.issuing.issued(wanted))
        except AlreadyExists:
            await self._check_time(draft, wanted)
            left = [one for one in wanted.otherwise if one.command_id not in answered]
            return [sent for one in left for sent in await self._tried(draft, one, answered)]
        if count == 0:
            await self._check_time(draft, wanted)
        return [wanted] if count else []

    async def _check_time(self, draft: Draft, wanted: Wanted) -> None:
        """Raise `HistoryDiffers` when what is wanted happened already, but at another time."""
        name = next((name for kind, name in _TIMES.items() if isinstance(wanted.command, kind)), None)
        if name is not None:
            loaded = await draft.load(DECIDERS[wanted.aggregate], wanted.stream, fresh=False, opening=False)
            if getattr(loaded.state, name) != wanted.at:
                raise HistoryDiffers

    async def _without_booked(
        self, item: PlannedItem, answered: AbstractSet[UUID], taken: Taken
    ) -> list[Wanted]:
        """Return an item's commands, work an earlier import booked in part reduced to the difference."""
        bookings = [one for one in item.wanted if isinstance(one.command, SpendTime)]
        changed = [one for one in bookings if one.row in taken.known and one.command_id not in answered]
        if not changed:
            return list(item.wanted)
        loaded = await self.rehearsal.load(DECIDERS["task"], changed[0].stream)
        spent = loaded.state.spent_minutes if isinstance(loaded.state, Task) else 0
        before = spent - sum(one.command.minutes for one in bookings if one.command_id in answered)
        if before <= 0:
            return list(item.wanted)
        difference = changed[0].command.minutes - before
        if len(changed) > 1 or difference < 0:
            for one in changed:
                taken.refuse(item, one.row, HoursChanged())
            return list(item.wanted)
        return [
            _reduced(one, difference) if one is changed[0] else one
            for one in item.wanted
            if difference or one is not changed[0]
        ]


def _reduced(wanted: Wanted, minutes: int) -> Wanted:
    return replace(wanted, command=replace(wanted.command, minutes=minutes))
