"""The whole walk, by processes that take one piece after another: shares of the log first, then tables.

Tables come last because they are small: whoever is done with shares first reads more of them, so that all
end together. This process is one of them: it has started already, which takes as long as thousands of events.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Final, cast

from infra.codec import codec
from infra.collecting import uncollected
from infra.database import connect
from infra.keys import Keys
from infra.log_reader import Share
from infra.masters import Masters
from infra.tables import Tables
from infra.verify.faults import Fault
from infra.verify.folded import Counted, Folded
from infra.verify.pinned import Pinned
from infra.verify.records import Stretch, Walked, walk_share
from infra.verify.rows import Stored, items
from infra.verify.sums import Sums

PROGRESS_SECONDS: Final = 0.2
_STOPPED: Final = 1 << 40


class Stopped(Exception):
    """Another process of this walk failed, or somebody stopped it: what this one would find is not wanted."""


@dataclass(frozen=True, slots=True)
class Walk:
    """What is walked: positions up to `up_to`, of which the tree has the first `leaves`, and pinned rows.

    `after` says of each share up to where it was verified before.
    """

    database_url: str
    after: tuple[int, ...]
    up_to: int
    leaves: int
    processes: int
    masters: Masters | None = None
    pinned: Pinned | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What one process found: in shares of the log, and in tables; what both come to is held together later.

    `unread` are the read models whose tables could not be read.
    """

    walked: list[Walked]
    folded: dict[Counted, Sums]
    stored: dict[Counted, Sums]
    unread: list[str]
    faults: list[Fault]


@dataclass(frozen=True, slots=True)
class Reached:
    """How far the walk is: `at` of `of`, and up to where each share is verified, with nothing wrong in it."""

    at: int
    of: int
    sound: tuple[int, ...]


class _Shared:
    """What the processes tell each other: which pieces are taken, how far each share is, which is well."""

    def __init__(self, walk: Walk, context: Any) -> None:
        self.items = 0 if walk.pinned is None else len(items(walk.pinned.tables))
        self.tables = context.Value("q", 0)
        self.shares = context.Value("q", 0)
        self.reached = context.Array("q", len(walk.after))
        self.sound = context.Array("q", walk.after)

    def stop(self) -> None:
        """Let the others stop where they are."""
        self.shares.value = _STOPPED

    def check(self) -> None:
        """Raise `Stopped` where that is wished."""
        if self.shares.value >= _STOPPED:
            raise Stopped

    def far(self, walk: Walk) -> Reached:
        """Return how far all are: reading the tables of rows counts as much as walking the log."""
        at = sum(self.reached[:]) // len(walk.after)
        of = walk.up_to
        if walk.pinned is not None:
            tables = self.items or 1
            at += of * min(self.tables.value, tables) // tables
            of *= 2
        return Reached(at, of, tuple(self.sound[:]))


def walk(walked: Walk, progress: Callable[[Reached], None]) -> list[Part]:
    """Return what each process found; `progress` hears now and then how far all are."""
    context = get_context("spawn")
    shared = _Shared(walked, context)

    def say() -> None:
        progress(shared.far(walked))

    if walked.processes == 1:
        return [_part(walked, shared, say)]
    with ProcessPoolExecutor(walked.processes - 1, context, cast("Any", _inherit), (shared,)) as pool:
        waiting = {pool.submit(_inherited_part, walked) for _ in range(1, walked.processes)}
        try:
            parts = [_part(walked, shared, say)]
            while waiting:
                done, waiting = wait(waiting, PROGRESS_SECONDS, FIRST_COMPLETED)
                say()
                parts += [each.result() for each in done]
        except BaseException:
            shared.stop()
            raise
    return parts


_shared: list[_Shared] = []  # what the processes share, once `_inherit` has run in this one


def _inherit(shared: _Shared) -> None:
    _shared.append(shared)


def _inherited_part(walked: Walk) -> Part:
    return _part(walked, _shared[0], _shared[0].check)


def _numbers(counter: Any, end: int) -> Iterator[int]:
    """Yield the numbers below `end` that no other process took."""
    while True:
        with counter.get_lock():
            number = counter.value
            counter.value += 1
        if number >= end:
            return
        yield number


def _part(walked: Walk, shared: _Shared, say: Callable[[], None]) -> Part:
    part = Part([], {}, {}, [], [])
    models = [] if walked.pinned is None else walked.pinned.tables
    with uncollected():
        with _keys(walked) as keys, connect(walked.database_url, application="verify") as connection:
            events = codec().with_keys(keys)
            for number in _numbers(shared.shares, len(walked.after)):

                def reach(position: int, number: int = number) -> None:
                    shared.reached[number] = position
                    say()

                found = walk_share(
                    connection, events, _stretch(walked, number), _folded(walked, models, part), reach
                )
                part.walked.append(found)
                reach(walked.up_to)
                if found.illegal is None and not found.moved:
                    shared.sound[number] = walked.up_to
                    say()
        if walked.pinned is not None:
            stored = Stored(walked.pinned, models)
            stored.read(walked.database_url, _said(_numbers(shared.tables, shared.items), say))
            part.stored.update(stored.sums)
            part.unread.extend(stored.unread)
            part.faults.extend(stored.faults)
    return part


def _said(numbers: Iterator[int], say: Callable[[], None]) -> Iterator[int]:
    for number in numbers:
        say()
        yield number


def _stretch(walked: Walk, number: int) -> Stretch:
    share = Share.numbered(number, len(walked.after))
    return Stretch(share, walked.after[number], walked.up_to, walked.leaves)


def _folded(walked: Walk, models: list[Tables], part: Part) -> Folded | None:
    of = walked.pinned
    if of is None:
        return None
    key = of.key
    return Folded(of, models, lambda counted: part.folded.setdefault(counted, Sums(key)))


def _keys(walked: Walk) -> AbstractContextManager[Keys | None]:
    return nullcontext() if walked.masters is None else Keys(walked.database_url, walked.masters)
