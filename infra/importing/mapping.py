"""How the columns of somebody's own table become fields of tasks: a mapping in JSON, checked as a whole."""

import json
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.errors import Refusal

FIELDS: Final = (
    "key",
    "title",
    "project",
    "description",
    "member",
    "department",
    "opened",
    "started",
    "completed",
    "cancelled",
    "due_on",
    "estimate",
    "spent",
)
NEEDED: Final = ("key", "title", "opened")
UNITS: Final = {"hours": Decimal(60), "minutes": Decimal(1)}
ENCODINGS: Final = ("utf-8", "cp1252")
MAPPING_BYTES_MAX: Final = 64 * 1024

_SETTINGS: Final = {
    "columns",
    "project",
    "date_format",
    "time_zone",
    "unit",
    "minutes_per_day",
    "encoding",
    "delimiter",
    "sheet",
}
_DATE_PARTS: Final = (("%d", "%j"), ("%m", "%b", "%B", "%j"), ("%Y", "%y"))


class BadMapping(Refusal):
    """The column mapping does not make sense."""

    sentence = "The column mapping does not make sense."


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Which column holds which field, and how its dates and amounts of work are written.

    `project` names the one project of the table where no column does. `date_format` is that of `strptime`;
    with an hour in it, times are read, else days. `minutes_each` is what one unit of work is worth in
    minutes.
    """

    columns: dict[str, str]
    date_format: str
    time_zone: str
    minutes_each: Decimal
    project: str | None = None
    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str | None = None
    needed: tuple[str, ...] = field(default=())


def mapping_of(written: str | bytes) -> ColumnMapping:
    """Return the mapping a JSON object describes; raise `BadMapping` with one sentence for what is wrong.

    `{"columns": {"key": "Id", "title": "Name", "opened": "Created", …}, "project": "Roof", "date_format":
    "%d/%m/%Y", "time_zone": "Europe/Paris", "unit": "hours"}`; `unit` may be `minutes`, or `days` together
    with `minutes_per_day`. Optional: `encoding` (utf-8 or cp1252), `delimiter`, `sheet`.
    """
    given = _object(written)
    unknown = set(given) - _SETTINGS
    if unknown:
        raise BadMapping(f"The mapping holds {min(unknown)!r}, which is no setting of it.")
    columns = _columns(given.get("columns"))
    if "project" not in columns and not _text(given, "project"):
        raise BadMapping("Either a column or the setting 'project' names the project.")
    return ColumnMapping(
        columns=columns,
        date_format=_date_format(given),
        time_zone=_time_zone(given),
        minutes_each=_minutes_each(given) if {"estimate", "spent"} & set(columns) else Decimal(1),
        project=_text(given, "project"),
        encoding=_one_of(given, "encoding", ENCODINGS),
        delimiter=_delimiter(given),
        sheet=_text(given, "sheet"),
        needed=tuple(columns.values()),
    )


def _object(written: str | bytes) -> dict[str, Any]:
    if len(written) > MAPPING_BYTES_MAX:
        raise BadMapping("The mapping is larger than 64 KiB.")
    try:
        given: object = json.loads(written)
    except (ValueError, RecursionError) as bad:
        raise BadMapping("The mapping is not JSON.") from bad
    if not isinstance(given, dict):
        raise BadMapping("The mapping is not a JSON object.")
    return {str(name): value for name, value in given.items()}  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType] - JSON


def _columns(given: object) -> dict[str, str]:
    if not isinstance(given, dict):
        raise BadMapping("The mapping has no 'columns'.")
    columns: dict[str, str] = {}
    for name, column in given.items():  # pyright: ignore[reportUnknownVariableType] - JSON
        if name not in FIELDS:
            raise BadMapping(f"{name!r} is no field; the fields are {', '.join(FIELDS)}.")
        if not isinstance(column, str) or not column.strip():
            raise BadMapping(f"The column of {name!r} is not a name.")
        columns[str(name)] = column.strip()  # pyright: ignore[reportUnknownArgumentType] - JSON
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise BadMapping(f"The field {missing[0]!r} needs a column.")
    return columns


def _text(given: dict[str, Any], name: str) -> str | None:
    value = given.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        raise BadMapping(f"The setting {name!r} is not text.")
    return value.strip()


def _date_format(given: dict[str, Any]) -> str:
    written = _text(given, "date_format")
    if written is None or not all(any(part in written for part in parts) for parts in _DATE_PARTS):
        raise BadMapping("The setting 'date_format' needs day, month and year, such as %d/%m/%Y.")
    return written


def _time_zone(given: dict[str, Any]) -> str:
    written = _text(given, "time_zone")
    try:
        return ZoneInfo(written or "").key
    except (ZoneInfoNotFoundError, ValueError, OSError) as bad:
        raise BadMapping("The setting 'time_zone' is no zone such as Europe/Paris.") from bad


def _minutes_each(given: dict[str, Any]) -> Decimal:
    unit = _text(given, "unit")
    if unit in UNITS:
        return UNITS[unit]
    if unit != "days":
        raise BadMapping("The setting 'unit' is hours, minutes or days.")
    try:
        minutes = Decimal(str(given.get("minutes_per_day")))
    except InvalidOperation as bad:
        raise BadMapping("Amounts in days need the setting 'minutes_per_day'.") from bad
    if not 1 <= minutes <= 1440:  # noqa: PLR2004 - the minutes of a day
        raise BadMapping("A day of work has 1 to 1440 minutes.")
    return minutes


def _one_of(given: dict[str, Any], name: str, allowed: tuple[str, ...]) -> str:
    written = _text(given, name) or allowed[0]
    if written not in allowed:
        raise BadMapping(f"The setting {name!r} is one of {', '.join(allowed)}.")
    return written


def _delimiter(given: dict[str, Any]) -> str:
    written = given.get("delimiter", ",")
    if written not in (",", ";", "\t", "|"):
        raise BadMapping("The setting 'delimiter' is a comma, a semicolon, a tab or a bar.")
    return str(written)
