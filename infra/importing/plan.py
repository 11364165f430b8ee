"""What an import wants: commands with stable ids, gathered into items that are taken or refused row by row.

The same source gives the same streams and command ids again, so a second run finds everything answered.
A stream's id comes from the kind of source and the source's own key; a command's id from its stream, its
content without what is left at its default, its time, and how many equal ones of the import came before it.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from datetime import UTC, date, datetime, time
from enum import Enum
from functools import cache
from typing import Any, Final, cast
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from domain import shape
from domain.errors import Refusal
from infra.importing.rows import Refused

NAMESPACE: Final = UUID("6b1f0c1e-6a3b-5d0e-9d5c-2f7a4c1b8e90")
DAY_BEGINS: Final = time(9)
DAY_ENDS: Final = time(17)
FIRST_STAGE: Final = 0
TEAM_STAGE: Final = 1
TASK_STAGE: Final = 2
_SEPARATOR: Final = "\x1f"


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row to answer for: its line (from 1), its minutes of work, what to call it where lines say little."""

    line: int
    minutes: int = 0
    label: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One command of a row: of which aggregate, to which stream, when (aware UTC).

    `row` is the number of the row in the plan, None for what has to be set up. `otherwise` is wanted instead
    where the stream is open already with other content.
    """

    row: int | None
    aggregate: str
    stream: UUID
    command: Any
    at: datetime
    command_id: UUID
    otherwise: tuple["Wanted", ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """What belongs together: commands in the order they happened, and the numbers of the rows they come from.

    Items of a later stage rest on those of an earlier one; those of one lane go one after the other. When the
    first row is refused, so are the others. An item without commands is a row which needs nothing.
    """

    stage: int
    lane: UUID
    rows: tuple[int, ...]
    wanted: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """All an import wants: its rows, its items, rows refused already by number, and notes with counts."""

    kind: str
    rows: tuple[SourceRow, ...]
    items: tuple[PlannedItem, ...]
    refused: Mapping[int, Refused]
    notes: Mapping[str, int]


@dataclass(slots=True)
class PlanBuilder:
    """Gathers a plan; `time_zone` is the zone of the source's days and times."""

    kind: str
    time_zone: str
    rows: list[SourceRow] = field(default_factory=list[SourceRow])
    items: list[PlannedItem] = field(default_factory=list[PlannedItem])
    refused: dict[int, Refused] = field(default_factory=dict[int, Refused])
    notes: Counter[str] = field(default_factory=Counter[str])
    _repeats: Counter[UUID] = field(default_factory=Counter[UUID])

    def row(self, line: int, minutes: int = 0, label: str = "") -> int:
        """Take a row into account and return its number."""
        self.rows.append(SourceRow(line, minutes, label))
        return len(self.rows) - 1

    def refuse(self, row: int, code: str, sentence: str) -> None:
        """Refuse a row."""
        about = self.rows[row]
        said = f"{about.label}: {sentence}" if about.label else sentence
        self.refused[row] = Refused(about.line, code, said, about.minutes)

    def refuse_read(self, refused: Refused) -> None:
        """Take a row into account which its reader refused."""
        self.refused[self.row(refused.line, refused.minutes)] = refused

    def want(
        self,
        aggregate: str,
        stream: UUID,
        command: object,
        at: datetime,
        row: int | None = None,
    ) -> Wanted:
        """Return a command of a row, or of what has to be set up: its time is then no part of its id."""
        time_part = "" if row is None else at.isoformat()
        once = uuid5(NAMESPACE, _SEPARATOR.join([str(stream), content(command), time_part]))
        self._repeats[once] += 1
        repeat = self._repeats[once]
        command_id = once if repeat == 1 else uuid5(once, str(repeat))
        return Wanted(row, aggregate, stream, command, at, command_id)

    def otherwise(self, wanted: Wanted, *commands: object) -> Wanted:
        """Return an opening with what is wanted where its stream is open with other content."""
        instead = (
            self.want(wanted.aggregate, wanted.stream, each, wanted.at, wanted.row) for each in commands
        )
        return replace(wanted, otherwise=tuple(instead))

    def add(
        self, stage: int, wanted: Iterable[Wanted], rows: tuple[int, ...] = (), lane: UUID | None = None
    ) -> None:
        """Add an item, commands in the order of their times; its lane is the first's stream unless given."""
        ordered = tuple(sorted(wanted, key=lambda one: one.at))
        first = ordered[0].stream if ordered else NAMESPACE
        self.items.append(PlannedItem(stage, lane or first, rows, ordered))

    def add_row(
        self, stage: int, row: int, build: Callable[[], Iterable[Wanted]], lane: UUID | None = None
    ) -> None:
        """Add a row's own item; refuse the row when a command of it is malformed."""
        try:
            wanted = list(build())
        except Refusal as refusal:
            self.refuse(row, refusal.code, refusal.message)
        else:
            self.add(stage, wanted, (row,), lane)

    def stream(self, what: str, key: str) -> UUID:
        """Return the id of the stream of a thing of the source, the same on every run."""
        return uuid5(NAMESPACE, _SEPARATOR.join([self.kind, what, key]))

    def begins(self, moment: date | datetime) -> datetime:
        """Return when something begins, in UTC: a bare day at 09:00 in the zone. Raises `Malformed`."""
        return self._instant(moment, DAY_BEGINS)

    def ends(self, moment: date | datetime) -> datetime:
        """Return when something ends, in UTC: a bare day at 17:00 of the source's zone."""
        return self._instant(moment, DAY_ENDS)

    def _instant(self, moment: date | datetime, clock: time) -> datetime:
        shape.day(day_of(moment), "at")
        local = moment if isinstance(moment, datetime) else datetime.combine(moment, clock)
        return local.replace(tzinfo=ZoneInfo(self.time_zone)).astimezone(UTC)

    def plan(self) -> ImportPlan:
        """Return what was gathered, items by stage."""
        items = sorted(self.items, key=lambda item: item.stage)
        return ImportPlan(self.kind, tuple(self.rows), tuple(items), self.refused, dict(self.notes))


def day_of(moment: date | datetime) -> date:
    """Return the local day of a moment."""
    return moment.date() if isinstance(moment, datetime) else moment


def content(command: object) -> str:
    """Return what a command says as text, without fields at their default: a new one then changes nothing."""
    return f"{type(command).__name__}({_SEPARATOR.join(_parts(command))})"


def _parts(value: Any) -> Iterable[str]:
    for name, given, make in _defaults(cast("Hashable", type(value))):
        held = getattr(value, name)
        default = given if make is MISSING else make()
        if default is MISSING or held != default:
            yield f"{name}={_written(held)}"


@cache
def _defaults(kind: Hashable) -> tuple[tuple[str, Any, Any], ...]:
    """Return the fields of a dataclass with what they are by default: a long import asks a million times."""
    return tuple((each.name, each.default, each.default_factory) for each in fields(cast("type[Any]", kind)))


def _written(value: object) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return f"[{','.join(map(_written, value))}]"  # pyright: ignore[reportUnknownArgumentType] - any tuple
    return content(value) if is_dataclass(value) else repr(value)
