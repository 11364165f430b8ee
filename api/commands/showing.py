"""How the command line shows what takes a while, and what it found."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text


class Step(Protocol):
    """Told how far a step is."""

    def __call__(self, done: int, whole: int) -> None:
        """Note `done` of `whole`."""
        ...


class Pace(ProgressColumn):
    """How many of its units a step does in a second."""

    def __init__(self, unit: str) -> None:
        """Count in `unit`, a plural such as rows."""
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        """Return the pace, empty while it is not known."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f} {self._unit}/s", style="progress.data.speed")


@contextmanager
def progress(what: str, unit: str) -> Generator[Step]:
    """Show on standard error, where that is a terminal, how far `what` is, once that is known."""
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Pace(unit),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task(what, total=None)

        def step(done: int, whole: int) -> None:
            shown.update(task, completed=done, total=whole)

        yield step
