"""How much a document may ask: hostile ones are refused after little work, ordinary ones never."""

import pytest
from graphql import GraphQLSchema, build_schema, get_introspection_query, parse

from api.documents import Documents
from api.limits import (
    COST_MAX,
    DEFINITIONS_MAX,
    DEPTH_MAX,
    FIELDS_MAX,
    TOKENS_MAX,
    VISITS_MAX,
    Comparing,
    Measure,
    TooMuch,
    check_size,
    ruler,
)
from api.schema import build
from tests.api.conftest import Api, mutation

SCHEMA = build_schema("""
  type Query { projects(first: Int! = 50): Projects!, a: A, name: String }
  type Projects { nodes: [Project!]!, total: Int! }
  type Project { id: ID!, name: String!, tasks(first: Int! = 50): Tasks! }
  type Tasks { nodes: [Task!]! }
  type Task { id: ID!, title: String!, dueOn: String, project: Project! }
  type A { a: A, b: A, c: Int }
""")


def measured(text: str, schema: GraphQLSchema = SCHEMA, **variables: object) -> tuple[Measure, int]:
    """Return the measure of a document's first operation, and how many selections were looked at."""
    document = parse(text)
    measuring = ruler(schema, document, variables)
    measure = measuring.selections(document.definitions[0].selection_set, schema.query_type)  # type: ignore[attr-defined]
    return measure, measuring.visits


def refused(text: str, schema: GraphQLSchema = SCHEMA) -> str:
    """Return what of a document is too much."""
    document = parse(text)
    with pytest.raises(TooMuch) as caught:
        check_size(document, ruler(schema, document))
    assert caught.value.extensions is not None
    return str(caught.value.extensions["of"])


def fan_out(levels: int, times: int = 2) -> str:
    """Return a short document whose fragments spread the next one several times: times^levels fields."""
    fragments = [f"fragment F{level} on A {{ {f'...F{level + 1} ' * times} }}" for level in range(levels)]
    return "\n".join(["{ a { ...F0 } }", *fragments, f"fragment F{levels} on A {{ c }}"])


def test_each_fragment_is_looked_at_once_however_often_it_is_spread() -> None:
    text = fan_out(30)
    measure, visits = measured(text)
    assert measure.fields >= 2**29
    assert visits == 2 + 30 * 2 + 1
    assert refused(text) == "fields"


def test_work_grows_with_the_document_not_with_what_it_expands_to() -> None:
    visits = [measured(fan_out(10, times))[1] for times in (10, 20, 40)]
    assert visits == [2 + 10 * 10 + 1, 2 + 10 * 20 + 1, 2 + 10 * 40 + 1]


def test_a_fragment_within_itself_is_refused() -> None:
    text = "{ a { ...F } } fragment F on A { a { ...G } } fragment G on A { b { ...F } }"
    (error,) = Documents().checked(SCHEMA, text).errors
    assert "within itself" in error.message


def test_a_text_that_is_too_long_is_not_even_parsed() -> None:
    (error,) = Documents().checked(SCHEMA, "{ name #" + "x" * 100_000 + "\n }").errors
    assert error.extensions == {"code": "TOO_MUCH", "limit": 100_000, "of": "characters"}


def test_nested_duplicates_are_refused_before_they_are_compared() -> None:
    inner = "c"
    for _ in range(6):
        inner = f"a {{ {inner} }} " * 3
    text = f"{{ {inner} }}"
    assert refused(text) == "pairs of fields under one name"
    comparing = Comparing({})
    with pytest.raises(TooMuch):
        comparing.merged([parse(text).definitions[0].selection_set])  # type: ignore[attr-defined]
    assert comparing.visits <= FIELDS_MAX


def test_fields_with_one_name_in_one_place_are_few() -> None:
    assert refused("{ " + "name " * 200 + "}") == "pairs of fields under one name"
    text = "{ " + "name " * 100 + "}"
    check_size(parse(text), ruler(SCHEMA, parse(text)))


def test_comparing_ends_after_a_bounded_number_of_looks() -> None:
    chain = "".join(f"fragment F{n} on A {{ ...F{n + 1} }}" for n in range(38)) + "fragment F38 on A { c }"
    text = "{ " + " ".join(f"x{n}: a {{ ...F0 }}" for n in range(190)) + " }" + chain
    comparing = Comparing(ruler(SCHEMA, parse(text)).fragments)
    comparing.merged([parse(text).definitions[0].selection_set])  # type: ignore[attr-defined]
    assert comparing.visits <= VISITS_MAX


def test_depth_counts_through_fragments() -> None:
    def nested(depth: int) -> str:
        return "{ " + "a { " * (depth - 1) + "c" + " }" * (depth - 1) + " }"

    check_size(parse(nested(DEPTH_MAX)), ruler(SCHEMA, parse(nested(DEPTH_MAX))))
    assert refused(nested(DEPTH_MAX + 1)) == "levels of fields"
    halves = "fragment G on A { " + "a { " * 12 + "c" + " }" * 12 + " }"
    assert refused("{ " + "a { " * 12 + "...G" + " }" * 12 + " }" + halves) == "levels of fields"


def test_nesting_counts_what_holds_no_field() -> None:
    assert refused("{ " + "... { " * 60 + "name" + " }" * 60 + " }") == "levels of nesting"
    reverse = "".join(
        f"fragment F{n} on A {{ {'... { ' * 30} ...F{n - 1} {'} ' * 30} }}" for n in range(1, 9)
    )
    assert refused("fragment F0 on A { c }" + reverse + "{ a { ...F8 } }") == "levels of nesting"


def test_aliases_and_definitions_are_limited() -> None:
    assert refused("{ " + " ".join(f"x{n}: name" for n in range(201)) + " }") == "aliases"
    many = "".join(f"query Q{n} {{ name }} " for n in range(DEFINITIONS_MAX + 1))
    assert refused(many) == "definitions"


@pytest.mark.parametrize(
    "text",
    [
        "{ " + "name " * TOKENS_MAX + "}",
        "{ a(x: " + "[" * 900 + "]" * 900 + ") { c } }",
        "{ " + "a { " * 2_000 + "c" + " }" * 2_000 + " }",
    ],
    ids=["tokens", "lists", "levels"],
)
def test_what_is_too_long_or_too_deep_to_parse_is_an_error(text: str) -> None:
    checked = Documents().checked(SCHEMA, text)
    assert checked.errors


def test_cost_is_the_number_of_values_an_answer_may_hold() -> None:
    nodes = "nodes { id name }"
    assert measured(f"{{ projects(first: 10) {{ total {nodes} }} }}")[0].cost == 1 + 10 * 4
    assert measured(f"{{ projects {{ total {nodes} }} }}")[0].cost == 1 + 50 * 4
    tasks = "{ projects(first: 20) { nodes { tasks(first: 30) { nodes { id title } } } } }"
    assert measured(tasks)[0].cost == 1 + 20 * (1 + 1 + 30 * 3)


def test_cost_takes_first_from_the_variables() -> None:
    text = "query ($n: Int!) { projects(first: $n) { total } }"
    assert measured(text, n=7)[0].cost == 8
    documents = Documents()
    costs = [documents.checked(SCHEMA, text).cost(SCHEMA, None, {"n": n}) for n in (7, 9, 10**400)]
    assert costs == [8, 10, 10**9]
    assert documents.checked(SCHEMA, "{ projects { total } }").cost(SCHEMA, None, {}) == 51


def test_ordinary_use_stays_far_from_the_limits() -> None:
    page = "{ projects(first: 100) { nodes { id name tasks(first: 50) { nodes { id title dueOn } } } } }"
    assert measured(page)[0].cost < COST_MAX / 4
    schema = build()._schema  # noqa: SLF001
    assert not Documents().checked(schema, get_introspection_query()).errors
    assert not Documents().checked(schema, mutation("completeTask")).errors


def test_a_document_is_checked_once() -> None:
    documents = Documents()
    text = "{ projects { total } }"
    assert documents.checked(SCHEMA, text) is documents.checked(SCHEMA, text)


@pytest.mark.anyio
async def test_the_cost_is_in_the_reply(api: Api) -> None:
    reply = await api.ask("{ viewer { actorId roles } }")
    assert reply["extensions"] == {"cost": {"requested": 3, "limit": COST_MAX}}
    assert reply["data"]["viewer"]["roles"] == ["ADMINISTRATOR"]


@pytest.mark.anyio
async def test_a_document_that_asks_too_much_is_refused_with_a_code(api: Api) -> None:
    for text in (
        "{ " + " ".join(f"x{n}: __typename" for n in range(300)) + " }",
        "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
    ):
        reply = await api.ask(text)
        assert "data" not in reply or reply["data"] is None
        assert reply["errors"][0]["extensions"]["code"] in {"TOO_MUCH", "MALFORMED"}
