"""The kinds of source that can be imported; apart, so that the command line knows them at once."""

from enum import StrEnum


class Kind(StrEnum):
    """What kind of source a file is."""

    SIP = "sip"
    MSPDI = "mspdi"
    TABLE = "table"
