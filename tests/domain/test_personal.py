"""Every text in an event is personal data, or said here not to be: who adds an event has to decide."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

import pytest

from domain.aggregates import AGGREGATES
from domain.personal import Personal

NOT_PERSONAL: Final[Mapping[str, frozenset[str]]] = {
    "codes": frozenset({
        "code", "path_code", "rule_code", "course", "programme", "version", "sha256",
        "CommandDenied.action", "RuleRevised.action",
    }),
    "keys": frozenset({
        "calendar_name", "state", "from_state", "to_state", "step", "unit", "units", "screen",
        "award", "read_model", "model", "order_by", "WorkingCalendarSet.name", "verifier_key", "skill",
        "skills",
    }),
    "departments": frozenset({
        "department", "from_department", "to_department", "lead_department", "CommunicationPlanned.audience",
        "DepartmentNamed.name",
    }),
    "zones": frozenset({"time_zone"}),
    "currencies": frozenset({"currency"}),
    "settings": frozenset({
        "FieldDefined.label", "FieldRevised.label", "choices", "theirs", "ours", "ApprovalPathDefined.name",
        "ApprovalStep.name", "IntegrationRegistered.name", "ViewFilter.name", "ViewFilter.values",
        "WorkflowState.name",
    }),
    "kinds": frozenset({"industry", "ImportRecorded.kind"}),
    "queries": frozenset({"AccessRecorded.query"}),
}  # fmt: skip
"""Texts that tell of nobody, by why not: names of fields, wherever they are, or of one in one dataclass."""

EVENTS: Final = {name: event for decider in AGGREGATES for name, event in decider.events.items()}


@dataclass(frozen=True, slots=True)
class Text:
    """A text in an event: the dataclass it stands in, its field, whether it is marked."""

    owner: str
    field: str
    is_personal: bool

    @property
    def listed(self) -> frozenset[str]:
        """Return the entries of `NOT_PERSONAL` that speak of it."""
        names = {self.field, f"{self.owner}.{self.field}"}
        return frozenset().union(*NOT_PERSONAL.values()) & names


def texts(event: type) -> Iterator[Text]:
    """Yield the texts of a dataclass, and those of the dataclasses it is made of."""
    hints = get_type_hints(event, include_extras=True)
    for each in fields(event):
        for part, is_personal in _parts(hints[each.name], is_personal=False):
            if part is str:
                yield Text(event.__name__, each.name, is_personal)
            elif is_dataclass(part) and isinstance(part, type):
                yield from texts(part)


def _parts(hint: Any, *, is_personal: bool) -> Iterator[tuple[Any, bool]]:
    """Yield the plain types that a type is put together of, and whether each is marked."""
    if hasattr(hint, "__supertype__"):
        hint = hint.__supertype__
    if get_origin(hint) is Annotated:
        hint, *extras = get_args(hint)
        is_personal = is_personal or any(isinstance(each, Personal) for each in extras)
    if get_args(hint):
        for part in get_args(hint):
            yield from _parts(part, is_personal=is_personal)
    else:
        yield hint, is_personal


@pytest.mark.parametrize("name", EVENTS)
def test_every_text_of_an_event_is_marked_as_personal_or_listed_as_not(name: str) -> None:
    undecided = [text for text in texts(EVENTS[name]) if text.is_personal == bool(text.listed)]
    assert undecided == []


def test_nothing_is_listed_that_no_event_has() -> None:
    found = frozenset[str]().union(*(text.listed for event in EVENTS.values() for text in texts(event)))
    assert found == frozenset().union(*NOT_PERSONAL.values())


@dataclass(frozen=True, slots=True)
class Inner:
    """Stands in another."""

    said: Annotated[str, Personal()]
    colour: str


@dataclass(frozen=True, slots=True)
class Outer:
    """Has texts of every make."""

    inner: tuple[Inner, ...]
    maybe: Annotated[str, Personal()] | None
    several: tuple[Annotated[str, Personal()], ...]
    by_name: Mapping[str, int]
    number: int


def test_texts_are_found_in_tuples_mappings_and_nested_dataclasses() -> None:
    assert list(texts(Outer)) == [
        Text("Inner", "said", is_personal=True),
        Text("Inner", "colour", is_personal=False),
        Text("Outer", "maybe", is_personal=True),
        Text("Outer", "several", is_personal=True),
        Text("Outer", "by_name", is_personal=False),
    ]
