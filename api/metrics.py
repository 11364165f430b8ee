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

    def text(self) -> bytes:
        """Return all figures in Prometheus's text format."""
        return generate_latest(self.registry)
