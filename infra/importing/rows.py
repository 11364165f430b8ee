"""What readers hand on: typed rows of a source, and the rows which are refused."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

MINUTES_MAX: Final = 5_256_000
MINUTES_PER_HOUR: Final = Decimal(60)
TITLE_CHARACTERS_MAX: Final = 200
SENTENCE_CHARACTERS_MAX: Final = 500
TEXT_CHARACTERS_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that changes nothing: its line (from 1), a stable code, a sentence, the minutes it held."""

    line: int
    code: str
    sentence: str
    minutes: int = 0

    def __post_init__(self) -> None:
        """Keep the sentence short and printable: it may quote what the source holds."""
        printable = "".join(letter if letter.isprintable() else "�" for letter in self.sentence)
        if len(printable) > SENTENCE_CHARACTERS_MAX:
            printable = printable[: SENTENCE_CHARACTERS_MAX - 1] + "…"
        object.__setattr__(self, "sentence", printable)


class Ending(StrEnum):
    """How a task ended, as its source has it."""

    OPEN = "open"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One row of a table of tasks: what it says of its task, and of one member's work on it.

    Days and times are local to the source's time zone; a bare day stands for 09:00 where something begins and
    17:00 where it ends. `spent_minutes` is 0 where the row brings no work. `notes` names the documented rules
    that changed something on the way in, such as a title that was shortened.
    """

    line: int
    key: str
    project: str
    title: str
    description: str
    opened: date | datetime
    started: date | datetime | None
    ended: date | datetime | None
    ending: Ending
    due_on: date | None
    estimate_minutes: int | None
    spent_minutes: int
    member: str | None
    department: str | None = None
    notes: tuple[str, ...] = ()

    def about_task(self) -> tuple[object, ...]:
        """Return what all rows of one task must agree on."""
        return (
            self.project,
            self.opened,
            self.started,
            self.ended,
            self.ending,
            self.due_on,
            self.estimate_minutes,
        )


def minutes_of(written: str, minutes_each: Decimal = MINUTES_PER_HOUR) -> tuple[int, bool] | None:
    """Return a written amount, `minutes_each` to one, as minutes and whether they had to be rounded.

    None when it is no number from 0 to ten years. A part of a minute is rounded half to even, each amount on
    its own, so that sums of rows are exact in minutes.
    """
    try:
        exact = Decimal(written.strip()) * minutes_each
    except InvalidOperation:
        return None
    if not exact.is_finite() or not 0 <= exact <= MINUTES_MAX:
        return None
    rounded = int(exact.to_integral_value(ROUND_HALF_EVEN))
    return rounded, rounded != exact


def title_of(written: str) -> tuple[str, tuple[str, ...]]:
    """Return a title without outer spaces, at most 200 characters, and notes on what was changed."""
    title = written.strip()
    notes = ("title_trimmed",) if title != written else ()
    if len(title) <= TITLE_CHARACTERS_MAX:
        return title, notes
    return title[: TITLE_CHARACTERS_MAX - 1] + "…", (*notes, "title_shortened")
