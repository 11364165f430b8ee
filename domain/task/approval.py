"""Approval before completion: whether a task needs one, and along which paths it has one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import Refusal
from domain.facet import Facet
from domain.ids import ApprovalId
from domain.project import ongoing
from domain.task.state import Task, under_way


@dataclass(frozen=True, slots=True)
class TaskApprovalRequired:
    """A task is not completed from now on without an approval along this path."""

    path_code: str


@dataclass(frozen=True, slots=True)
class TaskApproved:
    """A task was approved along this path."""

    approval_id: UUID
    path_code: str


ApprovalEvent = TaskApprovalRequired | TaskApproved


@dataclass(frozen=True, slots=True)
class RequireApproval:
    """Let a task be completed only with an approval along a path; one given already counts."""

    path_code: Annotated[str, "The code of the approval path."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed code."""
        shape.code(self.path_code, "pathCode")


@dataclass(frozen=True, slots=True)
class RecordTaskApproval:
    """Let a task know that it was approved."""

    approval_id: Annotated[ApprovalId, "The approval."]
    path_code: Annotated[str, "The code of the path along which it was given."]


ApprovalCommand = RequireApproval | RecordTaskApproval


class ApprovalMissing(Refusal):
    """The task is not completed without an approval it needs."""

    sentence = "The task needs an approval before it is completed."


def decide(command: ApprovalCommand, task: Task, context: Context) -> Sequence[ApprovalEvent]:
    """Return what happens to the approvals of a task."""
    project = ongoing(context)
    match command:
        case RequireApproval(path_code):
            under_way(task)
            project.approval_paths.path(path_code)
            return [] if path_code == task.required_path_code else [TaskApprovalRequired(path_code)]
        case RecordTaskApproval(approval_id, path_code):
            is_known = path_code in task.approved_path_codes
            return [] if is_known else [TaskApproved(approval_id, path_code)]
        case _:
            assert_never(command)


def evolve(task: Task, event: ApprovalEvent) -> Task:
    """Return the task after an event of its approvals."""
    match event:
        case TaskApprovalRequired(path_code):
            return replaced(task, required_path_code=path_code)
        case TaskApproved(_, path_code):
            return replaced(task, approved_path_codes=task.approved_path_codes | {path_code})
        case _:
            assert_never(event)


def check_approved(task: Task) -> None:
    """Raise `ApprovalMissing` where the approval a task needs was not given."""
    if task.required_path_code is not None and task.required_path_code not in task.approved_path_codes:
        raise ApprovalMissing(f"The task needs an approval along the path {task.required_path_code}.")


FACET: Final = Facet(
    decide=decide,
    evolve=evolve,
    events={
        "task.approval_required.v1": TaskApprovalRequired,
        "task.approved.v1": TaskApproved,
    },
    commands={
        RequireApproval: roles.LEADS,
        RecordTaskApproval: roles.SYSTEM,
    },
)
