"""Clients of OpenSearch that tests watch, or hold up."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from opensearchpy import OpenSearch
from opensearchpy.exceptions import TransportError


class Late(OpenSearch):  # type: ignore[misc]  # a library without types
    """Held up before its second bulk, which brings the pages behind the head."""

    bulks = 0
    meanwhile: Callable[[], object]

    def bulk(self, *said: Any, **more: Any) -> Any:
        self.bulks += 1
        if self.bulks == 2:
            self.meanwhile()
        return super().bulk(*said, **more)


class Watching(OpenSearch):  # type: ignore[misc]  # a library without types
    """Counts what the server says to bulks, of whole requests and of single writes, and the writes of the largest one.

    And looks, and moments to be kept.
    """

    opened = looks = largest = 0

    def mget(self, *said: Any, **more: Any) -> Any:
        self.looks += 1
        return super().mget(*said, **more)

    def create_pit(self, *said: Any, **more: Any) -> Any:
        self.opened += 1
        return super().create_pit(*said, **more)

    def __init__(self, *said: Any, **more: Any) -> None:
        super().__init__(*said, **more)
        self.said: Counter[int | str] = Counter()

    def bulk(self, *said: Any, **more: Any) -> Any:
        try:
            answer = super().bulk(*said, **more)
        except TransportError as error:
            self.said[error.status_code] += 1
            raise
        self.largest = max(self.largest, len(answer["items"]))
        self.said.update(write["status"] for item in answer["items"] for write in item.values())
        return answer
