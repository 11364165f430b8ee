"""The configuration of a project, one row an item: each version of a field, the workflow or a rule."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.custom_fields import FieldDefined, FieldRetired, FieldRevised
from domain.project.field_values import FieldType
from domain.project.permission_rules import RuleRevised
from domain.project.workflow import WorkflowDefined, WorkflowRevised, WorkflowState, WorkflowTransition
from domain.recorded import Recorded
from domain.roles import Role
from projections.read_model import ReadModel, part_id


class ConfigurationKind(StrEnum):
    """What can be configured: a custom field, the workflow, a permission rule."""

    FIELD = "field"
    WORKFLOW = "workflow"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class FieldDefinition:
    """What a custom field was in one version."""

    label: Annotated[str, "What people call it."]
    type: Annotated[FieldType, "What its values are."]
    choices: Annotated[tuple[str, ...], "What can be chosen."]
    is_required: Annotated[bool, "Whether tasks opened from then on need a value to be completed."]


@dataclass(frozen=True, slots=True)
class WorkflowDefinition:
    """What the workflow was in one version."""

    states: Annotated[tuple[WorkflowState, ...], "Its states; tasks open in the first."]
    transitions: Annotated[tuple[WorkflowTransition, ...], "The ways between them, and who may take each."]


@dataclass(frozen=True, slots=True)
class ConfigurationVersion:
    """One version of a configured item: one of field, workflow and roles says what it was."""

    number: Annotated[int, "Its number, from 1."]
    changed_at: Annotated[datetime, "When it came into force (UTC)."]
    changed_by_id: Annotated[UUID, "The member who made it so."]
    field: Annotated[FieldDefinition | None, "The custom field."] = None
    workflow: Annotated[WorkflowDefinition | None, "The workflow."] = None
    roles: Annotated[tuple[Role, ...] | None, "Of a rule, which roles in the project may."] = None


@dataclass(frozen=True, slots=True)
class ConfigurationItem:
    """One item of a project's configuration with its history."""

    item_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    kind: Annotated[ConfigurationKind, "What it is."]
    code: Annotated[str, "The field's code, the rule's command; empty for the workflow."]
    version: Annotated[int, "The number of its last version."]
    changed_at: Annotated[datetime, "When it was last changed (UTC)."]
    versions: Annotated[tuple[ConfigurationVersion, ...], "Its versions, the oldest first."]
    is_retired: Annotated[bool, "Whether it is out of force."] = False
    retired_by_id: Annotated[UUID | None, "The member who retired it."] = None


VersionEvent: TypeAlias = FieldDefined | FieldRevised | WorkflowDefined | WorkflowRevised | RuleRevised
Event: TypeAlias = VersionEvent | FieldRetired


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the item an event is about."""
    return (_key(seen.stream, _item(seen.event)),)


def _item(event: Event) -> tuple[ConfigurationKind, str]:
    match event:
        case FieldDefined(code) | FieldRevised(code) | FieldRetired(code):
            return ConfigurationKind.FIELD, code
        case WorkflowDefined() | WorkflowRevised():
            return ConfigurationKind.WORKFLOW, ""
        case RuleRevised(action):
            return ConfigurationKind.RULE, action


def _key(project_id: UUID, item: tuple[ConfigurationKind, str]) -> UUID:
    kind, code = item
    return part_id(project_id, "configuration", f"{kind}:{code}")


def evolve(row: ConfigurationItem | None, seen: Recorded[Event]) -> ConfigurationItem | None:
    """Return the item after an event."""
    event = seen.event
    if isinstance(event, FieldRetired):
        if row is None:
            raise AssertionError("a custom field is defined before it is retired")
        return replaced(row, is_retired=True, retired_by_id=seen.actor_id, changed_at=seen.occurred_at)
    item, version = _item(event), _version(event, seen)
    if row is not None:
        versions = (*row.versions, version)
        return replaced(row, version=version.number, changed_at=version.changed_at, versions=versions)
    return ConfigurationItem(
        _key(seen.stream, item), seen.stream, *item, version.number, version.changed_at, (version,)
    )


def _version(event: VersionEvent, seen: Recorded[Any]) -> ConfigurationVersion:
    by = seen.occurred_at, seen.actor_id
    match event:
        case FieldDefined() | FieldRevised():
            definition = FieldDefinition(event.label, event.type, event.choices, event.is_required)
            return ConfigurationVersion(event.version, *by, field=definition)
        case WorkflowDefined() | WorkflowRevised():
            workflow = WorkflowDefinition(event.states, event.transitions)
            return ConfigurationVersion(event.version, *by, workflow=workflow)
        case RuleRevised():
            return ConfigurationVersion(event.version, *by, roles=event.roles)


READ_MODEL: Final = ReadModel(
    name="configuration",
    row=ConfigurationItem,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"KIND": ("kind", "code"), "CHANGED": ("changed_at",)},
    filters=("kind", "code", "is_retired"),
)
