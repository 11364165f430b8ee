"""The page of the domain: up to date, and nothing left out."""

from api.domain import PAGE, page
from api.forms import forms
from domain.aggregates import AGGREGATES
from projections.all import ALL
from projections.kpis import KpiCode


def test_the_page_of_the_domain_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "run python -m api.domain"


def test_every_command_event_read_model_and_kpi_is_on_it() -> None:
    text = page()
    names = [name for decider in AGGREGATES for name in (*decider.events, *decider.upcasts)]
    names += [model.name for model in ALL] + [form.name for form in forms()] + [code.name for code in KpiCode]
    assert [name for name in names if f"`{name}`" not in text] == []
