"""A stranger's tool: Go's libraries of the checksum database verify our key, checkpoints, proofs, tiles."""

import base64
import subprocess
from collections.abc import Callable
from pathlib import Path

from infra.database import connect
from infra.proof import store
from infra.proof.bundle import Bundle
from infra.proof.paths import Place, consistency, hash_of, inclusion, places
from infra.proof.record_bytes import record_bytes
from infra.proof.tile_paths import path_of, width_of
from infra.proof.tree import HASH_BYTES, TILE_WIDTH
from tests.infra.proof.proving import checkpointing, issued, key_of, settings_of, state
from tests.infra.relaying import Projects, wait_until

POSITION = 300


def hand_out(database_url: str, folder: Path) -> None:
    """Write what anyone gets of a log that has two checkpoints."""
    old, *_, new = issued(database_url)
    projects = Projects(database_url, {})
    record = projects.records()[POSITION - 1]
    with connect(database_url, application="test") as connection:
        grown, into = consistency(old.size, new.size), inclusion(POSITION - 1, new.size)
        tiles = store.tiles(connection, places([*grown, *into]))
        wanted = [
            Place(level, number)
            for level in range(3)
            for number in range(new.size // TILE_WIDTH ** (level + 1) + 1)
            if width_of(Place(level, number), new.size)
        ]
        for place, hashes in store.tiles(connection, wanted).items():
            width = width_of(place, new.size)
            file = folder / "tile" / path_of(place, width)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(hashes[: width * HASH_BYTES])
    lines = [base64.b64encode(hash_of(span, tiles)).decode() for span in grown]
    (folder / "consistency").write_text("\n".join(lines))
    (folder / "key").write_text(f"{key_of(database_url).verifier}\n")
    (folder / "old.checkpoint").write_text(old.note, encoding="utf-8")
    (folder / "new.checkpoint").write_text(new.note, encoding="utf-8")
    (folder / "record").write_bytes(record_bytes(record))
    bundle = Bundle(POSITION - 1, tuple(hash_of(span, tiles) for span in into), new.note)
    (folder / "record.tlog-proof").write_text(bundle.text, encoding="utf-8")


def other_root(text: str) -> str:
    lines = text.split("\n")
    lines[2] = base64.b64encode(bytes(32)).decode()
    return "\n".join(lines)


def first_line_gone(text: str) -> str:
    return text.partition("\n")[2]


WRONGS: dict[str, Callable[[str], str]] = {
    "old.checkpoint": other_root,
    "new.checkpoint": lambda text: text.replace("fairlead/", "fairlaed/", 1),
    "consistency": first_line_gone,
    "record": lambda text: text.replace("note", "Note", 1),
    "record.tlog-proof": lambda text: text.replace(f"index {POSITION - 1}", f"index {POSITION}", 1),
}


def test_a_stranger_verifies_what_we_hand_out_and_nothing_else(
    stranger: Path, database_url: str, tmp_path: Path
) -> None:
    projects = Projects.made(database_url, 3)
    with checkpointing(settings_of(database_url)):
        for _ in range(2):
            head = projects.append(20, events=5)
            wait_until(lambda head=head: state(database_url).size >= head, "the log is proven")
    hand_out(database_url, tmp_path)
    verified = subprocess.run([stranger, tmp_path], capture_output=True, text=True, check=False)
    assert (verified.stdout, verified.stderr) == ("verified\n", "")
    for name, bend in WRONGS.items():
        file = tmp_path / name
        whole = file.read_bytes()
        file.write_bytes(bend(whole.decode("latin-1")).encode("latin-1"))
        assert file.read_bytes() != whole
        refused = subprocess.run([stranger, tmp_path], capture_output=True, text=True, check=False)
        assert refused.returncode == 1, name
        file.write_bytes(whole)
    tile = tmp_path / "tile" / path_of(Place(0, 1))
    raw = tile.read_bytes()
    tile.write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
    assert subprocess.run([stranger, tmp_path], capture_output=True, check=False).returncode == 1
