"""A task's values of the project's custom fields, each under the version of the definition it was set by."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, assert_never

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.facet import Facet
from domain.personal import Personal
from domain.project import ongoing
from domain.project.custom_fields import CODE_TEXT
from domain.task.state import FieldValue, Task, under_way


@dataclass(frozen=True, slots=True)
class TaskFieldSet:
    """A custom field of a task has this value, which fits this version of its definition."""

    code: str
    value: Annotated[str, Personal()]
    field_version: int


@dataclass(frozen=True, slots=True)
class TaskFieldCleared:
    """A custom field of a task has no value."""

    code: str


CustomValueEvent = TaskFieldSet | TaskFieldCleared


@dataclass(frozen=True, slots=True)
class SetTaskField:
    """Give a custom field of a task a value, or none."""

    code: Annotated[str, CODE_TEXT]
    value: Annotated[
        str | None,
        "A text; a number as -12.5, a day as 2026-03-31, a choice as it is written, a flag as true or false;"
        " none takes the value away.",
    ]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a blank or long value."""
        if self.value is not None:
            shape.text(self.value, "value", shape.TEXT_LENGTH_MAX)


CustomValueCommand = SetTaskField


def decide(command: CustomValueCommand, task: Task, context: Context) -> Sequence[CustomValueEvent]:
    """Return what happens to the custom values of a task under way; a value is judged by what is in force."""
    custom = ongoing(context).custom_fields.defined(command.code)
    before = under_way(task).custom_values.get(command.code)
    if command.value is None:
        return [] if before is None else [TaskFieldCleared(command.code)]
    wish = FieldValue(command.value, custom.version)
    if wish == before:
        return []
    custom.check(command.value)
    return [TaskFieldSet(command.code, command.value, custom.version)]


def evolve(task: Task, event: CustomValueEvent) -> Task:
    """Return the task after an event of its custom values."""
    values = task.custom_values
    match event:
        case TaskFieldSet(code, value, version):
            return replaced(task, custom_values={**values, code: FieldValue(value, version)})
        case TaskFieldCleared(code):
            return replaced(task, custom_values={key: kept for key, kept in values.items() if key != code})
        case _:
            assert_never(event)


FACET: Final = Facet(
    decide=decide,
    evolve=evolve,
    events={
        "task.field_set.v1": TaskFieldSet,
        "task.field_cleared.v1": TaskFieldCleared,
    },
    commands={SetTaskField: roles.TEAM},
)
