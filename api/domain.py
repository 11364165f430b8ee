"""The commands, events and read models of every aggregate; run as a program it writes `docs/domain.md`."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, Final, get_args, get_type_hints

from api.kinds import first_line
from api.pages import DOCS, heading, table, title
from api.queries import QUERIES
from domain.aggregates import AGGREGATES
from domain.decider import Decider, action_of
from domain.handling import camel
from domain.personal import Personal
from projections.all import ALL
from projections.kpis import KPIS
from projections.read_model import ReadModel

PAGE: Final = DOCS / "domain.md"
INTRODUCTION: Final = """\
# The domain

What can be done, what can have happened, and what can be asked: for each aggregate the commands and events
of its facets, then the read models that its events are folded into. Commands are mutations of the same name;
who may issue them is in [permissions.md](permissions.md). Events are what Kafka carries under these names;
fields in italics hold personal data. A listed read model is a query, its rows can be asked as of any
moment, and KPIs are computed from what they say.

This page is written by `python -m api.domain` from the code.
"""


def page() -> str:
    """Return the page: a section for each aggregate, one for KPIs, one for what is computed when asked."""
    sections = [line for decider in AGGREGATES for line in _aggregate(decider)]
    return "\n".join([INTRODUCTION, *sections, *_kpis(), *_answers()]) + "\n"


def _aggregate(decider: Decider[Any, Any, Any]) -> Iterator[str]:
    yield heading(decider)
    yield f"{_said(f'domain.{decider.name}')}\n"
    facets = _facets(decider)
    for facet in facets:
        if len(facets) > 1:
            yield f"### {title(decider.name)}: {title(facet.rpartition('.')[2]).lower()}\n"
            yield f"{_said(facet)}\n"
        yield from _commands(command for command in decider.commands if command.__module__ == facet)
        yield from _events(decider, facet)
    models = [model for model in ALL if decider.name in model.aggregates]
    if models:
        yield f"### {title(decider.name)}: read models\n"
        yield from table(("read model", "one row", "query", "KPIs"), map(_model, models))


def _facets(decider: Decider[Any, Any, Any]) -> Sequence[str]:
    """Return the modules in which an aggregate's commands and events are declared, in their order."""
    declared = (*decider.commands, *decider.events.values())
    return tuple(dict.fromkeys(each.__module__ for each in declared))


def _said(module: str) -> str:
    """Return the first line of a module's docstring."""
    return (sys.modules[module].__doc__ or "").partition("\n")[0]


def _commands(commands: Iterable[type]) -> Iterator[str]:
    rows = [(f"`{action_of(command)}`", first_line(command)) for command in commands]
    if rows:
        yield from table(("command", "what it does"), rows)


def _events(decider: Decider[Any, Any, Any], facet: str) -> Iterator[str]:
    before = {upcast.to: name for name, upcast in decider.upcasts.items()}
    rows = [
        (f"`{name}`{_once(name, before)}", first_line(event), _held(event))
        for name, event in decider.events.items()
        if event.__module__ == facet
    ]
    if rows:
        yield from table(("event", "what happened", "fields"), rows)


def _once(name: str, before: Mapping[str, str]) -> str:
    """Return the older names of an event, the latest first."""
    older = before.get(name)
    return "" if older is None else f", once `{older}`{_once(older, before)}"


def _held(event: Any) -> str:
    """Return the fields of an event, those of personal data in italics."""
    hints = get_type_hints(event, include_extras=True)
    names = [each.name for each in fields(event)]
    return ", ".join(f"*{name}*" if _is_personal(hints[name]) else name for name in names)


def _is_personal(hint: Any) -> bool:
    """Return whether a type is marked, or one that it is made of."""
    if isinstance(hint, type) and is_dataclass(hint):
        return any(map(_is_personal, get_type_hints(hint, include_extras=True).values()))
    return isinstance(hint, Personal) or any(map(_is_personal, get_args(hint)))


def _model(model: ReadModel[Any]) -> Sequence[str]:
    query = f"`{camel(model.name)}`" if model.orders else "not listed"
    measured = ", ".join(f"`{kpi.code.name}`" for kpi in KPIS.values() if kpi.model == model.name)
    return f"`{model.name}`", first_line(model.row), query, measured


def _kpis() -> Iterator[str]:
    yield "## KPIs\n"
    rows = ((f"`{kpi.code.name}`", kpi.definition, kpi.unit, kpi.measure.value) for kpi in KPIS.values())
    yield from table(("KPI", "what is counted", "unit", "figure"), rows)


def _answers() -> Iterator[str]:
    yield "## Computed when asked\n"
    rows = ((f"`{name}`", description) for name, (_, _, description) in QUERIES.items())
    yield from table(("query", "what it answers"), rows)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
