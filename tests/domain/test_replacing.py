"""Replacing fields of a state does as the standard library does, in less time."""

import dataclasses

import pytest

from domain.project.legal_holds import LegalHolds
from domain.replacing import replace
from tests.examples import PROJECT, TASK_OPENED, WELD
from tests.spec import state_after

TASK = state_after(TASK_OPENED)


@pytest.mark.parametrize(
    ("value", "changes"),
    [
        (TASK, {"title": "Weld", "reopened": 2}),
        (TASK, {}),
        (PROJECT, {"legal_holds": LegalHolds(frozenset({WELD}))}),
        (LegalHolds(), {"standing": frozenset({WELD})}),
    ],
)
def test_fields_are_replaced_and_the_others_kept(value: object, changes: dict[str, object]) -> None:
    replaced = replace(value, **changes)  # type: ignore[type-var]
    assert replaced == dataclasses.replace(value, **changes)  # type: ignore[type-var]
    assert type(replaced) is type(value)
    assert replaced is not value


def test_a_field_that_is_not_there_is_refused() -> None:
    with pytest.raises(TypeError):
        replace(TASK, colour="red")
