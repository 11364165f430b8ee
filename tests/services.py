"""Fixtures: databases, brokers, example data; each worker of a test run has its own servers and guard."""

import secrets
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from infra.embedded import EmbeddedBroker, EmbeddedPostgres
from infra.guard import Guard
from tests.apache_kafka import ApacheKafka, missing_tools

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SMALL_POSTGRES = {"shared_buffers": "64MB", "max_wal_size": "512MB"}


@dataclass(frozen=True, slots=True)
class Databases:
    """A PostgreSQL server that hands out empty databases."""

    server: EmbeddedPostgres

    def create(self, *, like: str = "template1") -> str:
        """Make an empty database, or a copy of `like`, to which nobody is connected; return its address.

        Its files are copied: that takes a quarter of the work of the default, which logs each page.
        """
        name = f"test_{secrets.token_hex(6)}"
        original = sql.Identifier(like.rpartition("/")[2])
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        self._administer(statement.format(sql.Identifier(name), original))
        return self.server.database_url.rpartition("/")[0] + "/" + name

    def drop(self, database_url: str) -> None:
        """Drop a database, whoever is still connected to it."""
        name = database_url.rpartition("/")[2]
        self._administer(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _administer(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.server.database_url, autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="session")
def guard() -> Generator[Guard]:
    """Stop whatever a test started through it, even when the test run is killed."""
    with Guard() as guard:
        yield guard


@pytest.fixture(scope="session")
def databases(guard: Guard, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """One PostgreSQL server for each worker, left alone by every test: hurt `private_postgres` instead."""
    folder = tmp_path_factory.mktemp("server")
    settings = SMALL_POSTGRES | {"fsync": "off"}  # nobody pulls its plug, and databases come and go faster
    server = EmbeddedPostgres(guard, folder / "postgres", folder / "postgres.log", settings=settings)
    server.start()
    return Databases(server)


@pytest.fixture
def database_url(databases: Databases) -> Generator[str]:
    """Give the address of an empty database, dropped afterwards."""
    url = databases.create()
    yield url
    databases.drop(url)


@pytest.fixture
def private_postgres(guard: Guard, tmp_path: Path) -> Generator[EmbeddedPostgres]:
    """Give a server of the test's own, to be killed and started again; new in half a second."""
    server = EmbeddedPostgres(
        guard, tmp_path / "postgres", tmp_path / "postgres.log", settings=SMALL_POSTGRES
    )
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def embedded_broker(guard: Guard, tmp_path_factory: pytest.TempPathFactory) -> EmbeddedBroker:
    """One embedded broker for each worker, left alone by every test: use topics and groups of your own."""
    broker = EmbeddedBroker(guard, tmp_path_factory.mktemp("broker") / "broker.log")
    broker.start()
    return broker


@pytest.fixture
def private_broker(guard: Guard, tmp_path: Path) -> Generator[EmbeddedBroker]:
    """Give a broker of the test's own, to be killed and started again; it is empty after each start."""
    broker = EmbeddedBroker(guard, tmp_path / "broker.log")
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def one_apache_kafka(guard: Guard, tmp_path_factory: pytest.TempPathFactory) -> ApacheKafka:
    """One Apache Kafka for all tests: those that use it run in one worker, one after the other."""
    missing = missing_tools()
    if missing:
        pytest.skip(f"Apache Kafka needs Java 17 and Maven, and there is no {' and no '.join(missing)} here")
    return ApacheKafka(guard, tmp_path_factory.mktemp("kafka"))


@pytest.fixture
def apache_kafka(one_apache_kafka: ApacheKafka) -> ApacheKafka:
    """Give a running Apache Kafka, which a test may kill and start; use topics and groups of your own."""
    one_apache_kafka.start()
    return one_apache_kafka


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the folder of real input files beside the repository."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real input files are not here: they lie in ../shared/data, beside the repository")
    return SHARED_DATA
