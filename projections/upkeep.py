"""The upkeep done: tunings and security audits, by whom and when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, TypeAlias, get_args
from uuid import UUID

from domain.project.duties import DutyKind, SecurityAuditHeld, TuningDone
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class UpkeepEntry:
    """One tuning or security audit."""

    row_id: Annotated[UUID, "The id of this entry."]
    project_id: Annotated[UUID, "The project it belongs to."]
    kind: Annotated[DutyKind, "Tuning or security audit."]
    done_by: Annotated[UUID, "Who did it."]
    done_on: Annotated[date, "The day, in the project's time zone."]
    text: Annotated[str | None, "What was tuned and what came of it; null for an audit."] = None
    findings: Annotated[tuple[str, ...], "What an audit found."] = ()
    finding_count: Annotated[int, "How many findings these are."] = 0


Event: TypeAlias = TuningDone | SecurityAuditHeld


def keys(seen: Recorded[Event]) -> Iterable[UUID]:
    """Return the tuning or audit."""
    event = seen.event
    entry_id = event.tuning_id if isinstance(event, TuningDone) else event.audit_id
    return (part_id(seen.stream, "upkeep", entry_id),)


def evolve(_row: UpkeepEntry | None, seen: Recorded[Event]) -> UpkeepEntry | None:
    """Return the tuning or audit; neither changes afterwards."""
    event, project_id = seen.event, seen.stream
    match event:
        case TuningDone(entry_id, text, by, on):
            row_id = part_id(project_id, "upkeep", entry_id)
            return UpkeepEntry(row_id, project_id, DutyKind.TUNING, by, on, text)
        case SecurityAuditHeld(entry_id, findings, by, on):
            return UpkeepEntry(
                part_id(project_id, "upkeep", entry_id),
                project_id,
                DutyKind.SECURITY_AUDIT,
                by,
                on,
                findings=findings,
                finding_count=len(findings),
            )


READ_MODEL: Final = ReadModel(
    name="upkeep",
    row=UpkeepEntry,
    folds=frozenset(get_args(Event)),
    keys=keys,
    evolve=evolve,
    orders={"DONE": ("done_on",)},
    filters=("kind", "done_by"),
)
