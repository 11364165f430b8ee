"""A log with a story, its rows and a tree with checkpoints; and what somebody with all rights does to it."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any, Final

import psycopg

from infra.database import connect, install
from infra.log_reader import Record, log_id, read
from infra.proof import store
from infra.proof.checkpoints import Checkpoint, origin_of
from infra.proof.growth import Growth
from infra.proof.notes import SignerKey
from infra.proof.record_bytes import leaf_hash
from infra.proof.tree import Edge, extended
from infra.read_side import install as install_books
from infra.verify.run import Report, verify
from infra.verify.work import Wanted
from projections import task_board, task_flow
from tests.infra.proof.announcing import announce
from tests.infra.story import PARTITIONS, Story, ready, told

MODELS: Final = (task_board.READ_MODEL, task_flow.READ_MODEL)
SECRET: Final = b"k" * 32
COMMANDS: Final = 400
PAGE: Final = 60


def signer(database_url: str, secret: bytes = SECRET) -> SignerKey:
    with connect(database_url, application="test") as connection:
        return SignerKey(origin_of(log_id(connection)), secret)


def proven(database_url: str) -> None:
    """Make a log of a few hundred events, a checkpoint for each `PAGE` of them, and the rows."""
    install(database_url)
    announce(database_url, signer(database_url).verifier)
    told(database_url, Story(5), COMMANDS)
    prove(database_url)
    ready(database_url, MODELS)


def prove(database_url: str, secret: bytes = SECRET) -> None:
    """Let the tree follow the log, with a checkpoint after each page."""
    key = signer(database_url, secret)
    with connect(database_url, application="test") as connection:
        install_books(connection)
        growth = Growth(connection, page_records=PAGE)
        while growth.grow():
            issue(connection, key, growth.edge)


def issue(connection: psycopg.Connection[Any], key: SignerKey, edge: Edge) -> None:
    head = Checkpoint(key.name, edge.size, edge.root)
    assert store.issue(connection, head, head.signed(key), verifier_key=str(key.verifier))


def verified(database_url: str, **more: Any) -> Report:
    return verify(Wanted(database_url, PARTITIONS, MODELS, processes=1, **more))


@contextmanager
def with_all_rights(database_url: str) -> Generator[psycopg.Connection[Any]]:
    """Connect as the owner with every trigger off, and on again behind what was done."""
    tables = ("log.event", "log.command", "proof.strip", "proof.checkpoint")
    with psycopg.connect(database_url, autocommit=True) as connection:
        for table in tables:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
        yield connection
        for table in tables:
            trigger = f"{table.partition('.')[2]}_is_immutable"
            connection.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}".encode())


def rewrite(connection: psycopg.Connection[Any], secret: bytes | None = SECRET, *, since: int = 0) -> None:
    """Make tree and checkpoints anew from the log as it is now: all of them, or those of more than `since`.

    With no secret the checkpoints stay as they were.
    """
    sizes = [size for (size,) in connection.execute("SELECT size FROM proof.checkpoint ORDER BY size")]
    leaves = [leaf_hash(record) for record in _records(connection)]
    connection.execute("DELETE FROM proof.strip")
    edge = Edge()
    for size in [*sizes, len(leaves)]:
        before = edge
        edge, strips = extended(edge, leaves[edge.size : size])
        if edge.size > before.size:
            store.grow(connection, edge, strips, before=before)
        if secret is not None and size > since:
            connection.execute("DELETE FROM proof.checkpoint WHERE size = %s", (size,))
            head = Checkpoint(origin_of(log_id(connection)), edge.size, edge.root)
            key = SignerKey(head.origin, secret)
            row = (head.size, head.root, str(key.verifier), head.signed(key))
            connection.execute(
                "INSERT INTO proof.checkpoint (size, root, verifier_key, note) VALUES (%s, %s, %s, %s)", row
            )


def _records(connection: psycopg.Connection[Any]) -> Iterable[Record]:
    return read(connection, 0)
