"""Notes and checkpoints: signed, parsed, opened, refused; in the bytes that other tools read and write."""

import base64
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.proof import checkpoints, notes
from infra.proof.bundle import Bundle
from infra.proof.checkpoints import Checkpoint, origin_of
from infra.proof.notes import BadKey, BadNote, ForgedNote, SignerKey, VerifierKey
from infra.proof.tree import EMPTY_ROOT, Edge, extended

ORIGIN = origin_of(UUID(int=7))
KEY = SignerKey(ORIGIN, b"k" * 32)
OTHER = SignerKey(ORIGIN, b"o" * 32)
HEAD = Checkpoint(ORIGIN, 3, b"r" * 32)
NOTE = HEAD.signed(KEY)
OF_ANOTHER_KIND = base64.b64encode(b"\x02" + b"k" * 32).decode()

# The example of Go's golang.org/x/mod/sumdb/note: its key, its text, its signature.
GO_KEY = VerifierKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "\u2014 PeterNeumann"
    " x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_a_note_of_somebody_elses_tool_opens() -> None:
    assert notes.opened(GO_NOTE, [GO_KEY]).text.startswith("If you think")
    assert GO_KEY.key_id.hex() == "c74f20a3"


def test_a_key_reads_as_it_is_written() -> None:
    assert VerifierKey.parse(str(KEY.verifier)) == KEY.verifier
    assert "secret" not in repr(KEY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "a+b+c",
        str(KEY.verifier)[:-4],
        str(KEY.verifier).replace(KEY.verifier.key_id.hex(), "00000000"),
        str(KEY.verifier).replace("fairlead", "fair lead"),
        f"{ORIGIN}+{KEY.verifier.key_id.hex()}+{OF_ANOTHER_KIND}",
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(BadKey):
        VerifierKey.parse(text)


def test_a_checkpoint_opens_with_its_key() -> None:
    assert checkpoints.opened(NOTE, [OTHER.verifier, KEY.verifier], origin=ORIGIN) == HEAD
    assert Checkpoint(ORIGIN, 0, EMPTY_ROOT).text.split("\n")[1] == "0"


def test_signatures_of_unknown_keys_are_passed_over() -> None:
    _, _, line = OTHER.note(HEAD.text).rpartition("\n\n")
    both = NOTE + line
    assert checkpoints.opened(both, [KEY.verifier], origin=ORIGIN) == HEAD
    assert len(notes.opened(both, [KEY.verifier]).signatures) == 1
    assert len(notes.opened(both, [KEY.verifier, OTHER.verifier]).signatures) == 2


def test_a_checkpoint_of_nobody_known_or_of_another_log_is_refused() -> None:
    with pytest.raises(BadNote):
        checkpoints.opened(NOTE, [OTHER.verifier], origin=ORIGIN)
    with pytest.raises(BadNote):
        checkpoints.opened(NOTE, [KEY.verifier], origin=origin_of(UUID(int=8)))


def test_a_forged_checkpoint_is_told_from_a_strange_one() -> None:
    forged = NOTE.replace("\n3\n", "\n4\n")
    with pytest.raises(ForgedNote):
        checkpoints.opened(forged, [KEY.verifier], origin=ORIGIN)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "text",
        HEAD.text,
        NOTE[:-1],
        NOTE.replace("\n\n", "\n"),
        NOTE.replace("\u2014", "-"),
        NOTE.replace("\n3", "\r\n3"),
        NOTE + "\n",
        NOTE + "more\n",
        "x" * (notes.NOTE_BYTES_MAX + 1),
        HEAD.text + "\n" + "\u2014 a YWJjZA==\n",
        HEAD.text + "\n" + "\u2014 a YWJjZGU=\n" * (notes.SIGNATURES_MAX + 1),
        "\ud800" + NOTE,
    ],
)
def test_what_is_no_note_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        checkpoints.opened(text, [KEY.verifier], origin=ORIGIN)


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n3\n",
        f"{ORIGIN}\n03\n{'A' * 43}=\n",
        f"{ORIGIN}\n-3\n{'A' * 43}=\n",
        f"{ORIGIN}\n{'9' * 19}\n{'A' * 43}=\n",
        f"{ORIGIN}\n3\n{'A' * 42}\n",
        f"{ORIGIN}\n3\n?\n",
        f"\n3\n{'A' * 43}=\n",
    ],
)
def test_what_is_no_checkpoint_is_refused_though_it_is_signed(text: str) -> None:
    with pytest.raises(BadNote):
        checkpoints.opened(KEY.note(text), [KEY.verifier], origin=ORIGIN)


def test_later_lines_of_a_checkpoint_are_passed_over() -> None:
    assert checkpoints.opened(KEY.note(HEAD.text + "more\n"), [KEY.verifier], origin=ORIGIN) == HEAD


@given(st.integers(0, len(NOTE.encode()) - 1), st.integers(0, 7))
def test_a_note_with_any_bit_flipped_is_refused(at: int, bit: int) -> None:
    raw = bytearray(NOTE.encode())
    raw[at] ^= 1 << bit
    try:
        bent = raw.decode()
    except UnicodeDecodeError:
        return
    with pytest.raises(BadNote):
        checkpoints.opened(bent, [KEY.verifier], origin=ORIGIN)


def test_a_proof_is_one_text_that_reads_as_it_is_written() -> None:
    edge, [strip, *_] = extended(Edge(), [b"a" * 32, b"b" * 32])
    note = Checkpoint(ORIGIN, 2, edge.root).signed(KEY)
    bundle = Bundle(1, (strip.hashes[0],), note, b"record")
    assert Bundle.parse(bundle.text) == bundle
    assert bundle.text.startswith("c2sp.org/tlog-proof@v1\nextra cmVjb3Jk\nindex 1\n")
    assert bundle.proves(b"b" * 32, [KEY.verifier], origin=ORIGIN)
    assert not bundle.proves(b"a" * 32, [KEY.verifier], origin=ORIGIN)
    assert Bundle.parse(Bundle(0, (), note).text) == Bundle(0, (), note)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v1\n\n" + NOTE,
        "c2sp.org/tlog-proof@v2\nindex 0\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex 00\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex 0\n?\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex 0\nYQ==\n\n" + NOTE,
        "c2sp.org/tlog-proof@v1\nindex 0\n" + f"{'A' * 43}=\n" * 64 + "\n" + NOTE,
    ],
)
def test_what_is_no_proof_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        Bundle.parse(text)
