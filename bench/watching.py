"""What a process and its children use: memory at its peak, and CPU."""

import threading
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

import psutil

EVERY_SECONDS: Final = 1.0
"""Adding up memory takes 15 ms: done five times a second it took a sixth of what a rebuild has."""


class Watched:
    """A context manager that looks at a process and all its descendants once a second."""

    def __init__(self, pid: int) -> None:
        """Watch the process `pid`."""
        self._root = psutil.Process(pid)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watching")
        self._seconds = 0.0
        self._seconds_before = 0.0
        self.peak_megabytes = 0.0

    def __enter__(self) -> Self:
        """Begin."""
        self._look()
        self._seconds_before = self._seconds
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""
        self._stop.set()
        self._thread.join()
        self._look()

    @property
    def cpu_seconds(self) -> float:
        """Return the CPU seconds, user and system, used while watched, as last seen."""
        return self._seconds - self._seconds_before

    def _watch(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            self._look()

    def _look(self) -> None:
        """Add up CPU, and proportional shares of memory, in which a page that several share counts once.

        A process that ended is among the children of the one that waited for it.
        """
        shares, seconds = 0, 0.0
        with suppress(psutil.NoSuchProcess):
            for process in (self._root, *self._root.children(recursive=True)):
                with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                    seconds += sum(process.cpu_times()[:4])
                    shares += process.memory_full_info().pss
        self.peak_megabytes = max(self.peak_megabytes, shares / 1e6)
        self._seconds = max(self._seconds, seconds)
