"""Plans that are levelled in tests, apart from those of the solver, which takes a second to import."""

import random
from dataclasses import replace
from uuid import UUID

from domain.levelling.axis import Axis
from domain.levelling.problem import Activity, Bound, Objective, Problem

ANNA, SAW = UUID(int=901), UUID(int=902)
DAYS = Axis(tuple((day * 1_440 + 540, day * 1_440 + 1_020) for day in range(60)))
MORNINGS = Axis(tuple((day * 1_440 + 480, day * 1_440 + 720) for day in range(90)))
NINE = 540


def key(number: int) -> UUID:
    return UUID(int=number)


def random_plan(seed: int) -> Problem:
    """Return fourteen tasks with all kinds of bounds, calendars and shares of resources; two are fixed."""
    chance = random.Random(seed)
    activities: dict[UUID, Activity] = {}
    bounds: list[Bound] = []
    for number in range(1, 15):
        uses = {resource: chance.choice((25, 50, 100)) for resource in (ANNA, SAW) if chance.random() < 0.7}
        duration = chance.choice((0, 30, 60, 240, 500))
        axis = chance.choice((DAYS, MORNINGS, None)) if duration else None
        activity = Activity(key(number), duration, uses, axis, NINE, planned_at=NINE + 60 * number)
        if number <= 2:
            activity = replace(activity, fixed_at=activity.start_at_or_after(NINE))
        activities[key(number)] = activity
        for before in range(max(1, number - 4), number):
            if chance.random() < 0.3:
                ends = {"is_from_finish": chance.random() < 0.7, "is_to_finish": chance.random() < 0.3}
                bounds.append(Bound(key(before), key(number), chance.choice((-60, 0, 0, 90)), **ends))
    objective = chance.choice(list(Objective))
    return Problem(activities, bounds, {ANNA: 100, SAW: 200}, objective)
