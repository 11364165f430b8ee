"""How the proof is doing: what the checkpointer and the witnesses write down, and what is read of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from psycopg import Connection

SILENT_SECONDS_MAX: Final = 30.0
UNPROVEN_SECONDS_MAX: Final = 120.0


@dataclass(frozen=True, slots=True)
class WitnessState:
    """How far a witness was told: up to the checkpoint of `size`; its last failure, None when all is well."""

    name: str
    size: int
    problem: str | None
    failed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProofState:
    """How far the log is proven: `size` records, by the checkpoint of `issued_at` (aware UTC, None: none).

    `unproven_seconds` is the age of the oldest record behind it, 0 when there is none. `updated_at` is the
    checkpointer's last sign of life.
    """

    size: int
    issued_at: datetime | None
    unproven_seconds: float
    reported: str | None
    updated_at: datetime | None
    witnesses: Sequence[WitnessState] = ()

    def problem(self, now: datetime) -> str | None:
        """Return one sentence on what keeps the log from being proven, None when nothing does."""
        silent = timedelta(seconds=SILENT_SECONDS_MAX)
        if self.updated_at is None or now - self.updated_at > silent:
            return "No checkpointer runs."
        if self.reported is not None:
            return self.reported
        if self.unproven_seconds > UNPROVEN_SECONDS_MAX:
            return f"The oldest record that no checkpoint proves is {self.unproven_seconds:.0f} s old."
        return None


NOTHING: Final = ProofState(0, None, 0.0, None, None)

_STATE: Final = """
SELECT coalesce(c.size, 0), c.issued_at,
    coalesce(greatest(extract(epoch FROM clock_timestamp() - e.recorded_at), 0), 0)::float8,
    s.problem, s.updated_at
FROM (SELECT max(size) AS size FROM proof.checkpoint) m
LEFT JOIN proof.checkpoint c ON c.size = m.size
LEFT JOIN log.event e ON e.position = coalesce(m.size, 0) + 1
LEFT JOIN proof.state s ON true
"""


def proof_state(connection: Connection[Any]) -> ProofState:
    """Return how the proof is doing."""
    if connection.execute("SELECT to_regclass('proof.state')").fetchone() == (None,):
        return NOTHING
    witnesses = connection.execute("SELECT name, size, problem, failed_at FROM proof.witness ORDER BY name")
    told_so = [WitnessState(*each) for each in witnesses.fetchall()]
    row: tuple[Any, ...] | None = connection.execute(_STATE).fetchone()
    return NOTHING if row is None else replace(ProofState(*row), witnesses=told_so)


def report(connection: Connection[Any], problem: str | None) -> None:
    """Write down a sign of life, and what keeps checkpoints from being issued; None means well."""
    connection.execute(
        "INSERT INTO proof.state AS state (leader_since, problem, updated_at)"
        " VALUES (clock_timestamp(), %(problem)s, clock_timestamp())"
        " ON CONFLICT (is_only) DO UPDATE SET problem = excluded.problem, updated_at = excluded.updated_at",
        {"problem": problem},
        prepare=True,
    )


def report_leader(connection: Connection[Any]) -> None:
    """Write down that another process began to lead just now."""
    connection.execute(
        "INSERT INTO proof.state (leader_since, updated_at) VALUES (clock_timestamp(), clock_timestamp())"
        " ON CONFLICT (is_only) DO UPDATE"
        " SET leader_since = excluded.leader_since, updated_at = excluded.updated_at"
    )


def told(connection: Connection[Any], name: str) -> int | None:
    """Return the size of the last checkpoint a witness was told, or that was given up; None before that."""
    row = connection.execute("SELECT size FROM proof.witness WHERE name = %s", (name,)).fetchone()
    return None if row is None else int(row[0])


def report_witness(connection: Connection[Any], name: str, size: int, problem: str | None) -> None:
    """Write down that a witness was told up to `size`, or how that failed; `failed_at` stays."""
    connection.execute(
        "INSERT INTO proof.witness AS witness (name, size, problem, failed_at, updated_at)"
        " VALUES (%(name)s, %(size)s, %(problem)s,"
        " CASE WHEN %(problem)s::text IS NOT NULL THEN clock_timestamp() END, clock_timestamp())"
        " ON CONFLICT (name) DO UPDATE SET size = excluded.size, problem = excluded.problem,"
        " failed_at = coalesce(excluded.failed_at, witness.failed_at), updated_at = excluded.updated_at",
        {"name": name, "size": size, "problem": problem},
    )
