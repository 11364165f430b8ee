"""How a command is handled: load, authorise, check references, decide, append; again if it lost a race.

Longer than other files: the way of a command is read in one go, from top to bottom.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import (
    Any,
    Final,
    NamedTuple,
    NewType,
    Protocol,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)
from uuid import UUID

from domain.decider import Context, Decider, fold
from domain.errors import (
    AlreadyExists,
    CommandRepeated,
    Malformed,
    NotPermitted,
    Refusal,
    Unknown,
    UnknownApproval,
    UnknownFeedback,
    UnknownMember,
    UnknownProject,
    UnknownTask,
    WrongVersion,
)
from domain.ids import ApprovalId, FeedbackId, FormerMemberId, MemberId, ProjectId, TaskId
from domain.member import DECIDER as MEMBER
from domain.member.state import MemberIsErased
from domain.project import DECIDER as PROJECT
from domain.project import Project
from domain.recorded import Issued

TRIES_MAX: Final = 50  # who must read again loses often against one who need not


class Reference(NamedTuple):
    """What an id in a command must name: a stream of a kind, where `is_lasting` one that was not erased."""

    kind: str
    unknown: type[Unknown]
    is_lasting: bool = False


REFERENCES: Final[Mapping[Any, Reference]] = {  # by the id's NewType
    ProjectId: Reference("project", UnknownProject),
    TaskId: Reference("task", UnknownTask),
    FeedbackId: Reference("feedback", UnknownFeedback),
    MemberId: Reference(MEMBER.name, UnknownMember, is_lasting=True),
    ApprovalId: Reference("approval", UnknownApproval),
    FormerMemberId: Reference(MEMBER.name, UnknownMember),
}
UNKNOWN: Final[Mapping[str, type[Unknown]]] = {each.kind: each.unknown for each in REFERENCES.values()}


class Conflict(Exception):
    """Somebody else appended first: what was decided no longer holds."""


class Contended(Exception):
    """A command lost against others `TRIES_MAX` times; it changed nothing and can be repeated with its id."""


class Loaded(NamedTuple):
    """The state of a stream, None before its first event, and its version (0 then)."""

    state: Any
    version: int


@dataclass(frozen=True, slots=True)
class Owner:
    """What kind of aggregate a stream is, and the project it belongs to, if any."""

    kind: str
    project_id: UUID | None


class Answer(NamedTuple):
    """What became of a command: its stream, the version after it, the log position to wait for to see it."""

    stream: UUID
    version: int
    position: int
    event_count: int


class Entry(NamedTuple):
    """What a command asks the log to append, provided that each stream in `expects` is still at its version.

    `after` is the state the stream has then, for the log to keep in memory.
    """

    decider: Decider[Any, Any, Any]
    issued: Issued[Any]
    project_id: UUID | None
    version: int
    events: Sequence[Any]
    after: Any
    expects: Mapping[UUID, int]


class Streams(Protocol):
    """The log as commands see it."""

    def turn(self, stream: UUID) -> AbstractAsyncContextManager[None]:
        """Let the commands of this process to one stream pass one after the other."""
        ...

    async def load(
        self, decider: Decider[Any, Any, Any], stream: UUID, *, fresh: bool, opening: bool
    ) -> Loaded:
        """Return a stream's state; unless `fresh` it may be behind, one just `opening` is taken as new."""
        ...

    async def owner(self, stream: UUID) -> Owner | None:
        """Return whose a stream is, None where there is no such stream."""
        ...

    async def projects_of(self, person: UUID) -> Sequence[UUID]:
        """Return the projects in which somebody wrote anything, or was ever named."""
        ...

    async def answered(self, issued: Issued[Any]) -> Answer | None:
        """Return the answer this command id got before; raise `CommandRepeated` when it had another body."""
        ...

    async def append(self, entry: Entry) -> Answer:
        """Append all or nothing; raise `Conflict` or `CommandRepeated`."""
        ...


Authorise = Callable[[Issued[Any], Decider[Any, Any, Any], Project | None], None]


async def handle(
    decider: Decider[Any, Any, Any], issued: Issued[Any], streams: Streams, authorise: Authorise
) -> Answer:
    """Handle one command and return its answer; raise a Refusal, `Contended`, or the fault of the log.

    A refusal is only given on fresh state: what is kept in memory may be behind another process.
    """
    async with streams.turn(issued.stream):
        return await _handle(decider, issued, streams, authorise)


async def _handle(
    decider: Decider[Any, Any, Any], issued: Issued[Any], streams: Streams, authorise: Authorise
) -> Answer:
    for attempt in range(TRIES_MAX):
        try:
            entry = await _decided(decider, issued, streams, authorise, fresh=attempt > 0)
            return await streams.append(entry)
        except Conflict:
            continue
        except Refusal as refusal:
            if attempt == 0:
                continue
            return await _answered_before(issued, streams, refusal)
    raise Contended


async def _answered_before(issued: Issued[Any], streams: Streams, refusal: Refusal) -> Answer:
    """Return what a refused command was answered when it was first sent, or raise its refusal.

    Who may not do it is told only that, whatever else its id was used for.
    """
    try:
        answer = await streams.answered(issued)
    except CommandRepeated:
        if isinstance(refusal, NotPermitted):
            raise refusal from None
        raise
    if answer is None:
        raise refusal
    return answer


async def _decided(
    decider: Decider[Any, Any, Any],
    issued: Issued[Any],
    streams: Streams,
    authorise: Authorise,
    *,
    fresh: bool,
) -> Entry:
    command = issued.command
    opening = type(command) in decider.opens
    if fresh or not opening:
        await _check_kind(decider, issued.stream, streams, opening=opening)
    loaded = await streams.load(decider, issued.stream, fresh=fresh, opening=opening)
    project_id = _project_id(decider, issued, loaded.state, opening=opening)
    expects = {issued.stream: loaded.version}
    project = await _project(decider, project_id, loaded, streams, expects, fresh=fresh)
    authorise(issued, decider, project)
    await _check_references(command, project_id, streams, expects, fresh=fresh)
    if issued.expected_version not in (None, loaded.version):
        raise WrongVersion
    held_in = await _held_in(decider, issued, streams, expects, fresh=fresh)
    context = Context(issued.at, issued.actor_id, project, held_in)
    events = decider.decide(command, loaded.state, context)
    after = fold(decider, events, loaded.state)
    return Entry(decider, issued, project_id, loaded.version, events, after, expects)


async def _check_kind(
    decider: Decider[Any, Any, Any], stream: UUID, streams: Streams, *, opening: bool
) -> None:
    """Raise `AlreadyExists` or `Unknown…` for the id of something of another kind, whoever it belongs to."""
    owner = await streams.owner(stream)
    if owner is not None and owner.kind != decider.name:
        raise AlreadyExists if opening else UNKNOWN.get(decider.name, Unknown)


def _project_id(
    decider: Decider[Any, Any, Any], issued: Issued[Any], state: object, *, opening: bool
) -> UUID | None:
    """Return the project of a command: its own stream, the one it names on opening, or its stream's."""
    if decider is PROJECT:
        return issued.stream
    if opening:
        project_id: UUID | None = getattr(issued.command, "project_id", None)
        if project_id == issued.stream:
            raise Malformed("Nothing belongs to itself.", field="projectId")
        return project_id
    if state is None:
        raise UNKNOWN.get(decider.name, Unknown)
    return decider.project_of(state)


async def _project(  # noqa: PLR0913 - `fresh` by keyword
    decider: Decider[Any, Any, Any],
    project_id: UUID | None,
    loaded: Loaded,
    streams: Streams,
    expects: dict[UUID, int],
    *,
    fresh: bool,
) -> Project | None:
    """Load the project around a command and expect it unchanged: its team and state decide, too."""
    if decider is PROJECT:
        own: Project | None = loaded.state
        return own
    if project_id is None or not await _is_project(project_id, streams):
        return None
    around = await streams.load(PROJECT, project_id, fresh=fresh, opening=False)
    expects[project_id] = around.version
    project: Project | None = around.state
    return project


async def _held_in(
    decider: Decider[Any, Any, Any],
    issued: Issued[Any],
    streams: Streams,
    expects: dict[UUID, int],
    *,
    fresh: bool,
) -> tuple[UUID, ...]:
    """Return the projects on legal hold that need the stream's person, for a command that heeds them.

    All projects of the person are expected unchanged: no hold comes between.
    """
    if type(issued.command) not in decider.heeds_holds:
        return ()
    held: list[UUID] = []
    for project_id in await streams.projects_of(issued.stream):
        loaded = await streams.load(PROJECT, project_id, fresh=fresh, opening=False)
        expects[project_id] = loaded.version
        project: Project | None = loaded.state
        if project is not None and project.legal_holds.standing:
            held.append(project_id)
    return tuple(held)


async def _is_project(project_id: UUID, streams: Streams) -> bool:
    owner = await streams.owner(project_id)
    return owner is not None and owner.kind == PROJECT.name


async def _check_references(
    command: object, project_id: UUID | None, streams: Streams, expects: dict[UUID, int], *, fresh: bool
) -> None:
    """Raise `Unknown…` unless each id in the command names a stream of its kind in the same project.

    Raises `MemberIsErased` for somebody who was erased; all who are named are expected unchanged.
    """
    for name, (kind, unknown, is_lasting) in references(cast("Hashable", type(command))):
        for path, referred in _referred(camel(name), getattr(command, name)):
            owner = await streams.owner(referred)
            if owner is None or owner.kind != kind:
                raise unknown(field=path)
            if kind != MEMBER.name and owner.project_id != project_id:
                raise unknown(field=path)
            if is_lasting:
                member = await streams.load(MEMBER, referred, fresh=fresh, opening=False)
                expects[referred] = member.version
                if member.state.erasure.is_decided:
                    raise MemberIsErased(field=path)


def _referred(path: str, value: object) -> list[tuple[str, UUID]]:
    """Return (path, id) of each id in a command's field: none, one or several, or within its parts."""
    if isinstance(value, tuple):
        return [
            pair
            for index, each in enumerate(cast("tuple[object, ...]", value))
            for pair in _referred(f"{path}.{index}", each)
        ]
    if isinstance(value, UUID):
        return [(path, value)]
    return [] if value is None else _referred_within(path, value)


def _referred_within(path: str, part: object) -> list[tuple[str, UUID]]:
    """Return (path, id) of each id in a dataclass that is a part of a command."""
    found = references(cast("Hashable", type(part)))
    return [pair for name, _ in found for pair in _referred(f"{path}.{camel(name)}", getattr(part, name))]


@cache
def references(command_type: Hashable) -> tuple[tuple[str, Reference], ...]:
    """Return (field, what it must name) of each field of a command that refers to other streams."""
    command: Any = command_type
    hints = get_type_hints(command)
    found = [(each.name, _reference(hints[each.name])) for each in fields(command)]
    return tuple((name, REFERENCES[kind]) for name, kind in found if kind is not None)


def _reference(hint: object) -> NewType | None:
    if isinstance(hint, NewType):
        return hint if hint in REFERENCES else None
    if get_origin(hint) in (Union, UnionType, tuple):
        return next((kind for part in get_args(hint) if (kind := _reference(part))), None)
    if isinstance(hint, type) and is_dataclass(hint):
        return next(filter(None, map(_reference, get_type_hints(hint).values())), None)
    return None


def camel(name: str) -> str:
    """Return a field's name as GraphQL shows it."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
