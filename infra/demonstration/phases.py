"""How the manufacturer goes about it: three phases, two pilot workshops, waves, going live, looking back."""

from datetime import date
from typing import Final

from domain.project.phases import ClosePhase, PlanPhase, StartPhase
from domain.project.pilots import EvaluatePilot, StartPilot
from domain.project.retrospectives import CloseAction, HoldRetrospective, RaiseAction
from domain.project.risks import MitigateRisk, RegisterRisk, RiskResponse
from domain.project.rollout import PlanRolloutWave, RecordGoLive, StartRolloutWave
from domain.project.scenarios import MarkScenarioCovered, RegisterScenario
from infra.demonstration.acts import Lane, named
from infra.demonstration.aims import act
from infra.demonstration.cast import CAST, DEPARTMENTS, SPONSOR

WENT_LIVE_ON: Final = date(2025, 10, 1)
PILOTS: Final = (("Machining workshop", date(2025, 4, 7)), ("Assembly workshop", date(2025, 4, 14)))
SCENARIOS: Final = (
    ("Book time on a task", 12_000),
    ("See who is late", 2_500),
    ("Hand work to another department", 1_800),
    ("Plan next week's people", 400),
    ("Approve a purchase", 900),
    ("Close a project", 60),
    ("Write the yearly report", 1),
)


def planned() -> Lane:
    """Return the three phases, and what people do how often."""
    day = date(2025, 2, 3)
    phases = (
        ("First usable product", ("Tasks", "Gantt", "Resource scheduling")),
        ("Data flows", ("ERP", "CRM", "OA")),
        ("Forecasts", ("Forecast", "Automatic approval", "Mobile")),
    )
    lane = [act(day, PlanPhase(number, name, modules)) for number, (name, modules) in enumerate(phases, 1)]
    lane += [
        act(day, RegisterScenario(named(f"scenario {title}"), title, uses_per_year, 1), hour=11)
        for title, uses_per_year in SCENARIOS
    ]
    risk = named("risk")
    contingency = "Shifts are trained one after the other."
    lane.append(
        act(
            day,
            RegisterRisk(risk, "Nobody has time to learn", 40, 50_000_000, RiskResponse.REDUCE, contingency),
        )
    )
    lane.append(act(date(2025, 8, 1), MitigateRisk(risk, "Two weeks kept free for training", 10, 50_000_000)))
    return lane


def first_phase() -> Lane:
    """Return the first phase: its gate holds until four of five frequent scenarios are covered."""
    starts_on, closes_on = date(2025, 3, 3), date(2025, 7, 4)
    lane = [act(starts_on, StartPhase(1))]
    lane += [act(day, StartPilot(named(unit), unit)) for unit, day in PILOTS]
    covered = [MarkScenarioCovered(named(f"scenario {title}")) for title, _ in SCENARIOS[:5]]
    lane += [act(date(2025, 6, 2), each) for each in covered[:4]]
    outcomes = ("Half the e-mails.", "Approvals take too many steps; otherwise a clear yes.")
    lane += [
        act(date(2025, 6, 13), EvaluatePilot(named(unit), outcome, is_recommended=True), SPONSOR)
        for (unit, _), outcome in zip(PILOTS, outcomes, strict=True)
    ]
    action = named("action")
    text = "Shorten the path of approvals to two steps"
    return [
        *lane,
        act(date(2025, 6, 27), ClosePhase(1), refused_as="RETROSPECTIVE_MISSING"),
        act(date(2025, 6, 30), HoldRetrospective(1, "Good; approvals are slow.", date(2025, 6, 30))),
        act(date(2025, 6, 30), ClosePhase(1), hour=17, refused_as="COVERAGE_TOO_LOW"),
        act(date(2025, 6, 30), RaiseAction(action, 1, CAST[3].member_id, text, date(2025, 7, 15)), hour=18),
        act(date(2025, 7, 3), covered[4]),
        act(date(2025, 7, 3), CloseAction(action, "Two steps since 1 July")),
        act(closes_on, ClosePhase(1)),
    ]


def rollout() -> Lane:
    """Return the roll-out to the whole company and the day it went live."""
    waves = ((1, DEPARTMENTS[:5], date(2025, 9, 1)), (2, DEPARTMENTS[5:], date(2025, 9, 15)))
    lane = [act(date(2025, 7, 7), StartPhase(2))]
    lane += [act(date(2025, 7, 14), PlanRolloutWave(number, units, day)) for number, units, day in waves]
    lane += [act(day, StartRolloutWave(number)) for number, _, day in waves]
    return [*lane, act(WENT_LIVE_ON, RecordGoLive(WENT_LIVE_ON), SPONSOR)]
