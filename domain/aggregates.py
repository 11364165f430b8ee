"""All aggregates there are."""

from typing import Any, Final

from domain import (
    access,
    approval,
    denial,
    disclosure,
    feedback,
    import_run,
    member,
    operation,
    project,
    task,
)
from domain.decider import Decider

AGGREGATES: Final[tuple[Decider[Any, Any, Any], ...]] = (
    project.DECIDER,
    task.DECIDER,
    feedback.DECIDER,
    member.DECIDER,
    denial.DECIDER,
    import_run.DECIDER,
    operation.DECIDER,
    approval.DECIDER,
    access.DECIDER,
    disclosure.DECIDER,
)
