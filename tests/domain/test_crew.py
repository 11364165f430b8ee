"""When a task is worked on: by the calendars of its people, its equipment and its own."""

from datetime import date

import pytest

from domain.calendar import Shift, WorkingAxis, WorkingCalendar
from domain.schedule.crew import ANYBODY, Calendars, Crew, CrewAxes, NoSharedTime, crew_of

MONDAY = date(2026, 3, 2)


def daily(begin: int, end: int) -> WorkingCalendar:
    return WorkingCalendar("UTC", ((Shift(60 * begin, 60 * end),),) * 7)


OFFICE = daily(9, 17)
CALENDARS = Calendars(
    OFFICE, {"standard": OFFICE, "early": daily(6, 12), "late": daily(14, 22), "day": OFFICE}
)


def minutes_a_day(own: str | None, crew: Crew) -> int:
    """Return how many minutes of a day a task is worked on."""
    midnight = (MONDAY - date(1970, 1, 1)).days * 24 * 60
    return WorkingAxis(CALENDARS.worked(own, crew), MONDAY).worked_until(midnight + 24 * 60)


@pytest.mark.parametrize(
    ("own", "people", "equipment", "hours"),
    [
        (None, (), (), 8),
        ("early", (), (), 6),
        ("none of them", (), (), 8),
        (None, ("early",), (), 6),
        (None, ("early", "late"), (), 14),
        (None, ("early", None), (), 11),
        (None, (), ("late",), 8),
        (None, ("early", "late"), ("day",), 6),
        (None, (None,), ("early",), 3),
        ("day", ("early", "late"), (), 6),
        ("early", (None,), ("day",), 3),
        ("early", (), ("day",), 3),
    ],
)
def test_any_of_the_people_and_all_of_the_equipment_and_its_own_calendar(
    own: str | None, people: tuple[str | None, ...], equipment: tuple[str, ...], hours: int
) -> None:
    assert minutes_a_day(own, Crew(frozenset(people), frozenset(equipment))) == 60 * hours


def test_who_has_no_calendar_of_their_own_is_no_crew() -> None:
    assert crew_of((), ()) is crew_of((None, None), (None,)) is ANYBODY
    assert crew_of((None, "late"), (None,)) == Crew(frozenset({None, "late"}))
    assert crew_of((None,), ("late", None)) == Crew(frozenset({None}), frozenset({"late"}))


def test_tasks_that_are_worked_on_in_the_same_time_have_one_axis() -> None:
    axes = CrewAxes(CALENDARS, MONDAY)
    assert axes.of(None) is axes.of("day") is axes.of(None, Crew(frozenset({"day", None}))) is axes.standard
    both = Crew(frozenset({"early", "late"}))
    assert axes.of(None, both) is axes.of(None, both) is not axes.of("day", both)


def test_calendars_without_time_in_common_are_refused() -> None:
    axes = CrewAxes(CALENDARS, MONDAY)
    with pytest.raises(NoSharedTime):
        axes.of("early", Crew(frozenset({"late"})))
    with pytest.raises(NoSharedTime):
        axes.of(None, Crew(frozenset({"early"}), frozenset({"late"})))
