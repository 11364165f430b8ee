"""The tree following the log: each record's leaf, a page at a time, and the log never other than it was."""

from typing import Any, Final

from psycopg import Connection

from infra.log_reader import Record, read
from infra.proof import store
from infra.proof.record_bytes import leaf_hash
from infra.proof.tree import Edge, extended

PAGE_RECORDS: Final = 5_000


class TreeRefused(Exception):
    """The log is not the one that the tree was made of; nothing is added and nothing signed."""


class LogShorter(TreeRefused):
    """The log has fewer records than the tree has leaves: the database was restored in part."""


class LogAltered(TreeRefused):
    """The log's record at the end of the tree is another one than the tree was made of."""


class Growth:
    """The tree of one log, grown by one process at a time; every method may raise `psycopg.Error`."""

    def __init__(self, connection: Connection[Any], *, page_records: int = PAGE_RECORDS) -> None:
        """Go on from what the database holds, `page_records` at a time."""
        self._connection = connection
        self._page_records = page_records
        self._edge = store.edge(connection)
        self._last = store.leaf(connection, self._edge.size - 1) if self._edge.size else b""

    @property
    def edge(self) -> Edge:
        """Return the tree's right edge."""
        return self._edge

    def grow(self) -> int:
        """Add the next page of the log and return how many records that were, 0 at the head.

        Raises `LogShorter`, `LogAltered` or `store.Overtaken`; nothing was written then.
        """
        size = self._edge.size
        page = read(self._connection, max(size - 1, 0), limit=self._page_records + bool(size))
        if size:
            self._check(page[0] if page else None)
            page = page[1:]
        if not page:
            return 0
        if page[-1].position != size + len(page):
            raise LogAltered(f"The log lacks a record between {size + 1} and {page[-1].position}.")
        leaves = [leaf_hash(record) for record in page]
        grown, strips = extended(self._edge, leaves)
        store.grow(self._connection, grown, strips, before=self._edge)
        self._edge, self._last = grown, leaves[-1]
        return len(page)

    def _check(self, record: Record | None) -> None:
        """Compare the record that should be the tree's last one with the tree's last leaf."""
        size = self._edge.size
        if record is None:
            raise LogShorter(
                f"The log ends before position {size}, which the tree of its proofs has: was an older log"
                " restored? Nothing is signed until the log is whole again."
            )
        if record.position != size or leaf_hash(record) != self._last:
            raise LogAltered(f"The log's record at position {size} is not the one its proofs were made of.")
