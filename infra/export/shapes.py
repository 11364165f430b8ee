"""Records in the forms that others read: a line of evidence, an OCSF event, a row of a table."""

import base64
import json
from datetime import datetime, timedelta
from typing import Any, Final

from infra.log_reader import Record

OCSF_VERSION: Final = "1.1.0"
_MILLISECOND: Final = timedelta(milliseconds=1)
_CREATE, _READ, _UPDATE = 1, 2, 3
_ACTIVITIES: Final = {_CREATE: "Create", _READ: "Read", _UPDATE: "Update"}
_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")
CSV_COLUMNS: Final = (
    "position", "event_id", "stream", "version", "type", "project_id", "actor_id", "correlation_id",
    "causation_id", "command_id", "reason", "occurred_at", "recorded_at", "data",
)  # fmt: skip


def line(record: Record, path: list[bytes]) -> str:
    """Return a record with the path of its proof as one JSON object, from which its bytes can be made."""
    shown = _plain(record)
    try:
        shown["data"] = record.data.decode()
    except UnicodeDecodeError:
        shown["data_base64"] = base64.b64encode(record.data).decode()
    shown["path"] = [base64.b64encode(each).decode() for each in path]
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":"))


def _plain(record: Record) -> dict[str, Any]:
    return {
        name: value if isinstance(value, int | None) else _text(value)
        for name, value in zip(CSV_COLUMNS[:-1], record[:-1], strict=True)
    }


def _text(value: Any) -> str:
    return value.isoformat(timespec="microseconds") if isinstance(value, datetime) else str(value)


def ocsf(record: Record) -> dict[str, Any]:
    """Return a record as an event of OCSF's class Entity Management (3004).

    A stream's first event creates, the others update; that somebody looked at audit data reads, and a denied
    command is an update that failed. Times are milliseconds since 1970.
    """
    aggregate = record.type.partition(".")[0]
    activity = _READ if aggregate == "access" else _CREATE if record.version == 1 else _UPDATE
    is_denied = aggregate == "denial"
    activity = _UPDATE if is_denied else activity
    event: dict[str, Any] = {
        "activity_id": activity,
        "activity_name": _ACTIVITIES[activity],
        "category_name": "Identity & Access Management",
        "category_uid": 3,
        "class_name": "Entity Management",
        "class_uid": 3004,
        "type_uid": 300_400 + activity,
        "time": _milliseconds(record.occurred_at),
        "severity_id": 1,
        "status_id": 2 if is_denied else 1,
        "actor": {"user": {"uid": str(record.actor_id)}},
        "entity": {
            "uid": str(record.stream),
            "type": aggregate,
            "version": str(record.version),
            "data": _json(record.data),
        },
        "metadata": {
            "version": OCSF_VERSION,
            "product": {"name": "Fairlead", "vendor_name": "Fairlead"},
            "log_name": "log.event",
            "uid": str(record.event_id),
            "event_code": record.type,
            "sequence": record.position,
            "correlation_uid": str(record.correlation_id),
            "logged_time": _milliseconds(record.recorded_at),
        },
        "unmapped": {
            "project_id": record.project_id and str(record.project_id),
            "command_id": str(record.command_id),
            "causation_id": record.causation_id and str(record.causation_id),
        },
    }
    return event if record.reason is None else {**event, "comment": record.reason}


def row(record: Record) -> list[str]:
    """Return a record as a row of a table, no cell of which a spreadsheet takes for a formula."""
    cells = ["" if value is None else _text(value) for value in record[:-1]]
    return [guarded(cell) for cell in [*cells, record.data.decode(errors="replace")]]


def guarded(cell: str) -> str:
    """Return a cell that is text to any spreadsheet: one that could be a formula gets an apostrophe first."""
    return f"'{cell}" if cell.startswith(_DANGEROUS) else cell


def _milliseconds(moment: datetime) -> int:
    return (moment - datetime.fromtimestamp(0, moment.tzinfo)) // _MILLISECOND


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None
