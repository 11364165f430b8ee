"""What a mutation answers: a payload type for each kind of aggregate, and what the command changed."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import strawberry

from api.context import Info
from api.queries import changed_type, find
from api.scalars import Position
from domain.errors import Refusal
from domain.handling import Answer


@strawberry.type(description="Why a command was refused, for the person or the program that issued it.")
class UserError:
    """One reason for a refusal."""

    code: str = strawberry.field(description="A stable code in upper snake case, such as TASK_CLOSED.")
    message: str = strawberry.field(description="One sentence for people.")
    field: str | None = strawberry.field(
        default=None,
        description="The input field at fault, as a path such as calendar.week; null for the whole.",
    )


@strawberry.interface(
    description="The answer to a command: what it was refused for, or where it stands in the log."
)
class Payload:
    """What every command's answer says."""

    user_errors: list[UserError] = strawberry.field(
        default_factory=list[UserError], description="Why the command was refused; empty when it was done."
    )
    command_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The command's id: sent again with it, the same command gets the same answer.",
    )
    id: strawberry.ID | None = strawberry.field(
        default=None, description="The id of what the command changed or created; null when it was refused."
    )
    version: int | None = strawberry.field(
        default=None,
        description="How many events the changed thing has had; null when the command was refused.",
    )
    position: Position | None = strawberry.field(
        default=None, description="The log position to ask `after` to see the change; null when refused."
    )


_CHANGED: Final = "What it is about, at `position` or later, as soon as rows are there; null when refused."


async def _changed(root: strawberry.Parent[Payload], info: Info) -> Any:
    """Return what a command is about, once the rows have reached the answer's own position; raise `Stale`."""
    if root.id is None:
        return None
    return await find(info.context, root.id, after=root.position)


@strawberry.type(description="The answer to a command about a project.")
class ProjectPayload(Payload):
    """The answer to a command about a project."""

    project: Any = strawberry.field(_changed, graphql_type=changed_type("project"), description=_CHANGED)


@strawberry.type(description="The answer to a command about a task.")
class TaskPayload(Payload):
    """The answer to a command about a task."""

    task: Any = strawberry.field(_changed, graphql_type=changed_type("task"), description=_CHANGED)


@strawberry.type(description="The answer to a command about feedback.")
class FeedbackPayload(Payload):
    """The answer to a command about feedback."""

    feedback: Any = strawberry.field(_changed, graphql_type=changed_type("feedback"), description=_CHANGED)


@strawberry.type(description="The answer to a command about an approval.")
class ApprovalPayload(Payload):
    """The answer to a command about an approval."""

    approval: Any = strawberry.field(_changed, graphql_type=changed_type("approval"), description=_CHANGED)


@strawberry.type(description="The answer to a command about a member of the organisation.")
class MemberPayload(Payload):
    """The answer to a command about a member."""


@strawberry.type(description="The answer to a command about Fairlead's own operation.")
class OperationPayload(Payload):
    """The answer to a command of the operators."""


PAYLOADS: Final[Mapping[str, type[Payload]]] = {
    "project": ProjectPayload,
    "task": TaskPayload,
    "feedback": FeedbackPayload,
    "member": MemberPayload,
    "approval": ApprovalPayload,
}
"""By the name of the aggregate; all others answer with `OperationPayload`."""


def payload_type(aggregate: str) -> type[Payload]:
    """Return the type of the answers to an aggregate's commands."""
    return PAYLOADS.get(aggregate, OperationPayload)


def done(aggregate: str, command_id: UUID, answer: Answer) -> Payload:
    """Return the answer to a command that was done."""
    return payload_type(aggregate)(
        command_id=strawberry.ID(str(command_id)),
        id=strawberry.ID(str(answer.stream)),
        version=answer.version,
        position=Position(answer.position),
    )


def refused(aggregate: str, command_id: UUID | None, refusal: Refusal) -> Payload:
    """Return the answer to a command that was refused."""
    return payload_type(aggregate)(
        command_id=None if command_id is None else strawberry.ID(str(command_id)),
        user_errors=[UserError(code=refusal.code, message=refusal.message, field=refusal.field)],
    )
