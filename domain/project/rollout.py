"""A project's way into use after its pilots: waves of units, and the day it went live."""

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final, assert_never

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import Malformed, Refusal, StillAhead, Unknown
from domain.facet import Facet
from domain.project.pilots import check_pilots

if TYPE_CHECKING:
    from domain.project import Project

WAVE_MAX: Final = 1_000
UNITS_MAX: Final = 1_000
ASSESSED_MONTHS: Final = 3
"""How long after going live the effect is assessed."""


@dataclass(frozen=True, slots=True)
class RolloutWavePlanned:
    """A wave brings the product to these units, planned to begin on a day."""

    number: int
    units: tuple[str, ...]
    planned_on: date


@dataclass(frozen=True, slots=True)
class RolloutWaveStarted:
    """The product began to come to the units of a wave, on a day of the project's time zone."""

    number: int
    started_on: date


@dataclass(frozen=True, slots=True)
class GoLiveRecorded:
    """The product went live; its effect is assessed until a day, for going live alone is no success."""

    went_live_on: date
    assessed_until: date


RolloutEvent = RolloutWavePlanned | RolloutWaveStarted | GoLiveRecorded


@dataclass(frozen=True, slots=True)
class PlanRolloutWave:
    """Plan which units get the product when, or plan it anew while the wave has not started."""

    number: Annotated[int, "The wave's number, 1 to 1,000."]
    units: Annotated[tuple[str, ...], "Its units, 1 to 1,000 of them, each once, 1 to 200 characters long."]
    planned_on: Annotated[date, "The day it is to begin, in the project's time zone."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a number, unit or day out of bounds."""
        shape.whole(self.number, "number", 1, WAVE_MAX)
        for index, unit in enumerate(self.units):
            shape.text(unit, f"units.{index}", shape.NAME_LENGTH_MAX)
        if not 1 <= len(self.units) <= UNITS_MAX or len(set(self.units)) < len(self.units):
            raise Malformed("A wave has 1 to 1,000 units, each once.", field="units")
        shape.day(self.planned_on, "plannedOn")


@dataclass(frozen=True, slots=True)
class StartRolloutWave:
    """Begin to bring the product to the units of a wave."""

    number: Annotated[int, "The wave's number."]


@dataclass(frozen=True, slots=True)
class RecordGoLive:
    """Record the day the product went live."""

    went_live_on: Annotated[date, "The day, in the project's time zone; not ahead."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a day out of bounds."""
        shape.day(self.went_live_on, "wentLiveOn")


RolloutCommand = PlanRolloutWave | StartRolloutWave | RecordGoLive


class UnknownWave(Unknown):
    """No wave of this project has this number."""

    sentence = "There is no roll-out wave with this number in this project."


class WaveStarted(Refusal):
    """The wave is under way: its plan changes no more."""

    sentence = "The roll-out wave was started."


class AlreadyLive(Refusal):
    """The product went live on another day."""

    sentence = "The product went live on another day."


@dataclass(frozen=True, slots=True)
class Wave:
    """One wave."""

    units: tuple[str, ...]
    planned_on: date
    is_started: bool = False


@dataclass(frozen=True, slots=True)
class Rollout:
    """The waves by number, and the day of going live."""

    waves: Mapping[int, Wave] = field(default_factory=dict[int, Wave])
    went_live_on: date | None = None


def decide(command: RolloutCommand, project: "Project", context: Context) -> Sequence[RolloutEvent]:
    """Return what happens to the roll-out."""
    rollout, today = project.rollout, project.local_day(context.at)
    match command:
        case PlanRolloutWave(number, units, planned_on):
            return _plan(rollout, RolloutWavePlanned(number, units, planned_on))
        case StartRolloutWave(number):
            return _start_wave(project, RolloutWaveStarted(number, today))
        case RecordGoLive(went_live_on):
            return _go_live(project, went_live_on, today)
        case _:
            assert_never(command)


def _plan(rollout: Rollout, planned: RolloutWavePlanned) -> Sequence[RolloutWavePlanned]:
    before = rollout.waves.get(planned.number)
    if before is not None and (before.units, before.planned_on) == (planned.units, planned.planned_on):
        return []
    if before is not None and before.is_started:
        raise WaveStarted(field="number")
    return [planned]


def _start_wave(project: "Project", started: RolloutWaveStarted) -> Sequence[RolloutWaveStarted]:
    wave = project.rollout.waves.get(started.number)
    if wave is None:
        raise UnknownWave(field="number")
    if wave.is_started:
        return []
    check_pilots(project)
    return [started]


def _go_live(project: "Project", went_live_on: date, today: date) -> Sequence[GoLiveRecorded]:
    before = project.rollout.went_live_on
    if before is not None:
        if before != went_live_on:
            raise AlreadyLive(field="wentLiveOn")
        return []
    if went_live_on > today:
        raise StillAhead(field="wentLiveOn")
    check_pilots(project)
    return [GoLiveRecorded(went_live_on, months_later(went_live_on, ASSESSED_MONTHS))]


def months_later(day: date, months: int) -> date:
    """Return the same day some months later, or the last of that month where it is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def evolve(rollout: Rollout, event: RolloutEvent) -> Rollout:
    """Return the roll-out after an event."""
    waves = rollout.waves
    match event:
        case RolloutWavePlanned(number, units, planned_on):
            return replaced(rollout, waves={**waves, number: Wave(units, planned_on)})
        case RolloutWaveStarted(number):
            return replaced(rollout, waves={**waves, number: replaced(waves[number], is_started=True)})
        case GoLiveRecorded(went_live_on):
            return replaced(rollout, went_live_on=went_live_on)
        case _:
            assert_never(event)


FACET: Final = Facet(
    own="rollout",
    decide=decide,
    evolve=evolve,
    events={
        "project.rollout_wave_planned.v1": RolloutWavePlanned,
        "project.rollout_wave_started.v1": RolloutWaveStarted,
        "project.go_live_recorded.v1": GoLiveRecorded,
    },
    commands={
        PlanRolloutWave: roles.LEADS,
        StartRolloutWave: roles.LEADS,
        RecordGoLive: roles.LEADS,
    },
)
