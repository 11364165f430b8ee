"""The plans of projects as of a position, folded from the log: all of a plan is true of the same moment."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from domain.errors import UnknownProject
from domain.levelling.plans import Plan
from domain.project.state import Project
from domain.task.state import Task
from infra.codec import Codec
from infra.database import connect
from infra.replay import replay


def plans_at(database_url: str, events: Codec, project_ids: Sequence[UUID], until: int) -> list[Plan]:
    """Return the plans of some projects as of a log position; blocking. Raise `UnknownProject`."""
    with connect(database_url, application="plans") as connection:
        return [_plan(connection, events, project_id, until) for project_id in project_ids]


def _plan(connection: Any, events: Codec, project_id: UUID, until: int) -> Plan:
    project: Project | None = None
    tasks: dict[UUID, Task] = {}
    for found in replay(connection, events, until=until, project_id=project_id):
        if isinstance(found.state, Project):
            project = found.state
        elif isinstance(found.state, Task):
            tasks[found.stream] = found.state
    if project is None:
        raise UnknownProject(field="projects")
    return Plan(project_id, project, tasks)
