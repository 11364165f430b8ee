"""What is wrong with a request before any of it is GraphQL: a status, a stable code, a sentence."""

from collections.abc import Mapping


class Problem(Exception):
    """A request that cannot be answered; `headers` go with the answer."""

    def __init__(
        self, status: int, code: str, sentence: str, headers: Mapping[str, str] | None = None
    ) -> None:
        """Keep what the answer will say."""
        self.status = status
        self.code = code
        self.headers = dict(headers or {})
        super().__init__(sentence)
