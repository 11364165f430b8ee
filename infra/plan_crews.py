"""Who and what is on the tasks of a plan, and by which calendars they work, out of the rows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from domain.project import STANDARD
from domain.schedule.crew import ANYBODY, Crew, crew_of


class Assigned(NamedTuple):
    """One resource on one task."""

    task_id: UUID
    resource_id: UUID


class Resource(NamedTuple):
    """What a resource's definition says of when it works."""

    is_equipment: bool
    calendar_name: str | None


class Member(NamedTuple):
    """What says by which calendar a member works, the first of these that there is."""

    calendar_name: str | None
    department: str | None


@dataclass(frozen=True, slots=True)
class Staffing:
    """Whom each task is assigned to, the resources on tasks by row, and what resources and members say."""

    people: dict[UUID, frozenset[UUID]] = field(default_factory=dict[UUID, frozenset[UUID]])
    assigned: dict[UUID, Assigned] = field(default_factory=dict[UUID, Assigned])
    resources: dict[UUID, Resource] = field(default_factory=dict[UUID, Resource])
    members: dict[UUID, Member] = field(default_factory=dict[UUID, Member])

    def crews(self, names: Collection[str]) -> dict[UUID, Crew]:
        """Return the crew of each task on which anybody or anything has a calendar, of those there are."""
        owned = self._owned(names)
        if not owned:
            return {}
        crews = {task_id: self._crew(on, owned) for task_id, on in self.on_tasks().items()}
        return {task_id: crew for task_id, crew in crews.items() if crew is not ANYBODY}

    def _owned(self, names: Collection[str]) -> dict[UUID, str]:
        """Return the calendar of each person and piece of equipment that has one other than the standard."""
        said: dict[UUID, list[str | None]] = {key: list(member) for key, member in self.members.items()}
        for key, resource in self.resources.items():
            said[key] = [resource.calendar_name, *([] if resource.is_equipment else said.get(key, []))]
        first = ((key, next((name for name in each if name in names), None)) for key, each in said.items())
        return {key: name for key, name in first if name is not None and name != STANDARD}

    def on_tasks(self) -> dict[UUID, set[UUID]]:
        """Return the ids of whom and what is on each task; retired resources are not."""
        found = {task_id: set(people) for task_id, people in self.people.items()}
        for task_id, resource_id in self.assigned.values():
            if resource_id in self.resources:
                found.setdefault(task_id, set()).add(resource_id)
        return found

    def _crew(self, on: set[UUID], owned: Mapping[UUID, str]) -> Crew:
        if owned.keys().isdisjoint(on):
            return ANYBODY
        tools = {key for key in on if key in self.resources and self.resources[key].is_equipment}
        return crew_of((owned.get(key) for key in on - tools), (owned.get(key) for key in tools))
