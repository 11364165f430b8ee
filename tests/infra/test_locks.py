"""The advisory locks of the database: no two parts of Fairlead may mean the same one by mistake."""

import re
from collections import Counter
from pathlib import Path

INFRA = Path(__file__).parents[2] / "infra"


def test_every_lock_has_a_number_of_its_own() -> None:
    text = "\n".join(path.read_text() for path in INFRA.rglob("*.py"))
    numbers = re.findall(r"^\w*LOCK: Final = (\d+)$", text, re.MULTILINE)
    assert len(numbers) > 10
    assert [number for number, count in Counter(numbers).items() if count > 1] == []
