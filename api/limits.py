"""How much a document may ask: counted once, before validation, in time linear in its size.

Each fragment is measured once and its measure added wherever it is spread, so that what a document expands
to is known without expanding it. Cost is the number of values the answer may hold: one for each field, those
below a connection times its `first`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)

BODY_BYTES_MAX: Final = 1_000_000
TEXT_LENGTH_MAX: Final = 100_000
TOKENS_MAX: Final = 5_000
DEFINITIONS_MAX: Final = 100
NESTING_MAX: Final = 40
"""Selection sets within each other, fragments followed."""
DEPTH_MAX: Final = 20
ALIASES_MAX: Final = 200
FIELDS_MAX: Final = 2_000
PAIRS_MAX: Final = 10_000
"""Pairs of fields that would have to be compared, because they answer under one name."""
VISITS_MAX: Final = 20_000
COST_MAX: Final = 100_000
FIRST: Final = "first"
COUNT_MAX: Final = 10**9
"""Where counting ends: beyond it all numbers are alike."""

Variables = Mapping[str, Any]


class TooMuch(GraphQLError):
    """The document asks for more than one request may."""


def too_much(what: str, most: int) -> TooMuch:
    """Return the error for a document that has more of something than it may have."""
    return TooMuch(
        f"The document has more than {most} {what}.",
        extensions={"code": "TOO_MUCH", "limit": most, "of": what},
    )


class Measure(NamedTuple):
    """What a part of a document comes to when its fragments are put in place."""

    depth: int = 0
    nesting: int = 0
    aliases: int = 0
    fields: int = 0
    cost: int = 0


@dataclass(slots=True)
class Ruler:
    """Measures one document; `visits` counts the selections looked at, each once."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Variables
    visits: int = 0
    uses_variables: bool = False
    _known: dict[str, Measure | None] = field(default_factory=dict[str, "Measure | None"])

    def selections(
        self, node: SelectionSetNode | None, parent: GraphQLNamedType | None, level: int = 1
    ) -> Measure:
        """Return the measure of a selection set on `parent`; raise `TooMuch` for one nested too deeply."""
        if node is None:
            return Measure()
        if level > NESTING_MAX:
            raise too_much("levels of nesting", NESTING_MAX)
        return _sum(self._selection(selection, parent, level) for selection in node.selections)

    def _selection(self, node: SelectionNode, parent: GraphQLNamedType | None, level: int) -> Measure:
        self.visits += 1
        if isinstance(node, FieldNode):
            return self._field(node, parent, level)
        if isinstance(node, FragmentSpreadNode):
            return self.fragment(node.name.value, level)
        if isinstance(node, InlineFragmentNode):
            condition = node.type_condition
            own = parent if condition is None else self.schema.get_type(condition.name.value)
            inner = self.selections(node.selection_set, own, level + 1)
            return inner._replace(nesting=inner.nesting + 1)
        raise AssertionError("a selection is a field or a fragment")

    def fragment(self, name: str, level: int = 0) -> Measure:
        """Return the measure of a fragment, nothing for an unknown one; raise `TooMuch` within itself."""
        if name not in self._known:
            definition = self.fragments.get(name)
            self._known[name] = Measure() if definition is None else None
            if definition is not None:
                on = self.schema.get_type(definition.type_condition.name.value)
                inner = self.selections(definition.selection_set, on, level + 1)
                self._known[name] = inner._replace(nesting=inner.nesting + 1)
        known = self._known[name]
        if known is None:
            raise TooMuch(f"The fragment {name} is spread within itself.", extensions={"code": "MALFORMED"})
        return known

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, level: int) -> Measure:
        defined = _definition(parent, node.name.value)
        below: GraphQLNamedType | None = None
        if defined is not None:
            below = get_named_type(cast("GraphQLType", defined.type))
        inner = self.selections(node.selection_set, below, level + 1)
        times = 1 if defined is None else self._times(node, defined)
        return Measure(
            inner.depth + 1,
            inner.nesting + 1,
            inner.aliases + (node.alias is not None),
            inner.fields + 1,
            min(COUNT_MAX, 1 + times * inner.cost),
        )

    def _times(self, node: FieldNode, defined: GraphQLField) -> int:
        """Return how many items a connection may answer with: its `first`, or the default of that."""
        if FIRST not in defined.args:
            return 1
        given = next(
            (argument.value for argument in node.arguments or () if argument.name.value == FIRST), None
        )
        wished: object = None
        if isinstance(given, IntValueNode):
            wished = int(given.value[:10])
        elif isinstance(given, VariableNode):
            self.uses_variables = True
            wished = self.variables.get(given.name.value)
        if not isinstance(wished, int):
            wished = _default(defined.args[FIRST])
        return max(1, wished) if isinstance(wished, int) else 1


def _default(argument: GraphQLArgument) -> object:
    """Return an argument's default, whether the schema was made from code or from text."""
    literal = None if argument.default is None else argument.default.literal
    return int(literal.value) if isinstance(literal, IntValueNode) else argument.default_value


def _definition(parent: GraphQLNamedType | None, name: str) -> GraphQLField | None:
    return parent.fields.get(name) if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else None


def _sum(parts: Iterable[Measure]) -> Measure:
    depth = nesting = aliases = fields = cost = 0
    for part in parts:
        depth = max(depth, part.depth)
        nesting = max(nesting, part.nesting)
        aliases += part.aliases
        fields += part.fields
        cost += part.cost
    return Measure(depth, nesting, min(COUNT_MAX, aliases), min(COUNT_MAX, fields), min(COUNT_MAX, cost))


def ruler(schema: GraphQLSchema, document: DocumentNode, variables: Variables | None = None) -> Ruler:
    """Return a ruler for a document and the variables it was sent with."""
    fragments = {
        node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    return Ruler(schema, fragments, variables or {})


def check_size(document: DocumentNode, ruler: Ruler) -> None:
    """Raise `TooMuch` unless every operation and fragment of a document is small enough to be validated."""
    if len(document.definitions) > DEFINITIONS_MAX:
        raise too_much("definitions", DEFINITIONS_MAX)
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            _check(ruler.selections(node.selection_set, ruler.schema.get_root_type(node.operation)))
        elif isinstance(node, FragmentDefinitionNode):
            _check(ruler.fragment(node.name.value))
    comparing = Comparing(ruler.fragments)
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode):
            comparing.merged([node.selection_set])


def _check(measure: Measure) -> None:
    for found, what, most in (
        (measure.depth, "levels of fields", DEPTH_MAX),
        (measure.nesting, "levels of nesting", NESTING_MAX),
        (measure.aliases, "aliases", ALIASES_MAX),
        (measure.fields, "fields", FIELDS_MAX),
    ):
        if found > most:
            raise too_much(what, most)


@dataclass(slots=True)
class Comparing:
    """Counts the pairs of fields that validation compares; only for documents of a known, bounded size."""

    fragments: Mapping[str, FragmentDefinitionNode]
    pairs: int = 0
    visits: int = 0

    def merged(self, sets: Iterable[SelectionSetNode]) -> None:
        """Count within selection sets that answer as one object; raise `TooMuch`."""
        named: dict[str, list[FieldNode]] = {}
        self._collect(sets, named, set())
        for nodes in named.values():
            self.pairs += len(nodes) * (len(nodes) - 1) // 2
            if self.pairs > PAIRS_MAX:
                raise too_much("pairs of fields under one name", PAIRS_MAX)
            inner = [node.selection_set for node in nodes if node.selection_set is not None]
            if inner:
                self.merged(inner)

    def _collect(
        self, sets: Iterable[SelectionSetNode], named: dict[str, list[FieldNode]], seen: set[str]
    ) -> None:
        for node in (selection for each in sets for selection in each.selections):
            self.visits += 1
            if self.visits > VISITS_MAX:
                raise too_much("selections to compare", VISITS_MAX)
            if isinstance(node, FieldNode):
                named.setdefault((node.alias or node.name).value, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                self._collect([node.selection_set], named, seen)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                definition = self.fragments.get(node.name.value)
                if definition is not None:
                    self._collect([definition.selection_set], named, seen)
