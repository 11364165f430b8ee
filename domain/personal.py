"""Which fields of events hold personal data: names, addresses and the free text people write."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Personal:
    """Marks an event's field as personal data: `Annotated[str, Personal()]`. Nothing else changes by it."""
