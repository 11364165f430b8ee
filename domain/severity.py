"""How much an incident hurts: what goals are agreed by."""

from enum import StrEnum


class Severity(StrEnum):
    """How much an incident hurts, the worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
