"""A project's needs: its stakeholders, what they need, and the pains the delivery is to take away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import Unknown
from domain.facet import Facet, once
from domain.ids import MemberId
from domain.personal import Personal

if TYPE_CHECKING:
    from domain.project import Project


class StakeholderRole(StrEnum):
    """What somebody with an interest in a delivery is."""

    SPONSOR = "sponsor"
    PROJECT_MANAGER = "project_manager"
    DEPARTMENT_HEAD = "department_head"
    FRONT_LINE = "front_line"
    OTHER = "other"


class PainCategory(StrEnum):
    """What kind of pain it is."""

    SCHEDULE_LAG = "schedule_lag"
    INFORMATION_SILO = "information_silo"
    RESOURCE_CONFLICT = "resource_conflict"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class StakeholderRegistered:
    """Somebody has an interest in a project."""

    stakeholder_id: UUID
    name: Annotated[str, Personal(of="member_id")]
    role: StakeholderRole
    department: str | None
    interest: Annotated[str, Personal()]
    member_id: UUID | None


@dataclass(frozen=True, slots=True)
class NeedRecorded:
    """A stakeholder needs something."""

    need_id: UUID
    stakeholder_id: UUID
    text: Annotated[str, Personal()]


@dataclass(frozen=True, slots=True)
class PainPointRecorded:
    """Something hurts today."""

    pain_point_id: UUID
    category: PainCategory
    text: Annotated[str, Personal()]


@dataclass(frozen=True, slots=True)
class PainPointLinkedToKpi:
    """A KPI measures whether a pain goes away."""

    pain_point_id: UUID
    code: str


NeedsEvent = StakeholderRegistered | NeedRecorded | PainPointRecorded | PainPointLinkedToKpi


@dataclass(frozen=True, slots=True)
class RegisterStakeholder:
    """Register somebody with an interest in a project."""

    stakeholder_id: Annotated[UUID, "A UUID of your choice for the stakeholder."]
    name: Annotated[str, "Their name, 1 to 200 characters."]
    role: Annotated[StakeholderRole, "What they are."]
    department: Annotated[str | None, "Their department, whether or not it takes part in the project."] = None
    interest: Annotated[str, "What they want of the project, at most 10000 characters."] = ""
    member_id: Annotated[MemberId | None, "Who they are in the organisation, if they use Fairlead."] = None

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank or long name or department, or a long interest."""
        shape.text(self.name, "name", shape.NAME_LENGTH_MAX)
        if self.department is not None:
            shape.text(self.department, "department", shape.NAME_LENGTH_MAX)
        shape.optional_text(self.interest, "interest", shape.TEXT_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class RecordNeed:
    """Record what a stakeholder needs."""

    need_id: Annotated[UUID, "A UUID of your choice for the need."]
    stakeholder_id: Annotated[UUID, "Who needs it."]
    text: Annotated[str, "What they need, 1 to 10000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank or long text."""
        shape.text(self.text, "text", shape.TEXT_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class RecordPainPoint:
    """Record what hurts today."""

    pain_point_id: Annotated[UUID, "A UUID of your choice for the pain point."]
    category: Annotated[PainCategory, "What kind of pain it is."]
    text: Annotated[str, "What hurts, 1 to 10000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank or long text."""
        shape.text(self.text, "text", shape.TEXT_LENGTH_MAX)


@dataclass(frozen=True, slots=True)
class LinkPainPoint:
    """Say which KPI measures whether a pain goes away."""

    pain_point_id: Annotated[UUID, "The pain point."]
    code: Annotated[str, "The code of a KPI defined in this project."]


NeedsCommand = RegisterStakeholder | RecordNeed | RecordPainPoint | LinkPainPoint


class UnknownStakeholder(Unknown):
    """A command names a stakeholder the project does not have."""

    sentence = "There is no stakeholder with this id in this project."


class UnknownPainPoint(Unknown):
    """A command names a pain point the project does not have."""

    sentence = "There is no pain point with this id in this project."


@dataclass(frozen=True, slots=True)
class Needs:
    """Who has an interest, what was recorded of it by id, and the KPIs that pain points are linked to."""

    stakeholders: Mapping[UUID, StakeholderRegistered] = field(
        default_factory=dict[UUID, StakeholderRegistered]
    )
    needs: Mapping[UUID, NeedRecorded] = field(default_factory=dict[UUID, NeedRecorded])
    pain_points: Mapping[UUID, PainPointRecorded] = field(default_factory=dict[UUID, PainPointRecorded])
    kpis: Mapping[UUID, tuple[str, ...]] = field(default_factory=dict[UUID, tuple[str, ...]])

    def check_stakeholder(self, stakeholder_id: UUID, path: str) -> None:
        """Raise `UnknownStakeholder` for the field `path` unless the project has them."""
        if stakeholder_id not in self.stakeholders:
            raise UnknownStakeholder(field=path)


def decide(command: NeedsCommand, project: "Project", context: Context) -> Sequence[NeedsEvent]:
    """Return what happens to the needs."""
    del context
    needs = project.needs
    match command:
        case RegisterStakeholder(stakeholder_id, name, role, department, interest, member_id):
            registered = StakeholderRegistered(stakeholder_id, name, role, department, interest, member_id)
            return once(needs.stakeholders.get(stakeholder_id), registered, "stakeholderId")
        case RecordNeed(need_id, stakeholder_id, text):
            needs.check_stakeholder(stakeholder_id, "stakeholderId")
            return once(needs.needs.get(need_id), NeedRecorded(need_id, stakeholder_id, text), "needId")
        case RecordPainPoint(pain_point_id, category, text):
            recorded = PainPointRecorded(pain_point_id, category, text)
            return once(needs.pain_points.get(pain_point_id), recorded, "painPointId")
        case LinkPainPoint(pain_point_id, code):
            if pain_point_id not in needs.pain_points:
                raise UnknownPainPoint(field="painPointId")
            project.kpis.defined(code)
            is_linked = code in needs.kpis.get(pain_point_id, ())
            return [] if is_linked else [PainPointLinkedToKpi(pain_point_id, code)]
        case _:
            assert_never(command)


def evolve(needs: Needs, event: NeedsEvent) -> Needs:
    """Return the needs after an event."""
    match event:
        case StakeholderRegistered(stakeholder_id):
            return replaced(needs, stakeholders={**needs.stakeholders, stakeholder_id: event})
        case NeedRecorded(need_id):
            return replaced(needs, needs={**needs.needs, need_id: event})
        case PainPointRecorded(pain_point_id):
            return replaced(needs, pain_points={**needs.pain_points, pain_point_id: event})
        case PainPointLinkedToKpi(pain_point_id, code):
            codes = (*needs.kpis.get(pain_point_id, ()), code)
            return replaced(needs, kpis={**needs.kpis, pain_point_id: codes})
        case _:
            assert_never(event)


FACET: Final = Facet(
    own="needs",
    decide=decide,
    evolve=evolve,
    events={
        "project.stakeholder_registered.v1": StakeholderRegistered,
        "project.need_recorded.v1": NeedRecorded,
        "project.pain_point_recorded.v1": PainPointRecorded,
        "project.pain_point_linked_to_kpi.v1": PainPointLinkedToKpi,
    },
    commands={
        RegisterStakeholder: roles.LEADS,
        RecordNeed: roles.LEADS,
        RecordPainPoint: roles.LEADS,
        LinkPainPoint: roles.LEADS,
    },
)
