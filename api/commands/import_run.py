"""An import from the command line: the file read, its plan made, its commands sent."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from api.commands import fail
from api.commands.commanding import log_port, run_until_stopped
from api.commands.reaching import STOPPED
from api.commands.showing import Step, progress
from api.ids import new_id
from domain import shape
from domain.errors import Refusal
from infra.importing.kind import Kind
from infra.importing.kinds import Options, beside, plan_of
from infra.importing.mapping import mapping_of
from infra.importing.plan import ImportPlan
from infra.importing.report import ImportReport
from infra.importing.run import Run, run_import
from infra.importing.source import Source, open_source
from infra.settings import Settings


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asked to import: the file, its kind, and what that kind needs beside it."""

    file: Path
    kind: Kind
    dates: Path | None
    holidays: Path | None
    mapping: Path | None
    time_zone: str

    def read(self) -> tuple[Source, ImportPlan]:
        """Return the file and its plan; raise what readers refuse."""
        source = open_source(self.file)
        return source, plan_of(self.kind, source, self._options())

    def _options(self) -> Options:
        shape.time_zone(self.time_zone, "timeZone")
        found = beside(self.file) if self.kind is Kind.SIP else Options()
        return Options(
            dates=found.dates if self.dates is None else open_source(self.dates),
            holidays=found.holidays if self.holidays is None else open_source(self.holidays),
            time_zone=self.time_zone,
            mapping=None if self.mapping is None else mapping_of(open_source(self.mapping).data),
        )


def imported(
    asked: Asked, settings: Settings, actor_id: UUID, *, at: datetime, is_dry_run: bool
) -> ImportReport:
    """Import a file at a moment (aware UTC), return the report; end with a sentence where that cannot be."""
    with progress(f"Reading {asked.file.name}", "rows"):
        source, plan = _read(asked)
    run = Run(new_id(), actor_id, at, source, is_dry_run)
    with progress("Trying" if is_dry_run else "Importing", "rows") as step:
        return run_until_stopped(_run(plan, settings, run, step))


def _read(asked: Asked) -> tuple[Source, ImportPlan]:
    try:
        return asked.read()
    except Refusal as refusal:
        fail(refusal.message)
    except KeyboardInterrupt:
        fail(STOPPED)


async def _run(plan: ImportPlan, settings: Settings, run: Run, step: Step) -> ImportReport:
    async with log_port(settings, run.actor_id) as port:
        return await run_import(plan, port.submit, port, run, step)
