"""The demonstration from the command line: performed, folded, and its figures read back."""

import time
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.table import Table

from api.authorise import NOBODY, permit
from api.commands import fail
from api.commands.commanding import log_of, run_until_stopped
from api.commands.reaching import database, said_plainly
from api.commands.showing import Step, progress
from api.commands.token import DEVELOPER
from api.demonstration import Api, Found, Restated, found, restated
from domain.decider import Decider
from domain.handling import handle
from domain.project import Project
from domain.recorded import Issued
from domain.roles import Role
from infra.backfill import backfilling
from infra.condition import look
from infra.data_folder import running
from infra.demonstration import cast, script
from infra.demonstration.perform import Submit, perform
from infra.settings import Settings
from infra.tokens import Actor, NotMintable, mint

COMMANDS: Final = 89_000
"""About how many commands there are, for the progress bar."""
FOLDED_SECONDS_MAX: Final = 600.0
POLL_SECONDS: Final = 0.2
MANAGEMENT: Final = frozenset({cast.DIRECTOR.member_id, cast.SPONSOR.member_id})
MANAGING: Final = frozenset({Role.MANAGEMENT})


@dataclass(frozen=True, slots=True)
class Performed:
    """What the demonstration came to: what was sent, how long it took until the rows had it, its figures."""

    commands: int
    events: int
    seconds: float
    figures: list[Found]
    restated: Restated
    is_as_told: bool

    def to_json(self) -> str:
        """Return all of it as one JSON object."""
        return msgspec.json.encode(self, order="deterministic").decode()


def performed(settings: Settings) -> Performed:
    """Perform the demonstration on a running Fairlead; end with a sentence where that cannot be."""
    began = time.monotonic()
    api = _api(settings)
    with said_plainly(), backfilling(settings.addresses[0]):
        with progress("Performing", "commands") as step:
            commands, published = run_until_stopped(_perform(settings, step))
        with progress("Folding", "events") as step:
            _wait_folded(settings, step)
    with database(settings, purpose="demo") as connection:
        events = look(connection).head
    seconds = time.monotonic() - began
    try:
        figures, changed = found(api), restated(api, published)
    except OSError:
        fail("The API does not answer: is it running?")
    as_told = all(each.is_as_told for each in figures) and changed.published != changed.restated
    return Performed(commands, events, round(seconds, 1), figures, changed, as_told)


def _api(settings: Settings) -> Api:
    at = running(settings.data_dir)
    try:
        token = mint(Actor(DEVELOPER, frozenset({Role.ADMINISTRATOR})), settings, valid_seconds=3_600)
    except NotMintable as refusal:
        fail(str(refusal))
    return Api(settings.graphql_url if at is None else at.graphql_url, token)


async def _perform(settings: Settings, step: Step) -> tuple[int, int]:
    """Send everything; return how many commands that were, and the position the figures were published at."""
    position = 0
    async with log_of(settings, DEVELOPER) as (log, _):

        async def submit(issued: Issued[Any], decider: Decider[Any, Any, Any]) -> None:
            nonlocal position
            answer = await handle(decider, issued, log, as_cast)
            position = max(position, answer.position)

        sent = await _all(submit, step)
        published = position
        sent += await perform(script.late(), submit, lambda _: None)
    step(sent, sent)
    return sent, published


async def _all(submit: Submit, step: Step) -> int:
    return await perform(script.scenes(), submit, lambda sent: step(sent, max(sent, COMMANDS)))


def as_cast(issued: Issued[Any], decider: Decider[Any, Any, Any], project: Project | None) -> None:
    """Permit what the one who issues it may do; that it happened earlier is the demonstration's own word."""
    roles = MANAGING if issued.actor_id in MANAGEMENT else NOBODY
    permit(Actor(issued.actor_id, roles), issued, decider, project)


def _wait_folded(settings: Settings, step: Step) -> None:
    """Wait until the rows hold what the log holds now."""
    end = time.monotonic() + FOLDED_SECONDS_MAX
    with database(settings, purpose="demo") as connection:
        head = look(connection).head
        while time.monotonic() < end:
            folded = [each.position for each in look(connection).folded.values()]
            reached = min(folded, default=0)
            step(min(reached, head), head)
            if reached >= head:
                return
            time.sleep(POLL_SECONDS)
    fail(f"The rows did not catch up within {FOLDED_SECONDS_MAX:.0f} s; see `fairlead status`.")


def shown(told: Performed) -> None:
    """Print the figures beside the article's."""
    units = ", ".join(each.unit for each in told.figures)
    table = Table(title="The article's figures, read back over GraphQL", caption=f"In {units}.")
    table.add_column("figure", no_wrap=True)
    for name in ("before", "after", "change", "article", "n"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in told.figures:
        sign = "%" if each.improvement == "relative" else ""
        table.add_row(
            each.code,
            *("" if value is None else f"{value:,.2f}" for value in (each.before, each.after)),
            "" if each.change is None else f"{each.change:+.1f}{sign}",
            f">= {each.article}" if each.change is None else f"{each.article:+.0f}{sign}",
            f"{each.observations:,}",
        )
    console = Console(highlight=False)
    console.print(table)
    late = told.restated
    console.print(
        f"Restated: {late.code} was published as {late.published:.3f}, and is {late.restated:.3f} since a"
        " completion of December was recorded late."
    )
    console.print(
        f"{told.commands:,} commands made {told.events:,} events, in the rows after {told.seconds:.1f} s."
    )
    verdict = "[green]as the article tells[/]" if told.is_as_told else "[red]not as the article tells[/]"
    console.print(f"All of it {verdict}.")
