"""Commit to visible in a row through Apache Kafka, relay and projector in processes of their own."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic  # type: ignore[attr-defined]

from api.ids import new_id
from bench.application import in_loop, new_project, send
from bench.measuring import divided, percentile, say
from bench.place import Place
from bench.report import Ratio, Report
from domain import task
from domain.ids import ProjectId
from infra.event_log import EventLog
from infra.guard import stop
from infra.serving import Serving
from infra.settings import Settings
from tests.apache_kafka import ApacheKafka

EVENTS: Final = 1_000
ROUNDS: Final = 4
COMMANDS_A_SECOND: Final = 50
WARM_UP_MAX: Final = 50
PAYLOAD_BYTES: Final = 300
READY_SECONDS_MAX: Final = 60.0
BARE: Final = "bare"


def run(place: Place, events: int) -> Report:
    """Send `events` commands in all, a part in each round, and as many bare messages after each part."""
    logging.getLogger("kafka").setLevel(logging.ERROR)
    kafka = ApacheKafka(place.guard, place.folder)
    kafka.start()
    say("Apache Kafka started")
    settings = Settings(
        database_url=place.database(),
        kafka_bootstrap=kafka.bootstrap,
        token_secret="s" * 32,
        master_key="m" * 43,
        log_level="warning",
    )
    with _processes(place, settings):
        ours, bare = in_loop(_rounds(settings, max(events // ROUNDS, 1)))
    report = Report("visible")
    report.add_figure("commands, 50 a second", [sum(map(len, ours))], "commands")
    for percent, target in ((50, 4.0), (99, 6.0)):
        mine, theirs = ([1e3 * percentile(each, percent) for each in found] for found in (ours, bare))
        report.ratios.append(
            Ratio(f"p{percent} against a bare round trip", divided(mine, theirs), target, is_limit=True)
        )
        report.add_figure(f"commit to visible, p{percent}", mine, "ms")
        report.add_figure(f"bare produce and consume, p{percent}", theirs, "ms")
    return report


@contextmanager
def _processes(place: Place, settings: Settings) -> Generator[None]:
    """Run relay and projector, as `fairlead relay` and `fairlead projector` do."""
    started = []
    for name in ("projector", "relay"):
        program = place.python(name, "-m", "api.cli", name, environment=settings.environment())
        started.append((program, place.guard.start(program)))
    yield
    for each in started:
        stop(*each)


async def _rounds(settings: Settings, commands: int) -> tuple[list[list[float]], list[list[float]]]:
    database_url, bootstrap = settings.addresses
    ours: list[list[float]] = []
    bare: list[list[float]] = []
    async with (
        EventLog(database_url) as log,
        Serving(
            database_url, partitions=settings.partitions, stale_after_seconds=READY_SECONDS_MAX
        ) as serving,
    ):
        project_id = await new_project(log)

        async def visible() -> float:
            stream = new_id()
            answer = await send(
                log, task.DECIDER, stream, task.OpenTask(ProjectId(project_id), "Check the weld")
            )
            committed = time.perf_counter()
            await serving.freshness.wait(answer.position, serving.partitions_of([project_id]))
            if stream not in await serving.rows["task_board"].get([stream]):
                raise AssertionError("the rows say they are fresh, and the row is not there")
            return time.perf_counter() - committed

        await visible()
        await asyncio.sleep(3)  # the consumer group settles
        await _paced(visible, min(WARM_UP_MAX, commands))
        for number in range(ROUNDS):
            ours.append(await _paced(visible, commands))
            bare.append(await asyncio.to_thread(_bare, bootstrap, commands))
            say(f"round {number + 1} of {ROUNDS}: {_summary(ours[-1])} visible, {_summary(bare[-1])} bare")
    return ours, bare


async def _paced(measure: Callable[[], Any], count: int) -> list[float]:
    """Begin a measurement every fiftieth of a second, however long each takes; return their seconds."""
    begun: list[asyncio.Task[float]] = []
    started = time.perf_counter()
    for number in range(count):
        await asyncio.sleep(max(0.0, started + number / COMMANDS_A_SECOND - time.perf_counter()))
        begun.append(asyncio.create_task(measure()))
    return list(await asyncio.gather(*begun))


def _bare(bootstrap: str, count: int) -> list[float]:
    """Send `count` messages at the same pace, taken in another thread; return their seconds."""
    _make_topic(bootstrap)
    warm_up = min(WARM_UP_MAX, count)
    producer: Any = KafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=0)
    consumer: Any = KafkaConsumer(bootstrap_servers=bootstrap, group_id=None, auto_offset_reset="latest")
    consumer.assign([TopicPartition(BARE, 0)])
    consumer.seek_to_end()
    consumer.position(TopicPartition(BARE, 0))
    taken: list[float] = []
    sent: list[float] = []

    def take() -> None:
        for message in consumer:
            taken.append(time.perf_counter() - sent[int(message.key)])
            if len(taken) == count + warm_up:
                return

    thread = threading.Thread(target=take, name="bare consumer", daemon=True)
    thread.start()
    started = time.perf_counter()
    for number in range(count + warm_up):
        time.sleep(max(0.0, started + number / COMMANDS_A_SECOND - time.perf_counter()))
        sent.append(time.perf_counter())
        producer.send(BARE, key=str(number).encode(), value=bytes(PAYLOAD_BYTES))
    thread.join(READY_SECONDS_MAX)
    producer.close()
    consumer.close()
    if len(taken) < count + warm_up:
        raise AssertionError("the bare round trip lost messages")
    return taken[warm_up:]


def _make_topic(bootstrap: str) -> None:
    admin: Any = KafkaAdminClient(bootstrap_servers=bootstrap)
    if BARE not in admin.list_topics():
        admin.create_topics([NewTopic(BARE, 1, 1)])
    admin.close()


def _summary(seconds: list[float]) -> str:
    return f"p50 {1e3 * percentile(seconds, 50):.1f} ms, p99 {1e3 * percentile(seconds, 99):.1f} ms"
