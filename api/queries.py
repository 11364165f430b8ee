"""The queries: what each is called, answers with, and means.

Longer than other files: it is the one list of all that can be asked beside the lists of rows.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

import strawberry
from strawberry.tools import create_type

from api.accessing import LOOKED_AFTER, note
from api.adoption import ADOPTION_COHORT, adoption_of
from api.asking import After, AsOf, permitted, position_of, scope
from api.calendar_feeds import CALENDAR_FEED, calendar_feed_address
from api.connections import connection_of, either, list_of, optional
from api.context import Context, Info
from api.difference import Difference, difference
from api.earned_value import (
    EARNED_VALUE,
    PHASE_EARNED_VALUE,
    earned_value,
    earned_value_by_phase,
    portfolio_earned_value,
)
from api.flow import FLOW_DAY, WORK_ITEM_AGES, flow_by_day, work_item_ages_of
from api.forecast import (
    FORECAST_FAN,
    HOW_MANY_FORECAST,
    PLAN_FORECAST,
    WHEN_FORECAST,
    forecast_fan,
    how_many_by,
    plan_forecast_of,
    when_done,
)
from api.gantt import GANTT_BAR, gantt
from api.kinds import enum_type, read_id
from api.kpi import KpiAnswer, kpi
from api.levelling import RESOURCE_LOAD, RESOURCE_OVERLOAD, resource_load, resource_overloads
from api.levelling_proposals import LEVELLING_RUN, PROPOSED_MOVE, levelling_run, proposed_moves
from api.lists import item_type, list_fields, listed, shown
from api.littles_law import LITTLES_LAW, littles_law_of
from api.operation import AVAILABILITY, PATCH_CADENCE, availability_of, patch_cadence_of
from api.progress import KPI_PROGRESS, kpi_target_progress
from api.proofs import Checkpoint, Consistency, Proof, checkpoint, checkpoint_of, consistency, proof
from api.restatements import Restatement, restatements_of
from api.rights import Permission, permissions
from api.rows import row_type
from api.scalars import Position
from api.schedule import PLAN_SPAN, SCHEDULED_TASK, plan_span, schedule_of
from api.schedule_history import plan_span_history, schedule_history
from api.schedule_moves import PlanSpanHistory, ScheduleHistory
from api.scorecard import SCORECARD, scorecard
from api.survey_months import MISSING_SURVEY_MONTH, missing_survey_months
from api.trail import AuditEntry, audit_trail
from api.work_in_progress import WORK_IN_PROGRESS, work_in_progress_of
from api.worth import PROJECT_VALUE, value_of
from domain.errors import NotPermitted
from domain.roles import Role
from infra.parking import ParkedKey
from projections.read_model import ReadModel

enum_type(Role)


def _models() -> dict[str, ReadModel[Any]]:
    """Return the first listed read model of each aggregate: those after it show its parts, or several."""
    models: dict[str, ReadModel[Any]] = {}
    for model in listed():
        aggregate, *others = model.aggregates
        if not others:
            models.setdefault(aggregate, model)
    return models


MODELS: Final[Mapping[str, ReadModel[Any]]] = _models()
"""The read model that shows an aggregate, by the aggregate's name."""

NODE: Any = Annotated[
    either(*map(item_type, MODELS.values())),
    strawberry.union("Node", description="Anything that has an id."),
]


def changed_type(aggregate: str) -> Any:
    """Return the type of what shows an aggregate, or nothing."""
    return optional(item_type(MODELS[aggregate]))


@strawberry.type(description="Whoever asks.")
class Viewer:
    """The actor a request's token stands for."""

    actor_id: strawberry.ID = strawberry.field(description="The id the viewer's commands are recorded under.")
    roles: list[Role] = strawberry.field(description="The viewer's roles across the whole organisation.")


@strawberry.type(description="How far the log is, and how far the rows are.")
class Freshness:
    """How far everything is."""

    head: Position = strawberry.field(description="The last position of the log.")
    rows: Position = strawberry.field(description="The position up to which all rows are complete.")


async def node(
    info: Info,
    *,
    node_id: Annotated[
        strawberry.ID,
        strawberry.argument(name="id", description="The id of a task, a project, a feedback or an approval."),
    ],
    as_of: AsOf = None,
    after: After = None,
) -> Any:
    """Return what has this id, None where there is nothing, or was nothing then."""
    return await find(info.context, node_id, as_of=as_of, after=after)


async def find(context: Context, node_id: str, *, as_of: Any = None, after: int | None = None) -> Any:
    """Return the row with an id as the actor may see it."""
    key = read_id(node_id, "id")
    owner = await context.engine.log.owner(key)
    if owner is None or owner.kind not in MODELS:
        return None
    project = None if owner.project_id is None else str(owner.project_id)
    within = await scope(context, project=project, as_of=as_of, after=after)
    if project is None and within.project_ids is not None:
        return None  # what belongs to no project is for the organisation's roles
    serving, model = context.engine.serving, MODELS[owner.kind]
    found = await serving.rows[model.name].get([key], as_of=within.as_of)
    if model.name in LOOKED_AFTER:
        note(context, "node", entries=len(found), subject=key)
    return next(iter(await shown(serving, model, list(found.values()), within.as_of)), None)


def viewer(info: Info) -> Viewer:
    """Return the actor of this request."""
    actor = info.context.actor
    return Viewer(actor_id=strawberry.ID(str(actor.actor_id)), roles=sorted(actor.roles))


async def freshness(info: Info, *, as_of: AsOf = None) -> Freshness:
    """Return how far everything is, or the position of a moment, to which both had come then."""
    serving = info.context.engine.serving
    if as_of is not None:
        at = Position(await position_of(serving, as_of))
        return Freshness(head=at, rows=at)
    head = await serving.head()
    return Freshness(head=Position(head), rows=Position(min(head, serving.freshness.reached())))


async def parked(info: Info) -> list[Any]:
    """Return the keys that wait in some read model because an event of theirs could not be folded."""
    if await permitted(info.context, None) is not None:
        raise NotPermitted
    return await info.context.engine.serving.parked()


QUERIES: Final[Mapping[str, tuple[Callable[..., Any], Any, str]]] = {
    "viewer": (viewer, Viewer, "Whoever asks."),
    "freshness": (freshness, Freshness, "How far the log and the rows are."),
    "node": (node, optional(NODE), "What has this id; null where there is nothing."),
    "auditTrail": (
        audit_trail,
        connection_of(AuditEntry),
        "Every event: who, what, when, why, and what it changed.",
    ),
    "kpi": (kpi, KpiAnswer, "A KPI over a window of days: as of one moment, as known at another."),
    "kpiTargetProgress": (
        kpi_target_progress,
        list_of(KPI_PROGRESS),
        "How far the KPIs of a project are from baseline to target, by code; the first 200 of them.",
    ),
    "valueOf": (value_of, PROJECT_VALUE, "What a project cost and brought: return on investment, payback."),
    "missingSurveyMonths": (
        missing_survey_months,
        list_of(MISSING_SURVEY_MONTH),
        "The months without a survey closed by a day, from that of the first survey on; the earliest first.",
    ),
    "scorecard": (
        scorecard,
        list_of(SCORECARD),
        "What a project achieved over a window of days, in each of the four dimensions of its success.",
    ),
    "workInProgress": (
        work_in_progress_of,
        WORK_IN_PROGRESS,
        "The tasks in progress at a moment, as known at another, and how old they were.",
    ),
    "parked": (
        parked,
        list_of(row_type(ParkedKey)),
        "Keys that wait because an event of theirs could not be folded; for the organisation's roles.",
    ),
    "adoption": (
        adoption_of,
        list_of(ADOPTION_COHORT),
        "Who of a team uses its project, who stopped, by month, role or department; the first 200 of them.",
    ),
    "availability": (
        availability_of,
        AVAILABILITY,
        "How available a project's product was: as of one moment, as known at another; the error budget.",
    ),
    "littlesLaw": (
        littles_law_of,
        LITTLES_LAW,
        "Whether work in progress, throughput and cycle time agree over a window, as known at a moment.",
    ),
    "patchCadence": (patch_cadence_of, PATCH_CADENCE, "How regularly patches come out, and since when none."),
    "whenDone": (when_done, WHEN_FORECAST, "By when so many items are finished, as past days make likely."),
    "howManyBy": (how_many_by, HOW_MANY_FORECAST, "How many items are finished by a day, at least."),
    "forecastFan": (
        forecast_fan,
        FORECAST_FAN,
        "How many items are finished by each of the next working days, at least.",
    ),
    "planForecast": (
        plan_forecast_of,
        PLAN_FORECAST,
        "When open tasks are finished, and each one's chance to be so by its due day.",
    ),
    "flowByDay": (
        flow_by_day,
        list_of(FLOW_DAY),
        "Cumulative flow and burn-up: where a project's tasks stood each day, at most 366 of them.",
    ),
    "workItemAges": (
        work_item_ages_of,
        WORK_ITEM_AGES,
        "The age of each task in progress, the oldest first, against the cycle times of the year before.",
    ),
    "resourceLoad": (
        resource_load,
        connection_of(RESOURCE_LOAD),
        "What the plans of some projects ask of each resource on each day ahead, as of a moment.",
    ),
    "resourceOverloads": (
        resource_overloads,
        connection_of(RESOURCE_OVERLOAD),
        "When the plans of some projects ask more of a resource than there is, and which tasks do.",
    ),
    "calendarFeed": (
        calendar_feed_address,
        CALENDAR_FEED,
        "An address for a calendar program: the viewer's own tasks, or a project's plan; read-only.",
    ),
    "levellingRun": (levelling_run, LEVELLING_RUN, "A levelling run: how far it is, and what it came to."),
    "proposedMoves": (
        proposed_moves,
        connection_of(PROPOSED_MOVE),
        "What a levelling run proposes to move, and why, the earliest first.",
    ),
    "schedule": (
        schedule_of,
        connection_of(SCHEDULED_TASK),
        "The critical path of a project: dates, slack, what is critical, what is late.",
    ),
    "gantt": (
        gantt,
        connection_of(GANTT_BAR),
        "The bars of a project's Gantt chart, with links, baseline, slack and progress.",
    ),
    "planSpan": (
        plan_span,
        optional(PLAN_SPAN),
        "When a project's plan begins and ends; null before it was opened.",
    ),
    "diff": (difference, Difference, "What changed in one thing between two moments, by whom and why."),
    "restatements": (
        restatements_of,
        connection_of(Restatement),
        "The figures of a KPI that changed after they were first published, and the late events behind that.",
    ),
    "permissions": (
        permissions,
        connection_of(Permission),
        "Who could do what in a project at a moment, by command.",
    ),
    "checkpoint": (
        checkpoint,
        optional(Checkpoint),
        "The latest checkpoint of the log; null before the first.",
    ),
    "checkpointOf": (
        checkpoint_of,
        Checkpoint,
        "A checkpoint that somebody kept, once it was found to be true of this log.",
    ),
    "consistency": (consistency, Consistency, "The proof that the log begins with what it was before."),
    "proof": (proof, Proof, "The proof that a record is in the log, unaltered."),
    "earnedValue": (
        earned_value,
        optional(EARNED_VALUE),
        "What a project had planned, earned and spent by a moment, and what follows from that.",
    ),
    "earnedValueByPhase": (
        earned_value_by_phase,
        list_of(PHASE_EARNED_VALUE),
        "Earned value in work or money: of each phase in order, then of what is in none.",
    ),
    "portfolioEarnedValue": (
        portfolio_earned_value,
        optional(EARNED_VALUE),
        "What several projects had planned, earned and spent by a moment, added up, and what follows.",
    ),
    "scheduleHistory": (
        schedule_history,
        ScheduleHistory,
        "How a task's scheduled dates moved, from what to what, and which events moved them.",
    ),
    "planSpanHistory": (
        plan_span_history,
        PlanSpanHistory,
        "How the start and finish of a project's plan moved, and which events moved them.",
    ),
}
"""Beside the lists, by name: the resolver, what it answers with, and what that means."""


def query_type() -> type:
    """Return the root of all queries."""
    fields = [
        strawberry.field(resolver, name=name, graphql_type=answer, description=description)
        for name, (resolver, answer, description) in QUERIES.items()
    ]
    return create_type("Query", [*fields, *list_fields()], description="What can be asked.")
