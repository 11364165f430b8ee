"""What the environment says: names with the prefix `FAIRLEAD_`, checked together before anything starts.

Longer than other files: each setting, how it is read and what contradicts it stand side by side.
"""

import base64
import difflib
import ipaddress
import os
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

PREFIX: Final = "FAIRLEAD_"
SECRET_BYTES_MIN: Final = 32
PORT_MAX: Final = 65_535
HOST_LENGTH_MAX: Final = 253
LOG_LEVELS: Final = ("debug", "info", "warning", "error")
LOG_FORMATS: Final = ("auto", "json", "console")


class BadSettings(Exception):
    """The environment does not make sense; `problems` holds one sentence for each bad name."""

    def __init__(self, problems: list[str]) -> None:
        """Keep every problem, so that all can be mended at once."""
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True, slots=True)
class Settings:
    """What may differ from one installation to the next; each field is read from `FAIRLEAD_` + upper case."""

    data_dir: Path = Path("fairlead-data")
    host: str = "127.0.0.1"
    port: int = 8080
    database_url: str | None = None
    kafka_bootstrap: str | None = None
    topic: str = "fairlead.events"
    partitions: int = 8
    token_secret: str | None = None
    jwks_url: str | None = None
    jwks_file: Path | None = None
    master_key: str | None = None
    master_key_file: Path | None = None
    calendar_secret: str | None = None
    token_issuer: str = "fairlead"  # noqa: S105 - a name
    token_audience: str = "fairlead"  # noqa: S105 - a name
    command_deadline_seconds: float = 10.0
    stale_after_seconds: float = 5.0
    proof_key: str | None = None
    proof_key_file: Path | None = None
    checkpoint_seconds: float = 30.0
    witness_url: str | None = None
    witness_topic: str | None = None
    log_level: str = "info"
    log_format: str = "auto"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read the settings from `environ`, else from the process's own; an empty value is one not given.

        Raises `BadSettings` with every problem found.
        """
        given = {
            name.removeprefix(PREFIX).lower(): value.strip()
            for name, value in sorted((os.environ if environ is None else environ).items())
            if name.startswith(PREFIX)
        }
        problems = [_unknown(name) for name in given if name not in _READERS]
        values: dict[str, object] = {}
        for name, read in _READERS.items():
            if given.get(name):
                try:
                    values[name] = read(_readable(given[name]))
                except ValueError as problem:
                    problems.append(f"{_shown(name)} {problem}")
        problems += _contradictions(given)
        if problems:
            raise BadSettings(problems)
        return cls(**values)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType] - each reader returns its field's type

    @property
    def is_embedded(self) -> bool:
        """Say whether PostgreSQL and the broker are ours to start, because no addresses were given."""
        return self.database_url is None

    @property
    def addresses(self) -> tuple[str, str]:
        """Return the addresses of PostgreSQL and of Kafka; a process of ours always has both."""
        if self.database_url is None or self.kafka_bootstrap is None:
            raise AssertionError("a process was started without the addresses of its servers")
        return self.database_url, self.kafka_bootstrap

    @property
    def graphql_url(self) -> str:
        """Return the address of the GraphQL API as a client on this machine sees it."""
        return f"{self.base_url}/graphql"

    @property
    def base_url(self) -> str:
        """Return the address the API is reached under from this machine, without a slash at the end."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - recognised, not bound
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    def environment(self) -> dict[str, str]:
        """Return the variables that make another process read these same settings."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {_shown(name): str(value) for name, value in values.items() if value is not None}


def _shown(name: str) -> str:
    return PREFIX + name.upper()


def _unknown(name: str) -> str:
    close = difflib.get_close_matches(name, _READERS, n=1)
    hint = f"; did you mean {_shown(close[0])}?" if close else "."
    return f"{_shown(name)} is not a setting{hint}"


def _contradictions(given: Mapping[str, str]) -> list[str]:
    """Return a sentence for each set of values that are good alone and make no sense together."""
    has = {name for name, value in given.items() if value}
    problems: list[str] = []
    if len(has & {"database_url", "kafka_bootstrap"}) == 1:
        problems.append(
            "FAIRLEAD_DATABASE_URL and FAIRLEAD_KAFKA_BOOTSTRAP belong together: "
            "set both (your own PostgreSQL and Kafka) or neither (the embedded ones)."
        )
    if len(has & {"token_secret", "jwks_url", "jwks_file"}) > 1:
        problems.append(
            "FAIRLEAD_TOKEN_SECRET, FAIRLEAD_JWKS_URL and FAIRLEAD_JWKS_FILE are three ways "
            "to check a token: set one of them."
        )
    if "database_url" in has and not has & {"token_secret", "jwks_url", "jwks_file"}:
        problems.append(
            "Nothing says how to check a token: "
            "set FAIRLEAD_JWKS_URL, FAIRLEAD_JWKS_FILE or FAIRLEAD_TOKEN_SECRET."
        )
    if {"proof_key", "proof_key_file"} <= has:
        problems.append(
            "FAIRLEAD_PROOF_KEY and FAIRLEAD_PROOF_KEY_FILE both hold the key of the log's checkpoints: "
            "set one of them."
        )
    if {"master_key", "master_key_file"} <= has:
        problems.append(
            "FAIRLEAD_MASTER_KEY and FAIRLEAD_MASTER_KEY_FILE are two ways to give keys: set one of them."
        )
    if {"database_url", "kafka_bootstrap"} <= has and not has & {"master_key", "master_key_file"}:
        problems.append(
            "Nothing says what personal texts are encrypted under: "
            "set FAIRLEAD_MASTER_KEY_FILE or FAIRLEAD_MASTER_KEY (openssl rand -base64 32)."
        )
    return problems


def _readable(value: str) -> str:
    if re.search(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]", value):
        raise ValueError("holds a character that is no text.")
    return value


def _text(pattern: str, wish: str, *, is_shown: bool = True) -> Callable[[str], str]:
    def read(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"must be {wish}, not {value[:80]!r}." if is_shown else f"must be {wish}.")
        return value

    return read


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}, not {value[:80]!r}.")
        return int(value)

    return read


def _seconds(least: float, most: float) -> Callable[[str], float]:
    def read(value: str) -> float:
        if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", value) or not least <= float(value) <= most:
            raise ValueError(f"must be a number of seconds from {least:g} to {most:g}, not {value[:80]!r}.")
        return float(value)

    return read


def _choice(among: tuple[str, ...]) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value.lower() not in among:
            raise ValueError(f"must be one of {', '.join(among)}, not {value[:80]!r}.")
        return value.lower()

    return read


def _database_url(value: str) -> str:
    from psycopg import ProgrammingError  # noqa: PLC0415 - what needs no database does not wait for it
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415 - as above

    wish = "must look like postgresql://user:password@host:port/database"
    try:
        parts = conninfo_to_dict(value) if value.startswith(("postgresql://", "postgres://")) else {}
    except ProgrammingError:  # what it says may show the password
        parts = {}
    if not str(parts.get("dbname", "")).strip():
        raise ValueError(f"{wish}.")
    if not all(map(_is_port, filter(None, str(parts.get("port", "")).split(",")))):
        raise ValueError(f"{wish}, with a port from 1 to 65535.")
    return value


def _is_port(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,5}", text) is not None and 1 <= int(text) <= PORT_MAX


def _host(value: str) -> str:
    if not _is_host(value):
        raise ValueError(f"must be a host name or an address, not {value[:80]!r}.")
    return value


def _is_host(text: str) -> bool:
    """Say whether a text is an IP address, or a name whose last label is no number."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        labels = rf"({_LABEL}\.)*(?![0-9]+$){_LABEL}"
        return len(text) <= HOST_LENGTH_MAX and re.fullmatch(labels, text) is not None
    return True


def _brokers(value: str) -> str:
    if not all(map(_is_address, value.split(","))):
        raise ValueError(
            f"must be host:port, or several with commas, each port from 1 to 65535, not {value[:80]!r}."
        )
    return value


def _is_address(text: str) -> bool:
    host, _, port = text.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    return _is_port(port) and _is_host(bare) and (":" in bare) == (bare != host)


def _topic(value: str) -> str:
    if value in {".", ".."} or not re.fullmatch(r"[A-Za-z0-9._-]{1,249}", value):
        raise ValueError(f"must be a Kafka topic's name, not {value[:80]!r}.")
    return value


def _web_address(value: str) -> str:
    try:
        is_fit = _is_web_address(value)
    except ValueError:  # a bracket left open, or a port that is no number
        is_fit = False
    if not is_fit:
        raise ValueError("must be an https address (http only on this machine).")
    return value


def _is_web_address(value: str) -> bool:
    parts = urlsplit(value)
    is_local = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_local)
    return is_safe and bool(parts.hostname) and parts.port != 0 and not re.search(r"\s", value)


def _file(value: str) -> Path:
    if not os.path.isfile(value):  # noqa: PTH113 - Path's own raises for a name that is too long
        raise ValueError(f"names no file: {value[:200]!r}.")
    if not os.access(value, os.R_OK):
        raise ValueError(f"names a file that must not be read: {value[:200]!r}.")
    return Path(value)


def _folder(value: str) -> Path:
    """Return a folder, there already or to be made; whether it can be made is seen when it is."""
    try:
        is_folder = stat.S_ISDIR(os.stat(value).st_mode)  # noqa: PTH116 - as it is
    except FileNotFoundError:
        is_folder = True
    except OSError:  # within a file, too long, or not for us to see
        is_folder = False
    if not is_folder:
        raise ValueError(f"names no folder: {value[:200]!r}.")
    return Path(value)


def _secret(value: str) -> str:
    if len(value.encode()) < SECRET_BYTES_MIN:
        raise ValueError(f"must have at least {SECRET_BYTES_MIN} bytes.")
    if value.startswith(("-----BEGIN", "ssh-")):
        raise ValueError("must be a random text, not a public key; for keys, FAIRLEAD_JWKS_FILE.")
    return value


def _key(value: str) -> str:
    if secret_of(value) is None:
        raise ValueError("must be 32 random bytes in Base64.")
    return value


def secret_of(text: str) -> bytes | None:
    """Return the 32 bytes that a text in Base64 (either alphabet, padded or not) stands for, else None."""
    found = re.fullmatch(r"([A-Za-z0-9_+/-]{43})=?", text.strip())
    return found and base64.urlsafe_b64decode(found[1].translate({43: 45, 47: 95}) + "=")


_LABEL = r"(?!-)[0-9A-Za-z_-]{1,63}(?<!-)"
_KEYS = r"[A-Za-z0-9+/_-]{43}=?(,[A-Za-z0-9+/_-]{43}=?)*"
_READERS: Final[dict[str, Callable[[str], object]]] = {
    "data_dir": _folder,
    "host": _host,
    "port": _whole(1, PORT_MAX),
    "database_url": _database_url,
    "kafka_bootstrap": _brokers,
    "topic": _topic,
    "partitions": _whole(1, 1_000),
    "token_secret": _secret,
    "jwks_url": _web_address,
    "jwks_file": _file,
    "master_key": _text(_KEYS, "32 bytes in base64, or several such keys with commas", is_shown=False),
    "master_key_file": _file,
    "calendar_secret": _secret,
    "token_issuer": _text(r"\S{1,200}", "one word of at most 200 characters"),
    "token_audience": _text(r"\S{1,200}", "one word of at most 200 characters"),
    "command_deadline_seconds": _seconds(0.1, 300),
    "stale_after_seconds": _seconds(0.1, 300),
    "proof_key": _key,
    "proof_key_file": _file,
    "checkpoint_seconds": _seconds(0.1, 60),
    "witness_url": _web_address,
    "witness_topic": _topic,
    "log_level": _choice(LOG_LEVELS),
    "log_format": _choice(LOG_FORMATS),
}
