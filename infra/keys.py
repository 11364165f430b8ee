"""The keys of persons: made when they first write, kept in memory for a while, gone once they are erased."""

import os
import threading
import time
from collections.abc import Callable, Collection, Generator, Iterable
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Final, Self, TypeVar, cast
from uuid import UUID

import psycopg
from psycopg import Connection

from domain.errors import Refusal
from infra.database import check_alive, connect
from infra.masters import KEY_BYTES, Master, Masters, WrongMasterKey, masters_of
from infra.sealing import PersonKey
from infra.settings import Settings

MAKING_LOCK: Final = 7021946207
KEPT_MAX: Final = 20_000
FRESH_SECONDS: Final = 1.0
"""For how long at most a process goes on with the keys it has after another one erased somebody."""
PERSONS_AT_ONCE_MAX: Final = 1_000

EPOCH: Final = "SELECT number FROM keys.epoch"
"""How many erasures there were."""

_UNREAD: Final = object()

T = TypeVar("T")


class Erased(Refusal):
    """Who was erased writes nothing any more: there would be no key for it."""

    sentence = "This person was erased: nothing can be recorded of theirs any more."


class NoKey(Exception):
    """A person's key is not there, though nobody erased it: it was lost, or is in another database."""


class Keys:
    """The keys of one database, for every thread of a process; close it at the end."""

    def __init__(self, database_url: str, masters: Masters) -> None:
        """Keep keys of `database_url`; nothing is read before the first is asked for."""
        self.database_url = database_url
        self.masters = masters
        self.epoch = -1
        self._kept: dict[bytes, PersonKey | None] = {}
        self._checked_at = float("-inf")
        self._known: dict[str, Master] = {}
        self._connection: Connection[Any] | None = None
        self._lock = threading.RLock()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Close the connection and forget the keys."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            self._kept = {}
            self._checked_at = float("-inf")

    def key(self, person: bytes) -> PersonKey | None:
        """Return the key of a person (16 bytes), None once erased; raise `NoKey`, or the database's error."""
        found = self._kept.get(person, _UNREAD)
        if found is _UNREAD:
            self.load((person,))
            found = self._kept.get(person, _UNREAD)
            if found is _UNREAD:
                raise NoKey(str(UUID(bytes=person)))
        return cast("PersonKey | None", found)

    def sealing(self, person: bytes) -> PersonKey:
        """Return the key that what is written now is sealed under, made if need be; raise `Erased`."""
        found = self._kept.get(person)
        if found is None:
            self.make((person,))
            found = self._kept.get(person)
        if found is None:
            raise Erased
        return found

    @property
    def is_fresh(self) -> bool:
        """Say whether what is kept was compared with the database a moment ago."""
        return time.monotonic() - self._checked_at < FRESH_SECONDS

    def has(self, persons: Iterable[bytes]) -> bool:
        """Say whether the database need not be asked for these keys."""
        return self.is_fresh and all(person in self._kept for person in persons)

    def refresh(self) -> None:
        """Forget every key if somebody was erased since they were read."""
        self._asking(self._refresh)

    def load(self, persons: Collection[bytes]) -> None:
        """Read the keys of these persons that are not kept, those there are; and forget as `refresh` does."""

        def loading(connection: Connection[Any]) -> None:
            self._refresh(connection)
            self._read(connection, [each for each in persons if each not in self._kept])

        if not self.is_fresh or any(each not in self._kept for each in persons):
            self._asking(loading)

    def make(self, persons: Collection[bytes]) -> None:
        """Have a key for each of these persons, a new one for whoever has none and was not erased."""

        def making(connection: Connection[Any]) -> None:
            self._refresh(connection)
            self._read(connection, list(persons))
            missing = [each for each in persons if each not in self._kept]
            if missing:
                self._insert(connection, missing)
                self._read(connection, missing)  # another process may have been first

        if not self.has(persons):
            self._asking(making)

    def check(self) -> None:
        """Raise `WrongMasterKey` unless every key there is can be unwrapped, or `BadMasterKey`."""
        self._learn_masters()

        def ids(connection: Connection[Any]) -> set[str]:
            rows = connection.execute(
                "SELECT DISTINCT master_id FROM keys.person_key WHERE wrapped IS NOT NULL"
            )
            return {name for (name,) in rows}

        if not self._asking(ids) <= set(self._known):
            raise WrongMasterKey

    def _refresh(self, connection: Connection[Any]) -> None:
        epoch = epoch_of(connection)
        if epoch != self.epoch:
            self.epoch = epoch
            self._kept = {}
        self._checked_at = time.monotonic()

    def _read(self, connection: Connection[Any], persons: list[bytes]) -> None:
        for start in range(0, len(persons), PERSONS_AT_ONCE_MAX):
            rows = connection.execute(
                "SELECT person, master_id, wrapped FROM keys.person_key WHERE person = ANY(%s)",
                ([UUID(bytes=each) for each in persons[start : start + PERSONS_AT_ONCE_MAX]],),
            )
            for person, master_id, wrapped in rows:
                self._keep(person, None if wrapped is None else self._unwrapped(person, master_id, wrapped))

    def _unwrapped(self, person: UUID, master_id: str, wrapped: bytes) -> PersonKey:
        if master_id not in self._known:
            self._learn_masters()
        master = self._known.get(master_id)
        if master is None:
            raise WrongMasterKey
        return PersonKey(person, master.unwrap(wrapped, person))

    def _keep(self, person: UUID, key: PersonKey | None) -> None:
        if len(self._kept) >= KEPT_MAX:
            del self._kept[next(iter(self._kept))]
        self._kept[person.bytes] = key

    def _insert(self, connection: Connection[Any], persons: Iterable[bytes]) -> None:
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", (MAKING_LOCK,))
            master = self._learn_masters()[0]  # a rotation takes no master out before we are through
            cursor.executemany(
                "INSERT INTO keys.person_key (person, master_id, wrapped) VALUES (%s, %s, %s)"
                " ON CONFLICT DO NOTHING",
                [
                    (person, master.master_id, master.wrap(os.urandom(KEY_BYTES), person))
                    for person in (UUID(bytes=each) for each in persons)
                ],
            )

    def _learn_masters(self) -> tuple[Master, ...]:
        found = self.masters.all()
        self._known = {master.master_id: master for master in found}
        return found

    def _asking(self, ask: Callable[[Connection[Any]], T]) -> T:
        """Ask the database over the one connection, which is opened anew when it was lost."""
        with self._lock:
            if self._connection is not None:
                with suppress(psycopg.OperationalError):
                    check_alive(self._connection)
            if self._connection is None or self._connection.closed:
                self._connection = connect(self.database_url, application="keys")
            try:
                return ask(self._connection)
            except psycopg.OperationalError:
                with suppress(psycopg.Error):
                    self._connection.close()
                self._connection = None
                raise


@contextmanager
def keys_of(settings: Settings) -> Generator[Keys | None]:
    """Open the keys as the settings say, None where they name no master key; raise `WrongMasterKey`."""
    found = masters_of(settings)
    if found is None:
        yield None
        return
    with Keys(settings.addresses[0], found) as keys:
        keys.check()
        yield keys


def epoch_of(connection: Connection[Any]) -> int:
    """Return how many erasures there were."""
    row = connection.execute(EPOCH).fetchone()
    if row is None:
        raise AssertionError("the keys have no epoch")
    return int(row[0])


def is_epoch(connection: Connection[Any], epoch: int) -> bool:
    """Say whether nobody was erased since `epoch`, nor is until the transaction ends."""
    row = connection.execute("SELECT number FROM keys.epoch FOR SHARE").fetchone()
    return row == (epoch,)
