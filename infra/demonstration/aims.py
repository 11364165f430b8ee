"""What the manufacturer delivers for: who wants what, which figures are to change, and what it is worth."""

from datetime import date, timedelta
from typing import Final

from domain.ids import MemberId, ProjectId
from domain.project import NameDepartment, NameMember, OpenProject
from domain.project.change_plan import ApproveChangePlan, DraftChangePlan
from domain.project.kpis import DefineKpi
from domain.project.needs import (
    LinkPainPoint,
    PainCategory,
    RecordNeed,
    RecordPainPoint,
    RegisterStakeholder,
    StakeholderRole,
)
from domain.project.success import (
    AgreeValueStatement,
    AssessCriterion,
    DefineSuccessCriterion,
    ProposeValueStatement,
    SuccessDimension,
)
from domain.project.targets import FixKpiBaseline, Improvement, SetKpiTarget
from domain.project.value import CostKind, RecordBenefit, RecordCost
from domain.roles import Role
from infra.demonstration.acts import TIME_ZONE, Act, Lane, at, named
from infra.demonstration.cast import CAST, DEPARTMENTS, DIRECTOR, SPONSOR, Person
from projections.kpis import KPIS, KpiCode

DELIVERY: Final = ProjectId(named("delivery"))
OPENED_ON: Final = date(2025, 1, 6)
ASSESSED_ON: Final = date(2026, 1, 15)
CURRENCY: Final = "CNY"
MILLION_CENTS: Final = 100_000_000
TARGETS: Final = (
    (KpiCode.ON_TIME_RATE, 60_00, Improvement.RELATIVE, 30),
    (KpiCode.CROSS_DEPARTMENT_RESPONSE, 480_00, Improvement.RELATIVE, -50),
    (KpiCode.CSAT_SCORE, 67_00, Improvement.POINTS, 22),
)
"""Each KPI with its baseline in hundredths of its unit, and by how much it is to change."""


def act(
    day: date, command: object, by: Person = DIRECTOR, *, hour: int = 9, refused_as: str | None = None
) -> Act:
    """Return a command to the delivery's own project at a local hour of a day."""
    return Act("project", DELIVERY, command, by.member_id, at(day, hour), refused_as=refused_as)


def founding() -> Lane:
    """Return what opens the project and names everybody: all are to be asked and trained."""
    commands: list[object] = [OpenProject("Project management with Fairlead", TIME_ZONE)]
    commands += [NameDepartment(name) for name in DEPARTMENTS]
    commands += [
        NameMember(
            person.member_id,
            Role.PROJECT_MANAGER if person in {DIRECTOR, SPONSOR} else Role.MEMBER,
            person.department,
        )
        for person in CAST
    ]
    return [act(OPENED_ON, command) for command in commands]


def aims() -> Lane:
    """Return who wants what, what hurts, and the figures that are to change."""
    day = OPENED_ON + timedelta(days=1)
    return [act(day, command) for command in (*_needs(), *_kpis(), *_criteria())] + _value_agreed(day)


def _needs() -> list[object]:
    people = (
        (SPONSOR, StakeholderRole.SPONSOR, "To know in the morning what is late."),
        (CAST[10], StakeholderRole.PROJECT_MANAGER, "One plan instead of nine workbooks."),
        (CAST[4], StakeholderRole.DEPARTMENT_HEAD, "To see who waits for the machining shop."),
        (CAST[205], StakeholderRole.FRONT_LINE, "To be told once, and in one place."),
    )
    commands: list[object] = []
    for number, (person, role, text) in enumerate(people):
        stakeholder = named(f"stakeholder {number}")
        commands.append(
            RegisterStakeholder(stakeholder, person.name, role, person.department, text, _member(person))
        )
        commands.append(RecordNeed(named(f"need {number}"), stakeholder, text))
    pains = (
        (PainCategory.SCHEDULE_LAG, "Two of five tasks are late."),
        (PainCategory.INFORMATION_SILO, "Plans lie in workbooks, answers in e-mails."),
        (PainCategory.RESOURCE_CONFLICT, "One in five tasks has nobody on it."),
    )
    commands += [RecordPainPoint(named(f"pain {category}"), category, text) for category, text in pains]
    return commands


def _member(person: Person) -> MemberId | None:
    return person.member_id if person is SPONSOR else None


def _kpis() -> list[object]:
    commands: list[object] = []
    for code, baseline_hundredths, improvement, change in TARGETS:
        kpi = KPIS[code]
        commands += [
            DefineKpi(code, kpi.unit, kpi.direction, 1, kpi.definition),
            FixKpiBaseline(code, date(2025, 1, 1), date(2025, 1, 31), baseline_hundredths),
            SetKpiTarget(code, improvement, change, date(2025, 12, 31)),
        ]
    commands.append(LinkPainPoint(named(f"pain {PainCategory.SCHEDULE_LAG}"), KpiCode.ON_TIME_RATE))
    return commands


def _criteria() -> list[object]:
    texts = (
        (SuccessDimension.TECHNOLOGY, "It is live, and available 99.5 % of the time."),
        (SuccessDimension.ORGANISATION, "Departments answer each other in half the time."),
        (SuccessDimension.PEOPLE, "People use it because they want to."),
        (SuccessDimension.BUSINESS_RESULTS, "A project takes a fifth less time."),
    )
    return [DefineSuccessCriterion(named(f"criterion {where}"), where, text) for where, text in texts]


def _value_agreed(day: date) -> Lane:
    statement = named("value")
    parties = tuple(named(f"stakeholder {number}") for number in range(4))
    text = "Projects a fifth shorter, answers in half the time, no surprise on the day of delivery."
    return [
        act(day, ProposeValueStatement(statement, text, parties)),
        act(day, AgreeValueStatement(statement, parties[0]), SPONSOR, hour=14),
        *(act(day, AgreeValueStatement(statement, party), hour=15) for party in parties[1:]),
    ]


def change_plan() -> Lane:
    """Return the change plan: delivery starts once it is approved."""
    day = OPENED_ON + timedelta(days=21)
    plan = DraftChangePlan(
        "Each Monday in the workshops, each first Friday to all.",
        "Two people for each duty; the workbooks stay readable for a year.",
        "Monthly survey; on-time rate and response times by department.",
    )
    return [act(day, plan), act(day, ApproveChangePlan(), SPONSOR, hour=16)]


def worth() -> Lane:
    """Return what it cost and brought, and whether it was a success."""
    costs = (
        (date(2025, 2, 3), CostKind.LICENCE, 80),
        (date(2025, 4, 1), CostKind.SERVICE, 120),
        (date(2025, 8, 18), CostKind.TRAINING, 60),
        (date(2025, 10, 1), CostKind.OPERATION, 30),
    )
    benefits = ((date(2025, 10, 31), 90), (date(2025, 11, 30), 110), (date(2025, 12, 31), 130))
    tenth = MILLION_CENTS // 100
    lane = [
        act(day, RecordCost(named(f"cost {day}"), ten_thousands * tenth, CURRENCY, day, kind))
        for day, kind, ten_thousands in costs
    ]
    lane += [
        act(day, RecordBenefit(named(f"benefit {day}"), amount * tenth, CURRENCY, day, KpiCode.ON_TIME_RATE))
        for day, amount in benefits
    ]
    lane += [
        act(
            ASSESSED_ON,
            AssessCriterion(named(f"criterion {where}"), is_met=True, evidence="Read from the figures."),
            SPONSOR,
        )
        for where in SuccessDimension
    ]
    return lane
