"""Many HTTP clients that cost little: keep-alive connections that post GraphQL and read the whole answer."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

import orjson

from infra.embedded import LOCALHOST

START_SECONDS_MAX: Final = 30.0


class Client:
    """One keep-alive connection to the API on this machine."""

    def __init__(self, port: int, token: str) -> None:
        """Speak to `port` as the bearer of `token`."""
        self._port = port
        self._head = (
            f"POST /graphql HTTP/1.1\r\nHost: {LOCALHOST}\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()

    async def open(self) -> None:
        """Connect, as soon as the server listens."""
        end = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                self._reader, self._writer = await asyncio.open_connection(LOCALHOST, self._port)
            except OSError:
                if time.monotonic() > end:
                    raise
                await asyncio.sleep(0.05)
            else:
                return

    async def close(self) -> None:
        """Disconnect."""
        self._writer.close()
        await self._writer.wait_closed()

    async def ask(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        """Return the data of an answer; raise `AssertionError` for one with errors."""
        body = orjson.dumps({"query": query, "variables": variables})
        self._writer.write(self._head + str(len(body)).encode() + b"\r\n\r\n" + body)
        head = await self._reader.readuntil(b"\r\n\r\n")
        _, _, rest = head.lower().partition(b"content-length:")
        answer = orjson.loads(await self._reader.readexactly(int(rest.partition(b"\r")[0])))
        if "errors" in answer:
            raise AssertionError(answer["errors"])
        data: dict[str, Any] = answer["data"]
        return data


async def shared_out(
    clients: list[Client], count: int, ask: Callable[[Client], Any]
) -> tuple[float, list[float]]:
    """Ask `count` times, shared out to all clients at once; return the seconds of all, and of each."""
    left = iter(range(count))
    taken: list[float] = []

    async def work(client: Client) -> None:
        for _ in left:
            begun = time.perf_counter()
            await ask(client)
            taken.append(time.perf_counter() - begun)

    started = time.perf_counter()
    await asyncio.gather(*(work(client) for client in clients))
    return time.perf_counter() - started, taken
