"""The tables of a row, whatever its fields are called."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from domain.project import ProjectOpened
from domain.recorded import Recorded
from infra.database import connect
from infra.database import install as install_log
from infra.finishing import completing
from infra.folding import NOTHING, Changes, Version
from infra.read_side import install, switch
from infra.reads import Filter, Listing, Rows, reads_pool
from infra.tables import Tables
from projections.read_model import ReadModel


@dataclass(frozen=True, slots=True)
class Awkward:
    """A row whose fields are called what SQL calls its own."""

    key: UUID
    project_id: UUID
    order: int
    user: str
    end: int | None


def keys(seen: Recorded[Any]) -> Iterable[UUID]:
    return (seen.stream,)


def evolve(row: Awkward | None, _seen: Recorded[Any]) -> Awkward | None:
    return row


MODEL: Final = ReadModel(
    name="awkward",
    row=Awkward,
    folds=frozenset({ProjectOpened}),
    keys=keys,
    evolve=evolve,
    orders={"ORDER": ("order", "user")},
    filters=("order", "user", "end"),
)


def test_fields_may_be_called_what_sql_calls_its_own(database_url: str) -> None:
    first, second = (Awkward(UUID(int=n), UUID(int=9), n, f"user {n}", None) for n in (1, 2))
    tables = Tables(MODEL, 1)
    changes = Changes(current={row.key: Version(row, 1, NOTHING) for row in (second, first)})
    install_log(database_url)
    with connect(database_url, application="test") as connection:
        install(connection)
        tables.create(connection)
        tables.write(connection, changes, ())
        for statement in completing(tables):
            connection.execute(statement)
        switch(connection, tables, "digest", 1)
        assert {key: each.row for key, each in tables.load(connection, [first.key]).items()} == {
            first.key: first
        }

    async def listed(*filters: Filter, as_of: int | None = None) -> list[Any]:
        async with reads_pool(database_url) as pool:
            page = await Rows(pool, MODEL).page(Listing(filters, "ORDER", 10, as_of=as_of))
            return page.rows

    assert asyncio.run(listed()) == [first, second]
    assert asyncio.run(listed(Filter("order", "any", [2]), as_of=1)) == [second]
