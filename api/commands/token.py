"""`fairlead token`: a bearer token for development."""

import json
from typing import Annotated, Final
from uuid import UUID, uuid5

import typer

from api.commands import WRONG_USE, fail
from api.commands import settings as read_settings
from domain.roles import ORGANISATION_ROLES, Role

DEVELOPER: Final = uuid5(UUID(int=0), "fairlead development")
HOURS_MAX: Final = 24 * 365
SECONDS_AN_HOUR: Final = 3_600


def token(
    actor: Annotated[UUID, typer.Option(help="Who the token stands for.")] = DEVELOPER,
    role: Annotated[
        list[Role] | None,
        typer.Option(
            metavar="ROLE",
            help=f"A role across the organisation: {', '.join(sorted(ORGANISATION_ROLES))}; repeatable.",
        ),
    ] = None,
    hours: Annotated[int, typer.Option(min=1, max=HOURS_MAX, help="How long it is valid, in hours.")] = 24,
    *,
    is_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")] = False,
) -> None:
    """Print a token signed with the development secret (FAIRLEAD_TOKEN_SECRET, or the data folder's)."""
    from infra.data_folder import with_keys
    from infra.settings import BadSettings
    from infra.tokens import Actor, NotMintable, mint

    roles = frozenset(role or ())
    if not roles <= ORGANISATION_ROLES:
        known = ", ".join(sorted(ORGANISATION_ROLES))
        fail(
            f"A token carries roles across the organisation ({known}); others are given in a project.",
            code=WRONG_USE,
        )
    try:
        minted = mint(Actor(actor, roles), with_keys(read_settings()), valid_seconds=hours * SECONDS_AN_HOUR)
    except BadSettings as bad:
        fail(str(bad), code=WRONG_USE)
    except NotMintable as refusal:
        fail(str(refusal))
    answer = {"token": minted, "actor": str(actor), "roles": sorted(roles), "hours": hours}
    typer.echo(json.dumps(answer) if is_json else minted)
