"""Completing filled tables: each by one connection, however many there are."""

import re

from infra.finishing import completing
from infra.tables import Tables
from projections.all import ALL


def test_no_two_connections_make_indexes_of_one_table() -> None:
    """Of what they make at once PostgreSQL may call two indexes the same, and one of them then fails."""
    for model in ALL:
        parts = [set(re.findall(r" ON (\S+) ", each.as_string())) for each in completing(Tables(model, 1))]
        assert all(parts)
        assert sum(map(len, parts)) == len(set().union(*parts))


def test_every_table_of_a_list_gets_the_index_of_each_order_for_all_and_for_a_project() -> None:
    [history, *_] = completing(Tables(next(each for each in ALL if each.name == "task_board"), 1))
    for listed in ('"opened_at", "task_id"', '"project_id", "opened_at", "task_id"'):
        assert (
            f'ON "rows"."task_board_1_history" ({listed}, from_position, to_position)' in history.as_string()
        )
