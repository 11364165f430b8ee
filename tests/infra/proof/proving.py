"""What the tests of the proof share: a checkpointer in a thread, and a stranger who checks what it issues."""

import base64
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

import psycopg

from infra.codec import codec
from infra.database import connect
from infra.log_reader import Record, head, log_id, pages
from infra.proof import checkpoints, keys, store
from infra.proof.checkpointer import Checkpointer
from infra.proof.checkpoints import origin_of
from infra.proof.notes import SignerKey
from infra.proof.paths import consistency, hash_of, places
from infra.proof.record_bytes import leaf_hash
from infra.proof.state import ProofState, proof_state
from infra.proof.store import Issued
from infra.proof.tree import Edge, extended
from infra.proof.verifying import is_consistent
from infra.settings import Settings

SECRET: Final = b"k" * 32
SECONDS: Final = 0.1


def settings_of(database_url: str, secret: bytes | None = SECRET, **more: Any) -> Settings:
    key = None if secret is None else base64.urlsafe_b64encode(secret).decode()
    return replace(
        Settings(database_url=database_url, kafka_bootstrap="127.0.0.1:9", checkpoint_seconds=SECONDS),
        proof_key=key,
        **more,
    )


@contextmanager
def checkpointing(settings: Settings, *, page_records: int = 50) -> Generator[Checkpointer]:
    """Run a checkpointer in a thread; it must stop within a few seconds."""
    checkpointer = Checkpointer(settings, page_records=page_records)
    thread = threading.Thread(target=checkpointer.run, name="checkpointer")
    thread.start()
    try:
        yield checkpointer
    finally:
        checkpointer.stop()
        thread.join(20)
        assert not thread.is_alive()


def state(database_url: str) -> ProofState:
    with connect(database_url, application="test") as connection:
        return proof_state(connection)


def problem(database_url: str) -> str:
    return state(database_url).reported or ""


def log_of(database_url: str) -> tuple[UUID, list[Record]]:
    with connect(database_url, application="test") as connection:
        records = [each for page in pages(connection, 0, up_to=head(connection)) for each in page]
        return log_id(connection), records


def key_of(database_url: str, secret: bytes = SECRET) -> SignerKey:
    with connect(database_url, application="test") as connection:
        return SignerKey(origin_of(log_id(connection)), secret)


def issued(database_url: str) -> list[Issued]:
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "SELECT size, root, verifier_key, note, issued_at FROM proof.checkpoint ORDER BY size"
        )
        return [Issued(*row) for row in rows]


def assert_proven(database_url: str) -> list[Issued]:
    """Check every checkpoint as a stranger would, with the whole log in hand; return them."""
    identity, records = log_of(database_url)
    found, edge, at = issued(database_url), Edge(), 0
    with connect(database_url, application="test") as connection:
        known = keys.announced(connection, codec())
        assert store.edge(connection).size <= len(records)
    for each in found:
        edge, _ = extended(edge, [leaf_hash(record) for record in records[at : each.size]])
        at = each.size
        opened = checkpoints.opened(each.note, known, origin=origin_of(identity))
        assert (opened.size, opened.root) == (each.size, each.root) == (edge.size, edge.root)
    for before, after in pairwise(found):
        assert before.issued_at <= after.issued_at
        with connect(database_url, application="test") as connection:
            spans = consistency(before.size, after.size)
            tiles = store.tiles(connection, places(spans))
        path = [hash_of(span, tiles) for span in spans]
        assert is_consistent((before.size, before.root), (after.size, after.root), path)
    return found
