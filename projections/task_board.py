"""The task board: one card a task, and what its completions and hand-offs say of the KPIs.

Longer than other read models: a task has many sides, and a list shows each of them in one row.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

from domain import task
from domain.copies import replaced
from domain.earned_value import EarningRule
from domain.recorded import Recorded
from domain.task import TaskStatus, earning, phasing, resourcing, scheduling
from domain.task.approval import TaskApprovalRequired, TaskApproved
from domain.task.state import PRIORITY_DEFAULT, ConstraintKind
from projections.baseline_comparison import BaselineComparison, compared, signed_minutes
from projections.read_model import Observation, ReadModel

BASELINE: Final = 0
_ENDED: Final = (TaskStatus.COMPLETED, TaskStatus.CANCELLED)
_BASELINE: Final = (("baseline", str(BASELINE)),)


@dataclass(frozen=True, slots=True)
class Completion:
    """One entry to done: reopening never takes it back."""

    completed_at: Annotated[datetime, "When it was completed (UTC)."]
    completed_on: Annotated[date, "The same, as a day in the project's time zone."]
    due_on: Annotated[date | None, "Due day in force at completion."]
    lead_minutes: Annotated[int, "Elapsed minutes from opening to completion."]
    cycle_minutes: Annotated[
        int | None, "Elapsed minutes from the first start to completion; null if never started."
    ]
    cycle_working_minutes: Annotated[int | None, "The same in working minutes of the project's calendar."]


@dataclass(frozen=True, slots=True)
class Response:
    """One answered hand-off between departments."""

    from_department: Annotated[str, "The department that handed the task off."]
    to_department: Annotated[str, "The department that answered."]
    answered_on: Annotated[date, "Day of the answer in the project's time zone."]
    elapsed_minutes: Annotated[int, "Elapsed minutes until the answer."]
    working_minutes: Annotated[int, "The same in working minutes of the answering department's calendar."]


@dataclass(frozen=True, slots=True)
class CustomValue:
    """One value of a custom field."""

    code: Annotated[str, "The field's code."]
    value: Annotated[str, "The value, as it was set."]
    field_version: Annotated[int, "The version of the field's definition it was set under."]


@dataclass(frozen=True, slots=True)
class WeightedMilestone:
    """One milestone by which a task earns its budget."""

    number: Annotated[int, "Its number, counted from 1."]
    name: Annotated[str, "What is then done."]
    weight_percent: Annotated[int, "How much of the budget it earns, in percent."]
    is_reached: Annotated[bool, "Whether it was reached."] = False


@dataclass(frozen=True, slots=True)
class TaskCard:
    """One task as its team sees it."""

    task_id: Annotated[UUID, "The task's id."]
    project_id: Annotated[UUID, "The project it belongs to."]
    title: Annotated[str, "Its title."]
    status: Annotated[TaskStatus, "Where it stands."]
    opened_at: Annotated[datetime, "When it was opened (UTC)."]
    opened_on: Annotated[date, "The same, as a day in the project's time zone."]
    description: Annotated[str, "What is to be done."] = ""
    parent_id: Annotated[UUID | None, "The summary task it is part of."] = None
    estimate_minutes: Annotated[int | None, "Estimated work in minutes."] = None
    spent_minutes: Annotated[int, "Time spent so far in minutes."] = 0
    percent: Annotated[int, "Progress in percent, 0 to 100, as last recorded: completing records none."] = 0
    due_on: Annotated[date | None, "Due day in the project's time zone."] = None
    baseline_finish_at: Annotated[datetime | None, "When baseline 0 says it is finished (UTC)."] = None
    assignee_ids: Annotated[tuple[UUID, ...], "The members it is assigned to."] = ()
    started_at: Annotated[datetime | None, "When it was first started (UTC)."] = None
    completed_at: Annotated[datetime | None, "When it was last completed (UTC); null while it is open."] = (
        None
    )
    blocked_by: Annotated[str | None, "What blocks it."] = None
    handed_to: Annotated[str | None, "The department whose answer it waits for."] = None
    reopened_count: Annotated[int, "How often it was reopened."] = 0
    completions: Annotated[tuple[Completion, ...], "Every entry to done, the oldest first."] = ()
    responses: Annotated[tuple[Response, ...], "Every answered hand-off, the oldest first."] = ()
    workflow_version: Annotated[int | None, "The version of the workflow it goes through; null without."] = (
        None
    )
    workflow_state: Annotated[str | None, "Where it is in that workflow."] = None
    custom_values: Annotated[tuple[CustomValue, ...], "Its values of the project's custom fields."] = ()
    required_path_code: Annotated[str | None, "The approval path it needs an approval along to be done."] = (
        None
    )
    approved_path_codes: Annotated[tuple[str, ...], "The approval paths along which it was approved."] = ()
    is_milestone: Annotated[bool, "Whether it marks a moment and takes no time."] = False
    constraint_kind: Annotated[ConstraintKind, "How the plan may place it."] = ConstraintKind.ASAP
    constraint_at: Annotated[datetime | None, "The instant it is constrained to (UTC), if any."] = None
    deadline_on: Annotated[
        date | None, "Day after which a plan that ends it is late, in the project's time zone."
    ] = None
    baselines: Annotated[
        tuple[BaselineComparison, ...], "What was planned, by number, and how what happened differs."
    ] = ()
    duration_minutes: Annotated[int | None, "Minutes it takes; null for as long as its estimate."] = None
    is_duration_elapsed: Annotated[bool, "Whether these are elapsed minutes, not working ones."] = False
    calendar_name: Annotated[str | None, "The project's calendar it is worked on by; null: standard."] = None
    priority: Annotated[int, "How important it is when resources are short, 0 to 1000."] = PRIORITY_DEFAULT
    earning_rule: Annotated[EarningRule, "When its budget is earned."] = EarningRule.PHYSICAL_PERCENT
    earning_milestones: Annotated[
        tuple[WeightedMilestone, ...], "The milestones of that rule; none for other rules than weighted ones."
    ] = ()
    phase: Annotated[int | None, "The number of the phase it is planned in itself, if any."] = None


Seen: TypeAlias = Recorded[task.TaskEvent]


def keys(seen: Recorded[Any]) -> Iterable[UUID]:
    """Return the task."""
    return (seen.stream,)


def evolve(card: TaskCard | None, seen: Seen) -> TaskCard | None:
    """Return the card after an event."""
    event = seen.event
    if isinstance(event, task.TaskOpened):
        return TaskCard(
            task_id=seen.stream,
            project_id=event.project_id,
            title=event.title,
            status=TaskStatus.OPEN,
            opened_at=event.opened_at,
            opened_on=event.opened_on,
            description=event.description,
            parent_id=event.parent_id,
        )
    if card is None:
        raise AssertionError("a task's first event is that it was opened")
    return _FOLDS[type(event)](card, event)


def _completed(card: TaskCard, event: task.TaskCompleted) -> TaskCard:
    completion = Completion(
        event.completed_at,
        event.completed_on,
        event.due_on,
        event.lead_minutes,
        event.cycle_minutes,
        event.cycle_working_minutes,
    )
    return replaced(
        card,
        status=TaskStatus.COMPLETED,
        completed_at=event.completed_at,
        completions=(*card.completions, completion),
    )


def _answered(card: TaskCard, event: task.HandOffAnswered) -> TaskCard:
    response = Response(
        event.from_department,
        event.to_department,
        event.answered_on,
        event.elapsed_minutes,
        event.working_minutes,
    )
    return replaced(card, handed_to=None, responses=(*card.responses, response))


def _planned(card: TaskCard, event: task.TaskBaselineSet) -> TaskCard:
    values = event.start_at, event.finish_at, event.work_minutes, event.cost_cents
    baselines = (*card.baselines, BaselineComparison(event.number, *values))
    ordered = tuple(sorted(baselines, key=lambda each: each.number))
    finish_at = event.finish_at if event.number == BASELINE else card.baseline_finish_at
    return _compared(replaced(card, baselines=ordered, baseline_finish_at=finish_at))


def _compared(card: TaskCard) -> TaskCard:
    """Return the card with its baselines held against when the task started and ended, and its time spent."""
    if not card.baselines:
        return card
    happened = card.started_at, card.completed_at, card.spent_minutes
    return replaced(card, baselines=tuple(compared(each, *happened) for each in card.baselines))


def _valued(card: TaskCard, event: task.TaskFieldSet) -> TaskCard:
    value = CustomValue(event.code, event.value, event.field_version)
    return replaced(card, custom_values=(*_without(card, event.code), value))


def _without(card: TaskCard, code: str) -> tuple[CustomValue, ...]:
    return tuple(each for each in card.custom_values if each.code != code)


def _earning(card: TaskCard, event: earning.EarningRuleSet) -> TaskCard:
    milestones = tuple(
        WeightedMilestone(number, each.name, each.weight_percent)
        for number, each in enumerate(event.milestones, start=1)
    )
    return replaced(card, earning_rule=event.rule, earning_milestones=milestones)


def _marked(card: TaskCard, event: earning.EarningMilestoneMarked) -> TaskCard:
    milestones = tuple(
        replaced(each, is_reached=event.is_reached) if each.number == event.number else each
        for each in card.earning_milestones
    )
    return replaced(card, earning_milestones=milestones)


def _resumed(card: TaskCard) -> TaskStatus:
    return TaskStatus.OPEN if card.started_at is None else TaskStatus.STARTED


_FOLDS: Final[Mapping[type, Callable[[TaskCard, Any], TaskCard]]] = {
    task.TaskRetitled: lambda card, event: replaced(card, title=event.title),
    task.TaskDescribed: lambda card, event: replaced(card, description=event.description),
    task.TaskEstimated: lambda card, event: replaced(card, estimate_minutes=event.minutes),
    task.TaskDueDateSet: lambda card, event: replaced(card, due_on=event.due_on),
    task.TaskAssigned: lambda card, event: replaced(card, assignee_ids=(*card.assignee_ids, event.member_id)),
    task.TaskUnassigned: lambda card, event: replaced(
        card, assignee_ids=tuple(each for each in card.assignee_ids if each != event.member_id)
    ),
    task.TaskStarted: lambda card, event: _compared(
        replaced(card, status=TaskStatus.STARTED, started_at=card.started_at or event.started_at)
    ),
    task.TaskBlocked: lambda card, event: replaced(card, status=TaskStatus.BLOCKED, blocked_by=event.cause),
    task.TaskUnblocked: lambda card, _event: replaced(card, status=_resumed(card), blocked_by=None),
    task.TaskHandedOff: lambda card, event: replaced(card, handed_to=event.to_department),
    task.HandOffAnswered: _answered,
    task.TaskProgressed: lambda card, event: replaced(card, percent=event.percent),
    task.TimeSpent: lambda card, event: _compared(
        replaced(card, spent_minutes=card.spent_minutes + event.minutes)
    ),
    task.TaskCompleted: lambda card, event: _compared(_completed(card, event)),
    task.TaskBaselineSet: _planned,
    task.TaskReopened: lambda card, _event: _compared(
        replaced(card, status=_resumed(card), completed_at=None, reopened_count=card.reopened_count + 1)
    ),
    task.TaskCancelled: lambda card, _event: replaced(card, status=TaskStatus.CANCELLED, blocked_by=None),
    task.TaskWorkflowBound: lambda card, event: replaced(
        card, workflow_version=event.workflow_version, workflow_state=event.state
    ),
    task.TaskMoved: lambda card, event: replaced(card, workflow_state=event.to_state),
    task.TaskFieldSet: _valued,
    task.TaskFieldCleared: lambda card, event: replaced(card, custom_values=_without(card, event.code)),
    TaskApprovalRequired: lambda card, event: replaced(card, required_path_code=event.path_code),
    TaskApproved: lambda card, event: replaced(
        card, approved_path_codes=(*card.approved_path_codes, event.path_code)
    ),
    scheduling.TaskMilestoneSet: lambda card, event: replaced(card, is_milestone=event.is_milestone),
    scheduling.TaskConstrained: lambda card, event: replaced(
        card, constraint_kind=event.kind, constraint_at=event.constraint_at
    ),
    scheduling.TaskDeadlineSet: lambda card, event: replaced(card, deadline_on=event.deadline_on),
    scheduling.TaskDurationSet: lambda card, event: replaced(
        card, duration_minutes=event.minutes, is_duration_elapsed=event.is_elapsed
    ),
    scheduling.TaskCalendarSet: lambda card, event: replaced(card, calendar_name=event.calendar_name),
    resourcing.TaskPrioritised: lambda card, event: replaced(card, priority=event.priority),
    earning.EarningRuleSet: _earning,
    earning.EarningMilestoneMarked: _marked,
    phasing.TaskPlannedInPhase: lambda card, event: replaced(card, phase=event.phase),
}


def observe(card: TaskCard) -> Iterator[Observation]:
    """Yield what the card says of on-time rates, lead and cycle time, throughput, owners and responses."""
    for number, done in enumerate(card.completions, start=1):
        yield from _completion(str(number), done)
        if card.baseline_finish_at is not None:
            is_met = done.completed_at <= card.baseline_finish_at
            yield Observation(
                "on_time_rate_of_baseline", done.completed_on, 1, is_met, str(number), _BASELINE
            )
            variance = signed_minutes(card.baseline_finish_at, done.completed_at)
            yield Observation("finish_variance", done.completed_on, variance, None, str(number), _BASELINE)
    if card.due_on is not None and card.status is not TaskStatus.CANCELLED:
        is_met = card.completed_at is not None and card.completions[-1].completed_on <= card.due_on
        yield Observation("on_time_rate_of_due", card.due_on, 1, is_met)
    if not card.assignee_ids and card.status not in _ENDED:
        yield Observation("tasks_without_owner", card.opened_on, 1)
    for number, response in enumerate(card.responses, start=1):
        yield from _response(str(number), response)


def _completion(name: str, done: Completion) -> Iterator[Observation]:
    yield Observation("throughput", done.completed_on, 1, None, name)
    yield Observation("lead_time", done.completed_on, done.lead_minutes, None, name)
    if done.cycle_minutes is not None:
        yield Observation("cycle_time", done.completed_on, done.cycle_minutes, None, name)
    if done.cycle_working_minutes is not None:
        yield Observation("cycle_time_working", done.completed_on, done.cycle_working_minutes, None, name)
    if done.due_on is not None:
        yield Observation("on_time_rate", done.completed_on, 1, done.completed_on <= done.due_on, name)


def _response(name: str, response: Response) -> Iterator[Observation]:
    between = (("from_department", response.from_department), ("to_department", response.to_department))
    for kpi, minutes in (
        ("cross_department_response", response.working_minutes),
        ("cross_department_response_elapsed", response.elapsed_minutes),
    ):
        yield Observation(kpi, response.answered_on, minutes, None, name, between)


READ_MODEL: Final = ReadModel(
    name="task_board",
    row=TaskCard,
    folds=frozenset({task.TaskOpened, *_FOLDS}),
    keys=keys,
    evolve=evolve,
    observe=observe,
    orders={"OPENED": ("opened_at",), "DUE": ("due_on",), "DEADLINE": ("deadline_on",)},
    filters=("status", "assignee_ids", "parent_id", "workflow_state", "is_milestone", "phase"),
)
