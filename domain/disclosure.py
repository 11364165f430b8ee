"""The record that sealed texts were made readable for somebody outside Fairlead. One stream each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from domain import roles, shape
from domain.decider import Context, Decider
from domain.errors import AlreadyExists

TEXTS_MAX: Final = 1_000
"""The most texts made readable at once."""


@dataclass(frozen=True, slots=True)
class TextsDisclosed:
    """Somebody was given texts of these persons to read."""

    text_count: int
    person_ids: tuple[UUID, ...]


DisclosureEvent = TextsDisclosed


@dataclass(frozen=True, slots=True)
class RecordDisclosure:
    """Record that texts are made readable, in the name of whoever asked for them."""

    text_count: Annotated[int, "How many texts, 1 to 1,000."]
    person_ids: Annotated[tuple[UUID, ...], "Whose they are, each once."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a number of texts out of range."""
        shape.whole(self.text_count, "textCount", 1, TEXTS_MAX)


DisclosureCommand = RecordDisclosure


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A disclosure that was recorded."""

    recorded: TextsDisclosed


def decide(
    command: DisclosureCommand, disclosure: Disclosure | None, context: Context
) -> Sequence[DisclosureEvent]:
    """Return the record, nothing when it was made already."""
    del context
    disclosed = TextsDisclosed(command.text_count, command.person_ids)
    if disclosure is None:
        return [disclosed]
    if disclosure.recorded == disclosed:
        return []
    raise AlreadyExists


def evolve(disclosure: Disclosure | None, event: DisclosureEvent) -> Disclosure:
    """Return the disclosure recorded."""
    del disclosure
    return Disclosure(event)


DECIDER: Final[Decider[DisclosureCommand, Disclosure, DisclosureEvent]] = Decider(
    name="disclosure",
    decide=decide,
    evolve=evolve,
    events={"disclosure.recorded.v1": TextsDisclosed},
    commands={RecordDisclosure: roles.SYSTEM},
    opens=frozenset({RecordDisclosure}),
    project_of=lambda _: None,
)
