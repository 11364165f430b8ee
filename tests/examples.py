"""Named example values: a production line being delivered in Vienna, on the first Monday of March 2026."""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from domain import project
from domain.calendar import Shift, WorkingCalendar
from domain.decider import fold
from domain.feedback import IncidentReported, Severity, SuggestionGiven
from domain.ids import MemberId, ProjectId, TaskId
from domain.import_run import ImportRecorded, RowRefusal
from domain.member import MemberInvited
from domain.project import DepartmentNamed, MemberNamed, ProjectClosed, ProjectOpened
from domain.roles import Role
from domain.task import TaskOpened, TaskStarted

MONDAY: Final = date(2026, 3, 2)
NINE: Final = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # 09:00 in Vienna
NOON: Final = NINE + timedelta(hours=3)
MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)

PROJECT_ID: Final = ProjectId(UUID(int=1))
ANNA: Final = MemberId(UUID(int=11))
BEN: Final = MemberId(UUID(int=12))
STRANGER: Final = MemberId(UUID(int=13))
CUT: Final = TaskId(UUID(int=21))
WELD: Final = TaskId(UUID(int=22))
PAINT: Final = TaskId(UUID(int=23))

PROJECT_OPENED: Final = ProjectOpened("Line 4", "Europe/Vienna", NINE - 30 * DAY)
PROJECT_STORY: Final = (
    PROJECT_OPENED,
    DepartmentNamed("Assembly"),
    DepartmentNamed("Purchasing"),
    MemberNamed(ANNA, Role.PROJECT_MANAGER, "Assembly"),
    MemberNamed(BEN, Role.MEMBER, None),
)


def project_after(*events: project.ProjectEvent) -> project.Project:
    """Return the example project after further events."""
    state = fold(project.DECIDER, (*PROJECT_STORY, *events))
    assert state is not None
    return state


PROJECT: Final = project_after()
CLOSED_PROJECT: Final = project_after(ProjectClosed())

MORNINGS: Final = WorkingCalendar("Europe/Vienna", ((Shift(8 * 60, 12 * 60),),) * 5 + ((), ()))

TASK_OPENED: Final = TaskOpened(PROJECT_ID, "Weld the frame", "", None, NINE, MONDAY)
TASK_STARTED: Final = TaskStarted(NINE + HOUR)

SUGGESTION: Final = SuggestionGiven(PROJECT_ID, "A larger button", "board", BEN, NINE, MONDAY)
INCIDENT: Final = IncidentReported(
    PROJECT_ID, "The board stays empty", Severity.HIGH, BEN, NINE, MONDAY, NINE + 2 * HOUR
)

INVITED: Final = MemberInvited("Anna Berger", "anna@example.org", Role.MEMBER, "Assembly", NINE)

SHA256: Final = "a" * 64
ROW_REFUSAL: Final = RowRefusal(7, "MALFORMED", "This must be a day.")
IMPORTED: Final = ImportRecorded(
    kind="worklog",
    source_name="worklog.csv",
    sha256=SHA256,
    rows=10,
    created=5,
    changed=1,
    unchanged=1,
    refused=3,
    minutes_in=600,
    minutes_on_tasks=480,
    minutes_refused=120,
    refusals=(ROW_REFUSAL,),
)
