"""A project's permission rules: which of its roles may issue a command, narrower than the standing matrix."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Annotated, Final

from domain import roles, shape
from domain.decider import Context, action_of
from domain.errors import Malformed, Refusal, Unknown
from domain.facet import Facet
from domain.roles import PROJECT_ROLES, Role

if TYPE_CHECKING:
    from domain.project import Project


@dataclass(frozen=True, slots=True)
class RuleRevised:
    """Of the roles in the project, only these may issue a command from now on."""

    action: str
    roles: tuple[Role, ...]
    version: int


RuleEvent = RuleRevised


@dataclass(frozen=True, slots=True)
class ReviseRule:
    """Say which roles in the project may issue a command; roles in the organisation keep what they may."""

    action: Annotated[str, "The command, as GraphQL names it, such as completeTask."]
    roles: Annotated[
        tuple[Role, ...], "Which roles in the project: of those that may by themselves, or none."
    ]

    def __post_init__(self) -> None:
        """Raise `Malformed` for a malformed name, or a role that is none in a project or named twice."""
        shape.text(self.action, "action", shape.NAME_LENGTH_MAX)
        for number, role in enumerate(self.roles):
            if role not in PROJECT_ROLES or role in self.roles[:number]:
                raise Malformed("These are different roles within a project.", field=f"roles.{number}")


RuleCommand = ReviseRule


class UnknownAction(Unknown):
    """No command has this name."""

    sentence = "There is no command of this name."


class RuleTooWide(Refusal):
    """A rule only narrows: it gives no role what that may not do by itself."""

    sentence = "A rule cannot permit what the role may not do by itself."


@dataclass(frozen=True, slots=True)
class PermissionRules:
    """The rule in force for each command that has one."""

    by_action: Mapping[str, RuleRevised] = field(default_factory=dict[str, RuleRevised])

    def narrowed(self, action: str, standing: frozenset[Role]) -> frozenset[Role]:
        """Return the roles, of those that may issue a command by themselves, that may in this project."""
        rule = self.by_action.get(action)
        return standing if rule is None else standing - (PROJECT_ROLES - frozenset(rule.roles))


@cache
def _standing() -> Mapping[str, frozenset[Role]]:
    """Return the roles that may issue each command by themselves."""
    from domain.aggregates import AGGREGATES  # noqa: PLC0415 - a rule is about any aggregate, this one too

    return {
        action_of(command): allowed for decider in AGGREGATES for command, allowed in decider.commands.items()
    }


def decide(command: RuleCommand, project: "Project", context: Context) -> Sequence[RuleEvent]:
    """Return what happens to the rules."""
    del context
    standing = _standing().get(command.action)
    if standing is None:
        raise UnknownAction(field="action")
    for number, role in enumerate(command.roles):
        if role not in standing:
            raise RuleTooWide(field=f"roles.{number}")
    before = project.permission_rules.by_action.get(command.action)
    in_force = standing & PROJECT_ROLES if before is None else frozenset(before.roles)
    if in_force == frozenset(command.roles):
        return []
    return [RuleRevised(command.action, command.roles, 1 if before is None else before.version + 1)]


def evolve(rules: PermissionRules, event: RuleEvent) -> PermissionRules:
    """Return the rules after an event."""
    return PermissionRules({**rules.by_action, event.action: event})


FACET: Final = Facet(
    own="permission_rules",
    decide=decide,
    evolve=evolve,
    events={"project.rule_revised.v1": RuleRevised},
    commands={ReviseRule: roles.LEADS},
)
