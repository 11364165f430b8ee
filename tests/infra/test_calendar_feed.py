"""A plan as an iCalendar feed, read back by the library; and the tokens that open feeds."""

import time
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from icalendar import Calendar

from domain.levelling.plans import Plan
from domain.project.resources import ResourceDefined, ResourceKind
from domain.task import Task, TaskAssigned, TaskCompleted, TaskDueDateSet, TaskEstimated
from domain.task.resourcing import TaskResourceAssigned
from domain.task.scheduling import TaskDeadlineSet, TaskMilestoneSet
from infra import calendar_feed
from infra.calendar_feed import feed
from infra.feed_tokens import Feed, feed_of, mint_feed
from infra.settings import Settings
from infra.tokens import Actor, BadToken, NotMintable, mint, verify
from tests.examples import ANNA, BEN, CUT, DAY, HOUR, MONDAY, NINE, PAINT, PROJECT_ID, TASK_OPENED, WELD
from tests.examples import project_after as project
from tests.spec import state_after

SETTINGS = Settings(token_secret="s" * 32)
DUE = date(2026, 3, 29)  # the clock is changed that night


def task(*more: Any, title: str = "Weld; then, grind\nthe frame") -> Task:
    found: Task = state_after(replace(TASK_OPENED, title=title), *more)
    return found


def events(tasks: dict[UUID, Task], member: UUID | None = None) -> dict[str, Any]:
    anna = ResourceDefined(ANNA, ResourceKind.PERSON, "Anna", 100, (), None)
    read = Calendar.from_ical(feed([Plan(PROJECT_ID, project(anna), tasks)], NINE, "Line 4", member))
    assert read["x-wr-calname"] == "Line 4"
    return {str(each["uid"]): each for each in read.walk("VEVENT")}


def test_a_day_due_is_that_day_in_every_zone_and_planned_work_is_to_the_minute() -> None:
    work = TaskEstimated(120), TaskResourceAssigned(ANNA, 100, None)
    found = events({CUT: task(*work, TaskDueDateSet(DUE), TaskDeadlineSet(DUE))})
    due, planned = found[f"{CUT}-due@fairlead"], found[f"{CUT}-work@fairlead"]
    assert (due.decoded("dtstart"), due.decoded("dtend")) == (DUE, DUE + timedelta(days=1))
    assert due["summary"] == "Due: Weld; then, grind\nthe frame"
    assert (planned.decoded("dtstart"), planned.decoded("dtend")) == (NINE, NINE + 2 * HOUR)
    assert planned.decoded("dtstart").tzinfo is not None
    assert set(found) == {f"{CUT}-due@fairlead", f"{CUT}-work@fairlead"}


def test_milestones_deadlines_and_what_is_done_are_told_apart() -> None:
    done = TaskCompleted(NINE, MONDAY, None, 60, 60, None, None)
    tasks = {
        CUT: task(TaskMilestoneSet(is_milestone=True), title="Roof closed"),
        WELD: task(TaskMilestoneSet(is_milestone=True), TaskDeadlineSet(DUE), title="Handed over"),
        PAINT: task(TaskDueDateSet(DUE), TaskDeadlineSet(DUE + DAY), done, title="Paint"),
    }
    titles = {str(each["summary"]): each for each in events(tasks).values()}
    assert set(titles) == {"◆ Roof closed", "◆ Handed over", "✓ Due: Paint", "✓ Deadline: Paint"}
    assert "dtend" not in titles["◆ Roof closed"]


def test_a_member_sees_what_they_are_assigned_to_and_nothing_else() -> None:
    tasks = {
        CUT: task(TaskEstimated(60), TaskAssigned(ANNA)),
        WELD: task(TaskEstimated(60), TaskAssigned(BEN)),
        PAINT: task(TaskDueDateSet(DUE)),
    }
    assert set(events(tasks, ANNA)) == {f"{CUT}-work@fairlead"}
    assert len(events(tasks)) == 3


def test_a_feed_is_bounded_and_says_what_it_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar_feed, "EVENTS_MAX", 2)
    days = [task(TaskDueDateSet(DUE + number * timedelta(days=1))) for number in range(3)]
    plan = Plan(PROJECT_ID, project(), {UUID(int=number): each for number, each in enumerate(days)})
    read = Calendar.from_ical(feed([plan], NINE, "x", None))
    assert [each.decoded("dtstart") for each in read.walk("VEVENT")] == [DUE + DAY, DUE + 2 * DAY]
    assert read["x-wr-caldesc"] == "The latest 2 of 3 events."


def test_a_token_opens_its_feed_and_nothing_else() -> None:
    for wish in (Feed(ANNA), Feed(ANNA, PROJECT_ID)):
        token, expires = mint_feed(wish, SETTINGS)
        assert feed_of(token, SETTINGS) == wish
        assert expires > time.time() + 360 * 24 * 3_600
        with pytest.raises(BadToken):
            verify(token, SETTINGS)
    bearer = mint(Actor(ANNA, frozenset()), SETTINGS, valid_seconds=60)
    for bad in (bearer, token[:-2], "x", "é", "a.b.c", token + "é", "x" * 9_000):
        with pytest.raises(BadToken):
            feed_of(bad, SETTINGS)
    with pytest.raises(BadToken):
        feed_of(token, replace(SETTINGS, calendar_secret="t" * 32))
    with pytest.raises(NotMintable):
        mint_feed(Feed(ANNA), Settings())
