"""A project's custom fields: what its tasks carry besides what all tasks have; each revision a version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final, assert_never

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import AlreadyExists, Malformed, Refusal, Unknown
from domain.facet import Facet
from domain.project.field_values import FieldType, check_value

if TYPE_CHECKING:
    from domain.project import Project

CHOICES_MAX: Final = 200
CODE_TEXT: Final = "Small letters, digits and underscores, such as cost_centre."


@dataclass(frozen=True, slots=True)
class FieldDefined:
    """Tasks carry a custom field from now on: its version 1."""

    code: str
    label: str
    type: FieldType
    choices: tuple[str, ...]
    is_required: bool
    version: int
    defined_at: datetime


@dataclass(frozen=True, slots=True)
class FieldRevised:
    """A custom field is otherwise from now on; values already set keep the version they were set under."""

    code: str
    label: str
    type: FieldType
    choices: tuple[str, ...]
    is_required: bool
    version: int
    revised_at: datetime


@dataclass(frozen=True, slots=True)
class FieldRetired:
    """A custom field is no longer set; the values it has stay."""

    code: str


CustomFieldEvent = FieldDefined | FieldRevised | FieldRetired


@dataclass(frozen=True, slots=True)
class DefineField:
    """Define a custom field of the project's tasks."""

    code: Annotated[str, f"{CODE_TEXT} Never used again for another field."]
    label: Annotated[str, "What people call it, 1 to 200 characters."]
    type: Annotated[FieldType, "What its values are."]
    is_required: Annotated[bool, "Whether tasks opened from now on are completed only with a value of it."]
    choices: Annotated[tuple[str, ...], "What can be chosen, 1 to 200 different texts; else none."] = ()

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed code or label, or choices that do not fit the type."""
        shape.code(self.code, "code")
        _check_definition(self)


@dataclass(frozen=True, slots=True)
class ReviseField:
    """Give a custom field a new version, said in full."""

    code: Annotated[str, CODE_TEXT]
    label: Annotated[str, "What people call it, 1 to 200 characters."]
    type: Annotated[FieldType, "What its values are."]
    is_required: Annotated[bool, "Whether tasks opened from now on are completed only with a value of it."]
    choices: Annotated[tuple[str, ...], "What can be chosen, 1 to 200 different texts; else none."] = ()

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed label, or choices that do not fit the type."""
        _check_definition(self)


@dataclass(frozen=True, slots=True)
class RetireField:
    """Let a custom field be set no more; its code stays taken."""

    code: Annotated[str, CODE_TEXT]


CustomFieldCommand = DefineField | ReviseField | RetireField


def _check_definition(command: DefineField | ReviseField) -> None:
    shape.text(command.label, "label", shape.NAME_LENGTH_MAX)
    choices = command.choices
    if (command.type is FieldType.CHOICE) != bool(choices):
        raise Malformed("Choices are for a field of type CHOICE, which needs some.", field="choices")
    if len(choices) > CHOICES_MAX or len(set(choices)) < len(choices):
        raise Malformed(f"Choices are at most {CHOICES_MAX} different texts.", field="choices")
    for number, choice in enumerate(choices):
        shape.text(choice, f"choices.{number}", shape.NAME_LENGTH_MAX)


class UnknownField(Unknown):
    """No custom field of this project has this code."""

    sentence = "There is no custom field of this code in this project."


class FieldIsRetired(Refusal):
    """The custom field was retired: it is neither revised nor set."""

    sentence = "The custom field was retired."


class RequiredFieldMissing(Refusal):
    """A task is to be completed without a value it must have."""

    sentence = "A required field of the task has no value."


@dataclass(frozen=True, slots=True)
class CustomField:
    """A custom field as it is defined now; `required_from` is since when tasks opened need a value of it."""

    label: str
    type: FieldType
    choices: tuple[str, ...]
    is_required: bool
    version: int
    required_from: datetime | None
    is_retired: bool = False

    def check(self, value: str) -> None:
        """Raise `FieldIsRetired`, or `UnfitValue` for a text that is no value of the field."""
        if self.is_retired:
            raise FieldIsRetired(field="code")
        check_value(self.type, self.choices, value)


@dataclass(frozen=True, slots=True)
class CustomFields:
    """The custom fields of a project, by their codes."""

    by_code: Mapping[str, CustomField] = field(default_factory=dict[str, CustomField])

    def defined(self, code: str) -> CustomField:
        """Return a custom field; raise `UnknownField` at `code`."""
        found = self.by_code.get(code)
        if found is None:
            raise UnknownField(field="code")
        return found

    def check_complete(self, values: Mapping[str, object], opened_at: datetime) -> None:
        """Raise `RequiredFieldMissing` where a task opened then lacks a value: older tasks need none."""
        for code, custom in self.by_code.items():
            is_needed = custom.required_from is not None and custom.required_from <= opened_at
            if is_needed and code not in values:
                raise RequiredFieldMissing(f"The required field {code} has no value.")


def decide(command: CustomFieldCommand, project: "Project", context: Context) -> Sequence[CustomFieldEvent]:
    """Return what happens to the custom fields."""
    fields = project.custom_fields
    if isinstance(command, DefineField):
        return _define(command, fields, context)
    before = fields.defined(command.code)
    match command:
        case RetireField(code):
            return [] if before.is_retired else [FieldRetired(code)]
        case ReviseField(code, label, kind, is_required, choices):
            if before.is_retired:
                raise FieldIsRetired(field="code")
            if _said(command) == _said(before):
                return []
            version = before.version + 1
            return [FieldRevised(code, label, kind, choices, is_required, version, context.at)]
        case _:
            assert_never(command)


def _define(command: DefineField, fields: CustomFields, context: Context) -> Sequence[FieldDefined]:
    before = fields.by_code.get(command.code)
    if before is not None:
        if before.is_retired or _said(command) != _said(before):
            raise AlreadyExists("A custom field of this code exists already.", field="code")
        return []
    return [FieldDefined(command.code, *_said(command), version=1, defined_at=context.at)]


def _said(custom: DefineField | ReviseField | CustomField) -> tuple[str, FieldType, tuple[str, ...], bool]:
    return custom.label, custom.type, custom.choices, custom.is_required


def evolve(fields: CustomFields, event: CustomFieldEvent) -> CustomFields:
    """Return the custom fields after an event."""
    match event:
        case FieldDefined(code, label, kind, choices, is_required, version, defined_at):
            after = CustomField(
                label, kind, choices, is_required, version, defined_at if is_required else None
            )
        case FieldRevised(code):
            after = _revised(fields.by_code[code], event)
        case FieldRetired(code):
            after = replaced(fields.by_code[code], is_retired=True, required_from=None)
        case _:
            assert_never(event)
    return CustomFields({**fields.by_code, code: after})


def _revised(before: CustomField, event: FieldRevised) -> CustomField:
    required_from = (before.required_from or event.revised_at) if event.is_required else None
    return CustomField(
        event.label, event.type, event.choices, event.is_required, event.version, required_from
    )


FACET: Final = Facet(
    own="custom_fields",
    decide=decide,
    evolve=evolve,
    events={
        "project.field_defined.v1": FieldDefined,
        "project.field_revised.v1": FieldRevised,
        "project.field_retired.v1": FieldRetired,
    },
    commands={
        DefineField: roles.LEADS,
        ReviseField: roles.LEADS,
        RetireField: roles.LEADS,
    },
)
