"""How lists are asked for page by page."""

from typing import Annotated

from fastapi import Query

from eakte.web.cursors import InvalidCursor, decode_cursor, encode_cursor, id_in_cursor

__all__ = ["DEFAULT_LIMIT", "Cursor", "InvalidCursor", "Limit", "decode_cursor", "encode_cursor", "id_in_cursor"]

Limit = Annotated[int, Query(ge=1, le=200, description="Einträge je Seite")]
Cursor = Annotated[str | None, Query(max_length=2000, description="`next` der vorigen Seite")]
DEFAULT_LIMIT = 50
