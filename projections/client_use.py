"""Usage by channel: how many sessions a project had from each in a month, and the mobile share."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from domain.copies import replaced
from domain.project.client_use import ClientChannel, SessionObserved
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class ClientUseMonth:
    """The sessions of one project in one month; a member has one a day and channel."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project."]
    month: Annotated[date, "The month's first day, in the project's time zone."]
    web_count: Annotated[int, "Sessions in a browser."] = 0
    mobile_count: Annotated[int, "Sessions on a mobile device."] = 0
    api_count: Annotated[int, "Sessions of programs."] = 0
    mobile_percent: Annotated[int, "Mobile of all sessions, in whole percent, rounded down."] = 0


_COUNT: Final = {
    ClientChannel.WEB: "web_count",
    ClientChannel.MOBILE: "mobile_count",
    ClientChannel.API: "api_count",
}


def keys(seen: Recorded[SessionObserved]) -> Iterable[UUID]:
    """Return the month."""
    return (_key(seen.stream, seen.event.observed_on),)


def _key(project_id: UUID, day: date) -> UUID:
    return part_id(project_id, "client_use", f"{day:%Y-%m}")


def evolve(row: ClientUseMonth | None, seen: Recorded[SessionObserved]) -> ClientUseMonth | None:
    """Return the month after an event."""
    event = seen.event
    day = event.observed_on
    row = row or ClientUseMonth(_key(seen.stream, day), seen.stream, day.replace(day=1))
    name = _COUNT[event.channel]
    row = replaced(row, **{name: getattr(row, name) + 1})
    total = row.web_count + row.mobile_count + row.api_count
    return replaced(row, mobile_percent=100 * row.mobile_count // total)


READ_MODEL: Final = ReadModel(
    name="client_use",
    row=ClientUseMonth,
    folds=frozenset({SessionObserved}),
    keys=keys,
    evolve=evolve,
    orders={"MONTH": ("month",)},
    filters=("month",),
)
