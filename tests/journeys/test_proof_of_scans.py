"""From the scanning centre's page to its newest transfer note, by the running service and its worker."""

import hashlib
from pathlib import Path
from typing import Any

from eakte.demo.scans import tiny_pages
from tests.journeys.conftest import Office
from tests.service import until


def test_a_delivered_page_is_noted_drawn_checked_and_noted_again(office: Office, tmp_path: Path) -> None:
    page = tiny_pages(tmp_path, [], 1)[0].read_bytes()
    with office.key("scanner") as centre:
        said = {"reference": "S-1", "profile": "simplex", "operator": "Erika Muster", "expected_sheets": 1}
        batch = centre.post("/v1/batches", json=said).json()["id"]
        fields = {"name": "1.tif", "sha256": hashlib.sha256(page).hexdigest(), "pages": "1"}
        item = centre.post(f"/v1/batches/{batch}/items", files={"file": ("1.tif", page)}, data=fields).json()
        centre.post(f"/v1/batches/{batch}/complete")

        def quality() -> Any:
            found = office.clerk.get(f"/v1/batches/{batch}/quality").json()
            return found if found["state"] == "open" else None

        drawn = until(quality, 90, office.service.log)
        assert [each["document"] for each in drawn["items"]] == [item["document"]]
        address = f"/v1/batches/{batch}/quality/{item['document']}"
        assert office.clerk.post(address, json={"result": "passed"}).json()["state"] == "passed"

    def passed() -> Any:
        address = f"/v1/documents/{item['document']}/transfer-notes"
        newest = office.clerk.get(address).json()["items"][0]["number"]
        note = office.clerk.get(f"{address}/{newest}").json()
        return note if note["quality"]["state"] == "passed" else None

    note = until(passed, 60, office.service.log)
    assert (note["person"]["operator"]["name"], note["identity"]["by"]) == ("Erika Muster", "quality")
    assert office.clerk.get("/v1/originals").json()["items"][0]["reasons"] == ["Die Aufbewahrungsfrist läuft noch."]
