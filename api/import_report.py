"""The report of an import as the contract shows it."""

from typing import Annotated, Final

import strawberry

from api.asking import bounded
from api.payloads import Payload
from api.scalars import Position, Whole
from infra.importing.report import ImportReport as Report

REFUSALS_DEFAULT: Final = 50


@strawberry.type(description="A row that changed nothing, and why.")
class ImportRefusal:
    """A refused row."""

    line: int = strawberry.field(description="Its line in the file, from 1.")
    code: str = strawberry.field(description="A stable code in upper snake case, such as TASK_CLOSED.")
    message: str = strawberry.field(description="One sentence for people.")
    minutes: Whole = strawberry.field(description="Minutes of work it held.")


@strawberry.type(description="A documented rule that changed something on the way in, and how often.")
class ImportNote:
    """A rule that changed something."""

    rule: str = strawberry.field(description="The rule's name, such as title_shortened.")
    count: int = strawberry.field(description="How many times it did.")


@strawberry.type(description="What an import did, or would do: every row and every minute answered for.")
class ImportReport:
    """What an import did."""

    run_id: strawberry.ID = strawberry.field(description="The import's id: what it is recorded under.")
    sha256: str = strawberry.field(description="SHA-256 of the file as handed in, in hexadecimal.")
    is_dry_run: bool = strawberry.field(description="Whether it was only tried.")
    rows: int = strawberry.field(description="Rows in the file.")
    created: int = strawberry.field(description="Rows that made something new.")
    changed: int = strawberry.field(description="Rows that changed what was there.")
    unchanged: int = strawberry.field(description="Rows that said what was known.")
    refused: int = strawberry.field(description="Rows refused.")
    minutes_in: Whole = strawberry.field(description="Minutes of work in the file.")
    minutes_on_tasks: Whole = strawberry.field(description="Of these, minutes booked on tasks.")
    minutes_refused: Whole = strawberry.field(description="Of these, minutes on refused rows.")
    is_reconciled: bool = strawberry.field(
        description="Whether each row ended as one thing, and all minutes are on tasks or refused."
    )
    notes: list[ImportNote] = strawberry.field(description="Rules that changed something on the way in.")
    set_up_refused: list[str] = strawberry.field(
        description="Why something the rows rest on, such as a project, could not be set up."
    )
    all_refusals: strawberry.Private[list[ImportRefusal]]

    @strawberry.field(description="Refused rows by line; `refused` says how many there are in all.")
    def refusals(
        self,
        first: Annotated[
            int, strawberry.argument(description="How many at most, 1 to 200.")
        ] = REFUSALS_DEFAULT,
        skip: Annotated[int, strawberry.argument(description="How many to leave out before them.")] = 0,
    ) -> list[ImportRefusal]:
        """Return some of the refused rows."""
        begin = max(0, skip)
        return self.all_refusals[begin : begin + bounded(first)]


@strawberry.type(description="The answer to an import.")
class ImportFilePayload(Payload):
    """The answer to an import."""

    report: ImportReport | None = strawberry.field(
        default=None, description="What it did; null when the whole file was refused."
    )


def reported(report: Report, position: int | None) -> ImportFilePayload:
    """Return a report as an answer; `position` is that of its last event, None where it wrote none."""
    shown = ImportReport(
        run_id=strawberry.ID(str(report.run_id)),
        sha256=report.sha256,
        is_dry_run=report.is_dry_run,
        rows=report.rows,
        created=report.created,
        changed=report.changed,
        unchanged=report.unchanged,
        refused=len(report.refused),
        minutes_in=Whole(report.minutes_in),
        minutes_on_tasks=Whole(report.minutes_on_tasks),
        minutes_refused=Whole(report.minutes_refused),
        is_reconciled=report.reconciled,
        notes=[ImportNote(rule=rule, count=count) for rule, count in sorted(report.notes.items())],
        set_up_refused=list(report.set_up_refused),
        all_refusals=[
            ImportRefusal(line=each.line, code=each.code, message=each.sentence, minutes=Whole(each.minutes))
            for each in report.refused
        ],
    )
    at = None if position is None else Position(position)
    return ImportFilePayload(id=shown.run_id, position=at, report=shown)
