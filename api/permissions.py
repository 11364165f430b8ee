"""The permissions of every role, from the deciders; run as a program it writes `docs/permissions.md`."""

from collections.abc import Iterator, Sequence
from itertools import starmap
from typing import Final

from api.authorise import named
from api.kinds import first_line
from api.pages import DOCS, heading, table
from domain.aggregates import AGGREGATES
from domain.decider import action_of
from domain.roles import LEADS, PROJECT_ROLES, Role

PAGE: Final = DOCS / "permissions.md"
INTRODUCTION: Final = f"""\
# Who may do what

Roles within a project come from its team: {named(PROJECT_ROLES)}.
The others hold across the whole organisation and come with the token.
Whoever has any role around a project may read it.
Saying that something happened earlier (`occurredAt`) needs one of {named(LEADS)}.
A project may narrow what its own roles may do (`reviseRule`), never widen it.
A denied command leaves one record of its denial and nothing else.
`system` is Fairlead itself: no token carries it.

This page is written by `python -m api.permissions` from the deciders, which are what is enforced.
"""


def page() -> str:
    """Return the page: one table for each aggregate, a row for each command, a column for each role."""
    return "\n".join([INTRODUCTION, *_tables()]) + "\n"


def _tables() -> Iterator[str]:
    heads = ("command", "what it does", *(role.value.replace("_", " ") for role in Role))
    for decider in AGGREGATES:
        yield heading(decider)
        yield from table(heads, starmap(_row, decider.commands.items()), centred=len(Role))


def _row(command: type, roles: frozenset[Role]) -> Sequence[str]:
    marks = ("✓" if role in roles else "" for role in Role)
    return f"`{action_of(command)}`", first_line(command), *marks


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
