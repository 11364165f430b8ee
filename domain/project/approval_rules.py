"""A project's approval rules: what is approved by itself, because it is small enough on its path."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Final, assert_never

from domain import roles, shape
from domain.copies import replaced
from domain.decider import Context
from domain.errors import AlreadyExists, Unknown
from domain.facet import Facet

if TYPE_CHECKING:
    from domain.project import Project


@dataclass(frozen=True, slots=True)
class ApprovalRuleDefined:
    """Requests on a path are approved by themselves up to this amount, that one included."""

    rule_code: str
    path_code: str
    amount_max_cents: int


@dataclass(frozen=True, slots=True)
class ApprovalRuleRetired:
    """A rule approves nothing any more."""

    rule_code: str


ApprovalRuleEvent = ApprovalRuleDefined | ApprovalRuleRetired

_RULE_TEXT: Final = "The rule's code: small letters, digits and underscores, such as small_purchase."


@dataclass(frozen=True, slots=True)
class DefineApprovalRule:
    """Let requests on a path be approved by themselves up to an amount; another amount is another rule."""

    rule_code: Annotated[str, _RULE_TEXT]
    path_code: Annotated[str, "The code of the path."]
    amount_max_cents: Annotated[int, "The largest amount approved, in cents."]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed code or amount."""
        shape.code(self.rule_code, "ruleCode")
        shape.code(self.path_code, "pathCode")
        shape.cents(self.amount_max_cents, "amountMaxCents")


@dataclass(frozen=True, slots=True)
class RetireApprovalRule:
    """Let a rule approve nothing any more, for good."""

    rule_code: Annotated[str, _RULE_TEXT]


ApprovalRuleCommand = DefineApprovalRule | RetireApprovalRule


class UnknownApprovalRule(Unknown):
    """No approval rule of this project has this code."""

    sentence = "There is no approval rule with this code in this project."


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """One rule."""

    path_code: str
    amount_max_cents: int
    is_retired: bool = False

    def approves(self, path_code: str, amount_cents: int) -> bool:
        """Return whether it approves an amount on a path."""
        is_meant = not self.is_retired and path_code == self.path_code
        return is_meant and amount_cents <= self.amount_max_cents


@dataclass(frozen=True, slots=True)
class ApprovalRules:
    """The approval rules of a project by their codes, retired ones included, the oldest first."""

    by_code: Mapping[str, ApprovalRule] = field(default_factory=dict[str, ApprovalRule])

    def approving(self, path_code: str, amount_cents: int) -> str | None:
        """Return the code of the oldest rule that approves an amount on a path, None if none does."""
        rules = self.by_code.items()
        return next((code for code, rule in rules if rule.approves(path_code, amount_cents)), None)


def decide(command: ApprovalRuleCommand, project: "Project", context: Context) -> Sequence[ApprovalRuleEvent]:
    """Return what happens to the approval rules."""
    del context
    before = project.approval_rules.by_code.get(command.rule_code)
    match command:
        case DefineApprovalRule(rule_code, path_code, amount_max_cents):
            project.approval_paths.path(path_code)
            if before is None:
                return [ApprovalRuleDefined(rule_code, path_code, amount_max_cents)]
            if before == ApprovalRule(path_code, amount_max_cents):
                return []
            raise AlreadyExists(field="ruleCode")
        case RetireApprovalRule(rule_code):
            if before is None:
                raise UnknownApprovalRule(field="ruleCode")
            return [] if before.is_retired else [ApprovalRuleRetired(rule_code)]
        case _:
            assert_never(command)


def evolve(rules: ApprovalRules, event: ApprovalRuleEvent) -> ApprovalRules:
    """Return the approval rules after an event."""
    match event:
        case ApprovalRuleDefined(rule_code, path_code, amount_max_cents):
            after = ApprovalRule(path_code, amount_max_cents)
        case ApprovalRuleRetired(rule_code):
            after = replaced(rules.by_code[rule_code], is_retired=True)
        case _:
            assert_never(event)
    return ApprovalRules({**rules.by_code, rule_code: after})


FACET: Final = Facet(
    own="approval_rules",
    decide=decide,
    evolve=evolve,
    events={
        "project.approval_rule_defined.v1": ApprovalRuleDefined,
        "project.approval_rule_retired.v1": ApprovalRuleRetired,
    },
    # A rule approves in advance, also what its author asks for: so not the project manager alone.
    commands={
        DefineApprovalRule: roles.DIRECTORS,
        RetireApprovalRule: roles.DIRECTORS,
    },
)
