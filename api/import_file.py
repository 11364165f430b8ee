"""The mutation `importFile`: a small file imported by the importer that the command line uses as well."""

import asyncio
import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Final, cast

import strawberry
import structlog
from strawberry.types.field import StrawberryField

from api.authorise import named, permitting, record_denial
from api.context import Context, Info
from api.faults import INTERNAL, code_of
from api.ids import new_id
from api.import_report import ImportFilePayload, reported
from api.issuing import DONE
from api.payloads import UserError
from domain import shape
from domain.errors import Malformed, NotPermitted, Refusal
from domain.recorded import Issued
from domain.roles import DIRECTORS
from infra.importing.kind import Kind
from infra.importing.kinds import Options, plan_of
from infra.importing.log_port import LogPort
from infra.importing.mapping import mapping_of
from infra.importing.plan import ImportPlan
from infra.importing.run import Run, run_import
from infra.importing.source import Source, open_source

ACTION: Final = "importFile"
strawberry.enum(Kind, name="ImportKind", description="What kind of source a file is.")
_log: Final = structlog.get_logger(__name__)


class ImportUnderWay(Refusal):
    """Another import runs in this process."""

    sentence = "Another import is under way; try again when it is done."


@strawberry.input(description="A file to import, what kind it is, and what that kind needs beside it.")
class ImportFileInput:
    """A file to import."""

    kind: Kind = strawberry.field(
        description="SIP: the SiP task table; MSPDI: MS Project XML; TABLE: CSV or Excel."
    )
    name: str = strawberry.field(description="What the file is called, 1 to 200 characters.")
    content: str = strawberry.field(
        description="The file's bytes, plain or gzip, in base64; the whole body has at most 1 MB."
    )
    dates_content: str | None = strawberry.field(
        default=None, description="SIP: the table of dates, in base64."
    )
    holidays_content: str | None = strawberry.field(
        default=None, description="SIP: the list of bank holidays, in base64; none when left out."
    )
    mapping: str | None = strawberry.field(
        default=None, description="TABLE: which column means what, as JSON."
    )
    time_zone: str = strawberry.field(
        default="UTC", description="MSPDI: the zone of its local times, such as Europe/London."
    )
    is_dry_run: bool = strawberry.field(
        default=False, description="Only say what would happen; nothing is written."
    )


@dataclass(frozen=True, slots=True)
class ImportFile:
    """What was asked for, as the record of a denial names it."""

    kind: Kind
    name: str
    sha256: str


async def import_file(info: Info, input: ImportFileInput) -> ImportFilePayload | None:  # noqa: A002 - the contract's name
    """Import a file and return the report, or why it was refused."""
    context, started, outcome = info.context, perf_counter(), INTERNAL
    try:
        payload = await _payload(context, input)
        outcome = payload.user_errors[0].code if payload.user_errors else DONE
    except Exception as fault:
        outcome = code_of(fault)
        raise
    finally:
        seconds = perf_counter() - started
        context.engine.metrics.command(ACTION, outcome, seconds)
        _log.info("command_handled", action=ACTION, outcome=outcome, milliseconds=round(seconds * 1000, 3))
    return payload


async def _payload(context: Context, given: ImportFileInput) -> ImportFilePayload:
    try:
        await _authorise(context, given)
        if context.engine.importing.locked():
            raise ImportUnderWay
        async with context.engine.importing:
            context.is_long = True
            return await _imported(context, given)
    except Refusal as refusal:
        error = UserError(code=refusal.code, message=refusal.message, field=refusal.field)
        return ImportFilePayload(user_errors=[error])


async def _authorise(context: Context, given: ImportFileInput) -> None:
    """Raise `NotPermitted`, once that is recorded, for whoever may not import; commands are checked too."""
    if not context.actor.roles.isdisjoint(DIRECTORS):
        return
    sha256 = hashlib.sha256(given.content.encode("utf-8", "surrogatepass")).hexdigest()
    asked = ImportFile(given.kind, "", sha256)
    now = datetime.now(UTC)
    issued: Issued[Any] = Issued(asked, new_id(), new_id(), context.actor.actor_id, now)
    await record_denial(issued, context.engine.log, denied_at=now)
    raise NotPermitted(f"This needs one of the roles {named(DIRECTORS)}.")


async def _imported(context: Context, given: ImportFileInput) -> ImportFilePayload:
    source, plan = await asyncio.to_thread(_read, given)
    engine, actor = context.engine, context.actor
    port = LogPort(engine.log, engine.serving.pool, engine.serving.codec, permitting(actor))
    run = Run(new_id(), actor.actor_id, datetime.now(UTC), source, given.is_dry_run)
    report = await run_import(plan, port.submit, port, run)
    engine.metrics.head(port.position)
    return reported(report, None if given.is_dry_run else port.position)


def _read(given: ImportFileInput) -> tuple[Source, ImportPlan]:
    """Return the file and its plan; raise what readers refuse."""
    shape.text(given.name, "name", shape.NAME_LENGTH_MAX)
    shape.time_zone(given.time_zone, "timeZone")
    source = _source(given.content, "content", given.name)
    options = Options(
        dates=_beside(given.dates_content, "datesContent"),
        holidays=_beside(given.holidays_content, "holidaysContent"),
        time_zone=given.time_zone,
        mapping=None if given.mapping is None else mapping_of(given.mapping),
    )
    return source, plan_of(given.kind, source, options)


def _beside(content: str | None, field: str) -> Source | None:
    return None if content is None else _source(content, field, field)


def _source(content: str, field: str, name: str) -> Source:
    try:
        data = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("This is not base64.", field=field) from None
    try:
        return open_source(data, name)
    except Refusal as refusal:
        refusal.field = field
        raise


def import_mutation() -> StrawberryField:
    """Return the mutation."""
    description = (
        "Import a file: every row is created, changed, unchanged, or refused with its reason; the same file"
        f" again changes nothing. Roles: {named(DIRECTORS)}."
    )
    field: Any = strawberry.mutation(resolver=import_file, name=ACTION, description=description)
    return cast("StrawberryField", field)
