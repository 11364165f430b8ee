"""The folder of the embedded default: one owner at a time, its secrets, where the running one is found."""

import fcntl
import json
import os
import secrets
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import psutil

from infra.guard import is_running
from infra.settings import BadSettings, Settings

LOCK_NAME: Final = "fairlead.lock"
RUN_NAME: Final = "run.json"
SECRET_NAME: Final = "token.secret"  # noqa: S105 - a file's name
PROOF_KEY_NAME: Final = "proof.key"
MASTER_NAME: Final = "master.key"
LEAVING_SECONDS_MAX: Final = 90.0
POLL_SECONDS: Final = 0.1


class AlreadyRunning(Exception):
    """Another Fairlead holds the data folder."""

    def __init__(self, folder: Path, holder: str) -> None:
        """Say who holds `folder`; `holder` is its pid and address as it wrote them."""
        pid, _, address = holder.partition(" ")
        super().__init__(f"Fairlead already runs on {folder}: process {pid}, at {address}.")


@dataclass(frozen=True, slots=True)
class Running:
    """Where a running Fairlead is; kept in the data folder, readable by its owner only."""

    pid: int
    database_url: str
    kafka_bootstrap: str
    graphql_url: str


@contextmanager
def held(folder: Path, *, address: str) -> Generator[int]:
    """Own `folder` (made 0700 if need be), as the one at `address`; yield its lock.

    A lock is a file descriptor: whoever inherits it keeps the folder held. Raises `AlreadyRunning`, and
    `BadSettings` for a folder that cannot be written; while the programs of a killed owner stop, they are
    waited for.
    """
    with _writing(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(lock, folder)
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()} {address}".encode(), 0)
        yield lock
    finally:
        os.close(lock)


@contextmanager
def _writing(folder: Path) -> Generator[None]:
    """Make of each fault a sentence about the setting that named the folder."""
    try:
        yield
    except OSError as fault:
        raise BadSettings(
            [f"FAIRLEAD_DATA_DIR must be a folder that can be written, not {folder} ({fault.strerror})."]
        ) from None


def _take(lock: int, folder: Path) -> None:
    end = time.monotonic() + LEAVING_SECONDS_MAX
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(lock, 1_000, 0).decode(errors="replace")
            pid = holder.partition(" ")[0]
            is_leaving = pid.isdigit() and not _is_running(int(pid))
            if not is_leaving or time.monotonic() > end:
                raise AlreadyRunning(folder, holder) from None
            time.sleep(POLL_SECONDS)
        else:
            return


def token_secret(folder: Path) -> str:
    """Return the secret that signs development tokens, made once for each data folder."""
    with _writing(folder):
        return kept_secret(folder / SECRET_NAME)


def kept_secret(path: Path) -> str:
    """Return the secret in `path` (43 characters), made at the first call; readable by its owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists():
        return path.read_text(encoding="ascii").strip()
    draft = path.with_suffix(f".{os.getpid()}")
    _write_private(draft, secrets.token_urlsafe(32))
    try:
        os.link(draft, path)  # the first one wins, whole
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text(encoding="ascii").strip()


def replace_private(path: Path, text: str) -> None:
    """Put `text` in place of a file's content at once; readable by its owner only."""
    draft = path.with_suffix(f".{os.getpid()}")
    _write_private(draft, text)
    draft.replace(path)


def publish(folder: Path, running: Running) -> None:
    """Let the other commands find the running Fairlead."""
    draft = folder / f"{RUN_NAME}.new"
    _write_private(draft, json.dumps(asdict(running)))
    draft.replace(folder / RUN_NAME)


def withdraw(folder: Path) -> None:
    """Forget the running Fairlead."""
    (folder / RUN_NAME).unlink(missing_ok=True)


def running(folder: Path) -> Running | None:
    """Return where the Fairlead of this data folder runs; None when none does."""
    try:
        found = Running(**json.loads((folder / RUN_NAME).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return found if _is_running(found.pid) else None


def with_keys(settings: Settings) -> Settings:
    """Return the settings with a way to check tokens and a master key: as set, or the data folder's own.

    Raises `BadSettings` for a data folder that cannot be written.
    """
    if not (settings.token_secret or settings.jwks_url or settings.jwks_file):
        settings = replace(settings, token_secret=token_secret(settings.data_dir))
    if settings.master_key or settings.master_key_file:
        return settings
    path = settings.data_dir.resolve() / MASTER_NAME
    with _writing(settings.data_dir):
        kept_secret(path)
    return replace(settings, master_key_file=path)


def with_proof_key(settings: Settings) -> Settings:
    """Return the settings with a key that signs the log's checkpoints: as set, or the data folder's own.

    Raises `BadSettings` for a data folder that cannot be written.
    """
    if settings.proof_key or settings.proof_key_file:
        return settings
    file = settings.data_dir / PROOF_KEY_NAME
    with _writing(settings.data_dir):
        kept_secret(file)
    return replace(settings, proof_key_file=file)


def attached(settings: Settings) -> Settings | None:
    """Return settings with addresses: as given, or of the embedded Fairlead that runs, or None."""
    if not settings.is_embedded:
        return settings
    found = running(settings.data_dir)
    if found is None:
        return None
    return with_keys(
        replace(settings, database_url=found.database_url, kafka_bootstrap=found.kafka_bootstrap)
    )


def _is_running(pid: int) -> bool:
    """Say whether a process of this pid runs: one that was killed and is not yet waited for does not."""
    try:
        return is_running(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return False


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with open(path, "x", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
