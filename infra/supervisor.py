"""Programs kept running: started in order, started again when one ends, stopped in reverse order."""

import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import structlog

from infra.embedded import NotStarted, last_line
from infra.guard import Guard, Program, stop

RESTARTS_MAX: Final = 8
STEADY_SECONDS: Final = 60.0  # a program that ran this long starts with a clean slate
BACKOFF_SECONDS: Final = 0.25
BACKOFF_SECONDS_MAX: Final = 30.0
LOG_BYTES_MAX: Final = 64_000_000

_log = structlog.stdlib.get_logger()


class GaveUp(Exception):
    """A program ended again and again; the sentence names it and its log."""


class Service(Protocol):
    """Something that can be started, watched and stopped."""

    @property
    def name(self) -> str:
        """Return what people call it."""
        ...

    @property
    def log(self) -> Path:
        """Return the file it writes to."""
        ...

    def start(self) -> subprocess.Popen[bytes]:
        """Start it, return when it is of use; raise `NotStarted`."""
        ...

    def stop(self) -> int:
        """Stop it and return its exit code."""
        ...


class Worker:
    """A program of our own that is of use as soon as it runs."""

    def __init__(self, guard: Guard, name: str, log: Path, prepare: Callable[[], Program]) -> None:
        """Prepare to start under `guard` what `prepare` returns, asked anew at each start."""
        self._guard = guard
        self._prepare = prepare
        self.name = name
        self.log = log

    def start(self) -> subprocess.Popen[bytes]:
        """Start it."""
        self._program = self._prepare()
        self.process = self._guard.start(self._program)
        return self.process

    def stop(self) -> int:
        """Stop it and return its exit code."""
        return stop(self._program, self.process)


@dataclass(slots=True)
class _Watched:
    service: Service
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    failures: int = 0


class Supervisor:
    """Keeps services running; the order given is the order of starting."""

    def __init__(self, services: Sequence[Service], *, backoff_seconds: float = BACKOFF_SECONDS) -> None:
        """Watch `services`; a restart waits `backoff_seconds`, twice as long after each further failure."""
        self._watched = [_Watched(service) for service in services]
        self._backoff_seconds = backoff_seconds

    def start(self, starting: Callable[[str], None]) -> None:
        """Start all in order, telling `starting` each name first; raise `NotStarted`."""
        for watched in self._watched:
            starting(watched.service.name)
            self._start(watched)

    def check(self, *, restarts_max: int = RESTARTS_MAX) -> None:
        """Start again what has ended and is due, and keep the logs bounded. Call it often.

        Raises `GaveUp` for a program that was started again `restarts_max` times in a row for nothing.
        """
        for watched in self._watched:
            if watched.process is None:
                if time.monotonic() >= watched.due_at:
                    self._restart(watched)
            elif watched.process.poll() is not None:
                self._failed(watched, f"exit code {watched.process.returncode}")
            if watched.failures > restarts_max:
                raise GaveUp(_last_words(watched))
            _bound(watched.service.log)

    def stop(self) -> None:
        """Stop all, the last started first."""
        for watched in reversed(self._watched):
            if watched.process is not None:
                watched.service.stop()
                watched.process = None

    def _start(self, watched: _Watched) -> None:
        watched.process = watched.service.start()
        watched.started_at = time.monotonic()

    def _restart(self, watched: _Watched) -> None:
        try:
            self._start(watched)
        except NotStarted as fault:
            self._failed(watched, str(fault))
        else:
            _log.info("program_restarted", program=watched.service.name, failures=watched.failures)

    def _failed(self, watched: _Watched, why: str) -> None:
        now = time.monotonic()
        was_steady = watched.process is not None and now - watched.started_at >= STEADY_SECONDS
        watched.failures = 1 if was_steady else watched.failures + 1
        wait_seconds = min(self._backoff_seconds * 2 ** (watched.failures - 1), BACKOFF_SECONDS_MAX)
        watched.process, watched.due_at = None, now + wait_seconds
        _log.warning("program_ended", program=watched.service.name, why=why, restart_seconds=wait_seconds)


def _last_words(watched: _Watched) -> str:
    service = watched.service
    last = last_line(service.log)
    return f"{service.name} ended {watched.failures} times in a row: {last}\nMore is in {service.log}."


def _bound(log: Path) -> None:
    """Keep one full log beside the current one: the writers append, so cutting the file is safe."""
    if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
        shutil.copyfile(log, log.with_suffix(".1.log"))
        with log.open("r+b") as file:
            file.truncate()
