"""The ids of things; a command field of one of these types names another stream and is checked before use."""

from typing import Final, NewType
from uuid import UUID

ProjectId = NewType("ProjectId", UUID)
TaskId = NewType("TaskId", UUID)
FeedbackId = NewType("FeedbackId", UUID)
MemberId = NewType("MemberId", UUID)
ApprovalId = NewType("ApprovalId", UUID)
FormerMemberId = NewType("FormerMemberId", UUID)
"""Who is taken off something: they may have been erased meanwhile, as nobody of a `MemberId` may."""

SYSTEM_ACTOR: Final = UUID("5ba1f0d0-0000-8000-8000-000000000001")
"""Who Fairlead itself is, where it issues commands."""
