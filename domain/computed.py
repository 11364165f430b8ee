"""How a command says which of its fields is computed where it is issued."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Computed:
    """Marks a field that nobody sends: it is filled in from the log before the command is decided on."""
