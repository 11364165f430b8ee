"""What each read model says it folds is what its code speaks of: no event it needs passes it by."""

import ast
import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any, get_args

import pytest

from domain.aggregates import AGGREGATES
from projections import activity_clock
from projections.all import ALL
from projections.read_model import ReadModel

EVENTS = {event: each.name for each in AGGREGATES for event in each.events.values()}


def named(module: ModuleType) -> Iterator[object]:
    """Yield what the names in a module stand for, one dotted as `task.TaskOpened` too, a union's parts."""
    names = vars(module)
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Name):
            yield names.get(node.id)
            yield from get_args(names.get(node.id))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield getattr(names.get(node.value.id), node.attr, None)


def spoken_of(model: ReadModel[Any]) -> frozenset[type]:
    """Return the types of events that the module of a read model names."""
    module = inspect.getmodule(model.evolve)
    assert module is not None
    return frozenset(each for each in named(module) if isinstance(each, type) and each in EVENTS)


@pytest.mark.parametrize("model", ALL, ids=lambda model: model.name)
def test_a_read_model_folds_the_events_its_code_speaks_of(model: ReadModel[Any]) -> None:
    if model is activity_clock.READ_MODEL:
        assert spoken_of(model) < model.folds  # it folds whatever somebody does
    else:
        assert spoken_of(model) == model.folds


def test_the_clock_of_activity_folds_all_events_of_what_people_work_on() -> None:
    folds = activity_clock.READ_MODEL.folds
    assert folds == {event for event, name in EVENTS.items() if name in {"project", "task", "feedback"}}
    assert activity_clock.READ_MODEL.aggregates == {"project", "task", "feedback"}
