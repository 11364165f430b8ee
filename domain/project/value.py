"""A project's value: its costs and its benefits, corrected by counter-entries, never changed or deleted.

Longer than other files: what money may be booked, and what takes it back, is one set of rules.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context, Upcast
from domain.errors import Malformed, Refusal, Unknown
from domain.facet import Facet, once
from domain.ids import TaskId
from domain.personal import Personal

if TYPE_CHECKING:
    from domain.project import Project


class CostKind(StrEnum):
    """What money was spent on."""

    LICENCE = "licence"
    SERVICE = "service"
    PERSONNEL = "personnel"
    HARDWARE = "hardware"
    TRAINING = "training"
    OPERATION = "operation"
    OTHER = "other"


class EntrySide(StrEnum):
    """Whether an entry is a cost or a benefit."""

    COST = "cost"
    BENEFIT = "benefit"


@dataclass(frozen=True, slots=True)
class CostRecorded:
    """Money was spent."""

    entry_id: UUID
    cents: int
    currency: str
    incurred_on: date
    kind: CostKind
    task_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class BenefitRecorded:
    """Money was gained or saved, and a KPI shows it."""

    entry_id: UUID
    cents: int
    currency: str
    realised_on: date
    code: str


@dataclass(frozen=True, slots=True)
class EntryCorrected:
    """A counter-entry: `cents` is what it adds to a cost or a benefit, below 0 for what it takes away."""

    entry_id: UUID
    corrects_id: UUID
    side: EntrySide
    cents: int
    currency: str
    corrected_on: date
    cause: Annotated[str, Personal()]


ValueEvent = CostRecorded | BenefitRecorded | EntryCorrected

_CAUSE_LENGTH_MAX: Final = 1_000
_ENTRY_TEXT: Final = "A UUID of your choice for the entry."
_CURRENCY_TEXT: Final = "ISO 4217 code, such as EUR: the same for all entries of a project."


@dataclass(frozen=True, slots=True)
class RecordCost:
    """Record money spent on a project."""

    entry_id: Annotated[UUID, _ENTRY_TEXT]
    amount_cents: Annotated[int, "The amount in hundredths of the currency's unit, above 0."]
    currency: Annotated[str, _CURRENCY_TEXT]
    incurred_on: Annotated[date, "The day it counts on."]
    kind: Annotated[CostKind, "What it was spent on."]
    task_id: Annotated[
        TaskId | None, "The task or summary it was spent for; null for the project as a whole."
    ] = None

    def __post_init__(self) -> None:
        """Raise `Malformed` for an amount, a currency or a day out of shape."""
        _check(self.amount_cents, 1, self.incurred_on, "incurredOn")
        shape.currency(self.currency, "currency")


@dataclass(frozen=True, slots=True)
class RecordBenefit:
    """Record money gained or saved by a project, with the KPI that shows it."""

    entry_id: Annotated[UUID, _ENTRY_TEXT]
    amount_cents: Annotated[int, "The amount in hundredths of the currency's unit, above 0."]
    currency: Annotated[str, _CURRENCY_TEXT]
    realised_on: Annotated[date, "The day it counts on."]
    code: Annotated[str, "The evidence: the code of a KPI defined in this project."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for an amount, a currency or a day out of shape."""
        _check(self.amount_cents, 1, self.realised_on, "realisedOn")
        shape.currency(self.currency, "currency")


@dataclass(frozen=True, slots=True)
class CorrectEntry:
    """Correct a cost or a benefit by a counter-entry; what was recorded stays."""

    entry_id: Annotated[UUID, "A UUID of your choice for the counter-entry."]
    corrects_id: Annotated[UUID, "The cost or the benefit that was wrong."]
    amount_cents: Annotated[
        int, "What is added to it in hundredths of its currency's unit; below 0 takes away."
    ]
    corrected_on: Annotated[date, "The day the counter-entry counts on."]
    cause: Annotated[str, "What was wrong, 1 to 1000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for no amount, one out of range, a day out of range, or no cause."""
        _check(self.amount_cents, -shape.CENTS_MAX, self.corrected_on, "correctedOn")
        if self.amount_cents == 0:
            raise Malformed("A correction changes the amount.", field="amountCents")
        shape.text(self.cause, "cause", _CAUSE_LENGTH_MAX)


ValueCommand = RecordCost | RecordBenefit | CorrectEntry


def _check(cents: int, minimum: int, on: date, path: str) -> None:
    shape.whole(cents, "amountCents", minimum, shape.CENTS_MAX)
    shape.day(on, path)


class UnknownEntry(Unknown):
    """A correction names no cost and no benefit of the project."""

    sentence = "There is no cost or benefit with this id in this project."


class OtherCurrency(Refusal):
    """A project's entries are all in one currency, or their sum would mean nothing."""

    sentence = "The entries of this project are in another currency."


class CorrectedBelowZero(Refusal):
    """A correction takes away more than there is."""

    sentence = "With this correction the entry would be below 0."


@dataclass(frozen=True, slots=True)
class Value:
    """The entries of a project by id, what is left of each cost and benefit, and the one currency."""

    costs: Mapping[UUID, CostRecorded] = field(default_factory=dict[UUID, CostRecorded])
    benefits: Mapping[UUID, BenefitRecorded] = field(default_factory=dict[UUID, BenefitRecorded])
    corrections: Mapping[UUID, EntryCorrected] = field(default_factory=dict[UUID, EntryCorrected])
    left_cents: Mapping[UUID, int] = field(default_factory=dict[UUID, int])
    currency: str | None = None

    def entry(self, entry_id: UUID) -> ValueEvent | None:
        """Return the entry with an id, of whatever kind."""
        return self.costs.get(entry_id) or self.benefits.get(entry_id) or self.corrections.get(entry_id)


def decide(command: ValueCommand, project: "Project", context: Context) -> Sequence[ValueEvent]:
    """Return what happens to the costs and benefits."""
    del context
    value = project.value
    match command:
        case RecordCost(entry_id, cents, currency, incurred_on, kind, task_id):
            event: ValueEvent = CostRecorded(entry_id, cents, currency, incurred_on, kind, task_id)
        case RecordBenefit(entry_id, cents, currency, realised_on, code):
            project.kpis.defined(code)
            event = BenefitRecorded(entry_id, cents, currency, realised_on, code)
        case CorrectEntry():
            event = _correction(command, value)
        case _:
            assert_never(command)
    if value.currency not in {None, event.currency}:
        raise OtherCurrency(field="currency")
    happens = once(value.entry(command.entry_id), event, "entryId")
    if (
        happens
        and isinstance(event, EntryCorrected)
        and value.left_cents[event.corrects_id] + event.cents < 0
    ):
        raise CorrectedBelowZero(field="amountCents")
    return happens


def _correction(command: CorrectEntry, value: Value) -> EntryCorrected:
    wrong = value.entry(command.corrects_id)
    if wrong is None or isinstance(wrong, EntryCorrected):
        raise UnknownEntry(field="correctsId")
    return EntryCorrected(
        command.entry_id,
        command.corrects_id,
        EntrySide.COST if isinstance(wrong, CostRecorded) else EntrySide.BENEFIT,
        command.amount_cents,
        wrong.currency,
        command.corrected_on,
        command.cause,
    )


def evolve(value: Value, event: ValueEvent) -> Value:
    """Return the costs and benefits after an event."""
    match event:
        case CostRecorded(entry_id):
            of = entry_id
            value = replaced(value, costs={**value.costs, entry_id: event})
        case BenefitRecorded(entry_id):
            of = entry_id
            value = replaced(value, benefits={**value.benefits, entry_id: event})
        case EntryCorrected(entry_id, of):
            value = replaced(value, corrections={**value.corrections, entry_id: event})
        case _:
            assert_never(event)
    left = value.left_cents.get(of, 0) + event.cents
    return replaced(value, left_cents={**value.left_cents, of: left}, currency=event.currency)


UPCASTS: Final = {
    "project.cost_recorded.v1": Upcast("project.cost_recorded.v2", lambda body: {**body, "task_id": None}),
}

FACET: Final = Facet(
    own="value",
    decide=decide,
    evolve=evolve,
    events={
        "project.cost_recorded.v2": CostRecorded,
        "project.benefit_recorded.v1": BenefitRecorded,
        "project.entry_corrected.v1": EntryCorrected,
    },
    commands={
        RecordCost: roles.LEADS,
        RecordBenefit: roles.LEADS,
        CorrectEntry: roles.LEADS,
    },
)
