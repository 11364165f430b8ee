"""Every query at every moment: what has an `asOf`, and that an answer once given is given for ever."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)

from api.schema import build
from infra.codec import codec
from infra.rebuild import rebuild
from projections.all import ALL
from tests.api.conftest import Scene
from tests.api.projecting import PARTITIONS, project

pytestmark = pytest.mark.anyio

SCHEMA: Final[GraphQLSchema] = build()._schema  # noqa: SLF001
QUERIES: Final[Mapping[str, GraphQLField]] = cast("GraphQLObjectType", SCHEMA.query_type).fields
WITHOUT: Final = {
    "viewer": "it says what the request's own token says, which is in no log",
    "parked": "it is how the running process fares, which another version may fare better with",
    "diff": "it has two moments of its own",
    "checkpoint": "it has a size, which is a position",
    "checkpointOf": "it is about one note, whose size is a position",
    "consistency": "it has two positions of its own",
    "proof": "it has a position and a size of its own",
    "calendarFeed": "it gives an address, which tells nothing of the log",
    "levellingRun": "it is how a computation fares, which began at one position",
    "proposedMoves": "they are what that computation came to",
}
DEPTH_MAX: Final = 7


def test_every_query_takes_a_moment_of_the_log() -> None:
    assert {name for name, field in QUERIES.items() if "asOf" not in field.args} == set(WITHOUT)


def test_only_these_fields_read_by_themselves_when_they_are_asked_for() -> None:
    reading = {
        f"{name}.{field.name}"
        for name, kind in SCHEMA.type_map.items()
        for field in getattr(getattr(kind, "extensions", {}).get("strawberry-definition"), "fields", ())
        if getattr(field, "base_resolver", None) and field.is_async and isinstance(kind, GraphQLObjectType)
    }
    nested = {each for each in reading if each.partition(".")[0] not in {"Query", "Mutation", "Subscription"}}
    assert {each for each in nested if not each.endswith(("Connection.total_count", "Payload.changed"))} == {
        "KpiAnswer.figure",
        "KpiAnswer.figures",
        "KpiAnswer.observations",
        "ObservationEntry.events",
        "ObservationEntry.row",
        "Restatement.events",
        *{f"{name}.{name[:-7].lower()}" for name in SCHEMA.type_map if name.endswith("Payload")} & nested,
    }


def selected(kind: GraphQLNamedType, depth: int = 0) -> str:
    """Return a selection of all there is below a type."""
    if isinstance(kind, GraphQLUnionType):
        inner = " ".join(f"... on {each.name} {selected(each, depth + 1)}" for each in kind.types)
        return f"{{ __typename {inner} }}"
    assert isinstance(kind, GraphQLObjectType)
    return f"{{ __typename {' '.join(_fields(kind, depth))} }}"


def _fields(kind: GraphQLObjectType, depth: int) -> Iterator[str]:
    for name, field in kind.fields.items():
        named = get_named_type(field.type)
        asked = f"{kind.name}_{name}: {name}"
        arguments = {"figures": "(every: MONTH)", "observations": "(first: 3)", "events": "(first: 3)"}.get(
            name, ""
        )
        if isinstance(named, GraphQLScalarType | GraphQLEnumType):
            yield asked
        elif depth < DEPTH_MAX and name != "edges":
            yield f"{asked}{arguments if field.args else ''} {selected(named, depth + 1)}"


def documents(scene: Scene) -> Iterator[tuple[str, str]]:
    """Yield (name, document) of every query, all its fields asked for as of `$at`."""
    given = {
        "id": f'"{scene.task}"',
        "project": f'"{scene.project}"',
        "from": '"2026-01-01"',
        "to": '"2026-12-31"',
        "code": "LEAD_TIME",
        "first": "3",
        "by": '"2029-12-31"',
        "projects": f'["{scene.project}"]',
    }
    for name, field in QUERIES.items():
        if name in WITHOUT:
            continue
        wanted = [
            f"{each}: {given[each]}"
            if str(argument.type) != "DateTime!"
            else f'{each}: {given[each][:-1]}T00:00:00Z"'
            for each, argument in field.args.items()
            if each in given and (each != "by" or str(argument.type) == "Date!")
            if str(argument.type) != "Moment"
        ]
        if "task" in field.args and str(field.args["task"].type) == "ID!":
            wanted.append(f'task: "{scene.task}"')
        wanted.append("asOf: {position: $at}")
        answered = selected(get_named_type(field.type))
        yield name, f"query ($at: Position!) {{ {name}({', '.join(wanted)}) {answered} }}"


async def answers(scene: Scene, position: int) -> dict[str, Any]:
    """Return every query's answer as of a position, byte for byte, or the code it is refused with."""
    found: dict[str, Any] = {}
    for name, document in documents(scene):
        reply = await scene.api.post({"query": document, "variables": {"at": position}})
        assert reply.status_code == 200
        codes = [each["extensions"]["code"] for each in reply.json().get("errors", ())]
        assert not {"MALFORMED", "INTERNAL", "UNAVAILABLE", "TOO_MUCH"} & {*codes}, (
            name,
            reply.json(),
            document,
        )
        found[name] = codes or reply.content
    assert sum(isinstance(each, bytes) for each in found.values()) > 60
    return found


async def lived(scene: Scene, number: int) -> int:
    """Let something happen to everything that was there, and return the last position."""
    api, task = scene.api, scene.task
    await api.done("setDueDate", taskId=task, dueOn=f"2026-03-1{number}")
    await api.do("startTask", taskId=task)
    await api.done("spendTime", taskId=task, minutes=number, spentOn="2026-03-02")
    for _ in range(2):
        await api.done("completeTask", taskId=task)
        await api.done("reopenTask", taskId=task, cause="It leaks.")
    incident = await api.made("reportIncident", projectId=scene.project, text="It fell.", severity="HIGH")
    await api.done("acknowledgeIncident", feedbackId=incident)
    member = {"projectId": scene.project, "memberId": str(scene.member.actor_id)}
    await api.done("removeMember", **member)
    last = await api.done("nameMember", **member, role="MEMBER", department=None)
    await project(api.database_url)
    return last


async def test_an_answer_as_of_a_position_is_the_same_bytes_for_ever_also_after_a_rebuild(
    scene: Scene,
) -> None:
    opened = len(scene.api.events())
    last = await lived(scene, 1)
    positions = (opened, last - 1)
    before = [await answers(scene, at) for at in positions]
    await lived(scene, 2)
    await scene.api.done("cancelTask", taskId=scene.task, cause="Enough.")
    await scene.api.done("closeProject", projectId=scene.project)
    await project(scene.api.database_url)
    await asyncio.to_thread(rebuild, scene.api.database_url, ALL, codec(), partitions=PARTITIONS)
    assert [await answers(scene, at) for at in positions] == before


BOARD: Final = "{ position totalCount nodes { id title } }"


async def test_all_that_a_request_reads_is_of_one_moment_and_can_be_asked_for_again(scene: Scene) -> None:
    is_over = asyncio.Event()

    async def go_on() -> None:
        number = 0
        while not is_over.is_set():
            number += 1
            where = scene.project if number % 2 else scene.other_project
            await scene.api.made("openTask", projectId=where, title=f"T{number}")
            await project(scene.api.database_url)

    going_on = asyncio.create_task(go_on())
    try:
        for _ in range(12):
            reply = await scene.api.ask(
                f"{{ a: taskBoard(first: 200) {BOARD} b: taskBoard(first: 200, descending: true) {BOARD}"
                " projectOverview { position nodes { taskCounts { count } } } }"
            )
            a, b, projects = (reply["data"][each] for each in ("a", "b", "projectOverview"))
            assert a["position"] == b["position"] == projects["position"]
            assert a["nodes"] == b["nodes"][::-1]
            assert a["totalCount"] == b["totalCount"] == len(a["nodes"])
            counts = [count["count"] for node in projects["nodes"] for count in node["taskCounts"]]
            assert sum(counts) == len(a["nodes"])
            again = f"{{ a: taskBoard(first: 200, asOf: {{position: {a['position']}}}) {BOARD} }}"
            assert (await scene.api.ask(again))["data"]["a"] == a
    finally:
        is_over.set()
        await going_on


async def test_a_part_of_a_request_that_asks_for_more_is_not_answered_from_before(scene: Scene) -> None:
    await project(scene.api.database_url)
    head = len(scene.api.events())
    query = (
        f"query ($after: Position) {{ a: taskBoard {BOARD} b: taskBoard(after: $after) {BOARD}"
        f" c: taskBoard(asOf: {{position: {head}}}) {BOARD} }}"
    )
    asking = asyncio.create_task(scene.api.ask(query, {"after": head + 1}))
    await asyncio.sleep(0.1)
    await scene.api.made("openTask", projectId=scene.project, title="New")
    await project(scene.api.database_url)
    found = (await asking)["data"]
    assert [found[each]["position"] for each in "abc"] == [head, head + 1, head]
    assert [found[each]["totalCount"] for each in "abc"] == [2, 3, 2]


async def test_one_part_that_is_refused_leaves_the_others_readable(scene: Scene) -> None:
    await project(scene.api.database_url)
    reply = await scene.api.ask(
        f'{{ node(id: "{scene.task}", asOf: {{position: 99999}}) {{ __typename }} taskBoard {BOARD} }}'
    )
    assert reply["errors"][0]["extensions"]["code"] == "BEYOND_HEAD"
    assert reply["data"]["node"] is None
    assert reply["data"]["taskBoard"]["totalCount"] == 2
