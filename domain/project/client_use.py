"""What a project is used from: one session a member, channel and day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

from domain import roles
from domain.decider import Context
from domain.errors import Refusal
from domain.facet import Facet

if TYPE_CHECKING:
    from domain.project import Project


class ClientChannel(StrEnum):
    """What somebody uses a project from: a browser, a mobile device, or a program of their own."""

    WEB = "web"
    MOBILE = "mobile"
    API = "api"


@dataclass(frozen=True, slots=True)
class SessionObserved:
    """Somebody used the project from a channel, on a day of the project's time zone."""

    member_id: UUID
    channel: ClientChannel
    observed_on: date


ClientUseEvent = SessionObserved


@dataclass(frozen=True, slots=True)
class RecordClientUse:
    """Record that one uses the project from a channel; it counts once a day."""

    channel: Annotated[ClientChannel, "What it is used from."]


ClientUseCommand = RecordClientUse


class SessionPassed(Refusal):
    """A session is to be recorded of a day before one that is recorded already."""

    sentence = "A session of a later day was recorded for this channel."


@dataclass(frozen=True, slots=True)
class ClientUse:
    """The last day each member used the project, by channel and member."""

    last_on: Mapping[ClientChannel, Mapping[UUID, date]] = field(
        default_factory=dict[ClientChannel, Mapping[UUID, date]]
    )

    def of(self, channel: ClientChannel) -> Mapping[UUID, date]:
        """Return the last day of each member who used the project from a channel."""
        return self.last_on.get(channel, {})


def decide(command: ClientUseCommand, project: "Project", context: Context) -> Sequence[ClientUseEvent]:
    """Return what happens: a session, unless the day has one already."""
    today = project.local_day(context.at)
    last_on = project.client_use.of(command.channel).get(context.actor_id)
    if last_on is not None and today < last_on:
        raise SessionPassed
    return [] if today == last_on else [SessionObserved(context.actor_id, command.channel, today)]


def evolve(use: ClientUse, event: ClientUseEvent) -> ClientUse:
    """Return the last days after an event."""
    days = {**use.of(event.channel), event.member_id: event.observed_on}
    return ClientUse({**use.last_on, event.channel: days})


FACET: Final = Facet(
    own="client_use",
    decide=decide,
    evolve=evolve,
    events={"project.session_observed.v1": SessionObserved},
    commands={RecordClientUse: roles.TEAM},
)
