"""`fairlead forecast backtest`: how often what would have been promised on past days came true."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from api.commands import WRONG_USE, addressed_settings, fail

if TYPE_CHECKING:
    from projections.forecast.backtest import Past
    from projections.forecast.scoring import Score

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2199

app = typer.Typer(help="Forecasts, and how good they were.", no_args_is_help=True)


@app.callback()
def forecast() -> None:
    """Forecasts, and how good they were."""


@app.command()
def backtest(
    first_year: Annotated[int, typer.Option("--from", help="The first year to promise in.")] = FIRST_YEAR,
    last_year: Annotated[int, typer.Option("--to", help="The last one.")] = LAST_YEAR,
    seed: Annotated[int, typer.Option(min=0, help="What the draws begin with.")] = 1,
    runs: Annotated[int, typer.Option(min=1, max=100_000, help="Runs for each promise.")] = 2_000,
    *,
    is_json: Annotated[
        bool, typer.Option("--json", help="One JSON object for each subject and line.")
    ] = False,
) -> None:
    """Replay the log and promise on past days, from what was known by then, what is known now.

    Prints how often what was promised with a chance of 50, 85 and 95 percent came true, and how much below
    that of naive promises the pinball loss is. Exit 1 when there is too little history for any promise.
    """
    from projections.forecast.backtest import promises
    from projections.forecast.scoring import Subject, score
    from projections.forecast.throughput import Draw

    if first_year > last_year or not FIRST_YEAR <= first_year <= last_year <= LAST_YEAR:
        fail(f"The years are not from {FIRST_YEAR} to {LAST_YEAR}, in this order.", code=WRONG_USE)
    past = _past()
    first = max(date(first_year, 1, 1), min((each.opened_on for each in past.tasks), default=date.max))
    made = list(promises(past, first, min(date(last_year, 12, 31), past.known_until), Draw(seed, runs)))
    if not made:
        fail("There is too little history for any promise in these years.")
    for subject in Subject:
        about = [each for each in made if each.subject is subject]
        if about:
            typer.echo(_json(score(about)) if is_json else _text(score(about)))


def _past() -> "Past":
    from api.commands.reaching import database
    from infra.codec import codec
    from infra.forecast_past import past
    from infra.keys import keys_of
    from infra.log_reader import head

    settings = addressed_settings()
    with database(settings, purpose="backtest") as connection, keys_of(settings) as keys:
        return past(connection, codec().with_keys(keys), head(connection))


def _json(found: "Score") -> str:
    import msgspec

    return msgspec.json.encode(found).decode()


def _text(found: "Score") -> str:
    """Return a score in a few lines."""
    return "\n".join(
        [
            f"{found.subject.value}: {found.count:,} promises",
            f"  came true at P50/P85/P95   {_shares(found.kept)}",
            f"  of these exactly met       {_shares(found.exactly)}",
            f"  counting half of those     {_shares(found.middle)}",
            f"  pinball loss               {found.loss:,.2f}; sharpness {found.sharpness:,.1f}",
            f"  below that of the estimate {_share(found.against_estimate)}",
            f"  below that of the mean     {_share(found.against_velocity)}",
        ]
    )


def _shares(shares: Any) -> str:
    return " / ".join(map(_share, (shares.p50, shares.p85, shares.p95)))


def _share(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"
