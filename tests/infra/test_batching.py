"""A batch sorted out: each read model gets its events in order, and no other."""

from typing import Any
from uuid import UUID

from bench.stories import Teller
from domain.recorded import Recorded
from infra.batching import Batch, Routes
from infra.codec import UnknownEvent, codec
from infra.decoding import Unreadable
from projections.all import ALL
from tests.examples import NINE

NONE = UUID(int=0)


def at(position: int, kind: str, event: object) -> Recorded[Any]:
    who = (UUID(int=9), NONE, NONE, None, NONE, None)
    return Recorded(position, NONE, UUID(int=9), position, kind, *who, NINE, NINE, event)


LOG = [
    at(position, codec().name(told.event), told.event)
    for position, told in enumerate(Teller(5).events(3_000), start=1)
]


def test_each_read_model_gets_the_events_it_folds_in_order() -> None:
    batch = Batch(Routes(ALL), LOG)
    assert (batch.events, batch.first) == (tuple(LOG), 1)
    heard = 0
    for model in ALL:
        own = batch.of(model)
        assert list(own) == [seen for seen in LOG if type(seen.event) in model.folds]
        heard += bool(own)
    assert heard > 10


def test_an_unreadable_event_goes_to_all_that_fold_its_aggregate() -> None:
    event = at(7, "task.waved_at.v9", Unreadable(UnknownEvent("task.waved_at.v9")))
    batch = Batch(Routes(ALL), [event, at(8, "weather.rained.v1", event.event)])
    for model in ALL:
        assert list(batch.of(model)) == ([event] if "task" in model.aggregates else [])


def test_what_no_model_folds_is_in_the_batch_all_the_same() -> None:
    batch = Batch(Routes([]), LOG[:3])
    assert len(batch.events) == 3
    assert list(batch.of(ALL[0])) == []
    assert Batch(Routes(ALL), ()).first == 0
