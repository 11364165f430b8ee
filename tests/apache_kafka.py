"""A real Apache Kafka, one node, its jars from Maven by coordinates; a test may stop, kill and restart it."""

import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final

from infra.embedded import LOCALHOST, free_port, last_line
from infra.guard import Guard, Program, stop

KAFKA_VERSION: Final = "4.4.0"
LOG4J_VERSION: Final = "2.25.5"
COPY_GOAL: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
START_SECONDS_MAX: Final = 90.0
JAVA_OPTIONS: Final = ("-Xms64m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")
CLUSTER_ID: Final = "RmFpcmxlYWRGYWlybGVhZA"

COORDINATES: Final = (
    ("org.apache.kafka", "kafka_2.13", KAFKA_VERSION),
    # without a binding for slf4j there would be no log at all
    ("org.apache.logging.log4j", "log4j-slf4j-impl", LOG4J_VERSION),
    ("org.apache.logging.log4j", "log4j-core", LOG4J_VERSION),
)

SERVER: Final = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers={host}:{controller}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={folder}/data
auto.create.topics.enable=false
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
"""

LOGGING: Final = """\
status=error
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=[%d] %p %m (%c)%n
rootLogger.level=info
rootLogger.appenderRef.out.ref=out
"""


class KafkaFault(Exception):
    """Apache Kafka, or Maven that fetches it, did not do what a test asked."""


def missing_tools() -> list[str]:
    """Return the names of the programs Apache Kafka needs and this machine lacks."""
    return [name for name in ("java", "mvn") if shutil.which(name) is None]


class ApacheKafka:
    """One broker that is its own controller; `bootstrap` stays the same over `stop`, `kill` and `start`."""

    def __init__(self, guard: Guard, folder: Path) -> None:
        """Prepare a broker under `guard` with its data in `folder`."""
        self._guard = guard
        self._folder = folder
        self._port, self._controller = free_port(), free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.log = folder / "kafka.log"
        self._program = Program(name="Apache Kafka", command=(), log=self.log)

    @property
    def bootstrap(self) -> str:
        """Return the address clients start from."""
        return f"{LOCALHOST}:{self._port}"

    @property
    def is_running(self) -> bool:
        """Say whether the broker's process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the broker, unless it runs, and wait until it serves clients."""
        if self.is_running:
            return
        jars = fetch_jars()
        if not (self._folder / "data").exists():
            self._format(jars)
        seen = self.log.stat().st_size if self.log.exists() else 0
        self._program = Program(name="Apache Kafka", command=self._java(jars, "kafka.Kafka"), log=self.log)
        self._process = self._guard.start(self._program)
        self._await(self._process, seen)

    def stop(self) -> None:
        """Stop the broker in order; its data stays."""
        if self._process is not None:
            stop(self._program, self._process)

    def kill(self) -> None:
        """Kill the broker as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def restart(self) -> None:
        """Stop the broker in order and start it again."""
        self.stop()
        self.start()

    def wipe(self) -> None:
        """Stop the broker and drop all it knows: the next start is an empty cluster at the same address."""
        self.stop()
        shutil.rmtree(self._folder / "data", ignore_errors=True)

    def _java(self, jars: Path, main: str, *arguments: str) -> list[str]:
        java = shutil.which("java") or "java"
        logging = f"-Dlog4j2.configurationFile={self._folder / 'log4j2.properties'}"
        last = () if arguments else (str(self._folder / "server.properties"),)
        return [java, *JAVA_OPTIONS, logging, "-cp", f"{jars}/*", main, *arguments, *last]

    def _format(self, jars: Path) -> None:
        places = {
            "host": LOCALHOST,
            "port": self._port,
            "controller": self._controller,
            "folder": self._folder,
        }
        properties = self._folder / "server.properties"
        properties.write_text(SERVER.format(**places), encoding="utf-8")
        (self._folder / "log4j2.properties").write_text(LOGGING, encoding="utf-8")
        arguments = ("format", "--standalone", "-t", CLUSTER_ID, "-c", str(properties))
        command = self._java(jars, "kafka.tools.StorageTool", *arguments)
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode != 0:
            raise KafkaFault((done.stdout + done.stderr).decode(errors="replace"))

    def _await(self, process: subprocess.Popen[bytes], seen: int) -> None:
        end = time.monotonic() + START_SECONDS_MAX
        while process.poll() is None and time.monotonic() < end:
            if b"Kafka Server started" in self.log.read_bytes()[seen:] and self._listens():
                return
            time.sleep(0.1)
        self.stop()
        raise KafkaFault(f"Apache Kafka did not start: {last_line(self.log)}")

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((LOCALHOST, self._port)) == 0


def fetch_jars() -> Path:
    """Return the folder of Kafka's jars: 45 MB, fetched through Maven once, kept in the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fairlead"
    jars = cache / f"kafka-{KAFKA_VERSION}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "kafka.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not jars.exists():
            with tempfile.TemporaryDirectory(dir=cache) as draft:
                _copy_dependencies(Path(draft))
                (Path(draft) / "lib").rename(jars)
    return jars


def _copy_dependencies(folder: Path) -> None:
    dependency = (
        "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>"
    )
    project = (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        "<groupId>fairlead</groupId><artifactId>kafka-for-tests</artifactId><version>1</version>"
        "<packaging>pom</packaging><dependencies>"
        + "".join(dependency.format(*coordinates) for coordinates in COORDINATES)
        + "</dependencies></project>"
    )
    (folder / "pom.xml").write_text(project, encoding="utf-8")
    goal = [COPY_GOAL, "-DincludeScope=runtime", f"-DoutputDirectory={folder / 'lib'}"]
    done = subprocess.run(
        ["mvn", "-B", "-q", "-f", str(folder / "pom.xml"), *goal], capture_output=True, check=False
    )
    if done.returncode != 0:
        raise KafkaFault("Maven could not fetch Kafka:\n" + done.stdout.decode(errors="replace")[-2_000:])
