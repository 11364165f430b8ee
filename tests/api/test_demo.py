"""`fairlead demo` for real: the article's case by commands, its figures over GraphQL, down to events."""

import asyncio
import json
import signal
from collections.abc import Generator
from itertools import islice
from typing import Any

import pytest

from api.commands.demo_run import as_cast
from api.demonstration import THREE_MONTHS, Api
from domain.decider import Decider
from domain.handling import handle
from domain.recorded import Issued
from infra.data_folder import with_keys
from infra.database import connect, install
from infra.demonstration.aims import DELIVERY
from infra.demonstration.perform import perform
from infra.demonstration.script import scenes
from infra.event_log import EventLog
from infra.log_reader import head
from infra.settings import Settings
from infra.tokens import mint
from tests.api.conftest import ADMINISTRATOR
from tests.api.running import Up

SECONDS_MAX = 280
TASKS, PROJECTS = 12_000, 60
WINDOW = f'from: "{THREE_MONTHS[0]}", to: "{THREE_MONTHS[1]}"'
OPENED = "figure { value observationCount } observations(first: 1) { totalCount nodes { events(first: 50) {"
OPENED += " nodes { type position } } } }"


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Generator[Up]:
    started = Up(tmp_path_factory.mktemp("demo") / "data")
    started.start()
    yield started
    started.end(signal.SIGTERM)


@pytest.fixture(scope="module")
def told(up: Up) -> dict[str, Any]:
    process = up.begin("demo", "--json")
    out, err = process.communicate(timeout=SECONDS_MAX)
    assert process.returncode == 0, err + out
    found: dict[str, Any] = json.loads(out)
    return found


@pytest.fixture(scope="module")
def api(up: Up, told: dict[str, Any]) -> Api:
    assert told["is_as_told"]
    token = mint(ADMINISTRATOR, with_keys(Settings(data_dir=up.folder)), valid_seconds=600)
    return Api(f"http://127.0.0.1:{up.port}/graphql", token)


def test_the_articles_figures_come_out_of_the_events(told: dict[str, Any]) -> None:
    figures = {each["code"]: each for each in told["figures"]}
    assert round(figures["project_cycle_time"]["change"], 1) == -22
    assert round(figures["on_time_rate"]["change"], 1) == 30
    assert round(figures["cross_department_response"]["change"], 1) == -50
    assert (figures["csat_score"]["before"], figures["csat_score"]["after"]) == (67, 89)
    assert figures["availability"]["after"] >= 99.5
    assert told["restated"]["published"] != told["restated"]["restated"]
    assert told["events"] >= told["commands"] > 7 * TASKS


@pytest.mark.parametrize(
    "code", ["PROJECT_CYCLE_TIME", "ON_TIME_RATE", "CROSS_DEPARTMENT_RESPONSE", "CSAT_SCORE"]
)
def test_each_figure_opens_down_to_its_events(api: Api, code: str) -> None:
    found = api.ask(f"{{ kpi(code: {code}, {WINDOW}) {{ {OPENED} }} }}")["kpi"]
    assert found["figure"]["observationCount"] == found["observations"]["totalCount"] > 0
    assert found["observations"]["nodes"][0]["events"]["nodes"]


def test_it_is_of_the_articles_size(api: Api) -> None:
    found = api.ask("{ taskBoard { totalCount } projectOverview { totalCount } }")
    assert found["taskBoard"]["totalCount"] >= TASKS
    assert found["projectOverview"]["totalCount"] == PROJECTS + 1


def test_what_goes_wrong_in_real_life_is_in_it(api: Api) -> None:
    found = api.ask(
        f'{{ missingSurveyMonths(project: "{DELIVERY}", asOf: {{time: "2026-01-31T00:00:00Z"}}) {{ month }}'
        f' outages(project: "{DELIVERY}") {{ totalCount }}'
        f" reopened: kpi(code: REOPEN_COUNT, {WINDOW}) {{ figure {{ value }} }}"
        f' plan: deliveryPlan(project: "{DELIVERY}") {{ nodes {{ number status coveredCountAtClose }} }}'
        " late: kpi(code: INCIDENT_RESPONSE_ATTAINMENT,"
        f' from: "2025-09-01", to: "2026-01-31") {{ figure {{ missedCount }} }} }}'
    )
    assert [each["month"] for each in found["missingSurveyMonths"]][:1] == ["2025-05-01"]
    assert found["outages"]["totalCount"] == 1
    assert found["reopened"]["figure"]["value"] > 0
    assert found["plan"]["nodes"][0] == {"number": 1, "status": "CLOSED", "coveredCountAtClose": 5}
    assert found["late"]["figure"]["missedCount"] == 2


def test_performed_again_it_changes_nothing(database_url: str) -> None:
    install(database_url)

    async def once() -> int:
        async with EventLog(database_url) as log:

            async def submit(issued: Issued[Any], decider: Decider[Any, Any, Any]) -> None:
                await handle(decider, issued, log, as_cast)

            return await perform(islice(scenes(), 6), submit, lambda _: None)

    def at() -> int:
        with connect(database_url, application="test") as connection:
            return head(connection)

    sent = asyncio.run(once())
    events = at()
    assert asyncio.run(once()) == sent > 0
    assert at() == events
