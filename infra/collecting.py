"""How a process of Fairlead has Python search for reference cycles: seldom, and only among what is new."""

import gc
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

NEW_OBJECTS_MAX: Final = 50_000
"""After how many more objects, some 5 MB, the new ones are searched: Python's 700 cost the projector 15 %."""


def collect_seldom() -> None:
    """Call once a process has loaded what it keeps: that is searched no more, and what comes then seldom.

    Folds leave no cycles, and what a request leaves is found among the next new objects; modules and
    schema are many objects, which stay for good.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS_MAX)


@contextmanager
def uncollected() -> Generator[None]:
    """Let Python look for no cycles: folds leave none, and looking among all rows costs as much again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
