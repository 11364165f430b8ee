"""The subscription: every event the actor may see, in the log's order, from any position, without a gap."""

from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Final

import strawberry

from api.accessing import note
from api.asking import BeyondHead, permitted
from api.context import Info
from api.scalars import Position
from api.trail import AuditEntry, shown
from domain.errors import Malformed
from infra import audit
from infra.audit import Wanted

PAGE: Final = 100


@dataclass(slots=True)
class Sent:
    """How many events a subscription was sent."""

    entries: int = 0


@contextmanager
def _noted(info: Info) -> Generator[Sent]:
    """Note who followed when it ends: noted as it goes on, the notes would be sent, and noted again."""
    sent = Sent()
    try:
        yield sent
    finally:
        note(info.context, "changes", entries=sent.entries)


@strawberry.type(description="What can be followed.")
class Subscription:
    """The root of all subscriptions."""

    @strawberry.subscription(
        description="Every event the viewer may see, in the log's order. It begins behind `afterPosition`:"
        " give the position of the last event received to go on where a connection broke, without a gap."
    )
    async def changes(
        self,
        info: Info,
        after_position: Annotated[
            Position | None,
            strawberry.argument(description="Begin behind this position; behind the head by default."),
        ] = None,
    ) -> AsyncGenerator[AuditEntry, None]:
        """Yield events as they are recorded."""
        serving = info.context.engine.serving
        position = await serving.head() if after_position is None else int(after_position)
        if position < 0:
            raise Malformed("A position is a whole number from 0.", field="afterPosition")
        if position > await serving.head():
            raise BeyondHead(field="afterPosition")
        with info.context.engine.metrics.subscriptions.track_inprogress(), _noted(info) as sent:
            while True:
                head = await serving.freshness.wait_for_head(position)
                # each time: who may see what changes while we wait
                project_ids = await permitted(info.context, None)
                while position < head:
                    wanted = Wanted(up_to=head, after=position, project_ids=project_ids)
                    found, has_next = await audit.trail(serving.pool, serving.codec, wanted, first=PAGE)
                    for each in found:
                        sent.entries += 1
                        yield shown(each)
                    position = found[-1].recorded.position if has_next else head
