"""The ids of things; a command field of one of these types names another stream and is checked before use."""

from typing import NewType
from uuid import UUID

ProjectId = NewType("ProjectId", UUID)
TaskId = NewType("TaskId", UUID)
FeedbackId = NewType("FeedbackId", UUID)
MemberId = NewType("MemberId", UUID)
ApprovalId = NewType("ApprovalId", UUID)
