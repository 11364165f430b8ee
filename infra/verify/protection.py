"""Whether the log still refuses to be changed: its triggers are there, on, and do what they did."""

from importlib.resources import files
from typing import Any, Final

from psycopg import Connection

from infra.verify.faults import Fault, Kind

_TABLES: Final = ("log.event", "log.command", "log.identity", "proof.strip", "proof.checkpoint")
_REFUSING: Final = """
    SELECT pg_get_triggerdef(t.oid), t.tgenabled = 'A', p.prosrc
    FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE t.tgrelid = to_regclass(%s) AND t.tgname = %s
"""


def unprotected(connection: Connection[Any]) -> Fault | None:
    """Return the first table that can be changed because what refuses it is gone, off, or another."""
    written = files("infra").joinpath("event_log.sql").read_text(encoding="utf-8")
    for table in _TABLES:
        name = f"{table.partition('.')[2]}_is_immutable"
        found = connection.execute(_REFUSING, (table, name)).fetchone()
        wanted = (
            f"CREATE TRIGGER {name} BEFORE DELETE OR UPDATE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change()"
        )
        if found is None:
            return _fault(table, "is missing")
        definition, is_on, body = found
        if not is_on:
            return _fault(table, "is off")
        if definition != wanted or f"$${body}$$" not in written:
            return _fault(table, "is another one")
    return None


def _fault(table: str, what: str) -> Fault:
    return Fault(0, Kind.UNPROTECTED, f"The trigger that refuses changes of {table} {what}.")
