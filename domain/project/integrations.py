"""A project's integrations: the systems its data flows from and to, who owns each, and what maps to what."""

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
from domain.ids import MemberId
from domain.project.sync_runs import RecordSyncRun, SyncRunRecorded, following, recorded

if TYPE_CHECKING:
    from domain.project import Project

PAIRS_MAX: Final = 500
MAPPING_TEXT: Final = "Which field there stands for which field here, at most 500 pairs."


class IntegrationKind(StrEnum):
    """What a system is for: resources and money, customers, the office, or something else."""

    ERP = "erp"
    CRM = "crm"
    OA = "oa"
    OTHER = "other"


class SyncDirection(StrEnum):
    """Where data flows: in from the system, out to it, or both."""

    IN = "in"
    OUT = "out"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class MappedField:
    """One field of the system and what it stands for here."""

    theirs: Annotated[str, "The field there, 1 to 200 characters."]
    ours: Annotated[str, "The field here, 1 to 200 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank or long name."""
        shape.text(self.theirs, "theirs", shape.NAME_LENGTH_MAX)
        shape.text(self.ours, "ours", shape.NAME_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class IntegrationRegistered:
    """A system is connected; its mapping has version 1."""

    integration_id: UUID
    kind: IntegrationKind
    name: str
    direction: SyncDirection
    owner_id: UUID
    mapping: tuple[MappedField, ...]
    mapping_version: int


@dataclass(frozen=True, slots=True)
class IntegrationMappingRevised:
    """The fields of a system stand for these from now on."""

    integration_id: UUID
    mapping: tuple[MappedField, ...]
    mapping_version: int


@dataclass(frozen=True, slots=True)
class IntegrationRetired:
    """A system is no longer connected."""

    integration_id: UUID


IntegrationEvent = IntegrationRegistered | IntegrationMappingRevised | IntegrationRetired | SyncRunRecorded


@dataclass(frozen=True, slots=True)
class RegisterIntegration:
    """Register a system that data flows from or to."""

    integration_id: Annotated[UUID, "A UUID of your choice for the integration."]
    kind: Annotated[IntegrationKind, "What the system is for."]
    name: Annotated[str, "What it is called, 1 to 200 characters."]
    direction: Annotated[SyncDirection, "Where data flows."]
    owner_id: Annotated[MemberId, "Who of the team answers for it."]
    mapping: Annotated[tuple[MappedField, ...], MAPPING_TEXT] = ()

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed name, or a mapping with a pair twice or too many."""
        shape.text(self.name, "name", shape.NAME_LENGTH_MAX)
        _check_mapping(self.mapping)


@dataclass(frozen=True, slots=True)
class ReviseIntegrationMapping:
    """Say anew what the fields of a system stand for; runs recorded before keep their version."""

    integration_id: Annotated[UUID, "The integration."]
    mapping: Annotated[tuple[MappedField, ...], MAPPING_TEXT]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a mapping with a pair twice or too many."""
        _check_mapping(self.mapping)


@dataclass(frozen=True, slots=True)
class RetireIntegration:
    """Say that a system is no longer connected."""

    integration_id: Annotated[UUID, "The integration."]


IntegrationCommand = RegisterIntegration | ReviseIntegrationMapping | RetireIntegration | RecordSyncRun


def _check_mapping(mapping: Sequence[MappedField]) -> None:
    if len(mapping) > PAIRS_MAX or len(set(mapping)) < len(mapping):
        raise Malformed(f"A mapping has at most {PAIRS_MAX} pairs, each once.", field="mapping")


class UnknownIntegration(Unknown):
    """No integration of this project has this id."""

    sentence = "There is no integration with this id in this project."


class IntegrationIsRetired(Refusal):
    """The system is no longer connected."""

    sentence = "The integration was retired."


@dataclass(frozen=True, slots=True)
class Integration:
    """A system as it was registered, its mapping now, and its last run."""

    registered: IntegrationRegistered
    mapping: tuple[MappedField, ...]
    mapping_version: int
    last_run: SyncRunRecorded | None = None
    is_retired: bool = False


@dataclass(frozen=True, slots=True)
class Integrations:
    """The integrations of a project, by their ids."""

    by_id: Mapping[UUID, Integration] = field(default_factory=dict[UUID, Integration])


def decide(command: IntegrationCommand, project: "Project", context: Context) -> Sequence[IntegrationEvent]:
    """Return what happens to the integrations."""
    before = project.integrations.by_id.get(command.integration_id)
    if isinstance(command, RegisterIntegration):
        return _register(command, before, project)
    if before is None:
        raise UnknownIntegration(field="integrationId")
    if isinstance(command, RetireIntegration):
        return [] if before.is_retired else [IntegrationRetired(command.integration_id)]
    if before.is_retired:
        raise IntegrationIsRetired(field="integrationId")
    match command:
        case ReviseIntegrationMapping(integration_id, mapping):
            if mapping == before.mapping:
                return []
            return [IntegrationMappingRevised(integration_id, mapping, before.mapping_version + 1)]
        case RecordSyncRun():
            run = recorded(command, before.mapping_version, project, context)
            return following(run, before.last_run)
        case _:
            assert_never(command)


def _register(
    command: RegisterIntegration, before: Integration | None, project: "Project"
) -> Sequence[IntegrationRegistered]:
    project.team.check_member(command.owner_id, "ownerId")
    registered = IntegrationRegistered(
        command.integration_id,
        command.kind,
        command.name,
        command.direction,
        command.owner_id,
        command.mapping,
        mapping_version=1,
    )
    return once(None if before is None else before.registered, registered, "integrationId")


def evolve(integrations: Integrations, event: IntegrationEvent) -> Integrations:
    """Return the integrations after an event."""
    match event:
        case IntegrationRegistered(integration_id):
            after = Integration(event, event.mapping, event.mapping_version)
        case IntegrationMappingRevised(integration_id, mapping, version):
            after = replaced(integrations.by_id[integration_id], mapping=mapping, mapping_version=version)
        case IntegrationRetired(integration_id):
            after = replaced(integrations.by_id[integration_id], is_retired=True)
        case SyncRunRecorded(integration_id):
            after = replaced(integrations.by_id[integration_id], last_run=event)
        case _:
            assert_never(event)
    return Integrations({**integrations.by_id, integration_id: after})


FACET: Final = Facet(
    own="integrations",
    decide=decide,
    evolve=evolve,
    events={
        "project.integration_registered.v1": IntegrationRegistered,
        "project.integration_mapping_revised.v1": IntegrationMappingRevised,
        "project.integration_retired.v1": IntegrationRetired,
        "project.sync_run_recorded.v1": SyncRunRecorded,
    },
    commands={
        RegisterIntegration: roles.LEADS,
        ReviseIntegrationMapping: roles.LEADS,
        RetireIntegration: roles.LEADS,
        RecordSyncRun: roles.TEAM,
    },
)
