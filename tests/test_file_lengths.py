"""How long files are: none is over 250 lines but those whose docstring gives the reason."""

import ast
from itertools import chain
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGES = ("api", "bench", "domain", "infra", "projections", "tests")
LINES_MAX = 250
REASON = "Longer than other"


def test_a_long_file_says_why() -> None:
    files = chain.from_iterable((REPOSITORY / each).rglob("*.py") for each in PACKAGES)
    texts = {file.relative_to(REPOSITORY): file.read_text(encoding="utf-8") for file in files}
    assert len(texts) > len(PACKAGES)
    silent = [
        str(name)
        for name, text in texts.items()
        if len(text.splitlines()) > LINES_MAX and REASON not in (ast.get_docstring(ast.parse(text)) or "")
    ]
    assert silent == []
