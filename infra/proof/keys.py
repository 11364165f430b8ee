"""The keys of checkpoints: the one that signs, kept outside the database, and those that the log names."""

from collections.abc import Sequence
from typing import Any, Final, LiteralString

from psycopg import Connection

from domain.operation import OPERATIONS
from infra.codec import BadEvent, Codec, UnknownEvent
from infra.proof.notes import SignerKey, VerifierKey
from infra.settings import Settings, secret_of

ANNOUNCED: Final[LiteralString] = (
    "SELECT type, data FROM log.event WHERE stream = %s"
    " AND type LIKE 'operation.proof\\_key\\_announced.%%' ORDER BY version"
)


class Unsignable(Exception):
    """No checkpoint can be signed just now; the sentence says what to do."""


def signer(settings: Settings, origin: str) -> SignerKey:
    """Return the key that is to sign, read anew each time; raise `Unsignable` where there is none."""
    text, file = settings.proof_key, settings.proof_key_file
    if text is None and file is None:
        raise Unsignable(
            "No key signs the log's checkpoints: set FAIRLEAD_PROOF_KEY_FILE or FAIRLEAD_PROOF_KEY."
        )
    if text is None and file is not None:
        try:
            text = file.read_text(encoding="ascii")
        except (OSError, ValueError) as fault:
            raise Unsignable(f"The key of the log's checkpoints cannot be read ({fault}).") from None
    secret = secret_of(text or "")
    if secret is None:
        raise Unsignable("The key of the log's checkpoints is not 32 bytes in Base64.")
    return SignerKey(origin, secret)


def announced(connection: Connection[Any], codec: Codec) -> list[VerifierKey]:
    """Return the keys that the log names, the latest last; raise `Unsignable`."""
    rows = connection.execute(ANNOUNCED, (OPERATIONS,)).fetchall()
    return named_in(rows, codec)


def named_in(rows: Sequence[tuple[str, bytes]], codec: Codec) -> list[VerifierKey]:
    """Return the keys that events (name, data) announce, in their order; raise `Unsignable`."""
    try:
        events = [codec.decode(name, data) for name, data in rows]
    except (UnknownEvent, BadEvent) as problem:
        raise Unsignable(f"The log names a key that cannot be read ({type(problem).__name__}).") from None
    return [VerifierKey.parse(event.verifier_key) for event in events]


def check(key: VerifierKey, known: Sequence[VerifierKey], last_signer: str | None) -> None:
    """Raise `Unsignable` unless the log names `key`, and no later key has signed already.

    `last_signer` is the verifier key of the latest checkpoint.
    """
    if key not in known:
        raise Unsignable(
            f"The log does not name the key that is to sign its checkpoints, {key}:"
            " announce it with `fairlead proof announce`."
        )
    if last_signer in [str(each) for each in known[known.index(key) + 1 :]]:
        raise Unsignable(f"The key {key} was followed by another, which has signed a checkpoint already.")
