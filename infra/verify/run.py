"""One verification: everything is walked, and the first position at which something is wrong is named."""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection

from infra.codec import codec
from infra.database import connect
from infra.log_reader import log_id
from infra.proof import checkpoints, keys
from infra.proof.checkpoints import origin_of
from infra.proof.notes import VerifierKey
from infra.rebuild import Rebuilt
from infra.verify.faults import Fault, first
from infra.verify.heads import Head
from infra.verify.memory import Verified
from infra.verify.pinned import Pinned, pinned
from infra.verify.protection import unprotected
from infra.verify.work import Progress, Wanted, Work


@dataclass(frozen=True, slots=True)
class Report:
    """What was found: `events` walked, of which `decided` were decided again; checkpoints go to `proven_to`.

    `verified_to` and `root` are what to remember. `models` read models were compared: none when the log is
    not whole itself, because then it is not the rows that are wrong.
    """

    log_id: UUID
    head: int
    events: int
    decided: int
    checkpoints: int
    proven_to: int
    models: int
    seconds: float
    verified_to: int
    root: bytes
    fault: Fault | None

    @property
    def is_ok(self) -> bool:
        """Say whether nothing is wrong."""
        return self.fault is None


def head_of(connection: Connection[Any], note: str, trusted: Sequence[VerifierKey], *, whence: str) -> Head:
    """Return the head that a checkpoint of this log signs; raise `BadNote`."""
    known = list(trusted) or keys.announced(connection, codec())
    head = checkpoints.opened(note, known, origin=origin_of(log_id(connection)))
    return Head(head.size, head.root, whence)


def verify(
    wanted: Wanted,
    progress: Progress = lambda _at, _of: None,
    remember: Callable[[Verified], None] = lambda _: None,
) -> Report:
    """Verify everything; `progress` hears how far it is (done, to do).

    `remember` is told now and then up to where all is well, for another verification to go on from there.
    Raises `RebuildUnderWay` when rows are to be compared while another process rebuilds them, and
    `ErasureUnderWay` where they differ because somebody is being erased.
    """
    began = time.monotonic()
    with (
        _pinned(wanted) as rows,
        connect(wanted.database_url, application="verify") as connection,
    ):
        work = Work(connection, wanted, rows, progress)
        parts = work.records(remember)
        found = work.signed()
        tree, fault = work.tree(found, parts)
        walked = [each for part in parts for each in part.walked]
        log_fault = first(fault, *work.listed(), *(each.illegal for each in walked), work.bare(found))
        row_fault = None if log_fault else work.rows(parts)
        seconds = round(time.monotonic() - began, 3)
        return Report(
            work.log_id,
            work.ends.head,
            sum(each.events for each in walked),
            sum(each.decided for each in walked),
            found.checkpoints,
            found.proven,
            0 if log_fault else len(wanted.models),
            seconds,
            work.sure,
            tree.roots.get(work.ends.leaves, b""),
            log_fault or row_fault or unprotected(connection),
        )


def check_rows(wanted: Wanted, progress: Progress = lambda _at, _of: None) -> list[Rebuilt]:
    """Compare nothing but rows: return of each model what a rebuild of it would, and change nothing.

    Raises as `verify` does.
    """
    with (
        _pinned(wanted) as rows,
        connect(wanted.database_url, application="verify") as connection,
    ):
        if rows is None:
            return []
        work = Work(connection, wanted, rows, progress)
        parts = work.folded()
        unread = {name for part in parts for name in part.unread}
        found = {each.model: each for each in work.differences(parts)}
        live = {model.name: generation for model, generation in rows.live if model.name not in unread}
        return [
            Rebuilt(
                name,
                live.get(name, 0),
                work.ends.head,
                None if name not in live else found[name].records if name in found else 0,
                found[name].first_position if name in found else None,
            )
            for name in (model.name for model in wanted.models)
        ]


@contextmanager
def _pinned(wanted: Wanted) -> Generator[Pinned | None]:
    if not wanted.models:
        yield None
        return
    with pinned(wanted.database_url, wanted.models, wanted.partitions) as rows:
        yield rows
