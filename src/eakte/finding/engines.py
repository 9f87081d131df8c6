"""The two engines a house may have: on the disk of its one machine, or a server that many machines share."""

import time
from pathlib import Path
from typing import Protocol
from uuid import UUID

from search import embedded, opensearch
from search.embedded import EmbeddedIndex
from search.opensearch import OpenSearchIndex, Server, cluster, connected, look
from search.port import Index

_ASKED_EVERY = 60.0


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


class Embedded:
    """Indexes below one folder, named by tenant."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def place(self) -> str:
        """The folder and the format."""
        return f"{self._folder}#{embedded.FORMAT}"

    def index(self, tenant: UUID) -> TenantIndex:
        """Of the tenant's folder."""
        return EmbeddedIndex(self._folder / str(tenant))

    def check(self) -> None:
        """Make the folder if need be."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def close(self) -> None:
        """There is nothing to let go of."""


class Shared:
    """Indexes in OpenSearch, named by the address's prefix and the tenant; ValueError if the address is none."""

    def __init__(self, url: str) -> None:
        self._server = Server.at(url)
        self._client = connected(self._server)
        self._cluster, self._asked = "", float("-inf")

    @property
    def place(self) -> str:
        """By the cluster's own id, since its address may be written in many ways; asked for once a minute."""
        if time.monotonic() - self._asked > _ASKED_EVERY:
            self._cluster = cluster(self._client)
            self._asked = time.monotonic()
        return f"opensearch {self._cluster}/{self._server.prefix}#{opensearch.FORMAT}"

    def index(self, tenant: UUID) -> TenantIndex:
        """Behind the tenant's aliases."""
        return OpenSearchIndex(self._client, f"{self._server.prefix}-{tenant}")

    def check(self) -> None:
        """Ask for the server's version."""
        look(self._client)

    def close(self) -> None:
        """Close its connections."""
        self._client.close()


def engine_at(folder: Path, url: str) -> Engine:
    """By the form of `EAKTE_SEARCH_URL`: empty means the folder."""
    return Shared(url) if url else Embedded(folder)
