"""The engine of a house of many machines: an OpenSearch server."""

import time
from uuid import UUID

from eakte.finding.engine import TenantIndex
from search import opensearch
from search.opensearch import OpenSearchIndex, Server, cluster, connected, look

_ASKED_EVERY = 60.0


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
