"""How approvals got quicker: four steps before the pilots, two after what the pilots said."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from domain.approval.deciding import ApproveStep
from domain.approval.requesting import RequestApproval
from domain.ids import FeedbackId
from domain.project.approval_paths import ApprovalStep, DefineApprovalPath, ReviseApprovalPath
from domain.project.approval_rules import DefineApprovalRule
from infra.demonstration.acts import Act, Lane, at, named, workday
from infra.demonstration.aims import DELIVERY, act
from infra.demonstration.cast import CAST

PATH: Final = "purchase"
STEPS: Final = ("Foreman", "Department", "Purchasing", "Finance")
DEADLINE_MINUTES: Final = 16 * 60
SHORTENED_ON: Final = date(2025, 7, 1)
REQUESTS: Final = 12
"""Before and after each."""
SMALL_REQUESTS: Final = 6
SMALL_CENTS: Final = 50_000


def _steps(names: tuple[str, ...]) -> tuple[ApprovalStep, ...]:
    return tuple(
        ApprovalStep(name, DEADLINE_MINUTES, approver_id=CAST[20 + STEPS.index(name)].member_id)
        for name in names
    )


def paths() -> Lane:
    """Return the path of purchases, the rule for small ones, and how it was shortened."""
    cause = "Two pilots said that two approvals are enough"
    return [
        act(date(2025, 3, 3), DefineApprovalPath(PATH, "Purchases", _steps(STEPS)), hour=11),
        act(
            SHORTENED_ON,
            ReviseApprovalPath(PATH, _steps(STEPS[1:3]), cause, FeedbackId(named("suggestion 1"))),
        ),
        act(SHORTENED_ON, DefineApprovalRule("small", PATH, SMALL_CENTS), hour=10),
    ]


def requests(*, is_shortened: bool) -> Iterator[Lane]:
    """Yield requests along the path as it was before, or as it is since it was shortened."""
    first = date(2025, 9, 8) if is_shortened else date(2025, 3, 10)
    names = STEPS[1:3] if is_shortened else STEPS
    for number in range(REQUESTS):
        approval = named(f"approval {first} {number}")
        day = workday(first + timedelta(days=5 * number))
        command = RequestApproval(DELIVERY, PATH, f"Measuring tool {number + 1}", 120_000)
        lane = [Act("approval", approval, command, CAST[60].member_id, at(day, 9))]
        for place, name in enumerate(names):
            decided_on = workday(day + timedelta(days=place))
            by = CAST[20 + STEPS.index(name)].member_id
            lane.append(Act("approval", approval, ApproveStep(name), by, at(decided_on, 15)))
        yield lane


def small_requests() -> Iterator[Lane]:
    """Yield requests that the rule for small ones approves."""
    for number in range(SMALL_REQUESTS):
        day = workday(date(2025, 10, 6) + timedelta(days=7 * number))
        command = RequestApproval(DELIVERY, PATH, f"Gloves {number + 1}", SMALL_CENTS)
        yield [Act("approval", named(f"small approval {number}"), command, CAST[60].member_id, at(day, 9))]
