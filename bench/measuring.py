"""Measuring in turns: each arm once a round, every second round backwards, so that a drift hits all alike."""

import math
from collections.abc import Callable, Mapping, Sequence

from rich.console import Console

Arms = Mapping[str, Callable[[], float]]

_console = Console(stderr=True)


def say(what: str) -> None:
    """Tell on standard error what is under way."""
    _console.log(what)


def alternated(arms: Arms, rounds: int) -> dict[str, list[float]]:
    """Run each arm once in each of `rounds` rounds and return what they measured, in step."""
    found: dict[str, list[float]] = {name: [] for name in arms}
    for number in range(rounds):
        order = list(arms) if number % 2 == 0 else list(arms)[::-1]
        for name in order:
            found[name].append(arms[name]())
        say(f"round {number + 1} of {rounds}: " + ", ".join(f"{n} {v[-1]:,.4g}" for n, v in found.items()))
    return found


def divided(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """Return the ratio of each round."""
    return [a / b for a, b in zip(above, below, strict=True)]


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the nearest-rank percentile of some values."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]
