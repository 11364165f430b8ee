"""Levelling runs: a bounded number at once, each in a thread; watched, cancelled, kept for a while.

The solver works outside Python's lock, so the event loop goes on. Runs are kept by the process that runs
them: one that ends takes them with it, and nothing of a plan is changed by that.
"""

import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

import structlog

from domain.errors import Refusal, Unknown
from domain.levelling.planning import Levelling
from domain.levelling.problem import Objective
from infra.levelling.outcome import Limits, Progress
from infra.levelling.proposal import Proposal, proposal_of

if TYPE_CHECKING:
    from infra.levelling.solver import Search

AT_ONCE_MAX: Final = 2
UNFINISHED_MAX: Final = 8
KEPT_MAX: Final = 100
_log: Final = structlog.get_logger(__name__)


class TooManyRuns(Refusal):
    """As many runs as there may be are under way."""

    sentence = f"There are {UNFINISHED_MAX} runs under way already; try again when one has ended."


class UnknownRun(Unknown):
    """No run has this id, or it was somebody else's, or too long ago."""

    sentence = "There is no run with this id, or not any more."


class AlreadyAccepted(Refusal):
    """A run's proposal becomes one change request in each project."""

    sentence = "This proposal was accepted for this project already."


class RunState(StrEnum):
    """Where a run stands: waiting for its turn, running, done, refused, failed by a fault, or cancelled."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED: Final = frozenset({RunState.DONE, RunState.REFUSED, RunState.FAILED, RunState.CANCELLED})


@dataclass(slots=True)
class Run:
    """One run: whose it is, about which projects, how far it is, and what came of it."""

    run_id: UUID
    actor_id: UUID
    project_ids: tuple[UUID, ...]
    objective: Objective
    limits: Limits
    state: RunState = RunState.WAITING
    progress: Progress = field(default_factory=lambda: Progress(0.0))
    proposal: Proposal | None = None
    refusal: Refusal | None = None
    search: "Search | None" = None
    is_cancelled: bool = False
    accepted: dict[UUID, UUID] = field(
        default_factory=dict[UUID, UUID]
    )  # by project, as which change request

    def tell(self, progress: Progress) -> None:
        """Take note of how far the search is."""
        self.progress = progress

    def cancel(self) -> None:
        """End the run soon; one that has ended stays what it is."""
        self.is_cancelled = True
        if self.state is RunState.WAITING:
            self.state = RunState.CANCELLED
        if self.search is not None:
            self.search.cancel()

    @contextmanager
    def accepting(self, project_id: UUID, change_id: UUID) -> Generator[None]:
        """Let the proposal be asked for as a change request within; raise `AlreadyAccepted` for a second one.

        Where that is refused nothing was accepted. After a fault it may have been: only the same may follow.
        """
        is_new = project_id not in self.accepted
        first = self.accepted.setdefault(project_id, change_id)
        if first != change_id:
            raise AlreadyAccepted(
                f"{AlreadyAccepted.sentence[:-1]}, as change request {first}.", field="runId"
            )
        try:
            yield
        except Refusal:
            if is_new:
                self.accepted.pop(project_id, None)
            raise


Prepare = Callable[[], tuple[Levelling, int]]
"""Returns what is to be levelled, and the log position it is true of; blocking; raises a Refusal."""


class Runs:
    """The runs of one process."""

    def __init__(self) -> None:
        """Begin without any; threads are started when they are needed."""
        self._pool = ThreadPoolExecutor(AT_ONCE_MAX, thread_name_prefix="levelling")
        self._runs: dict[UUID, Run] = {}
        self._lock = threading.Lock()

    def start(
        self, actor_id: UUID, about: tuple[Sequence[UUID], Objective], limits: Limits, prepare: Prepare
    ) -> Run:
        """Begin a run as soon as there is room for it; raise `TooManyRuns`."""
        project_ids, objective = about
        run = Run(uuid4(), actor_id, tuple(project_ids), objective, limits)
        with self._lock:
            unfinished = sum(each.state not in ENDED for each in self._runs.values())
            if unfinished >= UNFINISHED_MAX:
                raise TooManyRuns
            self._forget()
            self._runs[run.run_id] = run
        self._pool.submit(_done, run, prepare).add_done_callback(partial(_ended, run))
        return run

    def of(self, run_id: UUID, actor_id: UUID) -> Run:
        """Return a run of somebody's own; raise `UnknownRun`."""
        run = self._runs.get(run_id)
        if run is None or run.actor_id != actor_id:
            raise UnknownRun(field="runId")
        return run

    def close(self) -> None:
        """Cancel what is under way and start nothing more."""
        for run in list(self._runs.values()):
            run.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _forget(self) -> None:
        """Drop the oldest runs that have ended, so that there is room for one more."""
        ended = [each.run_id for each in self._runs.values() if each.state in ENDED]
        for run_id in ended[: max(0, len(self._runs) + 1 - KEPT_MAX)]:
            del self._runs[run_id]


def _done(run: Run, prepare: Prepare) -> None:
    """Do a run from beginning to end, unless it was cancelled while it waited."""
    if run.state is not RunState.CANCELLED:
        run.state = RunState.RUNNING
        _search(run, prepare)


def _ended(run: Run, future: "Future[None]") -> None:
    """Keep with a run how it ended; what is no refusal is a fault and is logged as one."""
    fault = None if future.cancelled() else future.exception()
    if isinstance(fault, Refusal):
        run.refusal, run.state = fault, RunState.REFUSED
    elif fault is not None:
        run.state = RunState.FAILED
        _log.error("levelling_failed", run_id=str(run.run_id), exc_info=fault)
    _log.info("levelling_ended", run_id=str(run.run_id), state=run.state, seconds=run.progress.seconds)


def _search(run: Run, prepare: Prepare) -> None:
    from infra.levelling.solver import Search  # noqa: PLC0415 - CP-SAT is imported for the first run, not at start

    levelling, position = prepare()
    run.search = Search(levelling.problem, run.limits, run.tell)
    if run.is_cancelled:
        run.search.cancel()
    levelled = run.search.run()
    if run.is_cancelled:
        run.state = RunState.CANCELLED
        return
    run.proposal = proposal_of(levelling, levelled, position)
    run.state = RunState.DONE
