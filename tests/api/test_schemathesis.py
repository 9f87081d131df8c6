"""The running service against its own description: whatever is sent, it answers as openapi/v1.json says."""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from eakte.app import create_app
from eakte.demo.scans import tiny_pages
from tests.service import running, until

EXAMPLES = 15  # of each operation, beside those at the bounds of its schema
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.ignored_auth,
    checks.unsupported_method,
]
CONFIG = schemathesis.Config.from_dict({"seed": 3, "generation": {"database": "none"}})
DESCRIBED = create_app(None).openapi()
schema = schemathesis.openapi.from_dict(DESCRIBED, config=CONFIG)


@dataclass(frozen=True)
class Target:
    """A service with a clerk's key, and what there is to be asked for: ids by the first word of the address."""

    url: str
    key: str
    ids: dict[str, list[str]]

    def aim(self, case: schemathesis.Case) -> None:
        """Every other valid id becomes one that exists, with leave to change whatever its revision is."""
        chance = random.Random(repr(case.path_parameters))
        try:
            UUID(str(case.path_parameters["id"]))
        except (KeyError, ValueError):
            return
        if chance.random() < 0.7:
            case.path_parameters["id"] = chance.choice(self.ids[case.operation.path.split("/")[2]])
            if case.method != "GET":
                case.headers["If-Match"] = "*"
            if "number" in case.path_parameters and chance.random() < 0.7:
                case.path_parameters["number"] = 1


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with running() as service:
        service.order("tenant", "create", "amt", "--title", "Jobcenter Prüfstadt")
        key = service.key("amt", "clerk")
        with service.client(key) as clerk:
            yield Target(service.url, key, furnished(clerk, tmp_path_factory.mktemp("scans")))
            assert clerk.get("/v1/me").status_code == 200, service.log()


def furnished(clerk: httpx.Client, folder: Path) -> dict[str, list[str]]:
    """Case files and documents, read, filed, in clearing and parked."""
    names = [f"12345//000000{number}" for number in range(3)]
    files = [clerk.post("/v1/casefiles", json={"reference": name, "title": "Muster"}).json()["id"] for name in names]
    sent = [page.read_bytes() for page in tiny_pages(folder, [names[0], names[0], "99999//9999999"], 1)]
    documents = [
        clerk.post("/v1/documents", files={"file": ("scan.tif", content)}).json()["id"]
        for content in [*sent, b"keine bekannte Datei", sent[0] + b" "]
    ]

    def settled() -> bool:
        found = [clerk.get(f"/v1/documents/{document}").json() for document in documents]
        return all(each["place"] != "none" and each["reading"]["state"] in {"done", "failed"} for each in found)

    until(settled, 60)
    said = {"reference": "S-1", "profile": "duplex", "operator": "Muster", "expected_sheets": 1}
    batch = clerk.post("/v1/batches", json=said).json()["id"]
    return {
        "documents": documents, "casefiles": files, "workitems": documents, "batches": [batch],
        "rescan-requests": [sent_back(clerk, batch, sent[0] + b"  ")], "originals": [batch],
        "uploads": [begun(clerk)],
    }  # fmt: skip


def begun(clerk: httpx.Client) -> str:
    """A resumable upload of which nothing has come yet."""
    said = {"Tus-Resumable": "1.0.0", "Upload-Length": "1000", "Upload-Metadata": "name YS5wZGY="}
    return clerk.post("/v1/uploads", headers=said).headers["Location"].rpartition("/")[2]


def sent_back(clerk: httpx.Client, batch: str, content: bytes) -> str:
    """A rescan request about a document of the batch."""
    said = {"name": "1.tif", "sha256": hashlib.sha256(content).hexdigest(), "pages": "1"}
    item = clerk.post(f"/v1/batches/{batch}/items", files={"file": ("1.tif", content)}, data=said).json()
    asked = clerk.post(f"/v1/documents/{item['document']}/rescan-requests", json={"reason": "unscharf"})
    found: str = asked.json()["id"]
    return found


def test_the_running_service_shows_the_description_that_is_committed(target: Target) -> None:
    assert httpx.get(f"{target.url}/openapi.json").json() == DESCRIBED


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
          suppress_health_check=list(HealthCheck))  # fmt: skip
def test_every_answer_is_one_that_the_description_names(case: schemathesis.Case, target: Target) -> None:
    target.aim(case)
    auth: Any = {"Authorization": f"Bearer {target.key}"}
    case.call_and_validate(base_url=target.url, headers=auth, checks=CHECKS, timeout=30)
