"""Observations as lines, of COPY or of an array."""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from infra.lines import Value, line_maker

OBSERVATION_COLUMNS: Final = (
    "key", "kpi", "name", "project_id", "day", "dimensions", "value", "is_met",
    "from_position", "to_position",
)  # fmt: skip


@lru_cache(maxsize=10_000)
def dimensions_text(dimensions: tuple[tuple[str, str], ...]) -> str:
    """Return dimensions as stored: one JSON object, names in their given order."""
    return json.dumps(dict(dimensions), ensure_ascii=False) if dimensions else "{}"


def observation_line_maker(*positions: str, is_element: bool = False) -> Callable[..., bytes]:
    """Return what makes a line of what was `seen` and its observation, positions last."""
    return line_maker(
        "seen, said",
        [
            Value("seen.key", "uuid"),
            Value("said.kpi", "text", is_chosen=True),
            Value("said.name", "text", is_chosen=True),
            Value("seen.project_id", "uuid", is_nullable=True),
            Value("said.day", "date"),
            Value("dimensions_text(said.dimensions)", "text", is_chosen=True),
            Value("said.value", "int8"),
            Value("said.is_met", "bool", is_nullable=True),
            *(Value(f"seen.{name}", "int8", is_nullable=name == "to_position") for name in positions),
        ],
        is_element=is_element,
        dimensions_text=dimensions_text,
    )
