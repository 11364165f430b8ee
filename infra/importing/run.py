"""An import as it runs: items taken stage by stage, commands sent, rows counted, the run recorded."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import groupby, islice
from typing import Any, Final, Protocol
from uuid import UUID, uuid5

from domain.decider import Decider
from domain.errors import Refusal
from domain.import_run import DECIDER as IMPORT_RUN
from domain.import_run import REFUSALS_MAX, ListRefusals, RecordImport, RowRefusal
from domain.recorded import Issued
from domain.task import SpendTime
from infra.importing.plan import ImportPlan, PlannedItem
from infra.importing.rehearsal import Rehearsal, Seen
from infra.importing.report import ImportReport
from infra.importing.rows import Refused
from infra.importing.source import Source
from infra.importing.take import DECIDERS, Issuing, Taken, Taker

IN_FLIGHT_MAX: Final = 64
BATCH_ITEMS: Final = 512
NAME_CHARACTERS_MAX: Final = 200


class Outcome(Protocol):
    """What a sent command came to."""

    @property
    def events(self) -> int:
        """Return how many events it made; 0 when it was true already, or had been answered before."""
        ...


Submit = Callable[[Issued[Any], Decider[Any, Any, Any]], Awaitable[Outcome]]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Run:
    """One import: its own id, who runs it, when (aware UTC), of which source, and whether only to try."""

    run_id: UUID
    actor_id: UUID
    at: datetime
    source: Source
    is_dry_run: bool = False


@dataclass(slots=True)
class _Tally:
    """What became of each row so far."""

    endings: dict[int, str] = field(default_factory=dict[int, str])
    refused: dict[int, Refused] = field(default_factory=dict[int, Refused])
    set_up_refused: list[str] = field(default_factory=list[str])


async def run_import(
    plan: ImportPlan, submit: Submit, seen: Seen, run: Run, progress: Progress = lambda _done, _all: None
) -> ImportReport:
    """Import a plan through `submit` and return the report; a dry run only says what it would do.

    Stages go one after the other, at most `IN_FLIGHT_MAX` lanes of items at once. `progress` is told rows
    done and rows in all. A fault of the log rises; running the import again then carries on. Raises nothing
    for refusals.
    """
    tally = _Tally(refused=dict(plan.refused))
    worker = _Worker(plan, submit, run, Taker(Rehearsal(seen), _issuing(run)), tally)
    progress(len(tally.refused), len(plan.rows))
    for batch in _batches(plan.items):
        ids = frozenset(
            one.command_id for item in batch for wanted in item.wanted for one in (wanted, *wanted.otherwise)
        )
        answered = await seen.answered(ids)
        await _all_lanes(batch, partial(worker.work, answered=answered))
        progress(len(tally.endings) + len(tally.refused), len(plan.rows))
    report = _report(plan, run, tally)
    if not run.is_dry_run:
        await _record(report, submit, run)
    return report


@dataclass(frozen=True, slots=True)
class _Worker:
    """Takes and sends one item after the other of a lane."""

    plan: ImportPlan
    submit: Submit
    run: Run
    taker: Taker
    tally: _Tally

    async def work(self, item: PlannedItem, answered: frozenset[UUID]) -> None:
        """Take an item, send what is left of it, and count its rows."""
        taken = await self.taker.take(item, answered)
        sent = (
            Counter(one.row for one in taken.send) if self.run.is_dry_run else await self._send(item, taken)
        )
        for row, refusal in taken.refused.items():
            self._refuse(row, refusal)
        for row in item.rows:
            if row not in taken.refused:
                self.tally.endings[row] = _ending(item, taken, row, sent)

    async def _send(self, item: PlannedItem, taken: Taken) -> Counter[int | None]:
        """Send the commands of an item in order; a row refused on the way sends no more."""
        sent: Counter[int | None] = Counter()
        for one in taken.send:
            if one.row in taken.refused:
                continue
            try:
                outcome = await self.submit(self.taker.issuing.issued(one), DECIDERS[one.aggregate])
            except Refusal as refusal:
                done = f" {sent[one.row]} of its commands had been carried out." if sent[one.row] else ""
                taken.refuse(item, one.row, _Said(refusal, refusal.message + done))
                self.taker.rehearsal.forget(one.stream)
            else:
                sent[one.row] += outcome.events > 0
        return sent

    def _refuse(self, row: int | None, refusal: Refusal) -> None:
        if row is None:
            self.tally.set_up_refused.append(f"{refusal.code}: {refusal.message}")
            return
        about = self.plan.rows[row]
        sentence = f"{about.label}: {refusal.message}" if about.label else refusal.message
        self.tally.refused[row] = Refused(about.line, refusal.code, sentence, about.minutes)


class _Said(Refusal):
    """A refusal with more said; its code stays that of the one it came from."""

    def __init__(self, refusal: Refusal, sentence: str) -> None:
        super().__init__(sentence, field=refusal.field)
        self._code = refusal.code

    @property
    def code(self) -> str:
        """Return the code of the refusal this came from."""
        return self._code


def _ending(item: PlannedItem, taken: Taken, row: int, sent: Counter[int | None]) -> str:
    """Return how a row ended: created when its first command was new and nothing of it known before."""
    if not sent[row]:
        return "unchanged"
    first = next(one for one in item.wanted if one.row == row)
    is_new = row not in taken.known and any(one.command_id == first.command_id for one in taken.send)
    return "created" if is_new else "changed"


async def _all_lanes(items: Sequence[PlannedItem], work: Callable[[PlannedItem], Awaitable[None]]) -> None:
    """Work through items, `IN_FLIGHT_MAX` lanes at once, a lane in order; raise the first fault."""
    lanes: defaultdict[UUID, list[PlannedItem]] = defaultdict(list)
    for item in items:
        lanes[item.lane].append(item)
    free = asyncio.Semaphore(IN_FLIGHT_MAX)

    async def lane(those: list[PlannedItem]) -> None:
        async with free:
            for item in those:
                await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            for those in lanes.values():
                group.create_task(lane(those))
    except BaseExceptionGroup as faults:
        raise faults.exceptions[0] from faults


def _batches(items: Sequence[PlannedItem]) -> Iterator[list[PlannedItem]]:
    """Yield items of one stage, `BATCH_ITEMS` at most at a time."""
    for _, stage in groupby(items, key=lambda item: item.stage):
        while batch := list(islice(stage, BATCH_ITEMS)):
            yield batch


def _issuing(run: Run) -> Issuing:
    return Issuing(run.actor_id, run.run_id, f"Import of {_name(run.source)}")


def _name(source: Source) -> str:
    printable = "".join(letter for letter in source.name if letter.isprintable())
    return printable[:NAME_CHARACTERS_MAX] or "upload"


def _report(plan: ImportPlan, run: Run, tally: _Tally) -> ImportReport:
    endings = Counter(ending for row, ending in tally.endings.items() if row not in tally.refused)
    spent = sum(
        one.command.minutes
        for item in plan.items
        for one in item.wanted
        if isinstance(one.command, SpendTime) and one.row not in tally.refused
    )
    refused = sorted(tally.refused.items(), key=lambda one: (one[1].line, one[0]))
    return ImportReport(
        run_id=run.run_id,
        kind=plan.kind,
        source_name=_name(run.source),
        sha256=run.source.sha256,
        is_dry_run=run.is_dry_run,
        rows=len(plan.rows),
        created=endings["created"],
        changed=endings["changed"],
        unchanged=endings["unchanged"],
        refused=tuple(each for _, each in refused),
        minutes_in=sum(row.minutes for row in plan.rows),
        minutes_on_tasks=spent,
        minutes_refused=sum(plan.rows[row].minutes for row, _ in refused),
        notes=plan.notes,
        set_up_refused=tuple(sorted(set(tally.set_up_refused))),
    )


async def _record(report: ImportReport, submit: Submit, run: Run) -> None:
    """Record the import as an event, its refusals in as many as they need."""
    refusals = [RowRefusal(each.line, each.code, each.sentence) for each in report.refused]
    first = RecordImport(
        kind=report.kind,
        source_name=report.source_name,
        sha256=report.sha256,
        rows=report.rows,
        created=report.created,
        changed=report.changed,
        unchanged=report.unchanged,
        refused=len(refusals),
        minutes_in=report.minutes_in,
        minutes_on_tasks=report.minutes_on_tasks,
        minutes_refused=report.minutes_refused,
        refusals=tuple(refusals[:REFUSALS_MAX]),
    )
    starts = range(REFUSALS_MAX, len(refusals), REFUSALS_MAX)
    further = [ListRefusals(tuple(refusals[start : start + REFUSALS_MAX])) for start in starts]
    for number, command in enumerate([first, *further]):
        command_id = uuid5(run.run_id, f"record {number}")
        issued: Issued[Any] = Issued(
            command, run.run_id, command_id, run.actor_id, run.at, correlation_id=run.run_id
        )
        await submit(issued, IMPORT_RUN)
