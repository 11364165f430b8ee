"""The GraphQL schema, assembled; run as a program it writes the contract to `api/schema.graphql`."""

import sys
from functools import cache
from pathlib import Path
from typing import Final

import strawberry
from graphql import GraphQLError, build_schema, find_breaking_changes
from strawberry.schema.config import StrawberryConfig
from strawberry.types.execution import ExecutionContext

from api.changes import Subscription
from api.context import Context
from api.documents import CheckedDocuments, Documents
from api.faults import shown
from api.import_file import import_mutation
from api.levelling_runs import levelling_mutations
from api.mutations import mutation_type
from api.queries import query_type
from api.scalars import scalar_map
from api.snapshots import OneMoment

CONTRACT: Final = Path(__file__).with_name("schema.graphql")


class Schema(strawberry.Schema):
    """A schema whose errors carry a code and the request's id, and whose faults are logged and masked."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Replace each error by what clients may see of it."""
        context = execution_context and execution_context.context
        extensions = {"requestId": context.request_id} if isinstance(context, Context) else {}
        errors[:] = [shown(error, extensions) for error in errors]


@cache
def build() -> Schema:
    """Return the schema, made once: that takes a second, and only its checked documents ever change."""
    documents = Documents()
    return Schema(
        query=query_type(),
        mutation=mutation_type(import_mutation(), *levelling_mutations()),
        subscription=Subscription,
        config=StrawberryConfig(scalar_map=scalar_map()),
        extensions=[lambda: CheckedDocuments(documents), OneMoment],
    )


def contract() -> str:
    """Return the contract as text in the schema definition language."""
    return build().as_str() + "\n"


def broken(written: str, now: str) -> list[str]:
    """Return a sentence for each promise of the `written` contract that the one of `now` does not keep."""
    return [change.description for change in find_breaking_changes(build_schema(written), build_schema(now))]


def write() -> int:
    """Write the contract and return 0; where it would break the written one, only say how, and return 1.

    `--break` writes it all the same.
    """
    now = contract()
    problems = broken(CONTRACT.read_text("utf-8"), now) if CONTRACT.exists() else []
    if problems and "--break" not in sys.argv[1:]:
        sys.stderr.write("\n".join([*problems, "Nothing was written; --break writes it all the same.", ""]))
        return 1
    CONTRACT.write_text(now, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(write())
