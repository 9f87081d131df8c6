"""One running service for all journeys; each journey has a tenant of its own."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.service import Service, running, until
from tests.worlds import EMBEDDED, Servers, many_machines


@dataclass
class Office:
    """A Jobcenter with one clerk of the whole tenant."""

    service: Service
    tenant: str
    clerk: httpx.Client

    def key(self, *roles: str, **more: Any) -> httpx.Client:
        return self.service.client(self.service.key(self.tenant, *roles, **more))

    def hand_in(self, file: Path | bytes, name: str = "scan.pdf", **fields: str) -> dict[str, Any]:
        content = file if isinstance(file, bytes) else file.read_bytes()
        answer = self.clerk.post("/v1/documents", files={"file": (name, content)}, data=fields)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def settled(self, document: str, seconds: float = 90) -> dict[str, Any]:
        """The document once it has been read, or parked, and filed or laid into clearing."""

        def look() -> Any:
            found = self.clerk.get(f"/v1/documents/{document}").json()
            done = found["reading"]["state"] in {"done", "failed"} and found["place"] != "none"
            return found if done else None

        found: dict[str, Any] = until(look, seconds, self.service.log)
        return found


@pytest.fixture(scope="session")
def many(postgresql: dict[str, str], seaweedfs: dict[str, str], opensearch: str) -> Iterator[dict[str, str]]:
    """Settings of a house whose records, bytes and index lie on servers of their own."""
    database = urlsplit(postgresql["EAKTE_DATABASE_URL"]).netloc.rpartition("@")[2]
    servers = Servers(database, seaweedfs["S3_ADDRESS"], urlsplit(opensearch).netloc)
    with many_machines(servers, seaweedfs) as settings:
        yield settings


@pytest.fixture(scope="session", params=["embedded", "many"])
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    """Every journey is made in both worlds, unless its module says that one is enough."""
    with running(**(request.getfixturevalue("many") if request.param == "many" else EMBEDDED)) as started:
        yield started


@pytest.fixture
def office(service: Service, request: pytest.FixtureRequest) -> Iterator[Office]:
    tenant = f"{re.sub(r'[^a-z0-9]+', '-', request.node.name.lower())[:40].strip('-')}-{uuid.uuid4().hex[:8]}"
    service.order("tenant", "create", tenant, "--title", "Jobcenter Prüfstadt")
    with service.client(service.key(tenant, "clerk")) as clerk:
        yield Office(service, tenant, clerk)
