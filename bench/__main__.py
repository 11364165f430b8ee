"""`python -m bench NAME [--events N] [--json]`: one bench, as tables or as one JSON object."""

import argparse
import sys
from importlib import import_module
from typing import Final

import orjson
from rich.console import Console

from bench import place, report
from infra import logs

BENCHES: Final = {
    "append": "commands into the log, against PostgreSQL alone, eventsourcing and UmaDB",
    "mutation": "GraphQL mutations over HTTP: throughput, server CPU, and where it goes",
    "visible": "commit to visible in a row through Apache Kafka, against a bare round trip",
    "rebuild": "all read models rebuilt from the log: events a second, memory, against ProjectionRunner",
    "growth": "append, projection and query on a long log against a short one",
    "verify": "the whole log verified, without and with all rows: seconds, CPU, memory",
    "as_of": "a page as of a past position against the page now",
    "levelling": "PSPLIB's j30: least makespans reached, and the mean gap (N is how many problems)",
    "critical_path": "a full pass over a plan, and a change of it until its schedule is read",
    "proof": "the tree of proofs on a long log against a short one; a leaf, a proof, a signature",
    "history": "bytes an event in log, rows, history and observations, and pages as of a position",
    "forecast": "a plan of 1,000 tasks and a year of throughput forecast with 10,000 runs",
}
EVENTS_MAX: Final = 10_000_000


def main() -> None:
    """Run the bench that was asked for."""
    arguments = _arguments()
    logs.configure(level="warning")
    module = import_module(f"bench.{arguments.name}")
    with place.opened() as opened:
        found = module.run(opened, arguments.events or module.EVENTS)
    if arguments.json:
        sys.stdout.write(orjson.dumps(report.as_json(found)).decode() + "\n")
    else:
        report.show(found, Console())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure Fairlead side by side with its peers and with what the machine can do.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(f"  {name:13} {what}" for name, what in BENCHES.items()),
    )
    parser.add_argument("name", metavar="NAME", choices=BENCHES, help=", ".join(BENCHES))
    parser.add_argument(
        "--events",
        type=_count,
        metavar="N",
        help="how many events (tasks of a plan); each bench has its own number",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    return parser.parse_args()


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= EVENTS_MAX:
        raise argparse.ArgumentTypeError(f"a whole number from 1 to {EVENTS_MAX} is needed, not {text!r}")
    return int(text)


if __name__ == "__main__":
    main()
