"""The codec: every stored event of every version loads for ever, and chains of upcasts end somewhere."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from domain.aggregates import AGGREGATES
from domain.decider import Decider, Upcast
from infra.codec import BadEvent, BrokenUpcast, Codec, UnknownEvent, codec

GOLDEN = Path(__file__).parents[1] / "golden"
NAMES = sorted(codec().names)


def test_every_event_name_has_its_golden_file_and_no_file_is_left_over() -> None:
    assert sorted(path.stem for path in GOLDEN.glob("*.json")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_event_still_loads_and_is_stored_alike(name: str) -> None:
    stored = (GOLDEN / f"{name}.json").read_bytes().rstrip(b"\n")
    event = codec().decode(name, stored)
    newest = codec().name(event)
    if newest == name:
        assert codec().encode(event) == stored
    assert codec().decode(newest, codec().encode(event)) == event


def test_golden_files_leave_no_field_out() -> None:
    for decider in AGGREGATES:
        for name, event_type in decider.events.items():
            stored = json.loads((GOLDEN / f"{name}.json").read_bytes())
            assert list(stored) == list(event_type.__dataclass_fields__), name


@dataclass(frozen=True, slots=True)
class Moved:
    """A thing was moved."""

    metres: int
    by: str


def things(upcasts: Mapping[str, Upcast], name: str = "thing") -> Decider[Any, Any, Any]:
    return Decider(
        name=name,
        decide=lambda _command, _state, _context: [],
        evolve=lambda state, _event: state,
        events={f"{name}.moved.v3": Moved} if name == "thing" else {},
        commands={},
        opens=frozenset(),
        project_of=lambda _: None,
        upcasts=upcasts,
    )


CHAIN = {
    "thing.moved.v1": Upcast("thing.moved.v2", lambda body: {"metres": body["feet"] * 3 // 10}),
    "thing.moved.v2": Upcast("thing.moved.v3", lambda body: {**body, "by": "nobody"}),
}


def test_an_old_name_decodes_to_the_newest_type() -> None:
    events = Codec([things(CHAIN)])
    assert events.decode("thing.moved.v1", b'{"feet":10}') == Moved(3, "nobody")
    assert events.decode("thing.moved.v2", b'{"metres":4}') == Moved(4, "nobody")
    assert events.names == {"thing.moved.v1", "thing.moved.v2", "thing.moved.v3"}


@pytest.mark.parametrize(
    "upcasts",
    [
        {"thing.moved.v1": Upcast("thing.moved.v2", dict)},
        {"thing.moved.v1": Upcast("thing.moved.v1", dict)},
        {
            "thing.moved.v1": Upcast("thing.moved.v2", dict),
            "thing.moved.v2": Upcast("thing.moved.v1", dict),
        },
        {"thing.moved.v3": Upcast("thing.moved.v4", dict)},
        {"thing.moved.v2": CHAIN["thing.moved.v2"]},
        {},
    ],
    ids=["a gap", "a circle of one", "a circle of two", "a taken name", "no first version", "no chain"],
)
def test_a_broken_chain_is_found_at_start(upcasts: Mapping[str, Upcast]) -> None:
    with pytest.raises(BrokenUpcast):
        Codec([things(upcasts)])


def test_an_upcast_may_not_take_another_aggregates_name() -> None:
    with pytest.raises(BrokenUpcast):
        Codec([things(CHAIN), things({"thing.moved.v3": Upcast("thing.moved.v3", dict)}, "other")])


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("thing.moved.v3", b""),
        ("thing.moved.v3", b"\xff"),
        ("thing.moved.v3", b"[]"),
        ("thing.moved.v3", b'{"metres":"far","by":"me"}'),
        ("thing.moved.v3", b'{"metres":1}'),
        ("thing.moved.v1", b"{}"),
        ("thing.moved.v1", b"7"),
        ("thing.moved.v1", b'{"feet":null}'),
    ],
)
def test_bytes_that_do_not_keep_the_promise_of_their_name_are_bad(name: str, data: bytes) -> None:
    with pytest.raises(BadEvent):
        Codec([things(CHAIN)]).decode(name, data)


def test_a_value_that_refuses_itself_is_bad_too() -> None:
    stored = json.loads((GOLDEN / "project.working_calendar_set.v1.json").read_bytes())
    stored["calendar"]["time_zone"] = "Nowhere/Else"
    with pytest.raises(BadEvent):
        codec().decode("project.working_calendar_set.v1", json.dumps(stored).encode())


def test_a_name_of_a_newer_version_is_unknown() -> None:
    with pytest.raises(UnknownEvent):
        codec().decode("task.completed.v9", b"{}")
