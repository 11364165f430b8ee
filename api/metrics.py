"""What Prometheus is told: commands by outcome and how long they took, and how far everything is."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from infra.condition import Condition

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The figures of one process; other parts register theirs in `registry`."""

    def __init__(self) -> None:
        """Begin at zero, in a registry of our own."""
        self.registry = CollectorRegistry()
        self.commands = Counter(
            "fairlead_commands",
            "Commands answered, by action and outcome.",
            ("action", "outcome"),
            registry=self.registry,
        )
        self.command_seconds = Histogram(
            "fairlead_command_seconds",
            "Seconds from a command's arrival to its answer.",
            buckets=SECONDS,
            registry=self.registry,
        )
        self.subscriptions = self._gauge("subscriptions", "Subscriptions open over WebSockets.")
        self.log_position = self._gauge(
            "log_position", "The highest position of the log seen by this process."
        )
        self._is_up = self._gauge("database_is_up", "Whether the database answered when it was last asked.")
        self._published = self._gauge("relay_published_position", "Up to where the log is in Kafka.")
        self._relay_lag = self._gauge("relay_lag_events", "Events of the log that are not in Kafka yet.")
        self._relay_is_up = self._gauge("relay_is_ready", "Whether a relay leads, well and not far behind.")
        self._projectors = self._gauge("projectors", "Projector processes that are connected.")
        self._parked = self._gauge("parked_keys", "Keys that wait because an event could not be folded.")
        self._lag = self._gauge("projector_lag_events", "Events of the log not folded yet.", "partition")
        self._age = self._gauge(
            "projector_behind_seconds", "Age of the oldest event not folded yet, in seconds.", "partition"
        )
        self._proven = self._gauge("proof_size", "Up to where a checkpoint proves the log.")
        self._unproven = self._gauge(
            "proof_unproven_seconds", "Age of the oldest event that no checkpoint proves, in seconds."
        )
        self._proof_is_up = self._gauge("proof_is_well", "Whether checkpoints are issued as they are due.")
        self._witnessed = self._gauge("witness_size", "The last checkpoint a witness was sent.", "witness")
        self._witness_is_up = self._gauge("witness_is_well", "Whether it took that one.", "witness")
        self._head = 0

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"fairlead_{name}", meaning, labels, registry=self.registry)

    def command(self, action: str, outcome: str, seconds: float) -> None:
        """Count one command."""
        self.commands.labels(action, outcome).inc()
        self.command_seconds.observe(seconds)

    def head(self, position: int) -> None:
        """Note a position of the log."""
        if position > self._head:
            self._head = position
            self.log_position.set(position)

    def condition(self, seen: Condition | None) -> None:
        """Note how everything is doing; None when the database did not say: the figures stay as they were."""
        self._is_up.set(seen is not None)
        if seen is None:
            return
        self.head(seen.head)
        self._published.set(seen.relay.published)
        self._relay_lag.set(seen.relay.lag(seen.head))
        self._relay_is_up.set(seen.relay_problem is None)
        self._projectors.set(seen.projectors)
        self._parked.set(seen.parked)
        for partition, each in seen.folded.items():
            self._lag.labels(str(partition)).set(seen.lag(partition))
            self._age.labels(str(partition)).set(each.behind_seconds)

        self._prove(seen)

    def _prove(self, seen: Condition) -> None:
        self._proven.set(seen.proof.size)
        self._unproven.set(seen.proof.unproven_seconds)
        self._proof_is_up.set(seen.proof_problem is None)
        for witness in seen.proof.witnesses:
            self._witnessed.labels(witness.name).set(witness.size)
            self._witness_is_up.labels(witness.name).set(witness.problem is None)

    def text(self) -> bytes:
        """Return all figures in Prometheus's text format."""
        return generate_latest(self.registry)
