"""The subscription: every event the actor may see, in the log's order, from any position, without a gap."""

from collections.abc import AsyncGenerator
from typing import Annotated, Final

import strawberry

from api.asking import BeyondHead, permitted
from api.context import Info
from api.scalars import Position
from api.trail import AuditEntry, shown
from infra import audit
from infra.audit import Wanted

PAGE: Final = 100


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
        if position < 0 or position > await serving.head():
            raise BeyondHead(field="afterPosition")
        with info.context.engine.metrics.subscriptions.track_inprogress():
            while True:
                head = await serving.freshness.wait_for_head(position)
                # each time: who may see what changes while we wait
                project_ids = await permitted(info.context, None)
                while position < head:
                    wanted = Wanted(up_to=head, after=position, project_ids=project_ids)
                    found, has_next = await audit.trail(serving.pool, serving.codec, wanted, first=PAGE)
                    for each in found:
                        yield shown(each)
                    position = found[-1].recorded.position if has_next else head
