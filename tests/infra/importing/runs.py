"""Running imports in tests: against a log in memory, by somebody, at some time."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

from infra.importing.kinds import Kind, Options, plan_of
from infra.importing.mapping import mapping_of
from infra.importing.plan import ImportPlan
from infra.importing.report import ImportReport
from infra.importing.run import Run, run_import
from infra.importing.source import Source, open_source
from tests.infra.importing.memory_log import MemoryLog

ACTOR = UUID("00000000-0000-4000-8000-000000000001")
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
HEADER = "Id,Name,Who,Opened,Started,Done,Due,Hours\n"
MAPPING = b"""{"columns": {"key": "Id", "title": "Name", "member": "Who", "opened": "Opened",
    "started": "Started", "completed": "Done", "due_on": "Due", "spent": "Hours"},
    "project": "Roof", "date_format": "%d/%m/%Y", "time_zone": "Europe/Paris", "unit": "hours"}"""


def run(plan: ImportPlan, log: MemoryLog, source: Source, *, is_dry_run: bool = False) -> ImportReport:
    """Import a plan into a log."""
    importing = run_import(plan, log.submit, log, Run(uuid4(), ACTOR, NOW, source, is_dry_run))
    return asyncio.run(importing)


def import_csv(rows: str, log: MemoryLog, *, is_dry_run: bool = False) -> ImportReport:
    """Import the rows of a table of the columns in `HEADER`."""
    source = open_source((HEADER + rows).encode(), "roof.csv")
    plan = plan_of(Kind.TABLE, source, Options(mapping=mapping_of(MAPPING)))
    return run(plan, log, source, is_dry_run=is_dry_run)


def import_file(kind: Kind, source: Source, options: Options, log: MemoryLog) -> ImportReport:
    """Import a file of a kind."""
    return run(plan_of(kind, source, options), log, source)
