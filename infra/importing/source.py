"""A file somebody hands in: read and unpacked within declared limits, refused early when hostile."""

import gzip
import hashlib
import io
import os
import stat
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from domain.errors import Refusal

INPUT_BYTES_MAX: Final = 64 * 1024 * 1024
UNPACKED_BYTES_MAX: Final = 256 * 1024 * 1024
UNPACK_RATIO_MAX: Final = 100
RATIO_FREE_BYTES: Final = 1024 * 1024
CHUNK_BYTES: Final = 256 * 1024
ROWS_MAX: Final = 200_000

_GZIP_MAGIC: Final = b"\x1f\x8b"


class HostileFile(Refusal):
    """The file would do harm or exceed a limit when it is read."""

    sentence = "The file is refused because reading it could do harm."


class UnreadableFile(Refusal):
    """The file is not what it is said to be."""

    sentence = "The file cannot be read."


@dataclass(frozen=True, slots=True)
class Source:
    """A file in memory: its name, its unpacked content; size (bytes) and SHA-256 (hex) as handed in."""

    name: str
    data: bytes
    sha256: str
    size: int


def open_source(given: Path | bytes, name: str | None = None) -> Source:
    """Return what a path or an upload holds, unpacked when it is gzip.

    Refuses by size before reading: above `INPUT_BYTES_MAX` as given, `UNPACKED_BYTES_MAX` or
    `UNPACK_RATIO_MAX` (looked at past the first MiB) unpacked. Raises `HostileFile` or `UnreadableFile`.
    """
    raw = _within(given) if isinstance(given, bytes) else _read(given)
    shown = name or (given.name if isinstance(given, Path) else "upload")
    data = _gunzipped(raw) if raw.startswith(_GZIP_MAGIC) else raw
    return Source(shown, data, hashlib.sha256(raw).hexdigest(), len(raw))


def text_of(source: Source, *, encoding: str = "utf-8", otherwise: str | None = None) -> str:
    """Return the text of a source in `encoding`, else in `otherwise` where given, without byte order mark.

    Raises `HostileFile` for NUL and `UnreadableFile`, naming the line, for bytes which are not in the
    encoding.
    """
    if b"\x00" in source.data:
        line = source.data.count(b"\n", 0, source.data.index(b"\x00")) + 1
        raise HostileFile(f"Line {line} of the file holds a NUL character.")
    chosen = "utf-8-sig" if encoding == "utf-8" else encoding
    try:
        return source.data.decode(chosen)
    except UnicodeDecodeError as bad:
        if otherwise is not None:
            return text_of(source, encoding=otherwise)
        line = source.data.count(b"\n", 0, bad.start) + 1
        raise UnreadableFile(f"Line {line} of the file is not {encoding} text.") from bad


def refuse_growth(unpacked: int, packed: int) -> None:
    """Raise `HostileFile` when `unpacked` bytes are more than the limits allow for `packed` bytes."""
    if unpacked > UNPACKED_BYTES_MAX:
        raise HostileFile(f"The file unpacks to more than {UNPACKED_BYTES_MAX // 1024**2} MiB.")
    if unpacked > RATIO_FREE_BYTES and unpacked > UNPACK_RATIO_MAX * packed:
        raise HostileFile(f"The file unpacks to more than {UNPACK_RATIO_MAX} times its size.")


def _within(raw: bytes) -> bytes:
    if len(raw) > INPUT_BYTES_MAX:
        raise HostileFile(f"The file is larger than {INPUT_BYTES_MAX // 1024**2} MiB.")
    return raw


def _read(path: Path) -> bytes:
    try:
        # Not to wait for the other end of a pipe somebody named instead of a file.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as fault:
        raise UnreadableFile(f"The file {path.name} cannot be opened: {fault.strerror}.") from fault
    about = os.fstat(descriptor)
    if not stat.S_ISREG(about.st_mode):
        os.close(descriptor)
        raise UnreadableFile(f"{path.name} is not a regular file.")
    with os.fdopen(descriptor, "rb") as opened:
        if about.st_size > INPUT_BYTES_MAX:
            raise HostileFile(f"The file is larger than {INPUT_BYTES_MAX // 1024**2} MiB.")
        return _within(opened.read(INPUT_BYTES_MAX + 1))


def _gunzipped(raw: bytes) -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=io.BytesIO(raw)) as packed:
        while chunk := _chunk(packed):
            out.write(chunk)
            refuse_growth(out.tell(), len(raw))
    return out.getvalue()


def _chunk(packed: BinaryIO | gzip.GzipFile) -> bytes:
    try:
        return packed.read(CHUNK_BYTES)
    except (OSError, EOFError, zlib.error) as fault:
        raise UnreadableFile(
            "The file is damaged: its packed content ends early or does not match."
        ) from fault
