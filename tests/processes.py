"""Programs of tests in processes of their own, forked from one that has imported Fairlead already.

What such a test is about is what a killed process leaves behind, or how several get along: not a start, of
which importing alone takes a second or two each time.
"""

import multiprocessing
import os
import signal
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Final, Self, TextIO

_CONTEXT: Final = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        "infra.erasing",
        "infra.projector",
        "infra.relay",
        "projections.all",
        "pytest",
        "tests.infra.proof.proving",
        "tests.infra.story",
    ]
)


class Forked:
    """A program with its arguments, as of `python -c PROGRAM ARGUMENT ...`, killed when its block is left.

    What it prints is in `stdout`, but for one that `is_mute`, which would be held up once nobody reads it.
    """

    def __init__(self, program: str, *arguments: object, is_mute: bool = False) -> None:
        heard, said = _CONTEXT.Pipe(duplex=False)
        words = tuple(map(str, arguments))
        self._process = _CONTEXT.Process(target=_run, args=(program, words, None if is_mute else said))
        self._process.start()
        said.close()
        self.stdout: TextIO = os.fdopen(os.dup(heard.fileno()), encoding="utf-8")
        heard.close()

    def __enter__(self) -> Self:
        """Give it, running."""
        return self

    def __exit__(self, *_: object) -> None:
        """Kill it."""
        if self._process.is_alive():
            self.send(signal.SIGKILL)
        self.wait()
        self.stdout.close()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        assert self._process.pid is not None
        with suppress(ProcessLookupError):
            os.kill(self._process.pid, number)

    def wait(self, seconds_max: float = 60) -> int:
        """Wait for its end and return its exit code, or the negative number of the signal that killed it."""
        self._process.join(seconds_max)
        assert self._process.exitcode is not None, "it has not ended"
        return self._process.exitcode


def _run(program: str, arguments: tuple[str, ...], said: Connection | None) -> None:
    printed = os.open(os.devnull, os.O_WRONLY) if said is None else said.fileno()
    os.dup2(printed, sys.stdout.fileno())
    if said is None:
        os.close(printed)
    else:
        said.close()
    sys.argv = ["-c", *arguments]
    exec(program, {"__name__": "__main__"})  # noqa: S102 - a program of ours, as `python -c` runs it
