"""Opening and closing kafka-python's clients, around what version 3.0.12 does not do by itself.

- It ignores `allow_auto_create_topics=False` on producers and consumers, and Tansu makes a topic of four
  partitions for whoever asks about one: see `never_create_topics`.
- It leaves a socket to the garbage collector for each connection that was refused: see `knock`.
- A producer told to close at once, with records under way, closes by half: see `close`.
"""

# ruff: noqa: SLF001 - kafka-python carries no types, and what it lacks is behind its private names

import socket
from contextlib import suppress
from typing import Any, Final

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError

CONNECT_SECONDS_MAX: Final = 2.0


def opened(kind: Any, bootstrap: str, **options: Any) -> Any:
    """Open a client of `kind` at `bootstrap` (host:port, several with commas) that makes no topics."""
    client = kind(
        bootstrap_servers=bootstrap.split(","),
        bootstrap_timeout_ms=int(CONNECT_SECONDS_MAX * 1000),
        reconnect_backoff_max_ms=1_000,
        **options,
    )
    never_create_topics(client)
    return client


def never_create_topics(client: Any) -> None:
    """Make a kafka-python client ask about topics without having them made: its own option is not heeded."""
    manager = getattr(client, "_manager", None)  # the producer has its metadata only
    cluster = client._metadata if manager is None else manager.cluster
    cluster.config["allow_auto_create_topics"] = False


def knock(bootstrap: str) -> None:
    """Raise `OSError` unless some address takes a connection."""
    refusal = OSError("there is no address")
    for address in bootstrap.split(","):
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS_MAX).close()
        except OSError as fault:
            refusal = fault
        else:
            return
    raise refusal


def close(client: Any) -> None:
    """Close a client at once, whatever it still waits for."""
    with suppress(KafkaError, OSError):
        if not _is_producer(client):
            client.close()
            return
        try:
            client.close(timeout=0)
        except KafkaTimeoutError:  # it first waits for what was sent, and gives up half closed
            client._sender.force_close()
            client._sender.join(CONNECT_SECONDS_MAX)
            client.close(timeout=0)


def _is_producer(client: object) -> bool:
    return isinstance(client, KafkaProducer)
