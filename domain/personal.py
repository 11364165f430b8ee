"""Which fields of events hold personal data: names, addresses and the free text people write."""

from dataclasses import dataclass
from typing import Final

ERASED: Final = "erased"
"""What stands in place of a personal text once the person it is of was erased."""

OF_STREAM: Final = "stream"
OF_ACTOR: Final = "actor"


@dataclass(frozen=True, slots=True)
class Personal:
    """Marks a text in an event as personal data: `Annotated[str, Personal()]`. It is stored encrypted.

    `of` says whose text it is, and so with whose erasure it becomes unreadable: that of whoever issues the
    command (`actor`, who wrote it), of the member whose stream it is (`stream`), or of the one named by
    another field of the same dataclass; the actor's where that field holds None.
    """

    of: str = OF_ACTOR
