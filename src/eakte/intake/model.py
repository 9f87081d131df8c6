"""Receiving: acts, and what the first bytes of a file say it is."""

from eakte.journal import act
from eakte.recognition.kinds import by_beginning

RECEIVED = act("intake:received-file:received", "A file was received, sealed and hashed.")
TAKEN_APART = act("intake:received-file:taken-apart", "A received file was taken apart into documents.")


def media_type(beginning: bytes) -> str:
    """By content, never by name; `application/octet-stream` for what we do not know."""
    return by_beginning(beginning)
