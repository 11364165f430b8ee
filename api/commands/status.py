"""`fairlead status`: how everything is doing, for people and for health checks."""

import json
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from api.commands import addressed_settings
from api.commands import settings as read_settings

if TYPE_CHECKING:
    from infra.condition import Condition
    from infra.proof.state import WitnessState

API_SECONDS_MAX: Final = 3
ANSWER_BYTES_MAX: Final = 2_000


def status(
    *, is_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")] = False
) -> None:
    """Say how log, relay, projectors and API are doing, and whether all is well.

    The API counts where it is reached; one that `fairlead up` runs must be.
    """
    from api.commands.reaching import database
    from infra.condition import look
    from infra.data_folder import running

    settings = addressed_settings()
    found = running(read_settings().data_dir) if read_settings().is_embedded else None
    with database(settings, purpose="status") as connection:
        condition = look(connection)
    base = settings.base_url if found is None else found.graphql_url.removesuffix("/graphql")
    answer = _api(base)
    if answer is None and found is not None:
        answer = "It does not answer."
    told = _told(condition, answer)
    typer.echo(json.dumps(told) if is_json else _shown(condition, told))
    if not told["is_healthy"]:
        raise typer.Exit(1)


def _told(condition: "Condition", api: str | None) -> dict[str, Any]:
    """Return everything as one object; `api` is its problem, empty when ready, None when not reached."""
    relay = condition.relay
    problems = {
        "relay": condition.relay_problem,
        "projector": condition.projector_problem,
        "proof": condition.proof_problem,
        "api": api or None,
    }
    return {
        "is_healthy": not any(problems.values()),
        "problems": {name: problem for name, problem in problems.items() if problem},
        "head": condition.head,
        "relay": {
            "published": relay.published,
            "lag": relay.lag(condition.head),
            "leader_since": relay.leader_since and relay.leader_since.isoformat(),
            "is_alive": relay.is_alive(condition.at),
        },
        "projectors": condition.projectors,
        "partitions": [
            {"partition": number, "position": each.position, "lag": condition.lag(number)}
            for number, each in condition.folded.items()
        ],
        "parked": condition.parked,
        "proof": {
            "size": condition.proof.size,
            "issued_at": condition.proof.issued_at and condition.proof.issued_at.isoformat(),
            "unproven_seconds": round(condition.proof.unproven_seconds, 1),
            "witnesses": [
                {
                    "name": each.name,
                    "size": each.size,
                    "problem": each.problem,
                    "failed_at": each.failed_at and each.failed_at.isoformat(),
                }
                for each in condition.proof.witnesses
            ],
        },
        "api": {"is_reached": api is not None, "is_ready": api == ""},
    }


def _shown(condition: "Condition", told: dict[str, Any]) -> str:
    problems: dict[str, str] = told["problems"]
    relay = condition.relay
    since = "never" if relay.leader_since is None else f"{relay.leader_since:%Y-%m-%d %H:%M:%S} UTC"
    lags = " ".join(f"{number}:{condition.lag(number)}" for number in condition.folded)
    api = "ready" if told["api"]["is_ready"] else "not reached" if not told["api"]["is_reached"] else ""
    lines = [
        f"log        {condition.head} events",
        f"relay      {relay.published} published, {relay.lag(condition.head)} to go; leads since {since}",
        f"projector  {condition.projectors} running; events to go by partition: {lags or 'none built'}",
        f"parked     {condition.parked} keys" + ("; see `fairlead parked`" if condition.parked else ""),
        f"proof      {_proof(condition)}",
        *(f"witness    {each.name}: {_witness(each)}" for each in condition.proof.witnesses),
        f"api        {problems.get('api') or api}",
        *(f"not well: {name}: {problem}" for name, problem in problems.items()),
    ]
    return "\n".join([*lines, "healthy" if told["is_healthy"] else "not healthy"])


def _proof(condition: "Condition") -> str:
    proof = condition.proof
    if proof.issued_at is None:
        return "no checkpoint yet"
    to_go = max(0, condition.head - proof.size)
    return f"{proof.size} events by the checkpoint of {proof.issued_at:%Y-%m-%d %H:%M:%S} UTC, {to_go} to go"


def _witness(witness: "WitnessState") -> str:
    if witness.failed_at is None:
        return f"told up to {witness.size}"
    last = f"last failed {witness.failed_at:%Y-%m-%d %H:%M:%S} UTC"
    return f"told up to {witness.size}, {last}" + (f": {witness.problem}" if witness.problem else "")


def _api(base_url: str) -> str | None:
    """Return what keeps the API from being ready, empty when nothing does, None when it is not reached."""
    import urllib.error
    import urllib.request

    try:
        with urllib.request.urlopen(f"{base_url}/health/ready", timeout=API_SECONDS_MAX):  # noqa: S310 - our own
            return ""
    except urllib.error.HTTPError as refusal:
        with refusal:
            return _problems(refusal.read(ANSWER_BYTES_MAX))
    except OSError:
        return None


def _problems(answer: bytes) -> str:
    """Return the problems that an answer of `/health/ready` names."""
    try:
        checks = json.loads(answer)["checks"]
        return " ".join(f"{name}: {each['problem']}" for name, each in checks.items() if each["problem"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return "It answers with an error."
