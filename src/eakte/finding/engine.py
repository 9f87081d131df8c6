"""What an engine is: on the disk of the house's one machine, or a server that many machines share."""

from typing import Protocol
from uuid import UUID

from search.port import Index


class TenantIndex(Index, Protocol):
    """An index that can be begun empty."""

    def create(self) -> None:
        """An empty index if there is none yet."""


class Engine(Protocol):
    """Where the indexes of a house are kept."""

    @property
    def place(self) -> str:
        """Where that is, and of which format: engines of one place hold the same indexes, however it was named.

        Raises an error of `search` where a server must be asked and does not answer.
        """

    def index(self, tenant: UUID) -> TenantIndex:
        """The tenant's index; nothing is opened yet."""

    def check(self) -> None:
        """Raises an error of `search` or an OSError when it cannot be used."""

    def close(self) -> None:
        """Let go of connections."""
