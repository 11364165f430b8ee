"""Personal texts sealed and opened: every event comes back as it was, stored in the form described."""

import base64
import json
import os
from collections.abc import Generator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, get_type_hints
from uuid import UUID, uuid4

import msgspec
import psycopg
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.aggregates import AGGREGATES
from domain.member import MemberInvited
from domain.personal import OF_ACTOR, OF_STREAM
from domain.project.needs import StakeholderRegistered
from domain.task import TaskRetitled
from infra.codec import BadEvent, Codec, MissingKey, Place, codec
from infra.database import connect, install
from infra.erasing import delete_key
from infra.keys import Keys
from infra.masters import Masters, masters
from infra.sealing import merged, owners_in, persons_in, plan_of, search_term
from tests.infra.test_codec import GOLDEN
from tests.services import Databases

MASTER = "m" * 43
EVENTS = {name: event for decider in AGGREGATES for name, event in decider.events.items()}
SEALED = {name: event for name, event in EVENTS.items() if plan_of(event) is not None}
ANNA, STREAM = UUID(int=11), UUID(int=12)
PLACE = Place(ANNA, STREAM)
RETITLED = TaskRetitled('Pärt "of" it')


@pytest.fixture(scope="module")
def keys(databases: Databases) -> Generator[Keys]:
    url = databases.create()
    install(url)
    with Keys(url, Masters(MASTER)) as keys:
        yield keys
    databases.drop(url)


@pytest.fixture(scope="module")
def events(keys: Keys) -> Codec:
    return codec().with_keys(keys)


def golden(name: str) -> Any:
    return codec().decode(name, Path(GOLDEN / f"{name}.json").read_bytes().rstrip(b"\n"))


@settings(max_examples=25)
@given(texts=st.lists(st.text(st.characters(codec="utf-8"), min_size=1), min_size=1, max_size=5))
def test_every_event_comes_back_as_it_was_recorded(events: Codec, texts: list[str]) -> None:
    for name, event_type in EVENTS.items():
        event, plan = golden(name), plan_of(event_type)
        if plan is not None:
            left = iter(texts * 20)
            event = plan(event, event, lambda _text, _of, left=left: next(left))
        stored = events.encode(event, PLACE)
        assert events.decode(name, stored, STREAM) == event
        assert (plan is None) == (b'{"personal":"' not in stored), name


def test_many_events_hold_personal_texts() -> None:
    assert len(SEALED) >= 69
    assert "member.invited.v1" in SEALED


def test_the_stored_form_is_the_one_described(keys: Keys, events: Codec) -> None:
    stored = json.loads(events.encode(RETITLED, PLACE))
    token = base64.b64decode(stored["title"]["personal"], validate=True)
    person, nonce, sealed = token[:16], token[16:28], token[28:]
    assert person == ANNA.bytes
    with psycopg.connect(keys.database_url) as connection:
        row = connection.execute("SELECT wrapped FROM keys.person_key WHERE person = %s", (ANNA,)).fetchone()
    assert row is not None
    key = masters(MASTER)[0].unwrap(row[0], ANNA)
    text = AESGCM(key).decrypt(nonce, sealed, b"fairlead.personal.v1" + person + STREAM.bytes)
    assert text == '"Pärt \\"of\\" it"'.encode()


def test_the_same_text_is_stored_differently_each_time(events: Codec) -> None:
    assert events.encode(RETITLED, PLACE) != events.encode(RETITLED, PLACE)


def test_texts_are_sealed_for_whom_they_are_of(events: Codec) -> None:
    ben, carl = uuid4(), uuid4()
    invited = golden("member.invited.v1")
    assert isinstance(invited, MemberInvited)
    assert {*persons_in(events.encode(invited, PLACE))} == {STREAM.bytes}
    assert search_term(STREAM) in events.encode(invited, PLACE)
    known = StakeholderRegistered(carl, "Ben", "sponsor", None, "Peace", ben)  # type: ignore[arg-type]
    assert {*persons_in(events.encode(known, PLACE))} == {ben.bytes, ANNA.bytes}
    unknown = StakeholderRegistered(carl, "Ben", "sponsor", None, "Peace", None)  # type: ignore[arg-type]
    assert {*persons_in(events.encode(unknown, PLACE))} == {ANNA.bytes}


@pytest.mark.parametrize("name", SEALED)
def test_whose_a_text_is_is_said_by_a_field_that_is_there(name: str) -> None:
    named = owners_in(SEALED[name]) - {OF_ACTOR, OF_STREAM}
    assert named <= {each.name for part in _dataclasses(SEALED[name]) for each in fields(part)}


def _dataclasses(kind: type) -> list[Any]:
    parts = [part for hint in get_type_hints(kind).values() for part in getattr(hint, "__args__", ())]
    return [each for each in (kind, *parts) if is_dataclass(each)]


def test_a_text_from_before_there_were_keys_is_read(events: Codec) -> None:
    stored = codec().encode(RETITLED)
    assert events.decode("task.retitled.v1", stored, STREAM) == RETITLED
    assert events.reason("why not", STREAM) == "why not"
    assert events.reason(None, STREAM) is None


def test_a_text_that_looks_sealed_is_a_text(events: Codec) -> None:
    sealed = events.encode(RETITLED, PLACE).decode()
    event = TaskRetitled(sealed)
    assert events.decode("task.retitled.v1", events.encode(event, PLACE), STREAM) == event
    assert events.decode("task.retitled.v1", codec().encode(event), STREAM) == event
    reason = events.seal(sealed, PLACE)
    assert events.reason(reason, STREAM) == sealed


def test_nothing_is_sealed_where_there_is_no_text(events: Codec) -> None:
    opened = replace(golden("task.opened.v1"), description="")
    assert b'"description":""' in events.encode(opened, PLACE)
    assert events.seal("", PLACE) == ""
    assert events.seal(None, PLACE) is None


def test_a_text_is_bound_to_its_stream_and_cannot_be_altered(events: Codec) -> None:
    stored = events.encode(RETITLED, PLACE)
    with pytest.raises(BadEvent):
        events.decode("task.retitled.v1", stored, uuid4())
    middle = len(stored) // 2
    altered = stored[:middle] + (b"A" if stored[middle : middle + 1] != b"A" else b"B") + stored[middle + 1 :]
    with pytest.raises(BadEvent):
        events.decode("task.retitled.v1", altered, STREAM)


def test_a_key_that_is_lost_is_a_fault_and_not_an_erasure(keys: Keys, events: Codec) -> None:
    stored = events.encode(RETITLED, Place(UUID(bytes=os.urandom(16)), STREAM))
    (person,) = persons_in(stored)
    with psycopg.connect(keys.database_url) as connection:
        connection.execute("DELETE FROM keys.person_key WHERE person = %s", (UUID(bytes=person),))
    with Keys(keys.database_url, keys.masters) as afresh, pytest.raises(MissingKey):
        codec().with_keys(afresh).decode("task.retitled.v1", stored, STREAM)


def test_without_keys_a_sealed_text_is_a_fault(events: Codec) -> None:
    with pytest.raises(MissingKey):
        codec().decode("task.retitled.v1", events.encode(RETITLED, PLACE), STREAM)


def test_two_erased_texts_can_be_told_apart_and_read_alike(keys: Keys, events: Codec) -> None:
    ben = uuid4()
    first, second = (events.encode(TaskRetitled(each), Place(ben, STREAM)) for each in ("Paint", "Polish"))
    with connect(keys.database_url, application="test") as connection:
        delete_key(connection, ben)
    keys.refresh()
    telling = events.telling_erased_apart()
    apart = [telling.decode("task.retitled.v1", each, STREAM) for each in (first, second)]
    assert apart[0] != apart[1]
    assert {merged(msgspec.json.encode(each).decode()) for each in apart} == {'{"title":"erased"}'}
    assert events.decode("task.retitled.v1", first, STREAM) == TaskRetitled("erased")
