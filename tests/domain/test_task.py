"""What may happen to a task: its outline, the work on it, its baselines.

Longer than other files: each rule of its subject has its test here.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain import errors
from domain.elapsed import OutOfOrder
from domain.errors import AlreadyExists, Malformed, StillAhead, UnknownTask
from domain.project import MemberRemoved
from domain.task import (
    AnswerHandOff,
    AssignTask,
    BaselineExists,
    BlockTask,
    CancelTask,
    CompleteTask,
    DescribeTask,
    EstimateTask,
    HandOffTask,
    NotOnTheTeam,
    OpenTask,
    RecordProgress,
    ReopenTask,
    RetitleTask,
    SetDueDate,
    SetTaskBaseline,
    SpendTime,
    StartTask,
    TaskAssigned,
    TaskBaselineSet,
    TaskBlocked,
    TaskCancelled,
    TaskClosed,
    TaskCompleted,
    TaskDescribed,
    TaskDueDateSet,
    TaskEstimated,
    TaskIsBlocked,
    TaskOpened,
    TaskProgressed,
    TaskRetitled,
    TaskStarted,
    TaskStatus,
    TaskUnassigned,
    TaskUnblocked,
    TimeSpent,
    UnassignTask,
    UnblockTask,
)
from tests.examples import (
    ANNA,
    BEN,
    CLOSED_PROJECT,
    CUT,
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    NINE,
    NOON,
    PROJECT_ID,
    STRANGER,
    TASK_OPENED,
    TASK_STARTED,
    project_after,
)
from tests.spec import given, state_after

COMPLETED = TaskCompleted(NOON, MONDAY, None, None, 180, None, None)
CANCELLED = TaskCancelled("No longer wanted", NOON)
BLOCKED = TaskBlocked("No steel", NINE + HOUR)
BASELINE = SetTaskBaseline(0, NINE, NOON, 120, 50_000)
BASELINE_SET = TaskBaselineSet(0, NINE, NOON, 120, 50_000)

EVERY_COMMAND = [
    OpenTask(PROJECT_ID, "Weld the frame"),
    RetitleTask("Weld"),
    DescribeTask("With care"),
    EstimateTask(60),
    SetDueDate(MONDAY),
    AssignTask(ANNA),
    UnassignTask(ANNA),
    StartTask(),
    BlockTask("No steel"),
    UnblockTask(),
    HandOffTask("Purchasing", "Assembly"),
    AnswerHandOff(),
    RecordProgress(50),
    SpendTime(30, MONDAY),
    CompleteTask(),
    ReopenTask("Not done"),
    CancelTask("No longer wanted"),
    BASELINE,
]


@pytest.mark.parametrize("command", EVERY_COMMAND, ids=lambda command: type(command).__name__)
def test_no_task_changes_in_a_closed_project(command: object) -> None:
    given(TASK_OPENED, within=CLOSED_PROJECT).when(command).refused(errors.ProjectClosed)


@pytest.mark.parametrize("command", EVERY_COMMAND[1:], ids=lambda command: type(command).__name__)
def test_a_command_to_no_task_is_refused(command: object) -> None:
    given().when(command).refused(UnknownTask)


def test_a_task_opens_on_a_day_of_the_project() -> None:
    late = NINE.replace(hour=23)  # past midnight in Vienna
    opened = TaskOpened(PROJECT_ID, "Weld the frame", "Slowly", CUT, late, date(2026, 3, 3))
    assert given().when(OpenTask(PROJECT_ID, "Weld the frame", "Slowly", CUT), at=late) == [opened]


def test_the_same_task_opened_again_is_open_already() -> None:
    assert given(TASK_OPENED).when(OpenTask(PROJECT_ID, "Weld the frame")) == []


@pytest.mark.parametrize(
    "command",
    [
        OpenTask(PROJECT_ID, "Another title"),
        OpenTask(PROJECT_ID, "Weld the frame", "Slowly"),
        OpenTask(PROJECT_ID, "Weld the frame", "", CUT),
    ],
)
def test_the_id_of_another_task_is_taken(command: OpenTask) -> None:
    given(TASK_OPENED).when(command).refused(AlreadyExists)


@pytest.mark.parametrize(
    ("command", "event", "attribute"),
    [
        (RetitleTask("Weld"), TaskRetitled("Weld"), "title"),
        (DescribeTask("With care"), TaskDescribed("With care"), "description"),
        (EstimateTask(60), TaskEstimated(60), "estimate_minutes"),
        (EstimateTask(0), TaskEstimated(0), "estimate_minutes"),
        (SetDueDate(MONDAY), TaskDueDateSet(MONDAY), "due_on"),
        (RecordProgress(100), TaskProgressed(100), "percent"),
    ],
)
def test_a_value_of_an_open_task_is_set_once(command: object, event: object, attribute: str) -> None:
    assert given(TASK_OPENED).when(command) == [event]
    assert given(TASK_OPENED, event).when(command) == []
    assert getattr(state_after(TASK_OPENED, event), attribute) in vars_of(command)


def vars_of(command: object) -> list[object]:
    return [getattr(command, name) for name in type(command).__slots__]  # type: ignore[attr-defined]


@pytest.mark.parametrize("closing", [COMPLETED, CANCELLED])
@pytest.mark.parametrize(
    "command",
    [
        RetitleTask("Weld"),
        DescribeTask("With care"),
        EstimateTask(60),
        SetDueDate(MONDAY),
        AssignTask(ANNA),
        UnassignTask(ANNA),
        StartTask(),
        BlockTask("No steel"),
        HandOffTask("Purchasing", "Assembly"),
        RecordProgress(50),
    ],
    ids=lambda command: type(command).__name__,
)
def test_a_closed_task_stays_as_it_was(command: object, closing: object) -> None:
    given(TASK_OPENED, closing).when(command).refused(TaskClosed)


def test_a_due_date_can_be_taken_away() -> None:
    assert given(TASK_OPENED, TaskDueDateSet(MONDAY)).when(SetDueDate(None)) == [TaskDueDateSet(None)]
    assert given(TASK_OPENED).when(SetDueDate(None)) == []


def test_a_member_of_the_team_is_assigned_once() -> None:
    assert given(TASK_OPENED).when(AssignTask(BEN)) == [TaskAssigned(BEN)]
    assert given(TASK_OPENED, TaskAssigned(BEN)).when(AssignTask(BEN)) == []
    assert given(TASK_OPENED, TaskAssigned(BEN)).when(AssignTask(ANNA)) == [TaskAssigned(ANNA)]


def test_only_the_team_is_assigned() -> None:
    given(TASK_OPENED).when(AssignTask(STRANGER)).refused(NotOnTheTeam, field="memberId")


def test_somebody_who_left_the_team_can_be_unassigned() -> None:
    without_ben = project_after(MemberRemoved(BEN))
    before = given(TASK_OPENED, TaskAssigned(BEN), within=without_ben)
    assert before.when(UnassignTask(BEN)) == [TaskUnassigned(BEN)]
    assert given(TASK_OPENED, TaskAssigned(BEN), TaskUnassigned(BEN)).when(UnassignTask(BEN)) == []


def test_a_task_starts_once() -> None:
    assert given(TASK_OPENED).when(StartTask()) == [TaskStarted(NOON)]
    assert given(TASK_OPENED, TASK_STARTED).when(StartTask()) == []


def test_a_blocked_task_does_not_start() -> None:
    given(TASK_OPENED, BLOCKED).when(StartTask()).refused(TaskIsBlocked)


def test_a_task_is_blocked_for_one_cause_at_a_time() -> None:
    assert given(TASK_OPENED).when(BlockTask("No steel")) == [TaskBlocked("No steel", NOON)]
    assert given(TASK_OPENED, BLOCKED).when(BlockTask("No steel")) == []
    given(TASK_OPENED, BLOCKED).when(BlockTask("No gas")).refused(TaskIsBlocked)


def test_unblocking_counts_the_elapsed_minutes() -> None:
    unblocked = TaskUnblocked(NOON, 120)
    assert given(TASK_OPENED, BLOCKED).when(UnblockTask()) == [unblocked]
    assert given(TASK_OPENED, BLOCKED, unblocked).when(UnblockTask()) == []


def test_a_task_is_not_unblocked_before_it_was_blocked() -> None:
    given(TASK_OPENED, BLOCKED).when(UnblockTask(), at=NINE).refused(OutOfOrder)


def test_an_unblocked_task_is_started_if_it_ever_was() -> None:
    unblocked = TaskUnblocked(NOON, 120)
    assert state_after(TASK_OPENED, BLOCKED, unblocked).status is TaskStatus.OPEN
    assert state_after(TASK_OPENED, TASK_STARTED, BLOCKED, unblocked).status is TaskStatus.STARTED


@pytest.mark.parametrize(
    "command", [StartTask(), BlockTask("Steel is late"), HandOffTask("Purchasing", "Assembly")]
)
def test_nothing_happens_to_a_task_before_it_was_opened(command: object) -> None:
    given(TASK_OPENED).when(command, at=NINE - MINUTE).refused(OutOfOrder)
    assert given(TASK_OPENED).when(command, at=NINE)


def test_time_is_not_booked_before_it_was_worked() -> None:
    ahead = SpendTime(30, MONDAY + DAY)
    given(TASK_OPENED).when(ahead, at=NOON).refused(StillAhead, field="spentOn")
    assert given(TASK_OPENED).when(ahead, at=NOON + DAY)


def test_time_is_booked_each_time() -> None:
    booked = TimeSpent(30, MONDAY, BEN)
    assert given(TASK_OPENED, booked).when(SpendTime(30, MONDAY, BEN)) == [booked]
    assert given(TASK_OPENED).when(SpendTime(30, MONDAY)) == [TimeSpent(30, MONDAY, None)]
    assert state_after(TASK_OPENED, booked, booked).spent_minutes == 60


def test_time_is_booked_late_on_a_completed_task_but_not_on_a_cancelled_one() -> None:
    assert given(TASK_OPENED, COMPLETED).when(SpendTime(30, MONDAY)) == [TimeSpent(30, MONDAY, None)]
    given(TASK_OPENED, CANCELLED).when(SpendTime(30, MONDAY)).refused(TaskClosed)


def test_a_baseline_is_set_once_for_a_number() -> None:
    assert given(TASK_OPENED).when(BASELINE) == [BASELINE_SET]
    assert given(TASK_OPENED, BASELINE_SET).when(BASELINE) == []
    other_number = replace(BASELINE, number=1)
    assert given(TASK_OPENED, BASELINE_SET).when(other_number) == [replace(BASELINE_SET, number=1)]


def test_a_baseline_never_changes() -> None:
    other_values = replace(BASELINE, work_minutes=None)
    given(TASK_OPENED, BASELINE_SET).when(other_values).refused(BaselineExists, field="number")


def test_a_baseline_is_set_even_on_a_completed_task() -> None:
    assert given(TASK_OPENED, COMPLETED).when(BASELINE) == [BASELINE_SET]


MALFORMED = [
    (lambda: OpenTask(PROJECT_ID, ""), "title"),
    (lambda: OpenTask(PROJECT_ID, "Weld", "x" * 10_001), "description"),
    (lambda: RetitleTask("x" * 201), "title"),
    (lambda: DescribeTask("\0"), "description"),
    (lambda: EstimateTask(-1), "minutes"),
    (lambda: EstimateTask(5_256_001), "minutes"),
    (lambda: SetDueDate(date(1969, 12, 31)), "dueOn"),
    (lambda: BlockTask(" "), "cause"),
    (lambda: RecordProgress(101), "percent"),
    (lambda: SpendTime(0, MONDAY), "minutes"),
    (lambda: SpendTime(1, date(2201, 1, 1)), "spentOn"),
    (lambda: ReopenTask(""), "cause"),
    (lambda: CancelTask(""), "cause"),
    (lambda: HandOffTask("", "Assembly"), "toDepartment"),
    (lambda: HandOffTask("Assembly", ""), "fromDepartment"),
    (lambda: HandOffTask("Assembly", "Assembly"), "toDepartment"),
    (lambda: replace(BASELINE, number=11), "number"),
    (lambda: replace(BASELINE, start_at=NINE.replace(tzinfo=None)), "startAt"),
    (lambda: replace(BASELINE, finish_at=NINE - timedelta(seconds=1)), "finishAt"),
    (lambda: replace(BASELINE, finish_at=NINE + 100_000 * DAY), "finishAt"),
    (lambda: replace(BASELINE, work_minutes=-1), "workMinutes"),
    (lambda: replace(BASELINE, cost_cents=10**15 + 1), "costCents"),
]


@pytest.mark.parametrize(
    ("make", "field"), MALFORMED, ids=[f"{n}_{at}" for n, (_, at) in enumerate(MALFORMED)]
)
def test_a_command_out_of_shape_names_its_field(make: Callable[[], object], field: str) -> None:
    with pytest.raises(Malformed) as refusal:
        make()
    assert refusal.value.field == field
