"""Many small writes in few requests; an overloaded server is given time."""

from collections.abc import Sequence

from opensearchpy import OpenSearch, helpers
from opensearchpy.exceptions import TransportError

from search.errors import EngineDown
from search.opensearch.generations import write_alias
from search.opensearch.schema import Action

_REQUEST_BYTES = 8 << 20
_SMALLEST_REQUEST_BYTES = 64 << 10
_ITEMS = 5_000
SECONDS = 60
"""What a request of many documents may take."""

# 0.25 s, then doubled: some 16 s in all
_ATTEMPTS, _FIRST_WAIT = 6, 0.25
# What is said of each document; the rest of the answer takes as long to read as these.
_ANSWERED = ("items.*._id", "items.*.status", "items.*.error.type")
_STALE, _MISSING, _TOO_LARGE = 409, 404, 413


class IndexGone(Exception):
    """The index that was to be written is not there (any more)."""


def send(client: OpenSearch, index: str, actions: Sequence[Action]) -> set[str]:
    """Write all to the index; the ids that were refused because something newer stands there.

    Requests that are too large for the way to the server are made smaller; those turned away for the moment are
    repeated. EngineDown for whatever else.
    """
    size = _REQUEST_BYTES
    while True:
        try:
            return _sent(client, index, actions, size)
        except TransportError as error:
            if error.status_code != _TOO_LARGE or size <= _SMALLEST_REQUEST_BYTES:
                raise
            size //= 2


def _sent(client: OpenSearch, index: str, actions: Sequence[Action], size: int) -> set[str]:
    answers = helpers.streaming_bulk(
        client, actions, expand_action_callback=tuple, chunk_size=_ITEMS, max_chunk_bytes=size,
        max_retries=_ATTEMPTS, initial_backoff=_FIRST_WAIT, max_backoff=SECONDS, raise_on_error=False,
        index=write_alias(index), require_alias=True, request_timeout=SECONDS, filter_path=_ANSWERED,
    )  # fmt: skip
    refused = set()
    for done, answer in answers:
        if not done:
            (item,) = answer.values()
            if item["status"] == _MISSING:
                raise IndexGone(index)
            if item["status"] != _STALE:
                raise EngineDown(f"OpenSearch nimmt nicht an: {item['status']} {item['error'].get('type')}")
            refused.add(item["_id"])
    return refused
