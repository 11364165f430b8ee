"""Where a bench happens: a temporary folder, its own PostgreSQL with fsync on, programs that end with it."""

import secrets
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from infra.database import connect, install
from infra.embedded import EmbeddedPostgres
from infra.guard import Guard, Program
from infra.read_side import install as install_books


@dataclass(frozen=True, slots=True)
class Place:
    """A folder, a guard for programs, and a PostgreSQL server that hands out databases."""

    folder: Path
    guard: Guard
    server: EmbeddedPostgres

    def empty_database(self) -> str:
        """Make an empty database and return its address."""
        name = f"bench_{secrets.token_hex(4)}"
        with psycopg.connect(self.server.database_url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.server.database_url.rpartition("/")[0] + "/" + name

    def database(self) -> str:
        """Make a database with an empty log and the read side's books, and return its address."""
        url = self.empty_database()
        install(url)
        with connect(url, application="bench") as connection:
            install_books(connection)
        return url

    def python(self, name: str, *arguments: str, environment: dict[str, str]) -> Program:
        """Return what `python` with some arguments runs, as a program that logs into the folder."""
        root = str(Path(__file__).resolve().parents[1])
        return Program(
            name=name,
            command=[sys.executable, *arguments],
            log=self.folder / f"{name}.log",
            environment={"PATH": "/usr/bin:/bin", "PYTHONPATH": root, **environment},
        )


@contextmanager
def opened() -> Generator[Place]:
    """Start PostgreSQL in a temporary folder, set as for `fairlead up`; drop all of it at the end."""
    with tempfile.TemporaryDirectory(prefix="fairlead-bench-") as name, Guard() as guard:
        folder = Path(name)
        folder.chmod(0o711)  # a server that may not run as root has to get through to its data
        server = EmbeddedPostgres(guard, folder / "postgres", folder / "postgres.log")
        server.start()
        yield Place(folder, guard, server)
