"""What a list is ordered by, as the parts of its statements: what is sorted by, what comes behind a place."""

from typing import Any, Final

from psycopg.sql import SQL, Composed, Identifier, Placeholder

from infra.columns import Shape
from infra.tables import order_terms
from projections.read_model import ReadModel

_COMMA: Final = SQL(", ")


class Ordering:
    """One order of a read model's lists, in one direction; its last term is the key."""

    def __init__(self, model: ReadModel[Any], shape: Shape, order: str, *, is_descending: bool) -> None:
        """Take the terms of `order`; "" stands for the key alone."""
        terms = order_terms(model, shape, order)
        self._types = [kind for _, kind in terms]
        self._terms = [term for term, _ in terms]
        self._directions = (SQL("DESC"), SQL("ASC")) if is_descending else (SQL("ASC"), SQL("DESC"))
        self._behind, self._before = (SQL("<"), SQL(">=")) if is_descending else (SQL(">"), SQL("<="))
        self.terms = _COMMA.join(self._terms)
        self.by, self.reverse = map(self._by, self._directions)

    def _by(self, direction: SQL) -> Composed:
        return SQL("ORDER BY {}").format(
            _COMMA.join(SQL("{} {}").format(term, direction) for term in self._terms)
        )

    def cursor(self) -> Composed:
        """Return the columns that hold a row's place in the order, as text."""
        return _COMMA.join(
            SQL("({})::text AS {}").format(term, Identifier(f"cursor_{number}"))
            for number, term in enumerate(self._terms)
        )

    def behind(self) -> Composed:
        """Return the condition that a row comes behind the place that `after_0` and so on hold, as text."""
        place = _COMMA.join(
            SQL("{}::text::{}").format(Placeholder(f"after_{number}"), Identifier(kind))
            for number, kind in enumerate(self._types)
        )
        return SQL(" AND ({}) {} ({})").format(self.terms, self._behind, place)

    def place(self) -> Composed:
        """Return the columns that hold a row's place, as it is; see `up_to`."""
        return _COMMA.join(
            SQL("{} AS {}").format(term, Identifier(f"place_{number}"))
            for number, term in enumerate(self._terms)
        )

    def up_to(self, table: SQL) -> Composed:
        """Return the condition that a row comes no later than the `place` that is the one row of a table."""
        place = _COMMA.join(
            SQL("(SELECT {} FROM {})").format(Identifier(f"place_{number}"), table)
            for number, _ in enumerate(self._terms)
        )
        return SQL(" AND ({}) {} ({})").format(self.terms, self._before, place)
