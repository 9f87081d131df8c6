"""Many small writes in few requests; an overloaded server is given time."""

import time
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, chain
from typing import Any

from opensearchpy import OpenSearch
from opensearchpy.exceptions import TransportError

from search.errors import EngineDown
from search.opensearch.generations import write_alias
from search.opensearch.schema import Action

_REQUEST_BYTES = 8 << 20
_ITEMS = 5_000
SECONDS = 60
"""What a request of many documents may take."""

_WAITS = (0.25, 0.5, 1, 2, 4, 8)
# What is said of each document; the rest of the answer takes as long to read as these.
_ANSWERED = ("items.*._id", "items.*.status", "items.*.error.type")
_FAILED, _STALE, _MISSING, _TOO_LARGE, _TOO_MANY = 300, 409, 404, 413, 429

_Item = dict[str, Any]


class IndexGone(Exception):
    """The index that was to be written is not there (any more)."""


def send(client: OpenSearch, index: str, actions: Sequence[Action]) -> set[str]:
    """Write all to the index; the ids that were refused because something newer stands there.

    Requests that are too large for the way to the server are made smaller; what is turned away for the moment is
    repeated. EngineDown for whatever else.
    """
    refused, done, size = set[str](), 0, _REQUEST_BYTES
    while done < len(actions):
        request = _request(actions[done : done + _ITEMS], size)
        try:
            refused |= _sent(client, index, request)
        except TransportError as error:
            if error.status_code != _TOO_LARGE or len(request) == 1:
                raise
            size = sum(map(_bytes, request)) // 2
        else:
            done += len(request)
    return refused


def _sent(client: OpenSearch, index: str, actions: Sequence[Action]) -> set[str]:
    """The library has a helper for this, but it goes through all actions one by one.

    That takes a tenth of the time that the server has for them, in which it waits.
    """
    refused = set[str]()
    for wait in (*_WAITS, None):
        try:
            items = _answer(client, index, actions)
        except TransportError as error:
            if error.status_code != _TOO_MANY or wait is None:
                raise
        else:
            refused |= _refused(index, [item for item in items if item["status"] != _TOO_MANY])
            actions = [each for each, item in zip(actions, items, strict=True) if item["status"] == _TOO_MANY]
            if not actions:
                break
            if wait is None:
                raise EngineDown("OpenSearch ist überlastet und nimmt nicht alles an.")
        time.sleep(wait)
    return refused


def _answer(client: OpenSearch, index: str, actions: Sequence[Action]) -> list[_Item]:
    """What the server says of each."""
    lines = "\n".join([*chain.from_iterable(actions), ""])
    answer = client.bulk(
        body=lines, index=write_alias(index), require_alias=True, request_timeout=SECONDS, filter_path=_ANSWERED
    )  # fmt: skip
    return [item for each in answer["items"] for item in each.values()]


def _refused(index: str, items: Sequence[_Item]) -> set[str]:
    failed = [item for item in items if item["status"] >= _FAILED]
    for item in failed:
        if item["status"] == _MISSING:
            raise IndexGone(index)
        if item["status"] != _STALE:
            raise EngineDown(f"OpenSearch nimmt nicht an: {item['status']} {item.get('error', {}).get('type')}")
    return {item["_id"] for item in failed}


def _request(actions: Sequence[Action], size: int) -> Sequence[Action]:
    """As many of the first as fit into so many bytes, at least one."""
    return actions[: max(1, bisect_right([*accumulate(map(_bytes, actions))], size))]


def _bytes(action: Action) -> int:
    """JSON as we write it has one byte a letter."""
    return len(action.line) + len(action.body) + 2
