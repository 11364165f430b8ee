"""What makes a project a success: its criteria, assessed with evidence, and a value all parties agree on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import Malformed, Refusal, Unknown
from domain.facet import Facet, once
from domain.personal import Personal

if TYPE_CHECKING:
    from domain.project import Project

PARTIES_MAX: Final = 100


class SuccessDimension(StrEnum):
    """Where a delivery creates value; being live is technology and never success by itself."""

    TECHNOLOGY = "technology"
    ORGANISATION = "organisation"
    PEOPLE = "people"
    BUSINESS_RESULTS = "business_results"


@dataclass(frozen=True, slots=True)
class SuccessCriterionDefined:
    """A project is a success only if this holds."""

    criterion_id: UUID
    dimension: SuccessDimension
    text: Annotated[str, Personal()]


@dataclass(frozen=True, slots=True)
class CriterionAssessed:
    """Somebody judged whether a criterion is met; the last judgement holds."""

    criterion_id: UUID
    is_met: bool
    evidence: Annotated[str, Personal()]


@dataclass(frozen=True, slots=True)
class ValueStatementProposed:
    """The value of a project, if all these stakeholders agree; it replaces what was proposed before."""

    statement_id: UUID
    text: Annotated[str, Personal()]
    party_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class ValueStatementAgreed:
    """A stakeholder agrees on the value of the project."""

    statement_id: UUID
    party_id: UUID


@dataclass(frozen=True, slots=True)
class ValueConsensusReached:
    """All stakeholders named in the statement agree on it."""

    statement_id: UUID
    party_ids: tuple[UUID, ...]


ConsensusEvent = ValueStatementProposed | ValueStatementAgreed | ValueConsensusReached
SuccessEvent = SuccessCriterionDefined | CriterionAssessed | ConsensusEvent


@dataclass(frozen=True, slots=True)
class DefineSuccessCriterion:
    """Say what must hold for a project to be a success."""

    criterion_id: Annotated[UUID, "A UUID of your choice for the criterion."]
    dimension: Annotated[SuccessDimension, "Where it creates value."]
    text: Annotated[str, "What must hold, 1 to 10000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank or long text."""
        shape.text(self.text, "text", shape.TEXT_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class AssessCriterion:
    """Judge whether a criterion is met; the last judgement holds, all are kept."""

    criterion_id: Annotated[UUID, "The criterion."]
    is_met: Annotated[bool, "Whether it is met."]
    evidence: Annotated[str, "What shows it, 1 to 10000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for blank or long evidence."""
        shape.text(self.evidence, "evidence", shape.TEXT_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class ProposeValueStatement:
    """Propose what the value of a project is; who agreed on an earlier statement has to agree anew."""

    statement_id: Annotated[UUID, "A UUID of your choice for the statement."]
    text: Annotated[str, "The value, 1 to 10000 characters."]
    party_ids: Annotated[tuple[UUID, ...], "The stakeholders who are to agree, 1 to 100, each once."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank or long text, no party, too many, or one named twice."""
        shape.text(self.text, "text", shape.TEXT_LENGTH_MAX)
        if not 1 <= len(self.party_ids) <= PARTIES_MAX:
            raise Malformed(f"A statement names 1 to {PARTIES_MAX} parties.", field="partyIds")
        if len(set(self.party_ids)) != len(self.party_ids):
            raise Malformed("A party is named twice.", field="partyIds")


@dataclass(frozen=True, slots=True)
class AgreeValueStatement:
    """Agree on the value of a project: for oneself, or for a stakeholder who does not use Fairlead."""

    statement_id: Annotated[UUID, "The statement, which must be the one proposed last."]
    party_id: Annotated[UUID, "The stakeholder who agrees."]


SuccessCommand = DefineSuccessCriterion | AssessCriterion | ProposeValueStatement | AgreeValueStatement


class UnknownCriterion(Unknown):
    """A command names a success criterion the project does not have."""

    sentence = "There is no success criterion with this id in this project."


class NotTheStatement(Refusal):
    """Somebody agrees on a statement that is not, or is no longer, the one proposed."""

    sentence = "This is not the value statement proposed last."


class NotAParty(Refusal):
    """Somebody agrees who is not named in the statement."""

    sentence = "This stakeholder is not a party named in the statement."


class NotThisParty(Refusal):
    """Somebody agrees in the name of a stakeholder who can do so themselves."""

    sentence = "Only this stakeholder can agree for themselves."


@dataclass(frozen=True, slots=True)
class Success:
    """The criteria and their last judgements by id, the value proposed last, and who agreed on it."""

    criteria: Mapping[UUID, SuccessCriterionDefined] = field(
        default_factory=dict[UUID, SuccessCriterionDefined]
    )
    assessed: Mapping[UUID, CriterionAssessed] = field(default_factory=dict[UUID, CriterionAssessed])
    statement: ValueStatementProposed | None = None
    agreed: frozenset[UUID] = frozenset()


def decide(command: SuccessCommand, project: "Project", context: Context) -> Sequence[SuccessEvent]:
    """Return what happens to the criteria and to the consensus."""
    success = project.success
    match command:
        case DefineSuccessCriterion(criterion_id, dimension, text):
            defined = SuccessCriterionDefined(criterion_id, dimension, text)
            return once(success.criteria.get(criterion_id), defined, "criterionId")
        case AssessCriterion(criterion_id, is_met, evidence):
            if criterion_id not in success.criteria:
                raise UnknownCriterion(field="criterionId")
            assessed = CriterionAssessed(criterion_id, is_met, evidence)
            return [] if success.assessed.get(criterion_id) == assessed else [assessed]
        case ProposeValueStatement():
            return _propose(command, project)
        case AgreeValueStatement():
            return _agree(command, project, context)
        case _:
            assert_never(command)


def _propose(command: ProposeValueStatement, project: "Project") -> Sequence[ValueStatementProposed]:
    for index, party_id in enumerate(command.party_ids):
        project.needs.check_stakeholder(party_id, f"partyIds.{index}")
    proposed = ValueStatementProposed(command.statement_id, command.text, command.party_ids)
    before = project.success.statement
    is_same = before is not None and before.statement_id == command.statement_id
    return once(before if is_same else None, proposed, "statementId")


def _agree(command: AgreeValueStatement, project: "Project", context: Context) -> Sequence[SuccessEvent]:
    success, party_id = project.success, command.party_id
    statement = success.statement
    if statement is None or statement.statement_id != command.statement_id:
        raise NotTheStatement(field="statementId")
    if party_id not in statement.party_ids:
        raise NotAParty(field="partyId")
    if project.needs.stakeholders[party_id].member_id not in {None, context.actor_id}:
        raise NotThisParty(field="partyId")
    if party_id in success.agreed:
        return []
    agreed = ValueStatementAgreed(statement.statement_id, party_id)
    if success.agreed | {party_id} < set(statement.party_ids):
        return [agreed]
    return [agreed, ValueConsensusReached(statement.statement_id, statement.party_ids)]


def evolve(success: Success, event: SuccessEvent) -> Success:
    """Return the criteria and the consensus after an event."""
    match event:
        case SuccessCriterionDefined(criterion_id):
            return replaced(success, criteria={**success.criteria, criterion_id: event})
        case CriterionAssessed(criterion_id):
            return replaced(success, assessed={**success.assessed, criterion_id: event})
        case ValueStatementProposed():
            return replaced(success, statement=event, agreed=frozenset())
        case ValueStatementAgreed(_, party_id):
            return replaced(success, agreed=success.agreed | {party_id})
        case ValueConsensusReached():
            return success
        case _:
            assert_never(event)


FACET: Final = Facet(
    own="success",
    decide=decide,
    evolve=evolve,
    events={
        "project.success_criterion_defined.v1": SuccessCriterionDefined,
        "project.criterion_assessed.v1": CriterionAssessed,
        "project.value_statement_proposed.v1": ValueStatementProposed,
        "project.value_statement_agreed.v1": ValueStatementAgreed,
        "project.value_consensus_reached.v1": ValueConsensusReached,
    },
    commands={
        DefineSuccessCriterion: roles.LEADS,
        AssessCriterion: roles.LEADS,
        ProposeValueStatement: roles.LEADS,
        AgreeValueStatement: roles.TEAM,
    },
)
