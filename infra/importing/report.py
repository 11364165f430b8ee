"""What an import says of itself: every row answered for, its totals reconciled; as JSON and as a file."""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from infra.importing.rows import Refused

REPORT_SUFFIX: Final = ".import-report.json"


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of the rows of a source, and of the minutes of work it names.

    `created` rows brought something new, `changed` ones changed what an earlier import brought, `unchanged`
    ones said what was known. `notes` counts the documented rules that changed something on the way in.
    `set_up_refused` are the refusals of what had to be there first, such as a project; they belong to no row.
    """

    run_id: UUID
    kind: str
    source_name: str
    sha256: str
    is_dry_run: bool
    rows: int
    created: int
    changed: int
    unchanged: int
    refused: tuple[Refused, ...]
    minutes_in: int
    minutes_on_tasks: int
    minutes_refused: int
    notes: Mapping[str, int]
    set_up_refused: tuple[str, ...] = ()

    @property
    def reconciled(self) -> bool:
        """Say whether each row ended as exactly one thing, and all minutes are on tasks or refused."""
        rows = self.created + self.changed + self.unchanged + len(self.refused)
        return rows == self.rows and self.minutes_in == self.minutes_on_tasks + self.minutes_refused

    def to_json(self) -> str:
        """Return the report as JSON, keys in a fixed order, one refusal for each refused row, by line."""
        shown: dict[str, Any] = {
            "runId": str(self.run_id),
            "kind": self.kind,
            "sourceName": self.source_name,
            "sha256": self.sha256,
            "isDryRun": self.is_dry_run,
            "rows": self.rows,
            "created": self.created,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "refused": len(self.refused),
            "minutesIn": self.minutes_in,
            "minutesOnTasks": self.minutes_on_tasks,
            "minutesRefused": self.minutes_refused,
            "reconciled": self.reconciled,
            "notes": dict(sorted(self.notes.items())),
            "setUpRefused": list(self.set_up_refused),
            "refusals": [
                {"line": each.line, "code": each.code, "sentence": each.sentence, "minutes": each.minutes}
                for each in self.refused
            ],
        }
        return json.dumps(shown, ensure_ascii=False, indent=2) + "\n"


def write_report(report: ImportReport, path: Path) -> None:
    """Write a report to `path` as a whole or not at all; whatever was there is replaced."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as beside:
        beside.write(report.to_json())
        beside.flush()
        os.fsync(beside.fileno())
    Path(beside.name).replace(path)
