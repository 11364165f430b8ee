"""GraphQL mutations over HTTP with 32 clients: throughput, the server's CPU for each, and where that goes."""

import pstats
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

from bench.application import in_loop
from bench.http_clients import Client, shared_out
from bench.measuring import percentile, say
from bench.place import Place
from bench.report import Figure, Report
from bench.watching import Watched
from domain.roles import Role
from infra.embedded import free_port
from infra.guard import stop
from infra.settings import Settings
from infra.tokens import Actor, mint

EVENTS: Final = 8_000
ROUNDS: Final = 3
CLIENTS: Final = 32
WARM_UP: Final = 300
PROFILE_LINES: Final = 15
PARTS_MAX: Final = 16
WAITING: Final = "asyncio/runners.py"  # the loop itself, which is not Python, waits in its name
ROOT: Final = Path(__file__).resolve().parents[1]
ADMINISTRATOR: Final = Actor(UUID(int=1), frozenset({Role.ADMINISTRATOR}))
ANSWER: Final = "{ id version position userErrors { code } }"
OPEN_PROJECT: Final = f"mutation ($input: OpenProjectInput!) {{ openProject(input: $input) {ANSWER} }}"
OPEN_TASK: Final = f"mutation ($input: OpenTaskInput!) {{ openTask(input: $input) {ANSWER} }}"


class Api(NamedTuple):
    """A running API: its process, its port, and a token for it."""

    pid: int
    port: int
    token: str


class Run(NamedTuple):
    """What some mutations took: rate, seconds of each, CPU seconds of the API and of PostgreSQL."""

    rate: float
    seconds: list[float]
    cpu: float
    database_cpu: float


def run(place: Place, events: int) -> Report:
    """Open `events` tasks in each round; then once more under the profiler, a quarter as many."""
    database_url = place.database()
    report = Report("mutation")
    with api(place, database_url) as served:
        in_loop(_tasks_opened(place, served, WARM_UP))
        runs = []
        for number in range(ROUNDS):
            runs.append(in_loop(_tasks_opened(place, served, events)))
            say(f"round {number + 1} of {ROUNDS}: {runs[-1].rate:,.0f} mutations/s")
    report.add_figure("mutations in a round", [events], "mutations")
    report.add_figure("mutations, 32 clients", [each.rate for each in runs], "mutations/s")
    report.add_figure("API CPU", [1e6 * each.cpu / events for each in runs], "µs/mutation")
    report.add_figure("PostgreSQL CPU", [1e6 * each.database_cpu / events for each in runs], "µs/mutation")
    for percent in (50, 99):
        milliseconds = [1e3 * percentile(each.seconds, percent) for each in runs]
        report.add_figure(f"answered in, p{percent}", milliseconds, "ms")
    report.figures.extend(_profiled(place, database_url, max(events // 4, 1)))
    return report


@contextmanager
def api(place: Place, database_url: str, profile: Path | None = None) -> Generator[Api]:
    """Run the API in a process of its own, with `profile` under the profiler; stop it at the end."""
    settings = Settings(
        database_url=database_url,
        kafka_bootstrap="127.0.0.1:9",
        token_secret="s" * 32,
        master_key="m" * 43,
        port=free_port(),
        log_level="info",
    )
    arguments = ("-m", "bench.profiled_api", *([] if profile is None else [str(profile)]))
    program = place.python("api", *arguments, environment=settings.environment())
    process = place.guard.start(program)
    yield Api(process.pid, settings.port, mint(ADMINISTRATOR, settings, valid_seconds=3_600))
    stop(program, process)


async def _tasks_opened(place: Place, served: Api, count: int) -> Run:
    clients = [Client(served.port, served.token) for _ in range(CLIENTS)]
    for client in clients:
        await client.open()
    opened = await clients[0].ask(OPEN_PROJECT, {"input": {"name": "Line 1"}})
    given = {"projectId": opened["openProject"]["id"], "title": "Check the weld on frame 12"}

    async def ask(client: Client) -> None:
        payload = (await client.ask(OPEN_TASK, {"input": given}))["openTask"]
        if payload["position"] is None:
            raise AssertionError(payload)

    with Watched(served.pid) as server, Watched(place.server.process.pid) as database:
        seconds, taken = await shared_out(clients, count, ask)
    for client in clients:
        await client.close()
    return Run(count / seconds, taken, server.cpu_seconds, database.cpu_seconds)


def _profiled(place: Place, database_url: str, count: int) -> Iterator[Figure]:
    """Yield the functions that take most of the API's own time, in percent; the profiler slows it down."""
    path = place.folder / "api.profile"
    with api(place, database_url, path) as served:
        in_loop(_tasks_opened(place, served, count))
    stats: Any = pstats.Stats(str(path))
    own = {where: numbers[2] for where, numbers in stats.stats.items() if not where[0].endswith(WAITING)}
    total = sum(own.values())
    parts: dict[str, float] = {}
    for (path_of, _, _), seconds in own.items():
        parts[_part(path_of)] = parts.get(_part(path_of), 0.0) + seconds
    for part, seconds in sorted(parts.items(), key=lambda item: -item[1])[:PARTS_MAX]:
        yield Figure(f"all in {part}", 100 * seconds / total, "% of the API's time")
    for where, seconds in sorted(own.items(), key=lambda item: -item[1])[:PROFILE_LINES]:
        yield Figure(f"profile: {_shown(*where)}", 100 * seconds / total, "% of the API's time")


def _part(path: str) -> str:
    """Return the package a function belongs to: ours by folder."""
    if path == "~":
        return "built-in functions"
    _, _, installed = path.partition("site-packages/")
    if installed:
        return installed.partition("/")[0]
    is_ours = Path(path).is_relative_to(ROOT)
    return Path(path).relative_to(ROOT).parts[0] if is_ours else "the standard library"


def _shown(path: str, line: int, function: str) -> str:
    name = "/".join(Path(path).parts[-2:])
    return function if path == "~" else f"{name}:{line} {function}"
