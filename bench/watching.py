"""What a process and its children use: memory at its peak, and CPU."""

import threading
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

import psutil

EVERY_SECONDS: Final = 0.2


class Watched:
    """A context manager that looks at a process and all its descendants several times a second."""

    def __init__(self, pid: int) -> None:
        """Watch the process `pid`."""
        self._root = psutil.Process(pid)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watching")
        self._cpu: dict[psutil.Process, float] = {}
        self.peak_megabytes = 0.0

    def __enter__(self) -> Self:
        """Begin."""
        self._look()
        self._before = dict(self._cpu)
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
        """Return the CPU seconds, user and system, used while watched, as last seen of each process."""
        return sum(used - self._before.get(process, 0.0) for process, used in self._cpu.items())

    def _watch(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            self._look()

    def _look(self) -> None:
        """Add up proportional shares of memory, in which a page that several share counts once."""
        shares = 0
        with suppress(psutil.NoSuchProcess):
            for process in (self._root, *self._root.children(recursive=True)):
                with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                    times = process.cpu_times()
                    self._cpu[process] = times.user + times.system
                    shares += process.memory_full_info().pss
        self.peak_megabytes = max(self.peak_megabytes, shares / 1e6)
