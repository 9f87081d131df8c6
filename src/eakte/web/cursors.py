"""Opaque cursors over keyset pages."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from eakte.errors import Invalid


class InvalidCursor(Invalid):
    """Not a cursor of this list."""

    code, title = "invalid-cursor", "Ungültiger Cursor"
    remedy = "Den Wert `next` der vorigen Antwort unverändert senden oder von vorn beginnen."


def encode_cursor(kind: str, *values: str | float | None) -> str:
    """A cursor of the list `kind`; it can be read by whoever holds it, so put ids and numbers in it, nothing else."""
    return urlsafe_b64encode(json.dumps([kind, *values], separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(kind: str, text: str, types: Sequence[type | tuple[type, ...]]) -> list[Any]:
    """The values of `encode_cursor`, of these types; InvalidCursor when it is another list's or was changed."""
    try:
        found = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if found[0] != kind:
            raise InvalidCursor
        values = list(found[1:])
        fitting = [isinstance(value, wanted) for value, wanted in zip(values, types, strict=True)]
    except (ValueError, TypeError, LookupError, RecursionError):
        raise InvalidCursor from None
    if not all(fitting):
        raise InvalidCursor
    return values


def id_in_cursor(kind: str, text: str) -> UUID:
    """The only value of a cursor of ids."""
    (found,) = decode_cursor(kind, text, [str])
    try:
        return UUID(found)
    except ValueError:
        raise InvalidCursor from None
