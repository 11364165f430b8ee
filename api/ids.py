"""New ids, made without the forms: a command of the command line needs them before any schema."""

import secrets
import time
from uuid import UUID


def new_id() -> UUID:
    """Return a UUID of version 7: 48 bits of milliseconds since 1970, then chance."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | secrets.randbits(80)
    return UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | (0x7 << 76) | (0x2 << 62))
