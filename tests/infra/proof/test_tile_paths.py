"""Addresses of tiles: the examples of C2SP's tlog-tiles, and one way only to write each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.proof.paths import Place
from infra.proof.tile_paths import path_of, read_path, width_of


@pytest.mark.parametrize(
    ("place", "width", "path"),
    [
        (Place(0, 1_234_067), 256, "0/x001/x234/067"),
        (Place(0, 0), 256, "0/000"),
        (Place(1, 1_000), 17, "1/x001/000.p/17"),
        (Place(63, 999), 1, "63/999.p/1"),
    ],
)
def test_addresses_are_as_the_format_has_them(place: Place, width: int, path: str) -> None:
    assert path_of(place, width) == path
    assert read_path(path) == (place, width)


@pytest.mark.parametrize(
    "path",
    [
        "", "0", "0/", "0/0", "0/00", "0/0000", "00/000", "64/000", "-1/000", "0/x000/000", "0/000/000",
        "0/x001", "0/001.p/0", "0/001.p/256", "0/001.p/01", "0/001.p/", "0/001.p/999", "0/001/", "/0/001",
        "0/\u0660\u0660\u0660", "data/000", "entries/000", "0/x001/x001/x001/x001/x001/x001/000",
    ],
)  # fmt: skip
def test_what_is_no_address_names_nothing(path: str) -> None:
    assert read_path(path) is None


@given(st.integers(0, 63), st.integers(0, 10**15), st.integers(1, 256))
def test_every_tile_has_one_address(level: int, number: int, width: int) -> None:
    assert read_path(path_of(Place(level, number), width)) == (Place(level, number), width)


def test_widths_follow_from_the_size_of_the_tree() -> None:
    assert [width_of(Place(0, number), 70_000) for number in (0, 272, 273, 274)] == [256, 256, 112, 0]
    assert [width_of(Place(level, 0), 70_000) for level in (1, 2, 3)] == [256, 1, 0]
    assert [width_of(Place(level, 0), 256) for level in (0, 1)] == [256, 1]
