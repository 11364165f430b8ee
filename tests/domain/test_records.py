"""What is recorded about the system itself: denials, imports, operating decisions."""

from dataclasses import asdict, replace
from uuid import UUID

import pytest

from domain.denial import CommandDenied, RecordDenial
from domain.errors import AlreadyExists, Malformed
from domain.import_run import (
    ListRefusals,
    MoreRefusalsThanRows,
    RecordImport,
    RefusalsListed,
    RowRefusal,
    UnknownImportRun,
)
from domain.operation import (
    AnnounceProofKey,
    ParkedRetried,
    ParkedSkipped,
    ProofKeyAnnounced,
    RetryParked,
    SkipParked,
)
from tests.examples import CLOSED_PROJECT, IMPORTED, PROJECT_ID, ROW_REFUSAL
from tests.spec import given

TARGET = UUID(int=21)
IMPORT = RecordImport(**{**asdict(IMPORTED), "refusals": IMPORTED.refusals})
SECOND = replace(ROW_REFUSAL, line=8)
THIRD = replace(ROW_REFUSAL, line=9)


def test_a_denial_is_recorded_once_and_even_in_a_closed_project() -> None:
    denied = CommandDenied("CompleteTask", TARGET, PROJECT_ID)
    record = RecordDenial("CompleteTask", TARGET, PROJECT_ID)
    assert given(within=CLOSED_PROJECT).when(record) == [denied]
    assert given(denied).when(record) == []


def test_a_denial_may_name_no_target_and_no_project() -> None:
    assert given().when(RecordDenial("OpenProject", None, None)) == [CommandDenied("OpenProject", None, None)]


def test_the_id_of_another_denial_is_taken() -> None:
    given(CommandDenied("CompleteTask", TARGET, None)).when(RecordDenial("CancelTask", TARGET, None)).refused(
        AlreadyExists
    )


def test_a_denial_names_the_command() -> None:
    with pytest.raises(Malformed) as refusal:
        RecordDenial("", None, None)
    assert refusal.value.field == "action"


def test_an_import_is_recorded_once() -> None:
    assert given().when(IMPORT) == [IMPORTED]
    assert given(IMPORTED).when(IMPORT) == []


def test_the_id_of_another_import_is_taken() -> None:
    given(IMPORTED).when(replace(IMPORT, source_name="other.csv")).refused(AlreadyExists)


def test_further_refusals_are_listed_until_each_refused_row_is() -> None:
    assert given(IMPORTED).when(ListRefusals((SECOND, THIRD))) == [RefusalsListed((SECOND, THIRD))]
    listed = RefusalsListed((SECOND,))
    assert given(IMPORTED, listed).when(ListRefusals((SECOND,))) == []
    assert given(IMPORTED, listed).when(ListRefusals((THIRD,))) == [RefusalsListed((THIRD,))]


def test_no_more_refusals_are_listed_than_rows_were_refused() -> None:
    too_many = ListRefusals((SECOND, THIRD, replace(THIRD, line=10)))
    given(IMPORTED).when(too_many).refused(MoreRefusalsThanRows, field="refusals")
    given().when(replace(IMPORT, refused=0)).refused(MoreRefusalsThanRows, field="refusals")


def test_refusals_belong_to_an_import() -> None:
    given().when(ListRefusals((SECOND,))).refused(UnknownImportRun)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": ""}, "kind"),
        ({"source_name": "x" * 201}, "sourceName"),
        ({"sha256": "A" * 64}, "sha256"),
        ({"sha256": "a" * 63}, "sha256"),
        ({"rows": -1}, "rows"),
        ({"refused": True}, "refused"),
        ({"minutes_in": -1}, "minutesIn"),
        ({"minutes_on_tasks": -1}, "minutesOnTasks"),
        ({"minutes_refused": -1}, "minutesRefused"),
        ({"refusals": (ROW_REFUSAL,) * 5_001}, "refusals"),
        ({"refusals": (RowRefusal(0, "MALFORMED", "No."),)}, "refusals"),
        ({"refusals": (RowRefusal(1, "", "No."),)}, "refusals"),
        ({"refusals": (RowRefusal(1, "MALFORMED", ""),)}, "refusals"),
    ],
    ids=str,
)
def test_an_import_out_of_shape_names_its_field(change: dict[str, object], field: str) -> None:
    with pytest.raises(Malformed) as refusal:
        replace(IMPORT, **change)  # type: ignore[arg-type]
    assert refusal.value.field == field


def test_an_empty_list_of_refusals_is_malformed() -> None:
    with pytest.raises(Malformed) as refusal:
        ListRefusals(())
    assert refusal.value.field == "refusals"


def test_what_was_parked_is_tried_again_each_time() -> None:
    retried = ParkedRetried("task_board", PROJECT_ID)
    assert given().when(RetryParked("task_board", PROJECT_ID)) == [retried]
    assert given(retried).when(RetryParked("task_board", PROJECT_ID)) == [retried]


def test_an_event_is_skipped_once_in_each_read_model() -> None:
    skipped = ParkedSkipped("task_board", 7)
    assert given().when(SkipParked("task_board", 7)) == [skipped]
    assert given(skipped).when(SkipParked("task_board", 7)) == []
    assert given(skipped).when(SkipParked("task_board", 8)) == [ParkedSkipped("task_board", 8)]
    assert given(skipped).when(SkipParked("audit_trail", 7)) == [ParkedSkipped("audit_trail", 7)]


@pytest.mark.parametrize("position", [0, -1, True])
def test_positions_count_from_one(position: int) -> None:
    with pytest.raises(Malformed) as refusal:
        SkipParked("task_board", position)
    assert refusal.value.field == "position"


def test_a_read_model_has_a_name() -> None:
    with pytest.raises(Malformed):
        RetryParked("", PROJECT_ID)


FIRST_KEY = (
    "fairlead/00000000-0000-0000-0000-000000000007+8a475d0f+AYMgpRl32MOMqKSSfGcN9YIeRJdhlF4V6e+yahUJ0jDq"
)
OTHER_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


def test_a_key_of_the_proof_is_named_once_and_followed_by_others() -> None:
    assert given().when(AnnounceProofKey(FIRST_KEY)) == [ProofKeyAnnounced(FIRST_KEY)]
    assert given(ProofKeyAnnounced(FIRST_KEY)).when(AnnounceProofKey(FIRST_KEY)) == []
    named = given(ProofKeyAnnounced(FIRST_KEY), ParkedSkipped("task_board", 4))
    assert named.when(AnnounceProofKey(OTHER_KEY)) == [ProofKeyAnnounced(OTHER_KEY)]


@pytest.mark.parametrize(
    "bad", ["", "x", OTHER_KEY[:-1], OTHER_KEY.replace("c74f20a3", "c74f20a4"), "a b" + OTHER_KEY]
)
def test_a_key_of_the_proof_is_a_verifier_key_with_its_own_id(bad: str) -> None:
    with pytest.raises(Malformed) as refusal:
        AnnounceProofKey(bad)
    assert refusal.value.field == "verifierKey"
