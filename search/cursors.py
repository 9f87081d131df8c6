"""Opaque cursors: where a page of results ended, bound to the query it belongs to."""

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache

from search.errors import InvalidCursor
from search.port import Access, Query

DEEPEST = 10_000
"""Hits that can be gone through at most."""

SLACK = 50
"""How many places a cursor's last hit may have moved down while others wrote."""


@dataclass(frozen=True, slots=True)
class Position:
    """After `offset` hits in the state `snapshot`; the last one had this key and score, should the state be gone."""

    snapshot: str
    offset: int
    key: int
    score: float


def encode(position: Position, query: Query) -> str:
    """The cursor as text for addresses; the digest is its end, so that a cut one shows."""
    snapshot, offset, key, score = position.snapshot, position.offset, position.key, position.score
    said = f"{snapshot} {offset} {key} {score!r} {_digest(query)}"
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


def decode(query: Query) -> Position | None:
    """Where to go on, None at the beginning; InvalidCursor if it is not ours or the query is another."""
    if query.after is None:
        return None
    try:
        said = base64.urlsafe_b64decode(query.after + "=" * (-len(query.after) % 4)).decode("ascii")
        snapshot, offset, key, score, digest = said.split(" ")
        position = Position(snapshot, int(offset), int(key), float(score))
    except ValueError as error:
        raise InvalidCursor("Die Blättermarke ist ungültig.") from error
    if digest != _digest(query) or not 0 <= position.offset <= DEEPEST:
        raise InvalidCursor("Die Blättermarke gehört zu einer anderen Suchanfrage.")
    return position


@lru_cache(256)
def access_digest(access: Access) -> str:
    """Changes with what may be seen: a state of the index is gone through by numbers only under the same rights."""
    return _short([sorted(access.scopes), sorted(access.case_files), sorted(access.denied_case_files)])


def _digest(query: Query) -> str:
    dates = [str(query.date_from), str(query.date_to)]
    return _short([query.text, query.case_file, query.document_type, query.state, *dates, query.all_versions])


def _short(said: object) -> str:
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:12]
