"""From an older event name to the newest: a chain of upcasts, checked once."""

from collections.abc import Callable, Mapping
from typing import Any, cast

import msgspec

from domain.decider import Upcast


class BrokenUpcast(AssertionError):
    """The chain from an older event name does not end at a known event."""


def upcasting(name: str, upcasts: Mapping[str, Upcast], events: Mapping[str, type]) -> Callable[[bytes], Any]:
    """Return what decodes an event of an older name; raise `BrokenUpcast` for a gap or a circle."""
    chain: list[Upcast] = []
    current = name
    while current in upcasts:
        if current in events or len(chain) > len(upcasts):
            raise BrokenUpcast(f"the upcast from {name} goes in a circle or beyond the event {current}")
        chain.append(upcasts[current])
        current = upcasts[current].to
    if current not in events:
        raise BrokenUpcast(f"the upcast from {name} ends at {current}, which is no event")
    event_type = events[current]

    def decode(data: bytes) -> object:
        body: dict[str, Any] = msgspec.json.decode(data)
        for step in chain:
            body = step.transform(body)
        return cast("object", msgspec.convert(body, event_type, strict=False))

    return decode
