"""Who may: the one place that decides on (actor, action, the aggregate's own project), before any effect."""

from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID, uuid5

from domain.decider import Decider, action_of
from domain.denial import DECIDER as DENIAL
from domain.denial import RecordDenial
from domain.errors import NotPermitted
from domain.handling import Authorise, Streams, handle
from domain.project import Project
from domain.recorded import Issued
from domain.roles import LEADS, ORGANISATION_ROLES, PROJECT_ROLES, Role
from infra.event_log import EventLog
from infra.tokens import Actor

NOBODY: Final[frozenset[Role]] = frozenset()


def effective_roles(actor: Actor, project: Project | None) -> frozenset[Role]:
    """Return the roles an actor has around `project`: those of the organisation, and the one on its team."""
    in_project = project and project.role_of(actor.actor_id)
    return (actor.roles & ORGANISATION_ROLES) | (
        frozenset({in_project} if in_project else NOBODY) & PROJECT_ROLES
    )


def may_read(actor: Actor, project: Project | None) -> bool:
    """Say whether an actor may read what belongs to `project`: its team may, and the organisation's roles."""
    return bool(effective_roles(actor, project))


def permitting(actor: Actor) -> Authorise:
    """Return the check of what `actor` issues; it raises `NotPermitted`, naming the roles needed."""

    def authorise(issued: Issued[Any], decider: Decider[Any, Any, Any], project: Project | None) -> None:
        held = permit(actor, issued, decider, project)
        if issued.is_backdated and held.isdisjoint(LEADS):
            raise NotPermitted(
                f"Naming an earlier time needs one of the roles {named(LEADS)}.", field="occurredAt"
            )

    return authorise


def permit(
    actor: Actor, issued: Issued[Any], decider: Decider[Any, Any, Any], project: Project | None
) -> frozenset[Role]:
    """Return the roles in which `actor` may issue this, whenever it happened; raise `NotPermitted`."""
    if issued.actor_id != actor.actor_id:
        raise AssertionError("a command is authorised for the one who issued it")
    held = effective_roles(actor, project)
    needed = decider.commands[type(issued.command)]
    if project is not None:
        action = action_of(cast("object", issued.command).__class__)
        needed = project.permission_rules.narrowed(action, needed)
    if held.isdisjoint(needed):
        raise NotPermitted(f"This needs one of the roles {named(needed)}.")
    return held


def as_fairlead(issued: Issued[Any], decider: Decider[Any, Any, Any], project: Project | None) -> None:
    """Permit what Fairlead itself does, and nothing else."""
    del project
    if Role.SYSTEM not in decider.commands[type(issued.command)]:
        raise NotPermitted


def named(roles: frozenset[Role]) -> str:
    """Return roles as a sentence lists them, such as `administrator, management`."""
    return ", ".join(sorted(roles))


async def record_denial(issued: Issued[Any], streams: EventLog, *, denied_at: datetime) -> None:
    """Leave one record that a command was denied, however often it is repeated; raise what the log raises.

    Its ids follow from the denied command, body included: another one under a stolen id has its own record.
    """
    denial_id = uuid5(issued.command_id, (await streams.digest(issued)).hex())
    project_id = await _project_id(issued, streams)
    denial = RecordDenial(action_of(cast("object", issued.command).__class__), issued.stream, project_id)
    record = Issued(
        denial,
        denial_id,
        denial_id,
        issued.actor_id,
        denied_at,
        correlation_id=issued.correlation_id or issued.command_id,
        causation_id=issued.causation_id,
    )
    await handle(DENIAL, record, streams, as_fairlead)


async def _project_id(issued: Issued[Any], streams: Streams) -> UUID | None:
    """Return the project a denied command was meant for, where there is such a project."""
    owner = await streams.owner(issued.stream)
    if owner is not None:
        return owner.project_id
    wished: UUID | None = getattr(issued.command, "project_id", None)
    owner = None if wished is None else await streams.owner(wished)
    return wished if owner is not None and owner.kind == "project" else None
