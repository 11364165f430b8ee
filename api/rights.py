"""Who could do what in a project, at any moment, over GraphQL: read from the log itself."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import strawberry

from api.asking import (
    FIRST_DEFAULT,
    After,
    AsOf,
    BadCursor,
    Cursor,
    First,
    bounded,
    decode_cursor,
    encode_cursor,
    log_scope,
)
from api.connections import Connection, PageOf, connection
from api.context import Info
from api.kinds import read_id
from api.worth import OneProject
from domain.aggregates import AGGREGATES
from domain.decider import action_of
from domain.errors import Malformed, UnknownProject
from domain.project import Project
from domain.roles import Role
from infra.past import state_at


@strawberry.type(description="Who could issue one command in a project at a moment.")
class Permission:
    """Who could issue one command."""

    action: str = strawberry.field(description="The command, such as completeTask.")
    roles: list[Role] = strawberry.field(
        description="The roles that could, as narrowed by the project's rule of that moment."
    )
    member_ids: list[strawberry.ID] = strawberry.field(
        description="Who of the team of that moment could. Roles of the organisation come with a token and"
        " are in no log: whoever had one of `roles` could too."
    )


async def permissions(  # noqa: PLR0913 - the arguments of the contract, by name
    info: Info,
    *,
    project: OneProject,
    actions: Annotated[
        list[str] | None, strawberry.argument(description="Only these commands; else all.")
    ] = None,
    member: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="Only what this member of the team could do."),
    ] = None,
    first: First = FIRST_DEFAULT,
    cursor: Cursor = None,
    as_of: AsOf = None,
    after: After = None,
) -> Connection[Permission]:
    """Return a page of the permissions in a project, by action; the log has what `after` asks for."""
    del after
    within = await log_scope(info.context, project=project, as_of=as_of)
    serving = info.context.engine.serving
    wanted = None if member is None else strawberry.ID(str(read_id(member, "member")))
    state: Project | None = await state_at(
        serving.pool, serving.codec, read_id(project, "project"), within.position
    )
    if state is None:
        raise UnknownProject("There was no project with this id then.", field="project")
    standing = list(_permissions(state))
    _check_known(actions, standing)
    found = [
        each
        for each in standing
        if (actions is None or each.action in actions) and (wanted is None or wanted in each.member_ids)
    ]
    of = ("permissions", project, repr(actions), repr(wanted), str(within.asked))
    behind = decode_cursor(of, cursor) or ("",)
    if len(behind) != 1:
        raise BadCursor(field="cursor")
    rest = [each for each in found if each.action > behind[0]]
    page = rest[: bounded(first)]

    async def count() -> int:
        return len(found)

    cursors = [encode_cursor(of, (each.action,)) for each in page]
    return connection(PageOf(page, cursors, len(rest) > first), position=within.position, count=count)


def _check_known(actions: Sequence[str] | None, standing: Sequence[Permission]) -> None:
    """Raise `Malformed` for a command that is none: nothing found would say that nobody may issue it."""
    known = {each.action for each in standing}
    for each in actions or ():
        if each not in known:
            raise Malformed(f"There is no command {each[:100]}.", field="actions")


def _permissions(project: Project) -> Iterator[Permission]:
    """Yield who may issue each command around a project, by action."""
    standing = {
        action_of(command): roles for decider in AGGREGATES for command, roles in decider.commands.items()
    }
    for action in sorted(standing):
        roles = project.permission_rules.narrowed(action, standing[action])
        members = [str(key) for key, named in project.team.members.items() if named.role in roles]
        yield Permission(
            action=action, roles=sorted(roles), member_ids=[strawberry.ID(each) for each in sorted(members)]
        )
