"""All that one query reads is read of one moment."""

from collections.abc import AsyncIterator

from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from api.context import Context
from infra.snapshot import Snapshots


class OneMoment(SchemaExtension):
    """Lets a query's resolvers share a snapshot; a mutation's read what the commands before them made."""

    async def on_execute(self) -> AsyncIterator[None]:
        """Hold the snapshots while the query is executed."""
        execution = self.execution_context
        context = execution.context
        if execution.operation_type is not OperationType.QUERY or not isinstance(context, Context):
            yield
            return
        async with Snapshots(context.engine.serving.pool):
            yield
