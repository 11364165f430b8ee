"""A figure opens: into observations whose sum it is, these into rows that say so, these into their events."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.stories import Teller, Told
from domain.recorded import Recorded
from infra.codec import codec
from infra.figures import Observed, Window, figures, observations
from infra.reads import AsyncPool, Rows, reads_pool
from projections.all import ALL
from projections.kpis import KPIS, Kpi, Measure
from projections.read_model import Observation, ReadModel
from tests.infra.story import Story, folded, ready, recorded, rows_of, told
from tests.infra.test_figures import BEGIN, CODES, END, brute, figure_of, short
from tests.services import Databases

MODELS: Final = {model.name: model for model in ALL}
Log = tuple[str, list[Recorded[Any]]]


@pytest.fixture(scope="module")
def story(databases: Databases) -> Log:
    url = databases.create()
    records = told(url, Story(seed=71, projects=2), 250)
    ready(url)
    return url, recorded(records)


async def everything_behind(pool: AsyncPool, window: Window) -> list[Observed]:
    found: list[Observed] = []
    after: tuple[str, str, str] | None = None
    while True:
        page, has_next = await observations(pool, window, first=50, after=after)
        found += page
        if not has_next:
            return found
        after = page[-1].day.isoformat(), str(page[-1].key), page[-1].name


def test_the_sum_of_the_parts_is_the_figure_and_each_part_is_what_its_row_says_and_its_events_make(
    story: Log,
) -> None:
    url, log = story

    async def ask() -> None:
        async with reads_pool(url) as pool:
            opened = 0
            for kpi in KPIS.values():
                for known_at in (len(log) // 3, len(log)):
                    window = Window(kpi, BEGIN, END, known_at=known_at)
                    parts = await everything_behind(pool, window)
                    [whole] = await figures(pool, window, None)
                    assert short(whole) == summed(kpi, parts)
                    opened += len(parts)
                    for part in parts[:: max(1, len(parts) // 5)]:
                        await assert_closes(pool, MODELS[kpi.model], kpi, part, log)
            assert opened > 60

    asyncio.run(ask())


def summed(kpi: Kpi, parts: Sequence[Observed]) -> tuple[float | None, int, int, int, int]:
    facts = [(part.key, part.day, part.value, part.is_met) for part in parts]
    if kpi.measure is not Measure.MEAN_OF_HUNDREDTHS:
        return figure_of(kpi.measure, facts)
    value, *rest = figure_of(Measure.MEAN, facts)
    return (None if value is None else value / 100, *rest)


async def assert_closes(
    pool: AsyncPool, model: ReadModel[Any], kpi: Kpi, part: Observed, log: Sequence[Recorded[Any]]
) -> None:
    """Check that the row said so when it began to, and that the events of that row alone make it say so."""
    row = (await Rows(pool, model).get([part.key], as_of=part.from_position))[part.key]
    assert says(model, row, kpi, part)
    before = await Rows(pool, model).get([part.key], as_of=part.from_position - 1)
    assert not any(says(model, each, kpi, part) for each in before.values())
    own = [
        each
        for each in log[: part.from_position]
        if type(each.event) in model.folds and part.key in model.keys(each)
    ]
    assert own[-1].position == part.from_position
    assert rows_of(folded(model, own))[part.key] == row


def says(model: ReadModel[Any], row: object, kpi: Kpi, part: Observed) -> bool:
    assert model.observe is not None
    wanted = (kpi.code, part.name, part.day, part.value, part.is_met)
    return any(
        (each.kpi, each.name, each.day, each.value, each.is_met) == wanted for each in model.observe(row)
    )


def as_recorded(stories: Sequence[Told]) -> list[Recorded[Any]]:
    """Return what was told as it would stand in the log."""
    nobody = stories[0].stream
    return [
        Recorded(
            position, each.stream, each.stream, each.version, codec().name(each.event), each.project_id,
            each.actor_id, nobody, None, nobody, None, each.at, each.at, each.event,
        )
        for position, each in enumerate(stories, start=1)
    ]  # fmt: skip


@settings(max_examples=12)
@given(seed=st.integers(0, 2**32), events=st.integers(200, 700), known=st.floats(0, 1))
def test_in_any_log_a_figure_is_the_count_over_the_raw_events(seed: int, events: int, known: float) -> None:
    log = as_recorded([*Teller(seed).events(events)])
    log = log[: int(known * len(log))]
    said: dict[str, list[Observation]] = {}
    for model in {KPIS[code].model for code in CODES}:
        fold = folded(MODELS[model], log)
        for version in fold.current.values():
            for each in version.observed.values():
                said.setdefault(each.kpi, []).append(each)
    for code in CODES:
        parts = [(log[0].stream, each.day, each.value, each.is_met) for each in said.get(code, [])]
        assert figure_of(KPIS[code].measure, parts) == figure_of(KPIS[code].measure, brute(code, log)), code
        raw = sorted((day, value, str(is_met)) for _, day, value, is_met in brute(code, log))
        assert sorted((day, value, str(is_met)) for _, day, value, is_met in parts) == raw
