"""A project: one delivery, one stream; each facet of it is a file here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.calendar import WorkingCalendar, office_hours
from domain.decider import Context, Decider
from domain.errors import UnknownProject
from domain.facet import Facets
from domain.project import (
    activity,
    approval_paths,
    approval_rules,
    awards,
    baselines,
    change_plan,
    change_requests,
    charter,
    client_use,
    communication,
    courses,
    custom_fields,
    drills,
    duties,
    formation,
    gates,
    handover,
    health_checks,
    integrations,
    kpis,
    materials,
    mentoring,
    needs,
    organisation,
    outages,
    permission_rules,
    phases,
    pilots,
    plan,
    points,
    programmes,
    releases,
    retrospectives,
    risks,
    rollout,
    saved_views,
    scenarios,
    service_levels,
    success,
    survey_responses,
    surveys,
    targets,
    team,
    training,
    value,
    workflow,
    working_time,
)
from domain.project.activity import Activity
from domain.project.approval_paths import ApprovalPaths
from domain.project.approval_rules import ApprovalRules
from domain.project.awards import Awards
from domain.project.baselines import Baselines
from domain.project.change_plan import ChangePlan
from domain.project.change_requests import ChangeRequests
from domain.project.charter import (
    Charter,
    CloseProject,
    OpenProject,
    ProjectClosed,
    ProjectOpened,
    ProjectRenamed,
    RenameProject,
)
from domain.project.client_use import ClientUse
from domain.project.communication import Communication
from domain.project.courses import Courses
from domain.project.custom_fields import CustomFields
from domain.project.drills import Drills
from domain.project.duties import Duties
from domain.project.formation import Formation
from domain.project.gates import Gates
from domain.project.handover import Handover
from domain.project.health_checks import HealthChecks
from domain.project.integrations import Integrations
from domain.project.kpis import Kpis
from domain.project.materials import Materials
from domain.project.mentoring import Mentoring
from domain.project.needs import Needs
from domain.project.organisation import Organisation
from domain.project.outages import Outages
from domain.project.permission_rules import PermissionRules
from domain.project.phases import Phases
from domain.project.pilots import Pilots
from domain.project.plan import (
    LagUnit,
    Link,
    LinkCycle,
    LinkKind,
    LinkTasks,
    Plan,
    TasksLinked,
    TasksUnlinked,
    UnlinkTasks,
)
from domain.project.points import Points
from domain.project.programmes import Programmes
from domain.project.releases import Releases
from domain.project.retrospectives import Retrospectives
from domain.project.risks import Risks
from domain.project.rollout import Rollout
from domain.project.saved_views import SavedViews
from domain.project.scenarios import Scenarios
from domain.project.service_levels import ServiceLevels
from domain.project.success import Success
from domain.project.surveys import Surveys
from domain.project.targets import Targets
from domain.project.team import (
    DepartmentNamed,
    MemberNamed,
    MemberRemoved,
    Named,
    NameDepartment,
    NameMember,
    NotOnTheTeam,
    RemoveMember,
    Team,
    UnknownDepartment,
)
from domain.project.training import Training
from domain.project.value import Value
from domain.project.workflow import Workflow
from domain.project.working_time import STANDARD, SetWorkingCalendar, WorkingCalendarSet, WorkingTime
from domain.roles import Role

__all__ = [
    "DECIDER",
    "STANDARD",
    "Charter",
    "CloseProject",
    "DepartmentNamed",
    "LagUnit",
    "Link",
    "LinkCycle",
    "LinkKind",
    "LinkTasks",
    "MemberNamed",
    "MemberRemoved",
    "NameDepartment",
    "NameMember",
    "Named",
    "NotOnTheTeam",
    "OpenProject",
    "Plan",
    "Project",
    "ProjectClosed",
    "ProjectCommand",
    "ProjectEvent",
    "ProjectOpened",
    "ProjectRenamed",
    "RemoveMember",
    "RenameProject",
    "SetWorkingCalendar",
    "TasksLinked",
    "TasksUnlinked",
    "Team",
    "UnknownDepartment",
    "UnlinkTasks",
    "WorkingCalendarSet",
    "WorkingTime",
    "decide",
    "evolve",
    "ongoing",
]

ProjectEvent = (
    charter.CharterEvent
    | team.TeamEvent
    | working_time.WorkingTimeEvent
    | plan.PlanEvent
    | needs.NeedsEvent
    | kpis.KpisEvent
    | targets.TargetsEvent
    | success.SuccessEvent
    | value.ValueEvent
    | change_plan.ChangePlanEvent
    | risks.RiskEvent
    | gates.GateEvent
    | phases.PhaseEvent
    | scenarios.ScenarioEvent
    | retrospectives.RetrospectiveEvent
    | pilots.PilotEvent
    | rollout.RolloutEvent
    | surveys.SurveyEvent
    | survey_responses.SurveyResponseEvent
    | courses.CourseEvent
    | training.TrainingEvent
    | programmes.ProgrammeEvent
    | drills.DrillEvent
    | materials.MaterialEvent
    | mentoring.MentoringEvent
    | custom_fields.CustomFieldEvent
    | workflow.WorkflowEvent
    | permission_rules.RuleEvent
    | saved_views.SavedViewEvent
    | integrations.IntegrationEvent
    | organisation.OrganisationEvent
    | approval_paths.ApprovalPathEvent
    | approval_rules.ApprovalRuleEvent
    | baselines.BaselinesEvent
    | change_requests.ChangeRequestEvent
    | points.PointsEvent
    | awards.AwardEvent
    | communication.CommunicationEvent
    | activity.ActivityEvent
    | client_use.ClientUseEvent
    | formation.FormationEvent
    | service_levels.ServiceLevelEvent
    | outages.OutageEvent
    | duties.DutyEvent
    | releases.ReleaseEvent
    | health_checks.HealthCheckEvent
    | handover.HandoverEvent
)
ProjectCommand = (
    OpenProject
    | charter.CharterCommand
    | team.TeamCommand
    | working_time.WorkingTimeCommand
    | plan.PlanCommand
    | needs.NeedsCommand
    | kpis.KpisCommand
    | targets.TargetsCommand
    | success.SuccessCommand
    | value.ValueCommand
    | change_plan.ChangePlanCommand
    | risks.RiskCommand
    | gates.GateCommand
    | phases.PhaseCommand
    | scenarios.ScenarioCommand
    | retrospectives.RetrospectiveCommand
    | pilots.PilotCommand
    | rollout.RolloutCommand
    | surveys.SurveyCommand
    | survey_responses.SurveyResponseCommand
    | courses.CourseCommand
    | training.TrainingCommand
    | programmes.ProgrammeCommand
    | drills.DrillCommand
    | materials.MaterialCommand
    | mentoring.MentoringCommand
    | custom_fields.CustomFieldCommand
    | workflow.WorkflowCommand
    | permission_rules.RuleCommand
    | saved_views.SavedViewCommand
    | integrations.IntegrationCommand
    | organisation.OrganisationCommand
    | approval_paths.ApprovalPathCommand
    | approval_rules.ApprovalRuleCommand
    | baselines.BaselinesCommand
    | change_requests.ChangeRequestCommand
    | points.PointsCommand
    | awards.AwardCommand
    | communication.CommunicationCommand
    | activity.ActivityCommand
    | client_use.ClientUseCommand
    | formation.FormationCommand
    | service_levels.ServiceLevelCommand
    | outages.OutageCommand
    | duties.DutyCommand
    | releases.ReleaseCommand
    | health_checks.HealthCheckCommand
    | handover.HandoverCommand
)


@dataclass(frozen=True, slots=True)
class Project:
    """A project as the record of its facets."""

    charter: Charter
    team: Team = field(default_factory=Team)
    working_time: WorkingTime = field(default_factory=WorkingTime)
    plan: Plan = field(default_factory=Plan)
    needs: Needs = field(default_factory=Needs)
    kpis: Kpis = field(default_factory=Kpis)
    targets: Targets = field(default_factory=Targets)
    success: Success = field(default_factory=Success)
    value: Value = field(default_factory=Value)
    change_plan: ChangePlan = field(default_factory=ChangePlan)
    risks: Risks = field(default_factory=Risks)
    gates: Gates = field(default_factory=Gates)
    phases: Phases = field(default_factory=Phases)
    scenarios: Scenarios = field(default_factory=Scenarios)
    retrospectives: Retrospectives = field(default_factory=Retrospectives)
    pilots: Pilots = field(default_factory=Pilots)
    rollout: Rollout = field(default_factory=Rollout)
    surveys: Surveys = field(default_factory=Surveys)
    courses: Courses = field(default_factory=Courses)
    training: Training = field(default_factory=Training)
    programmes: Programmes = field(default_factory=Programmes)
    drills: Drills = field(default_factory=Drills)
    materials: Materials = field(default_factory=Materials)
    mentoring: Mentoring = field(default_factory=Mentoring)
    custom_fields: CustomFields = field(default_factory=CustomFields)
    workflow: Workflow = field(default_factory=Workflow)
    permission_rules: PermissionRules = field(default_factory=PermissionRules)
    saved_views: SavedViews = field(default_factory=SavedViews)
    integrations: Integrations = field(default_factory=Integrations)
    organisation: Organisation = field(default_factory=Organisation)
    approval_paths: ApprovalPaths = field(default_factory=ApprovalPaths)
    approval_rules: ApprovalRules = field(default_factory=ApprovalRules)
    baselines: Baselines = field(default_factory=Baselines)
    change_requests: ChangeRequests = field(default_factory=ChangeRequests)
    points: Points = field(default_factory=Points)
    awards: Awards = field(default_factory=Awards)
    communication: Communication = field(default_factory=Communication)
    activity: Activity = field(default_factory=Activity)
    client_use: ClientUse = field(default_factory=ClientUse)
    formation: Formation = field(default_factory=Formation)
    service_levels: ServiceLevels = field(default_factory=ServiceLevels)
    outages: Outages = field(default_factory=Outages)
    duties: Duties = field(default_factory=Duties)
    releases: Releases = field(default_factory=Releases)
    health_checks: HealthChecks = field(default_factory=HealthChecks)
    handover: Handover = field(default_factory=Handover)

    def role_of(self, actor_id: UUID) -> Role | None:
        """Return the role somebody has in this project, None for one not on its team."""
        named = self.team.members.get(actor_id)
        return None if named is None else named.role

    def calendar_of(self, department: str | None) -> WorkingCalendar:
        """Return a department's calendar, else the project's standard one, else office hours in its zone."""
        calendars = self.working_time.calendars
        own = calendars.get(department) if department is not None else None
        return own or calendars.get(STANDARD) or office_hours(self.charter.time_zone)

    def local_day(self, instant: datetime) -> date:
        """Return the day it is in the project's time zone at an aware instant."""
        return instant.astimezone(ZoneInfo(self.charter.time_zone)).date()


def ongoing(context: Context) -> Project:
    """Return the project a command happens in; raise `errors.ProjectClosed` when it has ended."""
    if context.project is None:
        raise AssertionError("a command that belongs to a project was given none")
    charter.ongoing(context.project.charter)
    return context.project


def decide(command: ProjectCommand, project: Project | None, context: Context) -> Sequence[ProjectEvent]:
    """Return what happens to the project."""
    if isinstance(command, OpenProject):
        return charter.begin(command, None if project is None else project.charter, context)
    if project is None:
        raise UnknownProject
    facet = _FACETS.of_command[type(command)]
    if facet not in _ALSO_CLOSED:
        charter.ongoing(project.charter)
    return facet.decide(command, project, context)


def evolve(project: Project | None, event: ProjectEvent) -> Project:
    """Return the project after an event."""
    if isinstance(event, ProjectOpened):
        return Project(charter.chartered(event))
    if project is None:
        raise AssertionError("a project's first event is that it was opened")
    return _FACETS.evolve(project, event)


_FACETS: Final = Facets(
    (
        charter.FACET,
        team.FACET,
        working_time.FACET,
        plan.FACET,
        needs.FACET,
        kpis.FACET,
        targets.FACET,
        success.FACET,
        value.FACET,
        change_plan.FACET,
        risks.FACET,
        gates.FACET,
        phases.FACET,
        scenarios.FACET,
        retrospectives.FACET,
        pilots.FACET,
        rollout.FACET,
        surveys.FACET,
        survey_responses.FACET,
        courses.FACET,
        training.FACET,
        programmes.FACET,
        drills.FACET,
        materials.FACET,
        mentoring.FACET,
        custom_fields.FACET,
        workflow.FACET,
        permission_rules.FACET,
        saved_views.FACET,
        integrations.FACET,
        organisation.FACET,
        approval_paths.FACET,
        approval_rules.FACET,
        baselines.FACET,
        change_requests.FACET,
        points.FACET,
        awards.FACET,
        communication.FACET,
        activity.FACET,
        client_use.FACET,
        formation.FACET,
        service_levels.FACET,
        outages.FACET,
        duties.FACET,
        releases.FACET,
        health_checks.FACET,
        handover.FACET,
    )
)


_ALSO_CLOSED: Final = (charter.FACET, activity.FACET)
"""What is decided in a closed project too: people stop using it only then."""


def _belongs_to(project: Project) -> None:
    """Return None: a project is not in a project, and its own id is that of its stream."""
    del project


DECIDER: Final[Decider[ProjectCommand, Project, ProjectEvent]] = Decider(
    name="project",
    decide=decide,
    evolve=evolve,
    events=_FACETS.events,
    commands=_FACETS.commands,
    opens=frozenset({OpenProject}),
    project_of=_belongs_to,
    upcasts=team.UPCASTS,
)
