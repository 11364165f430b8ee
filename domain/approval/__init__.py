"""An approval: a request and the decisions on it, one stream each; a file for each facet."""

from collections.abc import Sequence
from typing import Final

from domain.approval import automation, deciding, requesting
from domain.approval.requesting import ApprovalRequested, RequestApproval
from domain.approval.state import Approval, requested
from domain.decider import Context, Decider
from domain.facet import Facets
from domain.project import ongoing

__all__ = ["DECIDER", "ApprovalCommand", "ApprovalEvent", "decide", "evolve"]

ApprovalEvent = requesting.RequestingEvent | deciding.DecidingEvent | automation.AutomationEvent
ApprovalCommand = requesting.RequestingCommand | deciding.DecidingCommand | automation.AutomationCommand


def decide(command: ApprovalCommand, approval: Approval | None, context: Context) -> Sequence[ApprovalEvent]:
    """Return what happens to the request."""
    ongoing(context)
    if isinstance(command, RequestApproval):
        return requesting.begin(command, approval, context)
    return _FACETS.of_command[type(command)].decide(command, requested(approval), context)


def evolve(approval: Approval | None, event: ApprovalEvent) -> Approval:
    """Return the request after an event."""
    if isinstance(event, ApprovalRequested):
        return requesting.begun(event)
    return _FACETS.evolve(requested(approval), event)


_FACETS: Final = Facets((requesting.FACET, deciding.FACET, automation.FACET))

DECIDER: Final[Decider[ApprovalCommand, Approval, ApprovalEvent]] = Decider(
    name="approval",
    decide=decide,
    evolve=evolve,
    events=_FACETS.events,
    commands=_FACETS.commands,
    opens=frozenset({RequestApproval}),
    project_of=lambda approval: approval.project_id,
)
