"""The projector for tests of queries: what the log holds is in the rows when `project` returns."""

import asyncio

from infra.codec import Codec, codec
from infra.database import connect
from infra.projecting import Projecting
from infra.projector import Session
from infra.read_side import install
from infra.rebuild import live_tables
from projections.all import ALL

PARTITIONS = 8


def catch_up(database_url: str, events: Codec | None = None) -> None:
    """Fold the log into the rows, as a projector does at its start."""
    known = events or codec()
    with connect(database_url, application="test projector") as connection:
        install(connection)
        tables = live_tables(database_url, connection, ALL, known, PARTITIONS)
        projecting = Projecting(connection, tables, known, PARTITIONS)
        Session(connection, projecting, PARTITIONS, _none, known).catch_up(range(PARTITIONS))


async def project(database_url: str) -> None:
    await asyncio.to_thread(catch_up, database_url)


def _none() -> object:
    raise AssertionError("no broker is used here")
