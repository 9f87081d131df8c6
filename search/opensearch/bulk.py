"""Many small writes in few requests; an overloaded server is given time."""

import time
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from opensearchpy import OpenSearch
from opensearchpy.exceptions import TransportError

from search.errors import EngineDown
from search.opensearch.generations import write_alias
from search.opensearch.schema import Action

_REQUEST_BYTES = 8 << 20
SECONDS = 60
"""What a request of many documents may take."""

_WAITS = (0.25, 0.5, 1, 2, 4, 8)
# What is said of each document; the rest of the answer takes as long to read as these.
_ANSWERED = ("items.*._id", "items.*.status", "items.*.error.type")
_STALE, _MISSING, _TOO_LARGE, _TOO_MANY = 409, 404, 413, 429

_Item = dict[str, Any]


class IndexGone(Exception):
    """The index that was to be written is not there (any more)."""


def send(client: OpenSearch, index: str, actions: Sequence[Action]) -> set[str]:
    """Write all to the index; the ids that were refused because something newer stands there.

    Requests that are too large for the way to the server are halved; what is turned away for the moment is repeated.
    EngineDown for whatever else.
    """
    return {name for request in _requests(actions) for name in _sent(client, index, request)}


def _sent(client: OpenSearch, index: str, actions: Sequence[Action]) -> Iterator[str]:
    """The library has a helper for this, but it goes through all actions one by one.

    That takes a tenth of the time that the server has for them, in which it waits.
    """
    for wait in (*_WAITS, None):
        try:
            items = _answer(client, index, actions)
        except TransportError as error:
            if error.status_code == _TOO_LARGE and len(actions) > 1:
                half = len(actions) // 2
                yield from _sent(client, index, actions[:half])
                yield from _sent(client, index, actions[half:])
                return
            if error.status_code != _TOO_MANY or wait is None:
                raise
        else:
            yield from _refused(index, [item for item in items if item["status"] != _TOO_MANY])
            actions = [each for each, item in zip(actions, items, strict=True) if item["status"] == _TOO_MANY]
            if not actions:
                return
            if wait is None:
                raise EngineDown("OpenSearch ist überlastet und nimmt nicht alles an.")
        time.sleep(wait)


def _answer(client: OpenSearch, index: str, actions: Sequence[Action]) -> list[_Item]:
    """What the server says of each."""
    lines = "\n".join([*chain.from_iterable(actions), ""])
    answer = client.bulk(
        body=lines, index=write_alias(index), require_alias=True, request_timeout=SECONDS, filter_path=_ANSWERED
    )  # fmt: skip
    return [item for each in answer["items"] for item in each.values()]


def _refused(index: str, items: Sequence[_Item]) -> Iterator[str]:
    for item in items:
        if item["status"] == _MISSING:
            raise IndexGone(index)
        if item["status"] == _STALE:
            yield item["_id"]
        elif "error" in item:
            raise EngineDown(f"OpenSearch nimmt nicht an: {item['status']} {item['error'].get('type')}")


def _requests(actions: Sequence[Action]) -> Iterator[list[Action]]:
    some, size = list[Action](), 0
    for each in actions:
        if some and size + len(each.body) > _REQUEST_BYTES:
            yield some
            some, size = [], 0
        some.append(each)
        size += len(each.body)
    if some:
        yield some
