"""Refusals: the answer is no, said with a code and one sentence; nothing was changed."""

import re
from typing import ClassVar


class Refusal(Exception):
    """A command that may not happen: a stable code, a sentence for people, the path of the field at fault."""

    sentence: ClassVar[str] = "The command was refused."

    def __init__(self, sentence: str | None = None, *, field: str | None = None) -> None:
        """Keep the sentence (the class's own when none is given) and the path of the field at fault."""
        self.message = sentence or type(self).sentence
        self.field = field
        super().__init__(self.message)

    @property
    def code(self) -> str:
        """Return the stable code: the class name in upper snake case, such as `TASK_CLOSED`."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(self).__name__).upper()


class Malformed(Refusal):
    """A value has not the shape asked for: too long, out of range, not a date, holding NUL."""

    sentence = "The value is malformed."


class Unknown(Refusal):
    """An id names nothing here."""

    sentence = "There is nothing with this id."


class UnknownProject(Unknown):
    """No project has this id."""

    sentence = "There is no project with this id."


class UnknownTask(Unknown):
    """No task of this project has this id."""

    sentence = "There is no task with this id in this project."


class UnknownFeedback(Unknown):
    """No feedback of this project has this id."""

    sentence = "There is no feedback with this id in this project."


class UnknownMember(Unknown):
    """No member has this id."""

    sentence = "There is no member with this id."


class UnknownApproval(Unknown):
    """No approval of this project has this id."""

    sentence = "There is no approval with this id in this project."


class AlreadyExists(Refusal):
    """The id is taken by something else."""

    sentence = "Something with this id exists already."


class ProjectClosed(Refusal):
    """The project is closed: nothing in it changes any more."""

    sentence = "The project is closed."


class StillAhead(Refusal):
    """A day named as past has not come yet where the project is."""

    sentence = "This day is still ahead."


class WrongVersion(Refusal):
    """The stream is not at the version the command expected."""

    sentence = "The stream has moved on from the expected version."


class CommandRepeated(Refusal):
    """The command id was used before with another body."""

    sentence = "This command id was used before with another body."


class NotPermitted(Refusal):
    """The actor has no role that permits this here."""

    sentence = "You are not permitted to do this."
