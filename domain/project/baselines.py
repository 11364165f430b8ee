"""A project's baselines: which numbered plan is the reference that what happens is compared with.

Baseline N of the project is the baselines numbered N of its tasks, which are gathered first. Setting it fixes
it for good: no task gets a baseline N any more. A lead sets the first one; each later one is set by applying
an approved change request, and what the change left alone keeps the baseline it has of an earlier number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

from domain import roles, shape
from domain.decider import Context, Upcast
from domain.errors import AlreadyExists, Refusal
from domain.facet import Facet
from domain.personal import Personal

if TYPE_CHECKING:
    from domain.project import Project
    from domain.project.change_requests import ChangeRequested

NUMBER_MAX: Final = 10


@dataclass(frozen=True, slots=True)
class BaselineSet:
    """A baseline is the plan's reference from now on, and fixed.

    `replaced_number` is that of the reference before it, `change_id` the change request that led to it and
    `author_id` who wrote that, whose words title and cause are; all are None for the first.
    """

    number: int
    title: Annotated[str, Personal(of="author_id")]
    cause: Annotated[str, Personal(of="author_id")]
    replaced_number: int | None
    change_id: UUID | None
    author_id: UUID | None


BaselinesEvent = BaselineSet


@dataclass(frozen=True, slots=True)
class SetBaseline:
    """Make what was planned for the tasks under a number the plan's first reference, and fix it."""

    number: Annotated[int, "Number of the baseline, 0 to 10."]
    title: Annotated[str, "What the plan is called, 1 to 200 characters."]
    cause: Annotated[str, "Why it is the reference, 1 to 10,000 characters."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a number or a text out of bounds."""
        shape.whole(self.number, "number", 0, NUMBER_MAX)
        shape.text(self.title, "title", shape.NAME_LENGTH_MAX)
        shape.text(self.cause, "cause", shape.TEXT_LENGTH_MAX)


BaselinesCommand = SetBaseline


class BaselineInForce(Refusal):
    """The plan has a reference: only an approved change request leads to another."""

    sentence = "The plan has a baseline already: a change request revises it."


@dataclass(frozen=True, slots=True)
class Baselines:
    """The baselines that were set, by number, and that of the one in force, None before the first."""

    by_number: Mapping[int, BaselineSet] = field(default_factory=dict[int, BaselineSet])
    reference: int | None = None


def decide(command: BaselinesCommand, project: "Project", context: Context) -> Sequence[BaselinesEvent]:
    """Return what happens to the baselines."""
    del context
    baselines = project.baselines
    before = baselines.by_number.get(command.number)
    if before is not None and (before.title, before.cause) == (command.title, command.cause):
        return []
    if baselines.reference is not None:
        raise BaselineInForce
    return [BaselineSet(command.number, command.title, command.cause, None, None, None)]


def revised(project: "Project", number: int, requested: "ChangeRequested") -> BaselineSet:
    """Return the baseline that a change leads to; raise `AlreadyExists` for a number that was set before."""
    baselines = project.baselines
    if number in baselines.by_number:
        raise AlreadyExists("A baseline of this number was set before.", field="baselineNumber")
    content = requested.title, requested.cause, baselines.reference, requested.change_id
    return BaselineSet(number, *content, requested.requester_id)


def evolve(baselines: Baselines, event: BaselinesEvent) -> Baselines:
    """Return the baselines after an event."""
    return Baselines({**baselines.by_number, event.number: event}, event.number)


UPCASTS: Final = {
    "project.baseline_set.v1": Upcast("project.baseline_set.v2", lambda body: {**body, "author_id": None}),
}

FACET: Final = Facet(
    own="baselines",
    decide=decide,
    evolve=evolve,
    events={
        "project.baseline_set.v2": BaselineSet,
    },
    commands={
        SetBaseline: roles.LEADS,
    },
)
