"""Who may do what: the roles, and the sets of them that commands name."""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """A role: the first two in a project, the next three in the organisation, the last is Fairlead's own."""

    PROJECT_MANAGER = "project_manager"
    MEMBER = "member"
    MANAGEMENT = "management"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


PROJECT_ROLES: Final = frozenset({Role.PROJECT_MANAGER, Role.MEMBER})
ORGANISATION_ROLES: Final = frozenset({Role.MANAGEMENT, Role.AUDITOR, Role.ADMINISTRATOR})

TEAM: Final = frozenset({Role.PROJECT_MANAGER, Role.MEMBER, Role.MANAGEMENT, Role.ADMINISTRATOR})
LEADS: Final = frozenset({Role.PROJECT_MANAGER, Role.MANAGEMENT, Role.ADMINISTRATOR})
DIRECTORS: Final = frozenset({Role.MANAGEMENT, Role.ADMINISTRATOR})
ADMINISTRATORS: Final = frozenset({Role.ADMINISTRATOR})
SYSTEM: Final = frozenset({Role.SYSTEM})
READERS: Final = frozenset(
    {Role.PROJECT_MANAGER, Role.MEMBER, Role.MANAGEMENT, Role.AUDITOR, Role.ADMINISTRATOR}
)
