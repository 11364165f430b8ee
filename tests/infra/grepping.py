"""Looking for a text in everything a database stores: every table of every schema, the catalogue's too."""

import psycopg
from psycopg.sql import SQL, Identifier


def tables_with(database_url: str, text: str) -> set[str]:
    """Return the tables that hold a text, as the owner of the database sees them, in any column."""
    with psycopg.connect(database_url) as connection:
        tables = connection.execute(
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'"
        ).fetchall()
        return {f"{schema}.{name}" for schema, name in tables if _holds(connection, schema, name, text)}


def _holds(connection: psycopg.Connection[tuple[object, ...]], schema: str, name: str, text: str) -> bool:
    statement = SQL("COPY (SELECT * FROM {}) TO STDOUT").format(Identifier(schema, name))
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        found = b"".join(bytes(block) for block in copy)
    return text.encode() in found or text.encode().hex().encode() in found  # bytes are written in hex
