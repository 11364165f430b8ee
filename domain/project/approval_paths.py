"""A project's approval paths: by which steps something is approved, kept in versions with their reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Final, assert_never
from uuid import UUID

from domain import roles, shape
from domain.decider import Context
from domain.errors import AlreadyExists, Malformed, Unknown
from domain.facet import Facet
from domain.ids import FeedbackId
from domain.personal import Personal
from domain.roles import PROJECT_ROLES, Role

if TYPE_CHECKING:
    from domain.project import Project

STEPS_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class ApprovalStep:
    """One step of a path: whoever has the role, or the member named, decides, or else the substitute."""

    name: Annotated[str, "What the step is called, 1 to 200 characters, each once in a path."]
    deadline_working_minutes: Annotated[
        int, "Working minutes of the project's standard calendar to decide in, 1 to ten years."
    ]
    approver_role: Annotated[Role | None, "The role in the project that decides; none for a member."] = None
    approver_id: Annotated[UUID | None, "The member of the team who decides; none for a role."] = None
    substitute_id: Annotated[
        UUID | None, "The member of the team who may decide as well, and who is asked when it is overdue."
    ] = None
    amount_from_cents: Annotated[int, "The step is left out below this amount, in cents."] = 0


Steps = tuple[ApprovalStep, ...]


@dataclass(frozen=True, slots=True)
class ApprovalPathDefined:
    """There is a path to approval: its version 1."""

    path_code: str
    name: str
    steps: Steps


@dataclass(frozen=True, slots=True)
class ApprovalPathRevised:
    """A path has other steps from this version on; `feedback_id` is what led to it, if anything was said."""

    path_code: str
    version: int
    steps: Steps
    step_count_before: int
    step_count_after: int
    cause: Annotated[str, Personal()]
    feedback_id: UUID | None


ApprovalPathEvent = ApprovalPathDefined | ApprovalPathRevised

_PATH_TEXT: Final = "The path's code: small letters, digits and underscores, such as purchase."
_STEPS_TEXT: Final = "The steps in their order, 1 to 20; at least one needed whatever the amount."


@dataclass(frozen=True, slots=True)
class DefineApprovalPath:
    """Say by which steps something is approved."""

    path_code: Annotated[str, _PATH_TEXT]
    name: Annotated[str, "What the path is called, 1 to 200 characters."]
    steps: Annotated[Steps, _STEPS_TEXT]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed code or name, or steps that make no path."""
        shape.code(self.path_code, "pathCode")
        shape.text(self.name, "name", shape.NAME_LENGTH_MAX)
        _check_steps(self.steps)


@dataclass(frozen=True, slots=True)
class ReviseApprovalPath:
    """Give a path other steps; requests under way keep those they began with."""

    path_code: Annotated[str, _PATH_TEXT]
    steps: Annotated[Steps, _STEPS_TEXT]
    cause: Annotated[str, "Why, 1 to 10,000 characters."]
    feedback_id: Annotated[FeedbackId | None, "The feedback that led to it, if any."] = None

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed code or cause, or steps that make no path."""
        shape.code(self.path_code, "pathCode")
        shape.text(self.cause, "cause", shape.TEXT_LENGTH_MAX)
        _check_steps(self.steps)


ApprovalPathCommand = DefineApprovalPath | ReviseApprovalPath


class UnknownApprovalPath(Unknown):
    """No approval path of this project has this code."""

    sentence = "There is no approval path with this code in this project."


@dataclass(frozen=True, slots=True)
class ApprovalPath:
    """A path in its newest version; versions count from 1."""

    name: str
    version: int
    steps: Steps


@dataclass(frozen=True, slots=True)
class ApprovalPaths:
    """The approval paths of a project, by their codes."""

    by_code: Mapping[str, ApprovalPath] = field(default_factory=dict[str, ApprovalPath])

    def path(self, path_code: str) -> ApprovalPath:
        """Return a path; raise `UnknownApprovalPath` for the field `pathCode`."""
        if path_code not in self.by_code:
            raise UnknownApprovalPath(field="pathCode")
        return self.by_code[path_code]


def decide(command: ApprovalPathCommand, project: "Project", context: Context) -> Sequence[ApprovalPathEvent]:
    """Return what happens to the approval paths."""
    del context
    for index, step in enumerate(command.steps):
        _check_team(step, f"steps.{index}", project)
    match command:
        case DefineApprovalPath():
            return _define(command, project.approval_paths)
        case ReviseApprovalPath():
            return _revise(command, project.approval_paths)
        case _:
            assert_never(command)


def _define(command: DefineApprovalPath, paths: ApprovalPaths) -> Sequence[ApprovalPathDefined]:
    before = paths.by_code.get(command.path_code)
    if before is None:
        return [ApprovalPathDefined(command.path_code, command.name, command.steps)]
    if before == ApprovalPath(command.name, 1, command.steps):
        return []
    raise AlreadyExists(field="pathCode")


def _revise(command: ReviseApprovalPath, paths: ApprovalPaths) -> Sequence[ApprovalPathRevised]:
    before = paths.path(command.path_code)
    if before.steps == command.steps:
        return []
    return [
        ApprovalPathRevised(
            command.path_code,
            before.version + 1,
            command.steps,
            len(before.steps),
            len(command.steps),
            command.cause,
            command.feedback_id,
        )
    ]


def _check_team(step: ApprovalStep, path: str, project: "Project") -> None:
    if step.approver_id is not None:
        project.team.check_member(step.approver_id, f"{path}.approverId")
    if step.substitute_id is not None:
        project.team.check_member(step.substitute_id, f"{path}.substituteId")


def _check_steps(steps: Steps) -> None:
    if not 1 <= len(steps) <= STEPS_MAX or len({step.name for step in steps}) < len(steps):
        raise Malformed(f"A path has 1 to {STEPS_MAX} steps, each of another name.", field="steps")
    for index, step in enumerate(steps):
        _check_step(step, f"steps.{index}")
    if all(step.amount_from_cents > 0 for step in steps):
        raise Malformed("At least one step must be needed whatever the amount.", field="steps")


def _check_step(step: ApprovalStep, path: str) -> None:
    shape.text(step.name, f"{path}.name", shape.NAME_LENGTH_MAX)
    shape.minutes(step.deadline_working_minutes, f"{path}.deadlineWorkingMinutes", 1)
    shape.cents(step.amount_from_cents, f"{path}.amountFromCents")
    if (step.approver_role is None) == (step.approver_id is None):
        raise Malformed("A step is decided by a role or by a member.", field=f"{path}.approverRole")
    if step.approver_role is not None and step.approver_role not in PROJECT_ROLES:
        raise Malformed("This is not a role within a project.", field=f"{path}.approverRole")
    if step.substitute_id is not None and step.substitute_id == step.approver_id:
        raise Malformed("Nobody is their own substitute.", field=f"{path}.substituteId")


def evolve(paths: ApprovalPaths, event: ApprovalPathEvent) -> ApprovalPaths:
    """Return the approval paths after an event."""
    match event:
        case ApprovalPathDefined(path_code, name, steps):
            after = ApprovalPath(name, 1, steps)
        case ApprovalPathRevised(path_code, version, steps):
            after = ApprovalPath(paths.by_code[path_code].name, version, steps)
        case _:
            assert_never(event)
    return ApprovalPaths({**paths.by_code, path_code: after})


FACET: Final = Facet(
    own="approval_paths",
    decide=decide,
    evolve=evolve,
    events={
        "project.approval_path_defined.v1": ApprovalPathDefined,
        "project.approval_path_revised.v1": ApprovalPathRevised,
    },
    commands={
        DefineApprovalPath: roles.LEADS,
        ReviseApprovalPath: roles.LEADS,
    },
)
