"""Calendar feeds: an address to put in a calendar program, and what it answers with; it only reads."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from api.asking import ProjectArgument, permitted
from api.authorise import may_read
from api.context import Engine, Info
from api.kinds import read_id
from api.rows import row_type
from domain.errors import NotPermitted, Refusal
from domain.levelling.plans import Plan
from infra.calendar_feed import feed as calendar_feed
from infra.feed_tokens import Feed, feed_of, mint_feed
from infra.levelling.plans import plans_at
from infra.tokens import Actor, BadToken, NotMintable

PATH: Final = "/calendar/{token}.ics"
PROJECTS_MAX: Final = 20
KEPT: Final = "private, max-age=300"


class NoFeeds(Refusal):
    """There is no secret here to sign feeds with."""

    sentence = "Calendar feeds are not set up here: FAIRLEAD_CALENDAR_SECRET is missing."


@dataclass(frozen=True, slots=True)
class CalendarFeed:
    """An address that a calendar program can subscribe to; whoever knows it can read the feed."""

    path: Annotated[str, "The address below this server's, secret to whom it was given."]
    expires_at: Annotated[datetime, "When it stops working (UTC); ask for another before that."]


CALENDAR_FEED: Final[Any] = row_type(CalendarFeed)


async def calendar_feed_address(info: Info, *, project: ProjectArgument = None) -> CalendarFeed:
    """Return the address of the viewer's own feed, or of a project's; raise `NoFeeds`, `NotPermitted`."""
    context = info.context
    project_id = None if project is None else read_id(project, "project")
    if project_id is not None:
        await permitted(context, project_id)
        if project_id not in await context.engine.serving.projects_of(context.actor.actor_id):
            raise NotPermitted("A project's feed is for who is on its team.", field="project")
    try:
        token, expires = mint_feed(Feed(context.actor.actor_id, project_id), context.engine.settings)
    except NotMintable:
        raise NoFeeds from None
    return CalendarFeed(PATH.format(token=token), datetime.fromtimestamp(expires, UTC))


async def answer(request: Request) -> Response:
    """Answer with a feed; 401 for a token that opens none, 403 for one whose owner is on no such team."""
    engine: Engine = request.app.state.engine
    try:
        wish = feed_of(request.path_params["token"], engine.settings)
    except NotMintable:
        return PlainTextResponse(NoFeeds.sentence, 404)
    except BadToken as bad:
        return PlainTextResponse(str(bad), 401)
    mine = await engine.serving.projects_of(wish.actor_id)
    ids = mine[:PROJECTS_MAX] if wish.project_id is None else (wish.project_id,)
    at, until = datetime.now(UTC), await engine.serving.head()
    async with engine.planning:
        content = await asyncio.to_thread(_content, engine, wish, ids, (at, until))
    if content is None:
        return PlainTextResponse("You are not on the team of this project.", 403)
    headers = {"Cache-Control": KEPT, "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)


def _content(engine: Engine, wish: Feed, ids: tuple[UUID, ...], moment: tuple[datetime, int]) -> bytes | None:
    """Return the feed, None where its owner may not read the project now."""
    at, until = moment
    plans = plans_at(engine.settings.addresses[0], engine.serving.codec, ids, until)
    actor = Actor(wish.actor_id, frozenset())
    seen = [plan for plan in plans if may_read(actor, plan.project)]
    if wish.project_id is None:
        return calendar_feed(seen, at, "Fairlead", wish.actor_id)
    return calendar_feed(seen, at, _name(seen), None) if seen else None


def _name(plans: list[Plan]) -> str:
    return plans[0].project.charter.name


def calendar_routes() -> list[Route]:
    """Return the address of the feeds."""
    return [Route(PATH, answer, methods=["GET"])]
