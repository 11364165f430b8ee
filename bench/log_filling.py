"""A log filled by COPY with told stories: what commands would have left there, at many times the speed."""

import hashlib
from collections.abc import Sequence
from itertools import islice
from random import Random
from typing import Any, Final
from uuid import UUID

import psycopg

from bench.ids import told_id
from bench.measuring import say
from bench.stories import Teller, Told
from infra.codec import codec

PAGE_EVENTS: Final = 20_000
SAID_EVENTS: Final = 200_000
_EVENT_TYPES: Final = (
    "int8", "uuid", "uuid", "int4", "text", "uuid", "uuid", "uuid", "uuid", "uuid", "text", "timestamptz",
    "timestamptz", "bytea",
)  # fmt: skip
_COMMAND_TYPES: Final = ("uuid", "bytea", "uuid", "int4", "int8", "int4")


def fill(database_url: str, events: int, *, seed: int = 1) -> Teller:
    """Append `events` told events to an empty log, with the answers of their commands; return the teller."""
    teller = Teller(seed)
    told = teller.events(events)
    random = Random(seed)
    position = 0
    with psycopg.connect(database_url, autocommit=True) as connection:
        while page := list(islice(told, PAGE_EVENTS)):
            ids = [told_id(each.at, random) for each in page]
            copy_events(connection, position, page, ids)
            position += len(page)
            if position % SAID_EVENTS == 0:
                say(f"log filled: {position:,} of {events:,} events")
        connection.execute("VACUUM (ANALYZE) log.event, log.command")
        connection.execute("CHECKPOINT")
    return teller


def copy_events(
    connection: psycopg.Connection[Any], after: int, page: Sequence[Told], ids: Sequence[UUID]
) -> None:
    """Put told events into the log behind the position `after`, each with the answer of its command."""
    encode, name = codec().encode, codec().name
    with connection.transaction(), connection.cursor() as cursor:
        with cursor.copy("COPY log.event FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(_EVENT_TYPES)
            for position, (each, command_id) in enumerate(zip(page, ids, strict=True), after + 1):
                copy.write_row(
                    (
                        position,
                        command_id,
                        each.stream,
                        each.version,
                        name(each.event),
                        each.project_id,
                        each.actor_id,
                        command_id,
                        None,
                        command_id,
                        None,
                        each.at,
                        each.at,
                        encode(each.event),
                    )
                )
        with cursor.copy("COPY log.command FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(_COMMAND_TYPES)
            for position, (each, command_id) in enumerate(zip(page, ids, strict=True), after + 1):
                digest = hashlib.sha256(command_id.bytes).digest()
                copy.write_row((command_id, digest, each.stream, each.version, position, 1))
