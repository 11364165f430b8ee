"""A project as the record of its facets' states; a facet's own file says what its state is."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.calendar import WorkingCalendar, office_hours
from domain.decider import Context
from domain.project import charter
from domain.project.activity import Activity
from domain.project.approval_paths import ApprovalPaths
from domain.project.approval_rules import ApprovalRules
from domain.project.awards import Awards
from domain.project.baselines import Baselines
from domain.project.change_plan import ChangePlan
from domain.project.change_requests import ChangeRequests
from domain.project.charter import Charter
from domain.project.client_use import ClientUse
from domain.project.communication import Communication
from domain.project.courses import Courses
from domain.project.custom_fields import CustomFields
from domain.project.drills import Drills
from domain.project.duties import Duties
from domain.project.forecasts import Forecasts
from domain.project.formation import Formation
from domain.project.gates import Gates
from domain.project.handover import Handover
from domain.project.health_checks import HealthChecks
from domain.project.integrations import Integrations
from domain.project.kpis import Kpis
from domain.project.legal_holds import LegalHolds
from domain.project.materials import Materials
from domain.project.mentoring import Mentoring
from domain.project.needs import Needs
from domain.project.organisation import Organisation
from domain.project.outages import Outages
from domain.project.permission_rules import PermissionRules
from domain.project.phases import Phases
from domain.project.pilots import Pilots
from domain.project.placements import Placements
from domain.project.plan import Plan
from domain.project.points import Points
from domain.project.programmes import Programmes
from domain.project.releases import Releases
from domain.project.resources import Resources
from domain.project.retrospectives import Retrospectives
from domain.project.risks import Risks
from domain.project.rollout import Rollout
from domain.project.saved_views import SavedViews
from domain.project.scenarios import Scenarios
from domain.project.service_levels import ServiceLevels
from domain.project.success import Success
from domain.project.surveys import Surveys
from domain.project.targets import Targets
from domain.project.team import Team
from domain.project.training import Training
from domain.project.value import Value
from domain.project.workflow import Workflow
from domain.project.working_time import STANDARD, WorkingTime
from domain.roles import Role


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
    forecasts: Forecasts = field(default_factory=Forecasts)
    resources: Resources = field(default_factory=Resources)
    placements: Placements = field(default_factory=Placements)
    legal_holds: LegalHolds = field(default_factory=LegalHolds)

    def role_of(self, actor_id: UUID) -> Role | None:
        """Return the role somebody has in this project, None for one not on its team."""
        named = self.team.members.get(actor_id)
        return None if named is None else named.role

    def calendar_of(self, department: str | None) -> WorkingCalendar:
        """Return a department's calendar, else the project's standard one, else office hours in its zone."""
        calendars = self.working_time.calendars
        own = calendars.get(department) if department is not None else None
        return own or calendars.get(STANDARD) or office_hours(self.charter.time_zone)

    def calendar_of_member(self, member_id: UUID) -> WorkingCalendar:
        """Return the calendar somebody works by, the project's standard one for who has none of their own."""
        return self.calendar_of(self.calendar_name_of(member_id))

    def calendar_name_of(self, member_id: UUID) -> str | None:
        """Return the name of somebody's calendar: as a resource, by assignment, else their department's.

        None for who has none of their own, and so works by the standard one.
        """
        resource, named = self.resources.by_id.get(member_id), self.team.members.get(member_id)
        names = (
            None if resource is None else resource.defined.calendar_name,
            self.working_time.assigned.get(member_id),
            None if named is None else named.department,
        )
        found = next((name for name in names if name in self.working_time.calendars), None)
        return None if found == STANDARD else found

    def local_day(self, instant: datetime) -> date:
        """Return the day it is in the project's time zone at an aware instant."""
        return instant.astimezone(ZoneInfo(self.charter.time_zone)).date()


def ongoing(context: Context) -> Project:
    """Return the project a command happens in; raise `errors.ProjectClosed` when it has ended."""
    if context.project is None:
        raise AssertionError("a command that belongs to a project was given none")
    charter.ongoing(context.project.charter)
    return context.project
