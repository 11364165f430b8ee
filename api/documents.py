"""Documents: parsed, measured and validated once by their text, then kept; and what each request costs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from api.limits import COST_MAX, TEXT_LENGTH_MAX, TOKENS_MAX, TooMuch, Variables, check_size, ruler, too_much

KEPT_MAX: Final = 1_000
KEPT_LENGTH_MAX: Final = 20_000
ERRORS_MAX: Final = 20
RULES: Final = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
_NOTHING: Final = parse("{ __typename }")


@dataclass(frozen=True, slots=True)
class Checked:
    """A document, what is wrong with it, and the costs of its operations that depend on no variables."""

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...]
    costs: dict[str | None, int]

    def cost(self, schema: GraphQLSchema, name: str | None, variables: Variables | None) -> int:
        """Return the cost of the operation called `name` with these variables, 0 for no such operation."""
        known = self.costs.get(name)
        if known is not None or self.document is None:
            return known or 0
        operation = get_operation_ast(self.document, name)
        if operation is None:
            return 0
        measuring = ruler(schema, self.document, variables)
        cost = measuring.selections(operation.selection_set, schema.get_root_type(operation.operation)).cost
        if not measuring.uses_variables:
            self.costs[name] = cost
        return cost


class Documents:
    """The documents seen last, at most `KEPT_MAX`, none longer than `KEPT_LENGTH_MAX` characters."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: dict[str, Checked] = {}

    def checked(self, schema: GraphQLSchema, text: str) -> Checked:
        """Return a document as checked; the first time, check it: size before validation."""
        known = self._kept.pop(text, None) or _checked(schema, text)
        if len(text) <= KEPT_LENGTH_MAX:
            if len(self._kept) >= KEPT_MAX:
                del self._kept[next(iter(self._kept))]
            self._kept[text] = known
        return known


def _checked(schema: GraphQLSchema, text: str) -> Checked:
    if len(text) > TEXT_LENGTH_MAX:
        return Checked(_NOTHING, (too_much("characters", TEXT_LENGTH_MAX),), {})
    try:
        document = parse(text, max_tokens=TOKENS_MAX)
    except GraphQLError as error:
        return Checked(None, (error,), {})
    try:
        check_size(document, ruler(schema, document))
    except TooMuch as error:
        return Checked(document, (error,), {})
    return Checked(document, tuple(validate(schema, document, RULES, max_errors=ERRORS_MAX)), {})


class CheckedDocuments(SchemaExtension):
    """Hands Strawberry the checked document, or what is wrong with it; shows `cost {requested, limit}`."""

    def __init__(self, documents: Documents) -> None:
        """Take documents from, and keep them in, `documents`."""
        super().__init__()
        self._documents = documents

    def on_parse(self) -> Iterator[None]:
        """Set the document; one with bad syntax is left to Strawberry, which finds the same fault."""
        context = self.execution_context
        context.parse_options = {"max_tokens": TOKENS_MAX}
        self._checked = self._documents.checked(self._schema, context.query or "")
        context.graphql_document = self._checked.document
        yield

    def on_validate(self) -> Iterator[None]:
        """Set what is wrong with the document, its cost with these variables included."""
        context = self.execution_context
        errors: list[GraphQLError] = list(self._checked.errors)
        if not errors:
            cost = self._checked.cost(self._schema, context.operation_name, context.variables)
            context.extensions_results["cost"] = {"requested": cost, "limit": COST_MAX}
            errors = [too_much("values to answer", COST_MAX)] if cost > COST_MAX else []
        context.pre_execution_errors = errors
        yield

    @property
    def _schema(self) -> GraphQLSchema:
        schema: Any = self.execution_context.schema
        return cast("GraphQLSchema", schema._schema)  # noqa: SLF001 - it has no public name
