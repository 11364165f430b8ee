"""The product in use: what is promised, what broke, who looks after it, what was released and checked."""

from datetime import date
from typing import Final

from domain.project.duties import AssignDuty, DutyKind, HoldSecurityAudit, RecordTuning
from domain.project.handover import AssignOwnership, Ownership, TransferKnowledge
from domain.project.health_checks import CloseHealthCheck, FindingArea, RecordFinding, StartHealthCheck
from domain.project.integrations import IntegrationKind, MappedField, RegisterIntegration, SyncDirection
from domain.project.outages import EndOutage, ScheduleMaintenance, StartOutage
from domain.project.releases import PublishPatch, ReleaseVersion
from domain.project.service_levels import DefineServiceLevelAgreement, DefineServiceLevelObjective
from domain.project.sync_runs import RecordSyncRun
from domain.severity import Severity
from infra.demonstration.acts import Lane, at, named
from infra.demonstration.aims import act
from infra.demonstration.cast import CAST, of

AVAILABILITY_BASIS_POINTS: Final = 99_50
OUTAGE_ON: Final = date(2025, 11, 13)
RELEASES: Final = (("1.1", date(2025, 6, 20)), ("1.2", date(2025, 9, 25)), ("1.3", date(2025, 12, 11)))
SYSTEMS: Final = (("ERP", IntegrationKind.ERP), ("CRM", IntegrationKind.CRM), ("OA", IntegrationKind.OA))


def promised() -> Lane:
    """Return what is promised to the company, who keeps it, and the systems that are connected."""
    day = date(2025, 7, 14)
    operators = of("IT")[1:4]
    lane = [
        act(day, DefineServiceLevelObjective(AVAILABILITY_BASIS_POINTS)),
        *(act(day, DefineServiceLevelAgreement(severity, 120, 480)) for severity in Severity),
    ]
    for number, kind in enumerate(DutyKind):
        keeper = None if kind is DutyKind.TUNING else operators[number % len(operators)].member_id
        lane.append(act(day, AssignDuty(named(f"duty {kind}"), kind, keeper), hour=10))
    server = named("server")
    lane.append(act(day, AssignOwnership(server, "Running the servers", Ownership.VENDOR), hour=11))
    mapping = (MappedField("AUFNR", "project"), MappedField("LTXA1", "title"))
    for name, system_kind in SYSTEMS:
        system = named(f"system {name}")
        owner = operators[0].member_id
        lane.append(
            act(
                day,
                RegisterIntegration(system, system_kind, name, SyncDirection.BOTH, owner, mapping),
                hour=12,
            )
        )
    return lane


def releases() -> Lane:
    """Return the quarterly releases and the patches between them."""
    lane = [act(day, ReleaseVersion(version), hour=18) for version, day in RELEASES]
    patches = (("1.1.1", date(2025, 7, 30)), ("1.2.1", date(2025, 10, 20)), ("1.2.2", date(2025, 11, 17)))
    lane += [act(day, PublishPatch(version), hour=18) for version, day in patches]
    return sorted(lane, key=lambda each: each.at)


def operated() -> Lane:
    """Return three months of operation: a maintenance, an outage, audits, checks, what was handed over."""
    maintenance = ScheduleMaintenance(
        named("maintenance"), at(date(2025, 10, 25), 8), at(date(2025, 10, 25), 14), "A new database server"
    )
    outage, check = named("outage"), named("check")
    operator = of("IT")[1]
    return [
        act(date(2025, 10, 20), maintenance),
        act(OUTAGE_ON, StartOutage(outage, "A disk was full"), operator, hour=10),
        act(OUTAGE_ON, EndOutage(outage), operator, hour=12),
        act(date(2025, 11, 14), RecordTuning(named("tuning"), "Old logs go to an archive each night")),
        act(date(2025, 11, 20), HoldSecurityAudit(named("audit"), ("Two accounts of people who left",))),
        act(date(2025, 12, 1), TransferKnowledge(named("server"), operator.member_id)),
        act(
            date(2025, 12, 1),
            AssignOwnership(named("server"), "Running the servers", Ownership.INTERNAL),
            hour=15,
        ),
        act(date(2025, 12, 15), StartHealthCheck(check)),
        act(
            date(2025, 12, 16),
            RecordFinding(check, named("finding"), FindingArea.FIELD, "Nobody fills in the lot"),
        ),
        act(date(2025, 12, 17), CloseHealthCheck(check)),
    ]


def synchronised() -> Lane:
    """Return a run of each connected system each week of the operation, some with errors."""
    lane: Lane = []
    for week in range(13):
        day = date.fromordinal(date(2025, 10, 6).toordinal() + 7 * week)
        for place, (name, _) in enumerate(SYSTEMS):
            errors = 2 if (week + place) % 9 == 0 else 0
            count = 120 + 10 * week
            run = RecordSyncRun(
                named(f"system {name}"),
                at(day, 2, 10 * place),
                at(day, 2, 10 * place + 8),
                read_count=count,
                created_count=count - 20 - errors,
                changed_count=20,
                refused_count=errors,
                error_count=errors,
                total_in_hundredths=100 * count,
                total_out_hundredths=100 * (count - errors),
                errors="A cost centre is unknown" if errors else "",
            )
            lane.append(act(day, run, CAST[10], hour=3))
    return lane
