"""The supervisor, over small programs: started again when they end, given up when they never stay."""

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from infra import supervisor as supervising
from infra.guard import Guard, Program
from infra.supervisor import RESTARTS_MAX, GaveUp, Supervisor, Worker

STAYS = "import time; print('up', flush=True); time.sleep(600)"
FAILS = "import sys; sys.exit('no luck today')"


@pytest.fixture
def worker(guard: Guard, tmp_path: Path) -> Callable[[str, str], Worker]:
    def make(name: str, code: str) -> Worker:
        log = tmp_path / f"{name}.log"
        return Worker(
            guard, name, log, lambda: Program(name=name, command=[sys.executable, "-c", code], log=log)
        )

    return make


def test_all_are_started_in_order_and_stopped_in_reverse(
    worker: Callable[[str, str], Worker], tmp_path: Path
) -> None:
    tells = (
        "import signal, sys, time\n"
        f"def end(*_): open({str(tmp_path / 'order')!r}, 'a').write('{{name}} '); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end); print('up', flush=True); time.sleep(600)"
    )
    workers = [worker(name, tells.replace("{name}", name)) for name in ("first", "second", "third")]
    supervisor = Supervisor(workers)
    started: list[str] = []
    supervisor.start(started.append)
    assert until(lambda: all(each.log.read_text() == "up\n" for each in workers))
    supervisor.stop()
    assert started == ["first", "second", "third"]
    assert (tmp_path / "order").read_text() == "third second first "


def test_one_that_is_killed_is_started_again(worker: Callable[[str, str], Worker]) -> None:
    one = worker("one", STAYS)
    supervisor = Supervisor([one], backoff_seconds=0.01)
    supervisor.start(print)
    first = one.process.pid
    one.process.send_signal(signal.SIGKILL)
    one.process.wait()
    assert checked_until(supervisor, lambda: one.process.pid != first)
    assert psutil.pid_exists(one.process.pid)
    supervisor.stop()
    assert one.process.returncode == -signal.SIGTERM


def test_one_that_never_stays_is_given_up_with_its_last_words(worker: Callable[[str, str], Worker]) -> None:
    supervisor = Supervisor([worker("moody", FAILS)], backoff_seconds=0.001)
    supervisor.start(print)
    with pytest.raises(GaveUp, match=rf"^moody ended {RESTARTS_MAX + 1} times in a row: no luck today"):
        checked_until(supervisor, lambda: False)
    supervisor.stop()


def test_a_log_is_cut_when_it_is_full_and_kept_once(
    worker: Callable[[str, str], Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "LOG_BYTES_MAX", 1_000)
    one = worker("one", STAYS)
    supervisor = Supervisor([one])
    supervisor.start(print)
    one.log.write_text("x" * 1_001)
    supervisor.check()
    assert one.log.read_text() == ""
    assert one.log.with_suffix(".1.log").read_text() == "x" * 1_001
    supervisor.stop()


def checked_until(supervisor: Supervisor, holds: Callable[[], bool]) -> bool:
    def check() -> bool:
        supervisor.check()
        return holds()

    return until(check)


def until(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20
    while not (met := holds()) and time.monotonic() < end:
        time.sleep(0.02)
    return met
