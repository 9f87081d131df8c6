"""Points in time that the server keeps, so that whoever pages sees one state. Few are opened, each for many people.

A moment that is gone costs nothing but exactness: the next page then goes on behind the last hit in what is there now.
"""

import threading
import time
from collections import deque
from contextlib import suppress

from opensearchpy import OpenSearch
from opensearchpy.exceptions import ConnectionError as NoConnection
from opensearchpy.exceptions import NotFoundError, OpenSearchException, TransportError

KEPT = "5m"
"""How long the server keeps a moment after its last use."""

_SHARED_SECONDS = 0.5
# a server opens 300 in all unless told otherwise
_MOST = 20


class Moments:
    """The moments that this process opened for one tenant."""

    def __init__(self, client: OpenSearch, alias: str) -> None:
        self._client = client
        self._alias = alias
        self._open: deque[str] = deque()
        self._opened = float("-inf")
        self._opening = threading.Lock()

    def newest(self) -> str:
        """The moment of now or half a second ago; empty if the server wants to keep no more of them."""
        with self._opening:
            if not self._open or time.monotonic() - self._opened > _SHARED_SECONDS:
                opened = time.monotonic()
                try:
                    answer = self._client.create_pit(index=self._alias, params={"keep_alive": KEPT})
                except (NotFoundError, NoConnection):
                    raise
                except TransportError:
                    return ""
                self._open.append(answer["pit_id"])
                self._opened = opened
            if len(self._open) > _MOST:
                self._forget([self._open.popleft()])
            return self._open[-1]

    def changed(self) -> None:
        """Let the next one be opened anew, since this process wrote or one that was kept is gone."""
        self._opened = float("-inf")

    def close(self) -> None:
        """Give all back."""
        with self._opening:
            if self._open:
                self._forget(list(self._open))
            self._open.clear()

    def _forget(self, moments: list[str]) -> None:
        with suppress(OpenSearchException):
            self._client.delete_pit(body={"pit_id": moments})
