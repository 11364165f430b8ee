"""Levelling over GraphQL: a run is begun and cancelled, and its proposal accepted as a change request."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, cast
from uuid import UUID

import strawberry
from strawberry.types.field import StrawberryField

from api.authorise import named
from api.connections import optional
from api.context import Context, Info
from api.faults import CommandFailed
from api.ids import new_id
from api.issuing import handled
from api.kinds import read_id
from api.levelling import project_ids_of
from api.levelling_proposals import LEVELLING_RUN, run_of, shown
from api.payloads import Payload, ProjectPayload, UserError, done, refused
from domain import shape
from domain.errors import Refusal
from domain.levelling.planning import Levelling, check_solvable, levelling_of
from domain.levelling.problem import Objective
from domain.project import DECIDER as PROJECT
from domain.project.schedule_changes import RequestScheduleChange
from domain.recorded import Issued
from domain.roles import TEAM
from infra.levelling.outcome import SECONDS_MAX, Limits
from infra.levelling.plans import plans_at
from infra.levelling.runs import Run

SECONDS_DEFAULT: Final = 20


class NothingProposed(Refusal):
    """A run has not ended with a plan, or its plan moves nothing in this project."""

    sentence = "The run proposes nothing for this project, or has not ended."


@strawberry.type(description="The answer to a wish about a levelling run.")
class LevellingRunPayload:
    """The answer to a wish about a levelling run."""

    run: Any = strawberry.field(
        default=None, graphql_type=optional(LEVELLING_RUN), description="The run; null when refused."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list[UserError], description="Why it was refused; empty when it was done."
    )


@strawberry.input(description="Which plans to level together, for what, and how long to search.")
class ProposeScheduleInput:
    """What to level."""

    project_ids: list[strawberry.ID] = strawberry.field(description="The projects, 1 to 20, each once.")
    objective: Objective = strawberry.field(default=Objective.FINISH, description="What to make least.")
    seconds_max: int = strawberry.field(
        default=SECONDS_DEFAULT, description=f"How long to search, 1 to {SECONDS_MAX:.0f} seconds."
    )


@strawberry.input(description="A run to end.")
class CancelScheduleRunInput:
    """A run to end."""

    run_id: strawberry.ID = strawberry.field(description="The run, one of the viewer's own.")


@strawberry.input(description="A proposed schedule to ask for as a change of a project's plan.")
class AcceptScheduleInput:
    """A proposal to accept for one of its projects."""

    run_id: strawberry.ID = strawberry.field(description="The run, one of the viewer's own, that is done.")
    project_id: strawberry.ID = strawberry.field(description="One of the run's projects.")
    change_id: strawberry.ID = strawberry.field(description="A new UUID for the change request.")
    title: str = strawberry.field(description="What is to be changed, 1 to 200 characters.")
    cause: str = strawberry.field(description="Why, 1 to 10,000 characters.")
    command_id: strawberry.ID | None = strawberry.field(
        default=None, description="A UUID: sent again with it, the command is done once and answered alike."
    )


async def propose_schedule(
    info: Info,
    input: ProposeScheduleInput,  # noqa: A002 - the contract's name
) -> LevellingRunPayload:
    """Begin a run and return it at once."""
    return await _answered(lambda: _begun(info.context, input))


async def cancel_schedule_run(
    info: Info,
    input: CancelScheduleRunInput,  # noqa: A002 - as above
) -> LevellingRunPayload:
    """Cancel a run and return it."""

    async def cancelled() -> Run:
        run = run_of(info.context, input.run_id)
        run.cancel()
        return run

    return await _answered(cancelled)


async def accept_schedule(
    info: Info,
    input: AcceptScheduleInput,  # noqa: A002 - as above
) -> Payload:
    """Ask for the change of the plan that a run proposes for a project."""
    command_id: UUID | None = None
    try:
        command_id = new_id() if input.command_id is None else read_id(input.command_id, "commandId")
        run = run_of(info.context, input.run_id)
        issued = _accepting(info.context, input, run, command_id)
        with run.accepting(issued.stream, issued.command.change_id):
            answer = await handled(info.context, PROJECT, issued)
    except Refusal as refusal:
        return refused(PROJECT.name, command_id, refusal)
    except Exception as fault:
        if command_id is None:
            raise
        raise CommandFailed(command_id) from fault
    return done(PROJECT.name, command_id, answer)


def _accepting(context: Context, given: AcceptScheduleInput, run: Run, command_id: UUID) -> Issued[Any]:
    """Return the command that asks for what a run proposes; raise `NothingProposed`."""
    project_id = read_id(given.project_id, "projectId")
    proposed = () if run.proposal is None else run.proposal.moves
    moves = tuple(each.move for each in proposed if each.project_id == project_id)
    if not moves:
        raise NothingProposed(field="projectId")
    change_id = read_id(given.change_id, "changeId")
    command = RequestScheduleChange(change_id, given.title, given.cause, run.objective, moves)
    return Issued(command, project_id, command_id, context.actor.actor_id, datetime.now(UTC))


async def _answered(wish: Callable[[], Any]) -> LevellingRunPayload:
    try:
        return LevellingRunPayload(run=shown(await wish()))
    except Refusal as refusal:
        error = UserError(code=refusal.code, message=refusal.message, field=refusal.field)
        return LevellingRunPayload(user_errors=[error])


async def _begun(context: Context, given: ProposeScheduleInput) -> Run:
    shape.whole(given.seconds_max, "secondsMax", 1, int(SECONDS_MAX))
    ids = await project_ids_of(context, given.project_ids, "projectIds")
    engine = context.engine
    until, at = await engine.serving.head(), datetime.now(UTC)
    database_url, events = engine.settings.addresses[0], engine.serving.codec

    def prepare() -> tuple[Levelling, int]:
        levelling = levelling_of(plans_at(database_url, events, ids, until), at, given.objective)
        check_solvable(levelling)
        return levelling, until

    limits = Limits(float(given.seconds_max))
    return engine.levelling.start(context.actor.actor_id, (ids, given.objective), limits, prepare)


def levelling_mutations() -> tuple[StrawberryField, ...]:
    """Return the mutations."""
    run = "A levelling run of the viewer's own"
    described: tuple[tuple[Any, str, Any, str], ...] = (
        (
            propose_schedule,
            "proposeSchedule",
            LevellingRunPayload,
            "Begin to level plans; nothing of them is changed. Roles: any that may read all the projects.",
        ),
        (cancel_schedule_run, "cancelScheduleRun", LevellingRunPayload, f"End early. {run}."),
        (
            accept_schedule,
            "acceptSchedule",
            ProjectPayload,
            f"Ask for what a run proposes as a change request, one in each project. Roles: {named(TEAM)}.",
        ),
    )
    made = [
        strawberry.mutation(resolver=resolver, name=name, graphql_type=answer, description=text)
        for resolver, name, answer, text in described
    ]
    return tuple(cast("StrawberryField", each) for each in made)
