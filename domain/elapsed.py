"""Elapsed time between two things that happened."""

from datetime import datetime, timedelta
from typing import Final

from domain.errors import Refusal

_MINUTE: Final = timedelta(minutes=1)


class OutOfOrder(Refusal):
    """A command is said to happen before the thing it ends."""

    sentence = "This cannot have happened before what it follows."


def elapsed_minutes(start: datetime, end: datetime, *, without: timedelta = timedelta()) -> int:
    """Return the whole minutes from `start` to `end` less `without`; raise `OutOfOrder` if below 0."""
    elapsed = end - start - without
    if elapsed < timedelta():
        raise OutOfOrder
    return elapsed // _MINUTE
