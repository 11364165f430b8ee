"""A project's risks: what may go wrong, how likely and how costly it is, and what is done about it.

Longer than other files: a risk's whole life is decided here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import AlreadyExists, Refusal, Unknown
from domain.facet import Facet
from domain.personal import Personal

if TYPE_CHECKING:
    from domain.project import Project


class RiskResponse(StrEnum):
    """How a risk is answered: avoided, reduced, transferred to somebody else, or accepted."""

    AVOID = "avoid"
    REDUCE = "reduce"
    TRANSFER = "transfer"
    ACCEPT = "accept"


class RiskStatus(StrEnum):
    """Where a risk stands: open, mitigated by a measure, or come true as an issue."""

    OPEN = "open"
    MITIGATED = "mitigated"
    MATERIALISED = "materialised"


@dataclass(frozen=True, slots=True)
class RiskRegistered:
    """Something may go wrong."""

    risk_id: UUID
    title: Annotated[str, Personal()]
    probability_percent: int
    impact_cents: int
    response: RiskResponse
    contingency: Annotated[str, Personal()]


@dataclass(frozen=True, slots=True)
class RiskReassessed:
    """A risk is seen as this likely and this costly from now on."""

    risk_id: UUID
    probability_percent: int
    impact_cents: int


@dataclass(frozen=True, slots=True)
class RiskMitigated:
    """A measure was taken against a risk, which is left as likely and as costly as said here."""

    risk_id: UUID
    measure: Annotated[str, Personal()]
    probability_percent: int
    impact_cents: int


@dataclass(frozen=True, slots=True)
class RiskMaterialised:
    """A risk came true."""

    risk_id: UUID
    issue: Annotated[str, Personal()]


RiskEvent = RiskRegistered | RiskReassessed | RiskMitigated | RiskMaterialised


@dataclass(frozen=True, slots=True)
class RegisterRisk:
    """Write down something that may go wrong."""

    risk_id: Annotated[UUID, "A new UUID for the risk."]
    title: Annotated[str, "What may go wrong, 1 to 200 characters."]
    probability_percent: Annotated[int, "How likely it is, 0 to 100 percent."]
    impact_cents: Annotated[int, "What it would cost, in cents of the project's currency."]
    response: Annotated[RiskResponse, "How the risk is answered."]
    contingency: Annotated[str, "What is done if it comes true, 1 to 10,000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a text or a number out of bounds."""
        shape.text(self.title, "title", shape.NAME_LENGTH_MAX)
        _assessment(self.probability_percent, self.impact_cents)
        shape.text(self.contingency, "contingency", shape.TEXT_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class ReassessRisk:
    """Say anew how likely and how costly a risk is."""

    risk_id: Annotated[UUID, "The risk."]
    probability_percent: Annotated[int, "How likely it is, 0 to 100 percent."]
    impact_cents: Annotated[int, "What it would cost, in cents of the project's currency."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a number out of bounds."""
        _assessment(self.probability_percent, self.impact_cents)


@dataclass(frozen=True, slots=True)
class MitigateRisk:
    """Record a measure taken against a risk, and what is left of the risk after it."""

    risk_id: Annotated[UUID, "The risk."]
    measure: Annotated[str, "What was done, 1 to 10,000 characters."]
    probability_percent: Annotated[int, "How likely it still is, 0 to 100 percent."]
    impact_cents: Annotated[int, "What it would still cost, in cents of the project's currency."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a text or a number out of bounds."""
        shape.text(self.measure, "measure", shape.TEXT_LENGTH_MAX)
        _assessment(self.probability_percent, self.impact_cents)


@dataclass(frozen=True, slots=True)
class RaiseRiskToIssue:
    """Record that a risk came true."""

    risk_id: Annotated[UUID, "The risk."]
    issue: Annotated[str, "What happened, 1 to 10,000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank or long text."""
        shape.text(self.issue, "issue", shape.TEXT_LENGTH_MAX)


RiskCommand = RegisterRisk | ReassessRisk | MitigateRisk | RaiseRiskToIssue


def _assessment(probability_percent: int, impact_cents: int) -> None:
    shape.percent(probability_percent, "probabilityPercent")
    shape.cents(impact_cents, "impactCents")


class UnknownRisk(Unknown):
    """No risk of this project has this id."""

    sentence = "There is no risk with this id in this project."


class RiskIsIssue(Refusal):
    """The risk came true: it is an issue now, and no longer likely or unlikely."""

    sentence = "The risk came true already."


@dataclass(frozen=True, slots=True)
class Risk:
    """A risk as it was registered, how it is seen now, and the last measure against it."""

    registered: RiskRegistered
    probability_percent: int
    impact_cents: int
    measure: str | None = None
    is_issue: bool = False


@dataclass(frozen=True, slots=True)
class Risks:
    """The risks of a project, by their ids."""

    by_id: Mapping[UUID, Risk] = field(default_factory=dict[UUID, Risk])


def decide(command: RiskCommand, project: "Project", context: Context) -> Sequence[RiskEvent]:
    """Return what happens to the risks."""
    del context
    risk = project.risks.by_id.get(command.risk_id)
    if isinstance(command, RegisterRisk):
        return _register(command, risk)
    if risk is None:
        raise UnknownRisk(field="riskId")
    if isinstance(command, RaiseRiskToIssue):
        return [] if risk.is_issue else [RiskMaterialised(command.risk_id, command.issue)]
    if risk.is_issue:
        raise RiskIsIssue
    wish = command.probability_percent, command.impact_cents
    is_seen_so = wish == (risk.probability_percent, risk.impact_cents)
    match command:
        case ReassessRisk(risk_id):
            return [] if is_seen_so else [RiskReassessed(risk_id, *wish)]
        case MitigateRisk(risk_id, measure):
            is_done = is_seen_so and measure == risk.measure
            return [] if is_done else [RiskMitigated(risk_id, measure, *wish)]
        case _:
            assert_never(command)


def _register(command: RegisterRisk, risk: Risk | None) -> Sequence[RiskRegistered]:
    registered = RiskRegistered(
        command.risk_id,
        command.title,
        command.probability_percent,
        command.impact_cents,
        command.response,
        command.contingency,
    )
    if risk is None:
        return [registered]
    if risk.registered == registered:
        return []
    raise AlreadyExists(field="riskId")


def evolve(risks: Risks, event: RiskEvent) -> Risks:
    """Return the risks after an event."""
    match event:
        case RiskRegistered():
            after = Risk(event, event.probability_percent, event.impact_cents)
        case RiskReassessed(risk_id, probability_percent, impact_cents):
            before = risks.by_id[risk_id]
            after = replaced(before, probability_percent=probability_percent, impact_cents=impact_cents)
        case RiskMitigated(risk_id, measure, probability_percent, impact_cents):
            before = risks.by_id[risk_id]
            after = replaced(
                before, probability_percent=probability_percent, impact_cents=impact_cents, measure=measure
            )
        case RiskMaterialised(risk_id):
            after = replaced(risks.by_id[risk_id], is_issue=True)
        case _:
            assert_never(event)
    return Risks({**risks.by_id, event.risk_id: after})


FACET: Final = Facet(
    own="risks",
    decide=decide,
    evolve=evolve,
    events={
        "project.risk_registered.v1": RiskRegistered,
        "project.risk_reassessed.v1": RiskReassessed,
        "project.risk_mitigated.v1": RiskMitigated,
        "project.risk_materialised.v1": RiskMaterialised,
    },
    commands={
        RegisterRisk: roles.TEAM,
        ReassessRisk: roles.TEAM,
        MitigateRisk: roles.TEAM,
        RaiseRiskToIssue: roles.TEAM,
    },
)
