"""What is exported of a project, read from the log: its plan, and its people, as of a position."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import psycopg

from domain.aggregates import AGGREGATES
from domain.decider import fold
from domain.levelling.plans import Plan
from domain.member import Member
from infra.codec import Codec
from infra.database import connect
from infra.exporting.mspdi import plan_mspdi_xml
from infra.levelling.plans import plans_at

_MEMBER: Final = next(decider for decider in AGGREGATES if decider.name == "member")
_EVENTS: Final = (
    "SELECT type, data FROM log.event WHERE stream = %s AND position <= %s AND type LIKE 'member.%%'"
    " ORDER BY version"
)


def exported(
    database_url: str, events: Codec, project_id: UUID, moment: tuple[int, datetime]
) -> tuple[Plan, bytes]:
    """Return a project's plan and its MS Project XML, as of a log position and its aware instant; blocking.

    Raises `UnknownProject`.
    """
    until, at = moment
    (plan,) = plans_at(database_url, events, [project_id], until)
    with connect(database_url, application="export") as connection:
        ids = {*plan.project.team.members, *plan.project.resources.by_id}
        members = _members(connection, events, ids, until)
    return plan, plan_mspdi_xml(plan, members, at)


def _members(
    connection: psycopg.Connection[tuple[Any, ...]], events: Codec, ids: Iterable[UUID], until: int
) -> dict[UUID, Member]:
    """Return those of some ids that are members."""
    found: dict[UUID, Member] = {}
    for member_id in ids:
        rows = connection.cursor(binary=True).execute(_EVENTS, (member_id, until)).fetchall()
        member = fold(_MEMBER, [events.decode(name, bytes(data), member_id) for name, data in rows])
        if isinstance(member, Member):
            found[member_id] = member
    return found
