"""How Fairlead is doing, in one look at its database: the log, the relay, the projectors, what is parked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from psycopg import Connection

from infra.log_reader import head
from infra.proof.state import NOTHING, ProofState, proof_state
from infra.relay_progress import RelayState, relay_state

BEHIND_SECONDS_MAX: Final = 5.0
"""How old the oldest event may be that a projector has not folded yet."""

_PARTITIONS: Final = (
    "SELECT c.partition, c.position,"
    " coalesce(extract(epoch FROM clock_timestamp() - e.recorded_at), 0)::float8"
    " FROM rows.checkpoint c LEFT JOIN log.event e ON e.position = c.position + 1 ORDER BY c.partition"
)
_PROJECTORS: Final = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'fairlead projector'"


@dataclass(frozen=True, slots=True)
class Folded:
    """Up to which `position` a partition is folded, and how old the event after it is (0: none)."""

    position: int
    behind_seconds: float


@dataclass(frozen=True, slots=True)
class Condition:
    """How everything was doing `at` a moment (aware UTC); `folded` is by partition, `projectors` a count."""

    at: datetime
    head: int
    relay: RelayState
    projectors: int
    folded: Mapping[int, Folded]
    parked: int
    proof: ProofState = NOTHING

    @property
    def relay_problem(self) -> str | None:
        """Return one sentence on what keeps the relay from being ready, None when nothing does."""
        if self.relay.is_ready(self.head, self.at):
            return None
        if not self.relay.is_alive(self.at):
            return "No relay leads."
        return self.relay.problem or f"The relay is {self.relay.lag(self.head)} events behind the log."

    @property
    def projector_problem(self) -> str | None:
        """Return one sentence on what keeps the rows from being caught up, None when nothing does."""
        if not self.projectors:
            return "No projector runs."
        if not self.folded:
            return "The rows have not been built yet."
        seconds, partition = max((each.behind_seconds, number) for number, each in self.folded.items())
        if seconds <= BEHIND_SECONDS_MAX:
            return None
        lag = self.lag(partition)
        return f"The rows of partition {partition} are {lag} events, {seconds:.0f} s, behind the log."

    @property
    def proof_problem(self) -> str | None:
        """Return one sentence on what keeps the log from being proven, None when nothing does."""
        return self.proof.problem(self.at)

    def lag(self, partition: int) -> int:
        """Return how many events of the log a partition has not passed yet."""
        return max(0, self.head - self.folded[partition].position)


def look(connection: Connection[Any]) -> Condition:
    """Return how everything is doing now: ages by the database's clock, the relay's last sign by ours."""
    at, relay = datetime.now(UTC), relay_state(connection)
    folded: dict[int, Folded] = {}
    parked = 0
    if connection.execute("SELECT to_regclass('rows.checkpoint')").fetchone() != (None,):
        rows = connection.execute(_PARTITIONS).fetchall()
        folded = {number: Folded(position, max(0.0, age)) for number, position, age in rows}
        parked = _count(connection, "SELECT count(*) FROM rows.parked")
    projectors, proof = _count(connection, _PROJECTORS), proof_state(connection)
    return Condition(at, head(connection), relay, projectors, folded, parked, proof)


def _count(connection: Connection[Any], statement: str) -> int:
    row = connection.execute(statement.encode()).fetchone()
    return 0 if row is None else int(row[0])
