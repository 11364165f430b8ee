"""Changed copies: the same as `dataclasses.replace` makes, of every kind of dataclass."""

from dataclasses import FrozenInstanceError, dataclass, fields, replace

import pytest

from domain.copies import maker, replaced
from projections.all import ALL


@dataclass(frozen=True, slots=True)
class Plain:
    kind: int
    value: str = "as it was"
    new: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    amount: int

    def __post_init__(self) -> None:
        """Refuse less than nothing."""
        if self.amount < 0:
            raise ValueError("less than nothing")


@dataclass(frozen=True, slots=True)
class Derived(Plain):
    more: int = 0


@dataclass(frozen=True)
class Unslotted:
    amount: int


@pytest.mark.parametrize("changes", [{}, {"kind": 2}, {"value": "new", "new": (1,)}, {"new": (), "kind": 0}])
@pytest.mark.parametrize("value", [Plain(1), Derived(1, more=3)])
def test_a_copy_is_what_the_library_makes(value: Plain, changes: dict[str, object]) -> None:
    before = replace(value)
    found = replaced(value, **changes)
    assert found == replace(value, **changes)  # type: ignore[arg-type]
    assert type(found) is type(value)
    assert hash(found) == hash(replace(value, **changes))  # type: ignore[arg-type]
    assert value == before


def test_a_copy_stays_as_it_is() -> None:
    found = replaced(Plain(1), kind=2)
    with pytest.raises(FrozenInstanceError):
        found.kind = 3  # type: ignore[misc]


def test_a_kind_that_checks_itself_checks_its_copies() -> None:
    assert replaced(Checked(1), amount=2) == Checked(2)
    with pytest.raises(ValueError, match="less than nothing"):
        replaced(Checked(1), amount=-1)
    assert replaced(Unslotted(1), amount=2) == Unslotted(2)


def test_what_a_kind_does_not_have_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        replaced(Plain(1), amount=2)


def test_every_row_can_be_made_of_its_values() -> None:
    for model in ALL:
        names = [each.name for each in fields(model.row)]
        made = maker(model.row)(*names)
        assert [getattr(made, name) for name in names] == names
        assert type(made) is model.row
