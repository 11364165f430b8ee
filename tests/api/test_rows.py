"""The article's rows: each has a test of its own, from command to read model, that bears its number."""

import re
from pathlib import Path

ROWS = set(range(1, 51))


def test_each_row_of_the_article_has_a_test_that_names_it() -> None:
    sources = [path.read_text("utf-8") for path in Path(__file__).parent.rglob("test_*.py")]
    found = re.findall(r"^(?:async )?def test_row_(\d+)_", "\n".join(sources), re.MULTILINE)
    missing = sorted(ROWS - set(map(int, found)))
    assert not missing, f"rows without a test: {missing}"
