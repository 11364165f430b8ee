"""Child processes that never outlive their parent, however it ends.

A guard process holds the reading end of a pipe whose writing end only the parent holds. When the parent ends,
killed or not, the guard reads the end of the pipe and stops, newest first, every program started through it.
As a script this file is that process.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import psutil

GRACE_SECONDS: Final = 10.0
POLL_SECONDS: Final = 0.05
_LAUNCH: Final = Path(__file__).resolve().with_name("launch.py")


@dataclass(frozen=True, slots=True)
class Program:
    """What to run (an absolute path first), its environment, where its output goes, how it stops."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    stop_signal: signal.Signals = signal.SIGTERM
    grace_seconds: int = 10
    user: tuple[int, int] | None = None  # uid and gid to run as, when we are root

    @property
    def stopping(self) -> tuple[str, str]:
        """Return how the guard is told to stop it: the number of the signal, the grace in seconds."""
        return str(int(self.stop_signal)), str(self.grace_seconds)


class Guard:
    """A context manager: what it started stops when it closes, or when this process ends in any way."""

    def __init__(self, *, holds: Sequence[int] = ()) -> None:
        """Prepare a guard that keeps the descriptors `holds` (of locks) open until everything has stopped."""
        self._holds = tuple(holds)
        self._started: list[tuple[Program, subprocess.Popen[bytes]]] = []
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start the guard process, in a session of its own so that no Ctrl-C reaches it."""
        self._process = subprocess.Popen(  # noqa: S603 - our own file
            [sys.executable, "-P", str(Path(__file__).resolve())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=self._holds,
            start_new_session=True,
            cwd="/",
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop every program, newest first, then the guard process."""
        for program, process in reversed(self._started):
            stop(program, process)
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait()

    def start(self, program: Program) -> subprocess.Popen[bytes]:
        """Start `program` in a session of its own; its output is appended to its log."""
        if self._process is None or self._process.stdin is None:
            raise AssertionError("a guard starts programs between its enter and its exit")
        pipe = self._process.stdin.fileno()
        user = "-" if program.user is None else "{}:{}".format(*program.user)
        launcher = [sys.executable, "-I", "-S", str(_LAUNCH), str(pipe), *program.stopping, user]
        with program.log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own programs
                [*launcher, *program.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(program.environment),
                pass_fds=(pipe,),
                start_new_session=True,
            )
        self._started = [(p, running) for p, running in self._started if running.poll() is None]
        self._started.append((program, process))
        return process


def stop(program: Program, process: subprocess.Popen[bytes]) -> int:
    """Ask a program to stop, kill it when it has not within its grace, and return its exit code."""
    if process.poll() is None:
        process.send_signal(program.stop_signal)
    try:
        return process.wait(program.grace_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def is_running(process: psutil.Process) -> bool:
    """Say whether the very process seen earlier, not a later one of the same pid, still runs."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_gone(process: psutil.Process, seconds: float) -> bool:
    """Wait for a process that is no child of ours to end, at most `seconds`; say whether it did."""
    end = time.monotonic() + seconds
    while is_running(process):
        if time.monotonic() > end:
            return False
        time.sleep(POLL_SECONDS)
    return True


def main() -> None:
    """Read a line `pid signal grace` for each program until the parent ends; then stop what still runs."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    watched: list[tuple[psutil.Process, int, int]] = []
    for line in sys.stdin:
        pid, stop_signal, grace_seconds = (int(number) for number in line.split())
        watched = [entry for entry in watched if is_running(entry[0])]
        with contextlib.suppress(psutil.NoSuchProcess):
            watched.append((psutil.Process(pid), stop_signal, grace_seconds))
    for entry in reversed(watched):
        with contextlib.suppress(psutil.NoSuchProcess):
            _end(*entry)


def _end(process: psutil.Process, stop_signal: int, grace_seconds: int) -> None:
    process.send_signal(stop_signal)
    if not wait_gone(process, grace_seconds):
        process.kill()
        wait_gone(process, GRACE_SECONDS)


if __name__ == "__main__":
    main()
