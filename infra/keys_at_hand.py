"""The keys as one event loop asks for them: in a thread, and all that is asked for meanwhile together."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from infra.keys import Keys


class KeysAtHand:
    """Keys of persons, read and made before the writer needs them: it must not wait for the database."""

    def __init__(self, keys: Keys, reading: Callable[..., Coroutine[Any, Any, Any]]) -> None:
        """Ask `keys` through `reading`, which calls what it is given in a thread, within a deadline."""
        self._keys = keys
        self._reading = reading
        self._wanted: set[bytes] = set()
        self._asking = asyncio.Lock()

    async def epoch(self) -> int:
        """Return how many erasures there were, a moment ago at most."""
        if not self._keys.is_fresh:
            async with self._asking:
                if not self._keys.is_fresh:
                    await self._reading(self._keys.refresh)
        return self._keys.epoch

    async def have(self, persons: set[bytes]) -> None:
        """Make the keys of persons who have none and were not erased; one statement serves all who wait."""
        if self._keys.has(persons):
            return
        self._wanted |= persons
        async with self._asking:
            if not self._keys.has(persons):
                wanted, self._wanted = self._wanted, set()
                await self._reading(self._keys.make, wanted | persons)
