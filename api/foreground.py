"""Everything on this machine, in the foreground: PostgreSQL, the broker and our own processes, in order."""

import json
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Final

import typer
from rich.console import Console

from api.commands.token import DEVELOPER, SECONDS_AN_HOUR
from domain.roles import Role
from infra.data_folder import Running, publish, withdraw
from infra.embedded import EmbeddedBroker, EmbeddedPostgres, NotStarted
from infra.guard import Guard, Program
from infra.settings import PREFIX, Settings
from infra.supervisor import Supervisor, Worker
from infra.tokens import Actor, mint

READY_SECONDS_MAX: Final = 180.0
CHECK_SECONDS: Final = 0.2
ANSWER_BYTES_MAX: Final = 2_000
START_RESTARTS_MAX: Final = 3  # one that never came up will not come up
TOKEN_HOURS: Final = 24
WORKERS: Final = ("relay", "projector", "api")


class PortTaken(Exception):
    """Something else listens where the API should."""


def run(settings: Settings, guard: Guard, *, follows: int | None) -> None:
    """Run everything until a signal, or until the process `follows` is no longer our parent.

    Raises `PortTaken`, `NotStarted` or `GaveUp`. Expects `settings` with a way to check tokens.
    """
    _check_port(settings)
    logs_folder = settings.data_dir / "logs"
    logs_folder.mkdir(mode=0o700, exist_ok=True)
    postgres = EmbeddedPostgres(guard, settings.data_dir / "postgres", logs_folder / "postgres.log")
    broker = EmbeddedBroker(guard, logs_folder / "broker.log")

    def whole() -> Settings:
        return replace(settings, database_url=postgres.database_url, kafka_bootstrap=broker.bootstrap)

    def worker(name: str) -> Worker:
        log = logs_folder / f"{name}.log"
        return Worker(guard, name, log, lambda: _program(name, log, whole()))

    supervisor = Supervisor([postgres, broker, *(worker(name) for name in WORKERS)])
    try:
        _start(supervisor, settings)
        publish(settings.data_dir, _running(whole()))
        typer.echo(_ready_line(settings))
        while follows is None or os.getppid() == follows:
            supervisor.check()
            time.sleep(CHECK_SECONDS)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # stopping takes what it takes; each program has its limit
        withdraw(settings.data_dir)
        supervisor.stop()


def _start(supervisor: Supervisor, settings: Settings) -> None:
    """Start everything and wait until the API says that all is ready; raise `NotStarted` or `GaveUp`."""
    console, began = Console(stderr=True), time.monotonic()

    def say(step: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:6.1f} s[/]  {step}", highlight=False)
        status.update(step)

    with console.status("Starting") as status:
        supervisor.start(lambda name: say(f"starting {name}"))
        say("waiting until all have caught up")
        answer, relay, moved = "", "", time.monotonic()
        while time.monotonic() - moved < READY_SECONDS_MAX:
            supervisor.check(restarts_max=START_RESTARTS_MAX)
            is_ready, answer = _health(settings)
            if is_ready:
                return
            if (now := _relay(answer)) != relay:  # an empty broker is filled again: a long log takes its time
                relay, moved = now, time.monotonic()
                status.update(relay or "waiting until all have caught up")
            time.sleep(CHECK_SECONDS)
    raise NotStarted(f"Fairlead was not ready within {READY_SECONDS_MAX:.0f} s: {answer}")


def _relay(answer: str) -> str:
    """Return what an answer about health says of the relay; empty where it says nothing."""
    try:
        return json.loads(answer)["checks"]["relay"]["problem"] or ""
    except (ValueError, KeyError, TypeError):
        return ""


def _health(settings: Settings) -> tuple[bool, str]:
    """Ask the API whether all is ready; return the beginning of its answer."""
    try:
        with urllib.request.urlopen(f"{settings.base_url}/health/ready", timeout=2) as answer:  # noqa: S310 - our own address
            return answer.status == HTTPStatus.OK, answer.read(ANSWER_BYTES_MAX).decode(errors="replace")
    except urllib.error.HTTPError as refusal:
        with refusal:
            return False, refusal.read(ANSWER_BYTES_MAX).decode(errors="replace")
    except OSError as fault:
        return False, str(fault)


def _program(name: str, log: Path, settings: Settings) -> Program:
    """Return one of our own processes, run by this very Python, whatever lies in the current folder."""
    given = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
    ours = {**settings.environment(), "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    command = [sys.executable, "-P", "-m", "api.cli", name]
    return Program(name=name, command=command, log=log, environment={**given, **ours})


def _running(settings: Settings) -> Running:
    return Running(
        pid=os.getpid(),
        database_url=settings.database_url or "",
        kafka_bootstrap=settings.kafka_bootstrap or "",
        graphql_url=settings.graphql_url,
    )


def _ready_line(settings: Settings) -> str:
    line = f"ready {settings.graphql_url}"
    if settings.token_secret is None:
        return f"{line} (tokens come from your identity provider)"
    developer = Actor(DEVELOPER, frozenset({Role.ADMINISTRATOR}))
    return f"{line} token {mint(developer, settings, valid_seconds=TOKEN_HOURS * SECONDS_AN_HOUR)}"


def _check_port(settings: Settings) -> None:
    """Raise `PortTaken` when the API could not listen."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as fault:
            raise PortTaken(
                f"The API cannot listen on {settings.host}:{settings.port} ({fault.strerror}): "
                "set FAIRLEAD_HOST and FAIRLEAD_PORT to an address of this machine that is free."
            ) from None
