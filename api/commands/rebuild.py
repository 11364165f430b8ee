"""`fairlead rebuild`: the rows folded anew from the log, compared, and switched to."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands import WRONG_USE, addressed_settings, fail

if TYPE_CHECKING:
    from infra.rebuild import Rebuilt


def rebuild(
    model: Annotated[
        list[str] | None, typer.Argument(help="Read models such as task_board; all when none is named.")
    ] = None,
    *,
    is_check: Annotated[
        bool, typer.Option("--check", help="Only compare the rows with the fold of the log.")
    ] = False,
    is_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")] = False,
) -> None:
    """Fold the whole log into new rows beside the live ones, compare the two, and switch to the new ones.

    Queries are answered all the while.
    """
    models = _chosen(model or [])
    done = _checked(models) if is_check else _rebuilt(models)
    is_same = all(each.differences == 0 for each in done)
    if is_json:
        typer.echo(json.dumps({"is_same": is_same, "models": [asdict(each) for each in done]}))
    else:
        for each in done:
            typer.echo(f"{each.model}: {_said(each.differences)}; {each.events} events folded")
    if is_check and not is_same:
        raise typer.Exit(1)


def _rebuilt(models: list[Any]) -> "list[Rebuilt]":
    from api.commands.reaching import said_plainly
    from api.commands.showing import progress
    from infra.codec import codec
    from infra.keys import keys_of
    from infra.rebuild import RebuildUnderWay
    from infra.rebuild import rebuild as run

    settings = addressed_settings()
    try:
        with said_plainly(), keys_of(settings) as keys, progress("Rebuilding", "events") as step:
            events = codec().with_keys(keys)
            return run(settings.addresses[0], models, events, partitions=settings.partitions, progress=step)
    except RebuildUnderWay:
        fail("Another process is rebuilding; try again when it is done.")


def _checked(models: list[Any]) -> "list[Rebuilt]":
    """Compare as `fairlead verify` does, and with nothing else than the log."""
    from api.commands.reaching import said_plainly
    from api.commands.showing import progress
    from infra.codec import codec
    from infra.keys import keys_of
    from infra.rebuild import RebuildUnderWay
    from infra.verify.run import check_rows
    from infra.verify.work import ErasureUnderWay, Wanted

    settings = addressed_settings()
    try:
        with said_plainly(), keys_of(settings) as keys, progress("Comparing", "events") as step:
            events = codec().with_keys(keys)
            wanted = Wanted(settings.addresses[0], settings.partitions, models, events=events)
            return check_rows(wanted, step)
    except RebuildUnderWay:
        fail("Another process is rebuilding; try again when it is done.")
    except ErasureUnderWay:
        fail("Somebody is being erased; try again when that is done.")


def _chosen(names: list[str]) -> list[Any]:
    from projections.all import ALL

    known = {each.name: each for each in ALL}
    for name in names:
        if name not in known:
            fail(f"There is no read model {name!r}; there are {', '.join(known)}.", code=WRONG_USE)
    return [known[name] for name in names] or list(ALL)


def _said(differences: int | None) -> str:
    if differences is None:
        return "not comparable, the rows were made by other code"
    return "as it was" if differences == 0 else f"{differences} records differed"
