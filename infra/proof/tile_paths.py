"""The addresses of tiles (C2SP tlog-tiles): `LEVEL/NUMBER`, with `.p/WIDTH` where one is not full."""

import re
from typing import Final

from infra.proof.paths import Place
from infra.proof.tree import TILE_HEIGHT, TILE_WIDTH

_PATH: Final = re.compile(
    r"(0|[1-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII
)


def path_of(place: Place, width: int = TILE_WIDTH) -> str:
    """Return a tile's address: the number in groups of three digits, all but the last behind an `x`."""
    groups = [f"{place.number % 1_000:03}"]
    number = place.number // 1_000
    while number:
        groups.insert(0, f"x{number % 1_000:03}")
        number //= 1_000
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"{place.level}/{'/'.join(groups)}{partial}"


def read_path(path: str) -> tuple[Place, int] | None:
    """Return the tile that an address names, and its width; None for what is no address as we write it."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    level, number, width = found.groups()
    tile = Place(int(level), int(number.replace("x", "").replace("/", "")))
    wide = TILE_WIDTH if width is None else int(width)
    return (tile, wide) if wide <= TILE_WIDTH and path_of(tile, wide) == path else None


def width_of(place: Place, size: int) -> int:
    """Return how many hashes a tile has in a tree of `size` leaves, 0 to 256."""
    return max(0, min(TILE_WIDTH, (size >> TILE_HEIGHT * place.level) - TILE_WIDTH * place.number))
