"""Under which names events of some types are stored: those of now, and the older ones that become them."""

from collections.abc import Mapping
from typing import Any

from domain.decider import Decider


def stored_names(decider: Decider[Any, Any, Any], *kinds: type) -> Mapping[str, type]:
    """Return each name, of any version, under which events of these types are in the log, with its type."""
    names = {name: kind for name, kind in decider.events.items() if kind in kinds}
    for _ in decider.upcasts:  # a chain is no longer than that
        names |= {old: names[each.to] for old, each in decider.upcasts.items() if each.to in names}
    return names
