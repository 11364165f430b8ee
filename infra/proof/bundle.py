"""One record's proof in one text (C2SP tlog-proof): its index, its path, the checkpoint this leads to."""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from infra.proof import checkpoints
from infra.proof.notes import BadNote, VerifierKey, decoded
from infra.proof.tree import HASH_BYTES
from infra.proof.verifying import is_included

FIRST_LINE: Final = "c2sp.org/tlog-proof@v1"
PATH_LENGTH_MAX: Final = 63
_INDEX: Final = re.compile(r"index (0|[1-9][0-9]{0,17})")


@dataclass(frozen=True, slots=True)
class Bundle:
    """The proof of the leaf `index` (from 0: its position less one); `extra` is not proven by it."""

    index: int
    path: tuple[bytes, ...]
    note: str
    extra: bytes | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a proof; raise `BadNote`. Nothing is checked yet but its form."""
        head, _, note = text.partition("\n\n")
        first, *lines = head.split("\n")
        extra = lines.pop(0) if lines and lines[0].startswith("extra ") else None
        index = _INDEX.fullmatch(lines[0]) if lines else None
        if first != FIRST_LINE or index is None or len(lines) > 1 + PATH_LENGTH_MAX:
            raise BadNote("This is not a proof of the form c2sp.org/tlog-proof@v1.")
        path = tuple(map(_decoded, lines[1:]))
        if any(len(each) != HASH_BYTES for each in path):
            raise BadNote("A hash of the path has not 32 bytes.")
        return cls(int(index[1]), path, note, None if extra is None else _decoded(extra[len("extra ") :]))

    @property
    def text(self) -> str:
        """Return the proof as `parse` reads it."""
        extra = [] if self.extra is None else [f"extra {_encoded(self.extra)}"]
        lines = [FIRST_LINE, *extra, f"index {self.index}", *map(_encoded, self.path)]
        return "\n".join(lines) + "\n\n" + self.note

    def proves(self, leaf: bytes, keys: Iterable[VerifierKey], *, origin: str) -> bool:
        """Say whether `leaf` is in the log `origin` by a checkpoint of one of `keys`; raise `BadNote`."""
        head = checkpoints.opened(self.note, keys, origin=origin)
        return is_included(leaf, self.index, head.size, self.path, head.root)


def _encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _decoded(line: str) -> bytes:
    raw = decoded(line)
    if raw is None:
        raise BadNote("A line of the proof is not Base64.")
    return raw
