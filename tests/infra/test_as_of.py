"""As of any past position: rows and pages are those of the fold of the log up to it, for ever."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import product
from typing import Any, TypeVar

import msgspec
import pytest

from domain.recorded import Recorded
from domain.task import TaskOpened, TaskStatus
from infra import reach
from infra.codec import codec
from infra.database import connect
from infra.reads import AsyncPool, Filter, Listing, Rows, reads_pool
from infra.rebuild import rebuild
from projections import task_board
from projections.all import ALL
from projections.read_model import ReadModel
from tests.infra.story import PARTITIONS, Story, folded, ready, recorded, rows_of, told
from tests.services import Databases

PAGE = 3
FEW = 2
STRETCH = 8
T = TypeVar("T")
Log = tuple[str, list[Recorded[Any]]]


@pytest.fixture(scope="module")
def story(databases: Databases) -> Iterator[Log]:
    url = databases.create()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(reach, "STRETCH_POSITIONS", STRETCH)
        records = told(url, Story(seed=7, projects=3), 200)
        ready(url)
        yield url, recorded(records)


def reading(url: str, ask: Callable[[AsyncPool], Awaitable[T]]) -> T:
    async def read() -> T:
        async with reads_pool(url) as pool:
            return await ask(pool)

    return asyncio.run(read())


async def listed(  # noqa: PLR0913 - by keyword, each its own
    rows: Rows,
    order: str,
    *,
    as_of: int | None,
    is_descending: bool = False,
    first: int = PAGE,
    filters: tuple[Filter, ...] = (),
) -> list[Any]:
    found: list[Any] = []
    after: tuple[str, ...] | None = None
    while True:
        page = await rows.page(Listing(filters, order, first, is_descending, after, as_of))
        found += page.rows
        if not page.has_next:
            return found
        assert len(page.rows) == first
        after = page.cursors[-1]


ASKED = [model for model in ALL if model.has_history]
Asked = Sequence[tuple[int, Sequence[ReadModel[Any]]]]


def asked(log: Sequence[Recorded[Any]]) -> Asked:
    """Return each position and whose rows to ask for: of models that never had any, at the two ends only."""
    changes = {model.name: folded(model, log) for model in ALL}
    kept = [model for model in ASKED if changes[model.name].current or changes[model.name].closed]
    assert len(kept) >= 10
    return [(at, ASKED if at in {0, len(log)} else kept) for at in range(len(log) + 1)]


async def everything(pool: AsyncPool, wanted: Asked) -> list[bytes]:
    """Return, for each position, the bytes of every row of its read models."""
    found: list[bytes] = []
    for at, models in wanted:
        parts = [await listed(Rows(pool, model), "", as_of=at, first=200) for model in models]
        found.append(msgspec.json.encode(parts))
    return found


def expected(log: Sequence[Recorded[Any]], models: Sequence[ReadModel[Any]]) -> bytes:
    parts: list[Any] = []
    for model in models:
        rows = rows_of(folded(model, log))
        parts.append([rows[key] for key in sorted(rows)])
    return msgspec.json.encode(parts)


def test_at_every_past_position_the_rows_are_the_fold_of_that_prefix_also_after_a_rebuild(story: Log) -> None:
    url, log = story
    wanted = asked(log)
    before = reading(url, lambda pool: everything(pool, wanted))
    for at, models in wanted:
        assert before[at] == expected(log[:at], models), f"as of {at}"
    rebuild(url, ALL, codec(), partitions=PARTITIONS)
    assert reading(url, lambda pool: everything(pool, wanted)) == before


ORDERS = [(model, order) for model in ALL for order in model.orders]


@pytest.mark.parametrize(("model", "order"), ORDERS, ids=lambda each: getattr(each, "name", each))
def test_pages_by_cursor_are_the_whole_ordered_list_in_both_directions(
    story: Log, model: ReadModel[Any], order: str
) -> None:
    url, log = story

    async def both(pool: AsyncPool) -> None:
        for as_of in (None, len(log), len(log) // 2, 1, 0):
            upto = log if as_of is None else log[:as_of]
            rows = list(rows_of(folded(model, upto)).values())
            up = await listed(Rows(pool, model), order, as_of=as_of)
            assert up == sorted(rows, key=lambda row: place(model, order, row))
            down = await listed(Rows(pool, model), order, as_of=as_of, is_descending=True)
            assert down == up[::-1]
            count = await Rows(pool, model).count(Listing((), order, 1, as_of=as_of))
            assert count == len(rows)

    reading(url, both)


def test_pages_of_what_filters_let_through_are_those_of_the_fold(story: Log) -> None:
    url, log = story
    model = task_board.READ_MODEL
    cards = list(rows_of(folded(model, log)).values())
    (project, _), (other, _) = Counter(card.project_id for card in cards).most_common(2)
    (member, _), *_ = Counter(each for card in cards for each in card.assignee_ids).most_common(1)
    both = Filter("project_id", "any", [project, other])
    wanted = (
        (Filter("project_id", "=", project),),
        (both, Filter("status", "any", [TaskStatus.OPEN, TaskStatus.COMPLETED])),
        (Filter("assignee_ids", "contains", member), both),
    )

    async def ask(pool: AsyncPool) -> None:
        rows = Rows(pool, model)
        for filters in wanted:
            most = 0
            for as_of, order in product((None, len(log), len(log) * 3 // 4, len(log) // 2), model.orders):
                then = rows_of(folded(model, log if as_of is None else log[:as_of])).values()
                kept = [card for card in then if meets(card, filters)]
                kept.sort(key=lambda card: place(model, order, card))
                most = max(most, len(kept))
                up = await listed(rows, order, as_of=as_of, filters=filters, first=FEW)
                assert up == kept, (filters, as_of, order)
                down = await listed(rows, order, as_of=as_of, filters=filters, is_descending=True, first=FEW)
                assert down == kept[::-1], (filters, as_of, order)
                assert await rows.count(Listing(filters, "", 1, as_of=as_of)) == len(kept)
            assert most > FEW, filters

    reading(url, ask)


def meets(row: object, filters: Sequence[Filter]) -> bool:
    values = [(getattr(row, each.column), each) for each in filters]
    return all(
        each.value in value
        if each.operator == "contains"
        else value in each.value
        if each.operator == "any"
        else value == each.value
        for value, each in values
    )


def test_pages_that_differ_by_position_project_and_place_are_of_one_statement_each(story: Log) -> None:
    url, log = story
    model = task_board.READ_MODEL

    async def ask(pool: AsyncPool) -> int:
        await pool.resize(1, 1)
        rows = Rows(pool, model)
        for at in range(len(log) - 20, len(log)):
            of = (Filter("project_id", "=", log[at].stream),)
            page = await rows.page(Listing((), "OPENED", PAGE, as_of=at))
            await rows.page(Listing(of, "OPENED", PAGE, after=page.cursors[-1], as_of=at))
        async with pool.connection() as connection:
            found = await connection.execute("SELECT statement FROM pg_prepared_statements")
            statements = [statement for (statement,) in await found.fetchall()]
        return sum("task_board_history" in each for each in statements)

    assert reading(url, ask) == len(("all tasks", "a project's tasks behind a place"))


def place(model: ReadModel[Any], order: str, row: object) -> tuple[Any, ...]:
    """Return where a row belongs: days and times not known come last, rows of one place by their key."""
    values = [getattr(row, name) for name in model.orders[order]]
    key = next(iter(model.row.__dataclass_fields__))
    return (*((value is None, value if value is not None else 0) for value in values), getattr(row, key))


def test_rows_by_key_are_those_there_were(story: Log) -> None:
    url, log = story

    async def ask(pool: AsyncPool) -> None:
        for at in (0, 1, len(log) // 3, len(log)):
            for model in ASKED:
                rows = rows_of(folded(model, log[:at]))
                keys = list(rows_of(folded(model, log)))
                assert await Rows(pool, model).get(keys, as_of=at) == rows

    reading(url, ask)


def test_a_list_newest_first_begins_at_what_had_come_by_the_end_of_a_stretch_of_positions(story: Log) -> None:
    url, log = story
    with connect(url, application="test") as connection:
        found = dict(
            connection.execute(
                "SELECT stretch, max(reached) FROM rows.reach WHERE model = 'task_board'"
                " AND column_name = 'opened_at' GROUP BY stretch"
            ).fetchall()
        )
    opened = [(each.position // STRETCH, each.event.opened_at) for each in log if is_opened(each)]
    assert len(opened) > STRETCH
    assert found == {stretch: max(at for number, at in opened if number == stretch) for stretch, _ in opened}


def is_opened(seen: Recorded[Any]) -> bool:
    return isinstance(seen.event, TaskOpened)
