"""A scanning centre delivers a batch: from the announcement to receipts that are checked without the service."""

import hashlib
import json
from pathlib import Path

import httpx

from eakte.demo.scans import tiny_pages
from tests.journeys.conftest import Office
from tests.service import until


def send(centre: httpx.Client, batch: str, scan: Path, **said: str) -> httpx.Response:
    data = scan.read_bytes()
    fields = {"name": scan.name, "sha256": hashlib.sha256(data).hexdigest(), "pages": "1", **said}
    return centre.post(f"/v1/batches/{batch}/items", files={"file": (scan.name, data)}, data=fields)


def test_a_batch_reconciles_to_the_last_side_and_its_receipts_verify_offline(office: Office, tmp_path: Path) -> None:
    scans = tiny_pages(tmp_path, [], 4)
    with office.key("scanner") as centre:
        said = {"reference": "SZ-2026-17", "profile": "duplex", "operator": "m.muster", "expected_sheets": 4}
        batch = centre.post("/v1/batches", json=said).json()["id"]
        assert centre.post("/v1/batches", json=said).json()["id"] == batch
        for scan in scans:
            assert send(centre, batch, scan, sha256="0" * 64).status_code == 422
            sent = [send(centre, batch, scan, dropped_blank="1") for _ in range(2)]
            assert [each.status_code for each in sent] == [201, 200], sent[0].text
        manifest = [
            {"name": s.name, "sha256": hashlib.sha256(s.read_bytes()).hexdigest(), "pages": 1, "dropped_blank": 1}
            for s in scans
        ]
        assert centre.post(f"/v1/batches/{batch}/complete", json=manifest).status_code == 202

        def settled() -> bool:
            return centre.get(f"/v1/batches/{batch}").json()["state"] in {"reconciled", "differs"}

        until(settled, 90, office.service.log)
        found = centre.get(f"/v1/batches/{batch}").json()
        assert (found["state"], found["differences"], found["ledger"]["difference"]) == ("reconciled", [], 0), found
        assert (found["ledger"]["announced"], found["ledger"]["stored"] + found["ledger"]["blank"]) == (8, 4)
        assert all(each["settled_at"] for each in found["refusals"])
        keys = tmp_path / "keys.json"
        keys.write_text(centre.get("/v1/keys").text)
        for kind in ("delivery", "reconciliation"):
            address = f"/v1/batches/{batch}/receipts/{kind}"
            (tmp_path / f"{kind}.json").write_text(centre.get(address).text)
            assert centre.get(address, headers={"Accept": "application/pdf"}).content.startswith(b"%PDF-")
    for kind in ("delivery", "reconciliation"):
        told = office.service.run("verify", str(tmp_path / f"{kind}.json"), "--key", str(keys))
        assert told.startswith("gültig")
    assert "announced 8" in next(line for line in told.splitlines() if line.startswith("  ledger: "))
    lying = json.loads((tmp_path / "reconciliation.json").read_text())
    lying["ledger"]["stored"] += 1
    (tmp_path / "lying.json").write_text(json.dumps(lying))
    assert office.service.run("verify", str(tmp_path / "lying.json"), "--key", str(keys), check=False) == ""
    assert len(office.clerk.get("/v1/documents").json()["items"]) == 4
