"""Every record of the log against its leaf and its aggregate, by processes that share out the keys."""

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Final, cast

from psycopg import Connection

from infra.codec import codec
from infra.collecting import uncollected
from infra.database import connect
from infra.keys import Keys
from infra.log_reader import Record, Share, pages
from infra.masters import Masters
from infra.proof.record_bytes import leaf_hash
from infra.verify.faults import Fault
from infra.verify.leaves import Leaves
from infra.verify.legality import Judge

PAGE_EVENTS: Final = 5_000
PROGRESS_SECONDS: Final = 0.2
MOVED_MAX: Final = 1_000
TOGETHER_EVENTS_MIN: Final = 20_000


@dataclass(frozen=True, slots=True)
class Walk:
    """What is walked: positions behind `after` up to `up_to`, of which the tree has the first `leaves`."""

    database_url: str
    after: int
    up_to: int
    leaves: int
    processes: int
    masters: Masters | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What one process found: the first step that is not legal, and which records are not their leaf's.

    `decided` of its `events` were decided again, the others only folded.
    """

    events: int
    decided: int
    illegal: Fault | None
    moved: tuple[int, ...]


def walk(walked: Walk, progress: Callable[[int, int], None]) -> Iterator[Part]:
    """Yield what each process found; `progress` hears of the hindmost (position, position to reach).

    This process is one of them: it has started already, which takes as long as thousands of events.
    """
    if walked.processes == 1:
        yield part(walked, 0, lambda at: progress(at, walked.up_to))
        return
    context = get_context("spawn")
    reached = context.Array("q", walked.processes)

    def say() -> None:
        progress(max(walked.after, min(reached[:])), walked.up_to)

    def reach(position: int) -> None:
        reached[0] = position
        say()

    with ProcessPoolExecutor(walked.processes - 1, context, cast("Any", _inherit), (reached,)) as pool:
        waiting = {pool.submit(_part, walked, number) for number in range(1, walked.processes)}
        yield part(walked, 0, reach)
        while waiting:
            done, waiting = wait(waiting, PROGRESS_SECONDS, FIRST_COMPLETED)
            say()
            for each in done:
                yield each.result()


_reached: list[int] = []  # the array shared by the processes, once `_inherit` has run in this one


def _inherit(reached: list[int]) -> None:
    global _reached  # noqa: PLW0603 - how a pool hands its processes what cannot be pickled
    _reached = reached


def _part(walked: Walk, number: int) -> Part:
    def reach(position: int) -> None:
        _reached[number] = position

    return part(walked, number, reach)


def part(walked: Walk, number: int, reach: Callable[[int], None]) -> Part:
    """Walk the keys that fall to process `number`; `reach` hears of each position reached."""
    share = Share(number, walked.processes)
    events, moved, illegal = 0, list[int](), None
    with (
        uncollected(),
        _keys(walked) as keys,
        connect(walked.database_url, application=f"verify {number}") as connection,
    ):
        judge = Judge(codec().with_keys(keys))
        illegal = _fold_before(connection, walked, share, judge)
        for page in pages(connection, walked.after, up_to=walked.up_to, limit=PAGE_EVENTS, share=share):
            if len(moved) < MOVED_MAX:
                moved += _moved(connection, page, walked.leaves)
            illegal = illegal or judge.take(page)
            events += len(page)
            reach(page[-1].position)
        illegal = illegal or judge.finish()
    reach(walked.up_to)
    return Part(events, judge.decided, illegal, tuple(moved[:MOVED_MAX]))


def _keys(walked: Walk) -> AbstractContextManager[Keys | None]:
    return nullcontext() if walked.masters is None else Keys(walked.database_url, walked.masters)


def _fold_before(connection: Connection[Any], walked: Walk, share: Share, judge: Judge) -> Fault | None:
    """Fold what was verified before of the keys that something came to since; return what is wrong there."""
    if walked.after == 0:
        return None
    fresh = {
        key
        for (key,) in connection.execute(
            "SELECT DISTINCT coalesce(project_id, stream) FROM log.event WHERE position > %s", (walked.after,)
        )
    }
    for page in pages(connection, 0, up_to=walked.after, limit=PAGE_EVENTS, share=share):
        illegal = judge.fold(record for record in page if record.key in fresh)
        if illegal is not None:
            return illegal
    return None


def _moved(connection: Connection[Any], page: list[Record], leaves: int) -> list[int]:
    """Return the positions of a page whose record is not what the tree was made of."""
    covered = [record for record in page if record.position <= leaves]
    if not covered:
        return []
    stored = Leaves(connection, covered[0].position - 1, covered[-1].position)
    return [record.position for record in covered if leaf_hash(record) != stored.at(record.position - 1)]
