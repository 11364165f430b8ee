"""A project as lists show it: its row, and how many of its tasks stand where at the same moment."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Annotated, Any, Final

from api.rows import row_type
from domain.task import TaskStatus
from infra.serving import Serving
from projections.project_overview import ProjectSummary


@dataclass(frozen=True, slots=True)
class TaskCount:
    """How many tasks of a project stand somewhere."""

    status: Annotated[TaskStatus, "Where they stand."]
    count: Annotated[int, "How many there are."]


@dataclass(frozen=True, slots=True)
class ProjectOverview(ProjectSummary):
    """One project as its people see it, and how far its tasks are."""

    task_counts: Annotated[tuple[TaskCount, ...], "How many of its tasks stand where, none left out."] = ()


PROJECT_OVERVIEW: Final = row_type(ProjectOverview, "project_id")
_SUMMARY: Final = tuple(each.name for each in fields(ProjectSummary))


async def overviews(serving: Serving, projects: Sequence[ProjectSummary], *, as_of: int | None) -> list[Any]:
    """Return projects with the counts of their tasks, one query for all of them."""
    if not projects:
        return []
    ids = [project.project_id for project in projects]
    counted = await serving.rows["task_board"].counts(ids, "status", as_of=as_of)
    return [
        ProjectOverview(
            **{name: getattr(project, name) for name in _SUMMARY},
            task_counts=tuple(
                TaskCount(status, counted[project.project_id].get(status.value, 0)) for status in TaskStatus
            ),
        )
        for project in projects
    ]
