"""A plan as a file for MS Project over HTTP: for whoever may read the project, with their bearer token."""

import asyncio
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from api.asking import permitted
from api.context import Context, Engine
from api.kinds import read_id
from api.problems import Problem
from domain.errors import NotPermitted, Refusal, Unknown
from infra.exporting.reading import exported

PATH: Final = "/export/plans/{project}.xml"


async def answer(request: Request) -> Response:
    """Answer with the plan; 401 without a good token, 403 for somebody else's project, 404 for none."""
    engine: Engine = request.app.state.engine
    try:
        actor = await engine.signed_in.actor(request.headers.get("authorization"))
        project_id = read_id(request.path_params["project"], "project")
        await permitted(Context(engine, uuid4().hex, actor), project_id)
    except Problem as problem:
        return PlainTextResponse(str(problem), problem.status, problem.headers)
    except Refusal as refusal:
        return PlainTextResponse(refusal.message, _status(refusal))
    moment = await engine.serving.head(), datetime.now(UTC)
    async with engine.planning:
        _, xml = await asyncio.to_thread(
            exported, engine.settings.addresses[0], engine.serving.codec, project_id, moment
        )
    headers = {"Content-Disposition": f'attachment; filename="{project_id}.xml"'}
    return Response(xml, media_type="application/xml", headers=headers)


def _status(refusal: Refusal) -> int:
    if isinstance(refusal, NotPermitted):
        return 403
    return 404 if isinstance(refusal, Unknown) else 400


def plan_export_routes() -> list[Route]:
    """Return the address of exported plans."""
    return [Route(PATH, answer, methods=["GET"])]
