"""The whole demonstration in scenes: eighteen months of a manufacturer, in the order they are performed."""

from collections.abc import Iterator
from datetime import date
from itertools import chain
from typing import Final

from domain.ids import TaskId
from domain.task import CompleteTask, OpenTask, SetDueDate, StartTask
from infra.demonstration import aims, approvals, cast, people, phases, satisfaction, service, work
from infra.demonstration.acts import Act, Lane, at, named
from infra.demonstration.perform import Scene

MANUAL: Final = TaskId(named("manual"))


def scenes() -> Iterator[Scene]:
    """Yield everything but what was recorded late.

    What is said about the delivery does not go beside what is said in it: each would wait for the other.
    """
    plans = list(work.plans())
    yield Scene("people", cast.invited)
    yield Scene("opening", lambda: [aims.founding(), *map(work.opening, plans)])
    yield Scene("founding", lambda: [_in_turn(people.formed(), aims.aims(), aims.change_plan())])
    yield Scene("planning", lambda: [_in_turn(phases.planned(), approvals.paths()[:1])])
    yield Scene("piloting", lambda: [*approvals.requests(is_shortened=False), *satisfaction.suggestions()])
    yield Scene("shortening", lambda: [approvals.paths()[1:], service.promised()])
    yield Scene("working", lambda: chain([_delivery()], *map(work.tasks, plans)))
    yield Scene("using", _use)
    yield Scene("closing", lambda: map(work.closing, plans))


def _delivery() -> Lane:
    """Return what is said in the delivery's own project."""
    return _in_turn(
        phases.first_phase(),
        people.told(),
        people.trained(),
        phases.rollout(),
        people.mentored(),
        people.praised(),
        people.used(),
        satisfaction.surveys(),
        service.releases(),
        service.operated(),
        service.synchronised(),
        aims.worth(),
    )


def _use() -> list[Lane]:
    """Return what is said about the delivery, in streams of their own."""
    return [
        *approvals.requests(is_shortened=True),
        *approvals.small_requests(),
        *satisfaction.incidents(),
        _manual()[:-1],
    ]


def _in_turn(*lanes: Lane) -> Lane:
    return list(chain.from_iterable(lanes))


def late() -> Iterator[Scene]:
    """Yield what happened in December and was recorded only after its figures had been published."""
    yield Scene("late", lambda: [_manual()[-1:]])


def _manual() -> Lane:
    """Return a task of December, completed in time; its completion comes last."""
    writer = cast.CAST[5].member_id
    said = (
        (date(2025, 12, 8), OpenTask(aims.DELIVERY, "Write the manual for the night shift")),
        (date(2025, 12, 8), SetDueDate(date(2025, 12, 19))),
        (date(2025, 12, 9), StartTask()),
        (date(2025, 12, 18), CompleteTask()),
    )
    return [Act("task", MANUAL, command, writer, at(day, 14)) for day, command in said]
