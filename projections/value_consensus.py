"""The consensus on a project's value: the statement, who agrees on it, and who has not agreed yet."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, get_args
from uuid import UUID

from domain.copies import replaced
from domain.project.success import ConsensusEvent, ValueConsensusReached, ValueStatementProposed
from domain.recorded import Recorded
from projections.read_model import ReadModel, part_id


@dataclass(frozen=True, slots=True)
class ValueConsensus:
    """How far the parties agree on the value of a project."""

    key: Annotated[UUID, "The row's id."]
    project_id: Annotated[UUID, "The project."]
    statement_id: Annotated[UUID, "The statement proposed last."]
    text: Annotated[str, "The value it states."]
    proposed_at: Annotated[datetime, "When it was proposed (UTC)."]
    agreed_ids: Annotated[tuple[UUID, ...], "The stakeholders who agreed on it, in that order."]
    missing_ids: Annotated[tuple[UUID, ...], "The stakeholders named who have not agreed yet."]
    reached_at: Annotated[datetime | None, "When all had agreed (UTC); null until then."] = None


def keys(seen: Recorded[ConsensusEvent]) -> Iterable[UUID]:
    """Return the project's row for what is said of its value statement."""
    return (part_id(seen.stream, "value_consensus", ""),)


def evolve(row: ValueConsensus | None, seen: Recorded[ConsensusEvent]) -> ValueConsensus | None:
    """Return the consensus after an event; another statement begins it anew."""
    event = seen.event
    if isinstance(event, ValueStatementProposed):
        (key,) = keys(seen)
        return ValueConsensus(
            key, seen.stream, event.statement_id, event.text, seen.occurred_at, (), event.party_ids
        )
    if row is None:
        raise AssertionError("a statement is proposed before anybody agrees on it")
    if isinstance(event, ValueConsensusReached):
        return replaced(row, reached_at=seen.occurred_at)
    return replaced(
        row,
        agreed_ids=(*row.agreed_ids, event.party_id),
        missing_ids=tuple(each for each in row.missing_ids if each != event.party_id),
    )


READ_MODEL: Final = ReadModel(
    name="value_consensus",
    row=ValueConsensus,
    folds=frozenset(get_args(ConsensusEvent)),
    keys=keys,
    evolve=evolve,
    orders={"PROPOSED": ("proposed_at",)},
    filters=("missing_ids",),
)
