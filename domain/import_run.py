"""An import: what became of every row of a source, so that totals can be reconciled. One stream each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, assert_never

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context, Decider
from domain.errors import AlreadyExists, Malformed, Refusal, Unknown
from domain.personal import Personal

REFUSALS_MAX: Final = 5_000
"""The most refusals one event lists; further ones follow in further events."""
ROWS_MAX: Final = 100_000_000
_MINUTES_MAX: Final = 10**15
_SHA256: Final = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class RowRefusal:
    """Why a row of the source was refused; `line` counts from 1."""

    line: int
    code: str
    sentence: Annotated[str, Personal()]


@dataclass(frozen=True, slots=True)
class ImportRecorded:
    """A source was imported: what became of its rows, and of the minutes worked it names."""

    kind: str
    source_name: Annotated[str, Personal()]
    sha256: str
    rows: int
    created: int
    changed: int
    unchanged: int
    refused: int
    minutes_in: int
    minutes_on_tasks: int
    minutes_refused: int
    refusals: tuple[RowRefusal, ...]


@dataclass(frozen=True, slots=True)
class RefusalsListed:
    """Further refused rows of an import."""

    refusals: tuple[RowRefusal, ...]


ImportRunEvent = ImportRecorded | RefusalsListed


@dataclass(frozen=True, slots=True)
class RecordImport:
    """Record what an import did, with the first of its refusals."""

    kind: Annotated[str, "What kind of source it was, 1 to 200 characters."]
    source_name: Annotated[str, "What the source is called, 1 to 200 characters."]
    sha256: Annotated[str, "SHA-256 of the source's bytes, 64 lower-case hexadecimal digits."]
    rows: Annotated[int, "Rows in the source."]
    created: Annotated[int, "Rows that made something new."]
    changed: Annotated[int, "Rows that changed something."]
    unchanged: Annotated[int, "Rows that said what was known already."]
    refused: Annotated[int, "Rows refused."]
    minutes_in: Annotated[int, "Minutes worked according to the source."]
    minutes_on_tasks: Annotated[int, "Of these, minutes booked on tasks."]
    minutes_refused: Annotated[int, "Of these, minutes on refused rows."]
    refusals: Annotated[tuple[RowRefusal, ...], "Refused rows, the first 5,000 at most."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed text, number or refusal."""
        shape.text(self.kind, "kind", shape.NAME_LENGTH_MAX)
        shape.text(self.source_name, "sourceName", shape.NAME_LENGTH_MAX)
        _check_sha256(self.sha256)
        for count, name in (
            (self.rows, "rows"),
            (self.created, "created"),
            (self.changed, "changed"),
            (self.unchanged, "unchanged"),
            (self.refused, "refused"),
        ):
            shape.whole(count, name, 0, ROWS_MAX)
        shape.whole(self.minutes_in, "minutesIn", 0, _MINUTES_MAX)
        shape.whole(self.minutes_on_tasks, "minutesOnTasks", 0, _MINUTES_MAX)
        shape.whole(self.minutes_refused, "minutesRefused", 0, _MINUTES_MAX)
        _check_refusals(self.refusals)


@dataclass(frozen=True, slots=True)
class ListRefusals:
    """List further refused rows of an import, after those listed already."""

    refusals: Annotated[tuple[RowRefusal, ...], "The next refused rows, 1 to 5,000."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for none, too many or malformed refusals."""
        if not self.refusals:
            raise Malformed("There is no refusal to list.", field="refusals")
        _check_refusals(self.refusals)


ImportRunCommand = RecordImport | ListRefusals


class UnknownImportRun(Unknown):
    """No import has this id."""

    sentence = "There is no import with this id."


class MoreRefusalsThanRows(Refusal):
    """An import lists more refusals than it has refused rows."""

    sentence = "More refusals are listed than rows were refused."


@dataclass(frozen=True, slots=True)
class ImportRun:
    """An import, how many of its refusals are listed, and the last of them."""

    kind: str
    source_name: str
    sha256: str
    rows: int
    refused: int
    listed: int
    last: RowRefusal | None


def decide(command: ImportRunCommand, run: ImportRun | None, context: Context) -> Sequence[ImportRunEvent]:
    """Return what becomes known of the import."""
    del context
    match command:
        case RecordImport():
            return _record(command, run)
        case ListRefusals(refusals):
            return _list(refusals, run)
        case _:
            assert_never(command)


def evolve(run: ImportRun | None, event: ImportRunEvent) -> ImportRun:
    """Return the import after an event."""
    match event:
        case ImportRecorded(kind, source_name, sha256, rows):
            listed, last = len(event.refusals), event.refusals[-1] if event.refusals else None
            return ImportRun(kind, source_name, sha256, rows, event.refused, listed, last)
        case RefusalsListed(refusals):
            run = _recorded(run)
            return replaced(run, listed=run.listed + len(refusals), last=refusals[-1])
        case _:
            assert_never(event)


def _record(command: RecordImport, run: ImportRun | None) -> Sequence[ImportRecorded]:
    if len(command.refusals) > command.refused:
        raise MoreRefusalsThanRows(field="refusals")
    event = ImportRecorded(
        kind=command.kind,
        source_name=command.source_name,
        sha256=command.sha256,
        rows=command.rows,
        created=command.created,
        changed=command.changed,
        unchanged=command.unchanged,
        refused=command.refused,
        minutes_in=command.minutes_in,
        minutes_on_tasks=command.minutes_on_tasks,
        minutes_refused=command.minutes_refused,
        refusals=command.refusals,
    )
    if run is None:
        return [event]
    source = command.kind, command.source_name, command.sha256, command.rows, command.refused
    if source == (run.kind, run.source_name, run.sha256, run.rows, run.refused):
        return []
    raise AlreadyExists


def _list(refusals: tuple[RowRefusal, ...], run: ImportRun | None) -> Sequence[RefusalsListed]:
    run = _recorded(run)
    if refusals[-1] == run.last:
        return []
    if run.listed + len(refusals) > run.refused:
        raise MoreRefusalsThanRows(field="refusals")
    return [RefusalsListed(refusals)]


def _recorded(run: ImportRun | None) -> ImportRun:
    if run is None:
        raise UnknownImportRun
    return run


def _check_sha256(value: str) -> None:
    if not _SHA256.fullmatch(value):
        raise Malformed("A SHA-256 has 64 lower-case hexadecimal digits.", field="sha256")


def _check_refusals(refusals: tuple[RowRefusal, ...]) -> None:
    if len(refusals) > REFUSALS_MAX:
        raise Malformed(f"At most {REFUSALS_MAX} refusals are listed at once.", field="refusals")
    for refusal in refusals:
        shape.whole(refusal.line, "refusals", 1, ROWS_MAX)
        shape.text(refusal.code, "refusals", shape.NAME_LENGTH_MAX)
        shape.text(refusal.sentence, "refusals", shape.TEXT_LENGTH_MAX)


DECIDER: Final[Decider[ImportRunCommand, ImportRun, ImportRunEvent]] = Decider(
    name="import_run",
    decide=decide,
    evolve=evolve,
    events={
        "import_run.recorded.v1": ImportRecorded,
        "import_run.refusals_listed.v1": RefusalsListed,
    },
    commands={RecordImport: roles.DIRECTORS, ListRefusals: roles.DIRECTORS},
    opens=frozenset({RecordImport}),
    project_of=lambda _: None,
)
