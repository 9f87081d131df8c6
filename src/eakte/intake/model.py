"""Receiving: acts, and what the first bytes of a file say it is."""

from eakte.journal import act
from eakte.recognition.kinds import MAILS, OLE, ZIP, by_beginning

RECEIVED = act("intake:received-file:received", "A file was received, sealed and hashed.")
PACKED = act("intake:received-file:packed", "A file that may hold others is to be taken apart before it is read.")
TAKEN_APART = act("intake:received-file:taken-apart", "A received file was taken apart into documents.")
NOT_TAKEN_APART = act("intake:received-file:not-taken-apart", "What a file holds could not be taken out of it.")
PARTS_ASKED = act("intake:received-file:parts-asked", "The case reference a file came with holds for its parts.")

CONTAINERS = MAILS | {ZIP}
"""Kinds of which each file inside is a document."""
MAY_HOLD_FILES = CONTAINERS | {OLE}
"""Kinds to be looked into first: by its beginning an old Word file is an Outlook mail."""
DEEPEST = 4
"""So many containers may lie one in another."""
INSIDE = "!/"
"""Stands in `version_sources.entry` between a container's path and that of a file in it."""


def media_type(beginning: bytes) -> str:
    """By content, never by name; `application/octet-stream` for what we do not know."""
    return by_beginning(beginning)
