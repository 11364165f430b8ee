"""Every read model there is: those that are asked, then the process managers."""

from typing import Any, Final

from projections import (
    change_plans,
    costs_and_benefits,
    delivery_plan,
    delivery_success,
    feedback_inbox,
    go_live,
    incident_clock,
    kpi_targets,
    pain_points,
    pilots,
    project_cycles,
    project_overview,
    retrospective_actions,
    risk_register,
    rollout_waves,
    scenario_coverage,
    scenarios,
    stakeholder_map,
    success_criteria,
    task_board,
    task_flow,
    value_consensus,
)
from projections.read_model import ReadModel

ALL: Final[tuple[ReadModel[Any], ...]] = (
    task_board.READ_MODEL,
    project_overview.READ_MODEL,
    feedback_inbox.READ_MODEL,
    stakeholder_map.READ_MODEL,
    pain_points.READ_MODEL,
    kpi_targets.READ_MODEL,
    success_criteria.READ_MODEL,
    delivery_success.READ_MODEL,
    value_consensus.READ_MODEL,
    costs_and_benefits.READ_MODEL,
    change_plans.READ_MODEL,
    risk_register.READ_MODEL,
    delivery_plan.READ_MODEL,
    scenarios.READ_MODEL,
    scenario_coverage.READ_MODEL,
    retrospective_actions.READ_MODEL,
    pilots.READ_MODEL,
    rollout_waves.READ_MODEL,
    go_live.READ_MODEL,
    task_flow.READ_MODEL,
    project_cycles.READ_MODEL,
    incident_clock.READ_MODEL,
)
