"""Checkpoints (C2SP tlog-checkpoint): the head of the tree, its size and its root, as a signed note."""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID

from infra.proof import notes
from infra.proof.notes import BadNote, SignerKey, VerifierKey, decoded
from infra.proof.tree import HASH_BYTES

SIZE: Final = re.compile(r"0|[1-9][0-9]{0,17}")
_LINES: Final = 3


def origin_of(log_id: UUID) -> str:
    """Return the first line of every checkpoint of a log, which is also the name of its keys."""
    return f"fairlead/{log_id}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a tree: whose it is, how many leaves it has, its root (32 bytes)."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a note's text; raise `BadNote`. Lines behind the third are passed over."""
        lines = text.split("\n")
        if len(lines) <= _LINES or lines[-1] or not all(lines[:-1]):
            raise BadNote("A checkpoint is three lines: origin, size, root.")
        if not SIZE.fullmatch(lines[1]):
            raise BadNote("The size of the tree is not a number.")
        root = decoded(lines[2])
        if root is None or len(root) != HASH_BYTES:
            raise BadNote("The root of the tree is not a hash in Base64.")
        return cls(lines[0], int(lines[1]), root)

    @property
    def text(self) -> str:
        """Return the text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    def signed(self, key: SignerKey) -> str:
        """Return the checkpoint as a note signed by `key`, which bears the origin's name."""
        if key.name != self.origin:
            raise AssertionError("a log's key bears the name of the log's origin")
        return key.note(self.text)


def opened(note: str, keys: Iterable[VerifierKey], *, origin: str) -> Checkpoint:
    """Return the checkpoint of the log `origin` that some of `keys` signed.

    Raises `ForgedNote` for a false signature, `BadNote` for what is no checkpoint of this log by a known key.
    """
    checkpoint = Checkpoint.parse(notes.opened(note, keys).text)
    if checkpoint.origin != origin:
        raise BadNote(f"The checkpoint is of another log, {checkpoint.origin}.")
    return checkpoint
