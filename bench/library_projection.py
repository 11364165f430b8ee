"""The same read models kept the way `eventsourcing` does it: ProjectionRunner, a transaction an event."""

import time
from collections.abc import Iterable, Sequence
from typing import Any, Final
from urllib.parse import unquote, urlsplit
from uuid import UUID

import psycopg
from eventsourcing.application import Application
from eventsourcing.persistence import Mapper, StoredEvent, Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.rows import tuple_row

from bench.stories import BEGIN, Told
from domain.recorded import Recorded
from infra.batching import Batch, Routes, listened
from infra.codec import codec
from infra.finishing import completing
from infra.folding import fold_batch
from infra.mappers import EventMapper, Step
from infra.tables import Tables
from projections.all import ALL

SECONDS_MAX: Final = 600.0
_NAME: Final = "log"


class Log(Application[UUID]):
    """The library's application over the library's recorder, with typed decoding as ours."""

    name = _NAME

    def construct_mapper(self) -> Mapper[UUID]:
        """Return our mapper: its own cannot read our events."""
        return EventMapper(codec())


class View(PostgresTrackingRecorder):
    """The tables of all read models, one event and its tracking in one transaction."""

    def __init__(self, datastore: PostgresDatastore, **options: Any) -> None:  # noqa: ANN401 - handed on
        """Write to the tables of each model's first generation."""
        super().__init__(datastore, **options)
        self._tables = [Tables(model, 1) for model in ALL]
        self._routes = Routes(ALL)

    def take(self, seen: Recorded[Any], tracking: Tracking) -> None:
        """Fold one event: load the row it touches, write row, history, observations and totals."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            connection: Any = cursor.connection
            connection.row_factory, kept = tuple_row, connection.row_factory
            batch = Batch(self._routes, [seen])
            for tables in self._tables:
                for folded, keys in listened(tables.model, batch.of(tables.model)):
                    live = tables.load(connection, list(keys))
                    changes = fold_batch(tables.model, live, [(folded, keys)])
                    tables.write(connection, changes, live)
            connection.row_factory = kept


class Board(Projection[View]):
    """Hands each event to the view."""

    def __init__(self, view: View) -> None:
        """Keep which project a stream belongs to: its first event says so."""
        super().__init__(view)
        self._projects: dict[UUID, UUID | None] = {}

    def process_event(self, domain_event: Step, tracking: Tracking) -> None:
        """Fold an event with the metadata a read model may look at."""
        name = codec().name(domain_event.event)
        stream, none = domain_event.originator_id, UUID(int=0)
        version, position = domain_event.originator_version, tracking.notification_id
        project_id = self._projects.setdefault(stream, getattr(domain_event.event, "project_id", None))
        who = (project_id, none, none, None, none, None)
        seen = Recorded(position, none, stream, version, name, *who, BEGIN, BEGIN, domain_event.event)
        self.view.take(seen, tracking)


def environment(database_url: str, *, pool_size: int = 4) -> dict[str, str]:
    """Return how the library is told of a database."""
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_POOL_SIZE": str(pool_size),
        **{f"POSTGRES_{name.upper()}": str(value) for name, value in address(database_url).items()},
    }


def address(database_url: str) -> dict[str, Any]:
    """Return the parts of a database's address by the library's names."""
    parts = urlsplit(database_url)
    return {
        "dbname": parts.path.lstrip("/"),
        "host": parts.hostname,
        "port": parts.port,
        "user": parts.username,
        "password": unquote(parts.password or ""),
    }


def stored(told: Iterable[Told]) -> list[StoredEvent]:
    """Return events as the library's recorders take them, with our bytes."""
    encode, name = codec().encode, codec().name
    return [StoredEvent(each.stream, each.version, name(each.event), encode(each.event)) for each in told]


def run_sample(database_url: str, sample: Sequence[Told]) -> float:
    """Project `sample` with the library's runner in a database without rows; return events a second."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        for tables in (Tables(model, 1) for model in ALL):
            tables.create(connection)
            for statement in completing(tables):
                connection.execute(statement)
    variables = environment(database_url)
    writing = Log(variables)
    writing.recorder.insert_events(stored(sample))
    writing.close()
    started = time.perf_counter()
    with ProjectionRunner(
        application_class=Log, projection_class=Board, view_class=View, env=variables
    ) as runner:
        while (runner.view.max_tracking_id(_NAME) or 0) < len(sample):
            if runner.is_interrupted.is_set() or time.perf_counter() - started > SECONDS_MAX:
                raise AssertionError("the library's runner did not get through the sample")
            time.sleep(0.01)
        return len(sample) / (time.perf_counter() - started)
