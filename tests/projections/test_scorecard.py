"""The scorecard's dimensions: each KPI counts in one of them."""

from domain.project.success import SuccessDimension
from projections.all import ALL
from projections.kpis import KPIS, KpiCode
from projections.scorecard import SCORECARD


def test_each_kpi_counts_in_exactly_one_dimension() -> None:
    assert list(SCORECARD) == list(SuccessDimension)
    placed = [code for codes in SCORECARD.values() for code in codes]
    assert sorted(placed) == sorted(KpiCode), "place each KPI once in projections/scorecard.py"


def test_each_kpi_is_defined_and_measured_by_a_read_model_that_observes() -> None:
    assert set(KPIS) == set(KpiCode)
    observing = {model.name for model in ALL if model.observe is not None}
    assert {kpi.model for kpi in KPIS.values()} == observing
