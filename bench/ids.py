"""Ids of told stories, as the API makes them where a client gives none: of version 7, ascending with time."""

from datetime import datetime
from random import Random
from uuid import UUID

_CHANCE_BITS = 80
_VERSION = 0x7 << 76
_VARIANT = 0x2 << 62
_FREE = ~(0xF << 76 | 0x3 << 62)


def told_id(at: datetime, random: Random) -> UUID:
    """Return an id of version 7 made at a time, the same one for each seed."""
    value = int(at.timestamp() * 1_000) << _CHANCE_BITS | random.getrandbits(_CHANCE_BITS)
    return UUID(int=value & _FREE | _VERSION | _VARIANT)
