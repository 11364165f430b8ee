"""Pages of documentation that are written from the code: where they are, their headings and their tables."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from domain.decider import Decider

DOCS: Final = Path(__file__).resolve().parents[1] / "docs"


def title(name: str) -> str:
    """Return a name of the code as a title."""
    return name.replace("_", " ").capitalize()


def heading(decider: Decider[Any, Any, Any]) -> str:
    """Return the heading of an aggregate, and an empty line."""
    return f"## {title(decider.name)}\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, centred: int = 0) -> Iterator[str]:
    """Yield the lines of a table, the last `centred` columns centred, and an empty line."""
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * (len(heads) - centred) + ":-:|" * centred
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""
