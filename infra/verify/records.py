"""Every record of a share of the log against its leaf and its aggregate; and what rows they come to.

A share is all the events of some keys. Its states and rows are in memory until the next one is begun, so
that a log is walked in as many shares as it takes to keep them small.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from psycopg import Connection

from infra.codec import Codec
from infra.decoding import decoded_all
from infra.log_reader import Share, pages
from infra.verify import leaves
from infra.verify.faults import Fault
from infra.verify.folded import Folded
from infra.verify.holds import holds_of
from infra.verify.legality import Judge
from infra.verify.rows import PAGE_EVENTS

MOVED_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """What is walked of a share: positions behind `after` up to `up_to`; the tree has the first `leaves`.

    What lies before was verified already, and is only folded.
    """

    share: Share
    after: int
    up_to: int
    leaves: int


@dataclass(frozen=True, slots=True)
class Walked:
    """What was found: the first step that is not legal, and which records are not their leaf's.

    `decided` of the `events` were decided again, the others only folded.
    """

    events: int
    decided: int
    illegal: Fault | None
    moved: tuple[int, ...]


def walk_share(
    connection: Connection[Any],
    events: Codec,
    stretch: Stretch,
    folded: Folded | None,
    reach: Callable[[int], None],
) -> Walked:
    """Walk a share; `folded` folds its rows from the first event on, `reach` hears of each position."""
    judge = Judge(holds_of(connection, events))
    count, moved, illegal = 0, list[int](), None
    fresh = _fresh(connection, stretch)
    begin = stretch.after if folded is None and not fresh else 0
    for page in pages(connection, begin, up_to=stretch.up_to, limit=PAGE_EVENTS, share=stretch.share):
        seen = decoded_all(page, events)
        old = sum(record.position <= stretch.after for record in page) if stretch.after else 0
        if len(moved) < MOVED_MAX:
            moved += leaves.moved(connection, page[old:], stretch.leaves)
        illegal = illegal or judge.fold(each for each in seen[:old] if each.key in fresh)
        illegal = illegal or judge.take(seen[old:])
        if folded is not None:
            folded.take(seen)
        count += len(page) - old
        reach(page[-1].position)
    illegal = illegal or judge.finish()
    if folded is not None:
        folded.finish()
    return Walked(count, judge.decided, illegal, tuple(moved[:MOVED_MAX]))


def _fresh(connection: Connection[Any], stretch: Stretch) -> frozenset[UUID]:
    """Return the keys that something came to behind what was verified: all of theirs is folded first."""
    if stretch.after == 0:
        return frozenset()
    rows = connection.execute(
        "SELECT DISTINCT coalesce(project_id, stream) FROM log.event WHERE position > %s", (stretch.after,)
    )
    return frozenset(key for (key,) in rows)
