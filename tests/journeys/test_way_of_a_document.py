"""From the upload to the page in a case file, as clients see it."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from eakte.demo.scans import tiny_pages
from tests.journeys.conftest import Office
from tests.service import until

REFERENCE = "12345//1234567"


def open_case(office: Office, reference: str = REFERENCE) -> dict[str, Any]:
    answer = office.clerk.post("/v1/casefiles", json={"reference": reference, "title": "Bedarfsgemeinschaft Muster"})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    return tiny_pages(tmp_path, [REFERENCE], 1)[0]


def test_a_scan_that_names_an_open_case_files_itself_and_is_found_shown_and_journaled(
    office: Office, scan: Path
) -> None:
    case = open_case(office)
    handed = office.hand_in(scan, "Mitteilung.tif")
    assert handed["sha256"] == hashlib.sha256(scan.read_bytes()).hexdigest()
    document = office.settled(handed["id"])
    assert (document["state"], document["case_file"]) == ("filed", case["id"]), document
    kinds = {rendition["kind"]: rendition for rendition in document["versions"][0]["renditions"]}
    assert kinds["archival"]["conformance"] == "PDF/A-2b", kinds["archival"]
    address = f"/v1/documents/{handed['id']}"
    assert office.clerk.get(f"{address}/renditions/original").content == scan.read_bytes()
    for kind in ("archival", "reading", "text"):
        served = office.clerk.get(f"{address}/renditions/{kind}")
        assert hashlib.sha256(served.content).hexdigest() == kinds[kind]["sha256"]
    reading = office.clerk.get(f"{address}/renditions/reading").json()
    assert (reading["format"], reading["version"]) == ("eakte-reading", 1)
    page = office.clerk.get(f"{address}/pages/1").json()
    assert "Miete" in [word["text"] for word in page["words"]]
    picture = office.clerk.get(f"{address}/pages/1/image", params={"width": 600})
    assert (picture.status_code, picture.headers["content-type"].split("/")[0]) == (200, "image")
    hits = until(lambda: office.clerk.get("/v1/search", params={"q": "Miete Mitteilung"}).json()["hits"], 10)
    assert {hit["document"] for hit in hits} == {handed["id"]}
    journal = office.clerk.get(f"/v1/casefiles/{case['id']}/journal").json()["items"]
    acts = [item["act"] for item in journal]
    assert "casefiles:document:filed" in acts
    assert "documents:content:read" in acts


def test_an_unknown_reference_waits_in_clearing_and_a_confirmed_proposal_opens_the_case(
    office: Office, scan: Path
) -> None:
    document = office.settled(office.hand_in(scan)["id"])
    assert document["state"] == "clearing"
    item = office.clerk.get("/v1/workitems", params={"basket": "clearing"}).json()["items"][0]
    assert item["proposal"]["case_reference"] == REFERENCE
    confirmed = office.clerk.post(f"/v1/workitems/{item['id']}/confirm")
    assert confirmed.status_code == 201, confirmed.text
    case = office.clerk.get("/v1/casefiles", params={"reference": REFERENCE}).json()["items"][0]
    lines = office.clerk.get(f"/v1/casefiles/{case['id']}/documents").json()
    assert [line["id"] for line in lines["items"]] == [document["id"]]


def test_a_case_reference_given_with_the_upload_files_before_reading(office: Office, tmp_path: Path) -> None:
    case = open_case(office)
    plain = tiny_pages(tmp_path, [], 1)[0]
    handed = office.hand_in(plain, case_reference=REFERENCE)
    filed = until(lambda: office.clerk.get(f"/v1/documents/{handed['id']}").json()["case_file"], 20, office.service.log)
    assert filed == case["id"]


def test_the_same_idempotency_key_gives_the_same_answer_and_another_body_is_refused(office: Office, scan: Path) -> None:
    def send(content: bytes) -> Any:
        return office.clerk.post(
            "/v1/documents", files={"file": ("a.tif", content)}, headers={"Idempotency-Key": "scan-1"}
        )

    first, again, other = send(scan.read_bytes()), send(scan.read_bytes()), send(b"%PDF-1.4 other")
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.json() == again.json()
    assert other.json()["code"] == "idempotency-key-reused"
    assert len(office.clerk.get("/v1/documents").json()["items"]) == 1


def test_a_case_file_is_shown_as_of_any_revision_and_a_moved_document_keeps_its_past(
    office: Office, scan: Path
) -> None:
    case, other = open_case(office), open_case(office, "12345//9999999")
    document = office.settled(office.hand_in(scan)["id"])["id"]
    before = office.clerk.get(f"/v1/casefiles/{case['id']}").json()["revision"]
    tag = office.clerk.get(f"/v1/documents/{document}").headers["etag"]
    filing = {"case_file": other["id"]}
    assert office.clerk.post(f"/v1/documents/{document}/filings", json=filing).status_code == 428
    moved = office.clerk.post(f"/v1/documents/{document}/filings", json=filing, headers={"If-Match": tag})
    assert moved.status_code == 201, moved.text
    now = office.clerk.get(f"/v1/casefiles/{case['id']}/documents").json()["items"]
    then = office.clerk.get(f"/v1/casefiles/{case['id']}/documents", params={"as_of": before}).json()["items"]
    assert (now, [line["id"] for line in then]) == ([], [document])
    stale = office.clerk.request(
        "DELETE", f"/v1/documents/{document}/filings/current", params={"reason": "x"}, headers={"If-Match": tag}
    )
    assert stale.status_code == 412


def test_a_receipt_verifies_offline_and_a_changed_one_does_not(office: Office, scan: Path, tmp_path: Path) -> None:
    receipt = office.hand_in(scan)["receipt"]
    keys = tmp_path / "keys.json"
    keys.write_text(office.clerk.get("/v1/keys").text)
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(receipt))
    bad.write_text(json.dumps(receipt | {"bytes": receipt["bytes"] + 1}))
    assert "gültig" in office.service.run("verify", str(good), "--key", str(keys))
    with pytest.raises(AssertionError):
        office.service.run("verify", str(bad), "--key", str(keys))


def test_nobody_sees_another_tenants_documents_hits_or_case_files(office: Office, scan: Path) -> None:
    case = open_case(office)
    document = office.settled(office.hand_in(scan)["id"])["id"]
    office.service.order("tenant", "create", "nachbar", "--title", "Nachbar")
    with office.service.client(office.service.key("nachbar", "clerk", "auditor", "mailroom")) as stranger:
        for address in (
            f"documents/{document}", f"documents/{document}/renditions/original", f"casefiles/{case['id']}",
            f"casefiles/{case['id']}/journal", f"documents/{document}/pages/1/image",
        ):  # fmt: skip
            assert stranger.get(f"/v1/{address}").status_code == 404, address
        assert stranger.get("/v1/search", params={"q": "Miete"}).json()["hits"] == []
        assert stranger.get("/v1/documents").json()["items"] == []


@pytest.mark.parametrize("role", ["scanner", "administrator"])
def test_roles_without_content_see_none(office: Office, scan: Path, role: str) -> None:
    document = office.hand_in(scan)["id"]
    with office.key(role) as other:
        assert other.get(f"/v1/documents/{document}").status_code == 404
        assert other.get("/v1/search", params={"q": "Miete"}).status_code == 403
        assert other.get("/v1/documents").json()["items"] == []


def test_a_part_of_the_original_is_served_by_byte_range(office: Office, scan: Path) -> None:
    handed = office.hand_in(scan)
    address = f"/v1/documents/{handed['id']}/renditions/original"
    part = office.clerk.get(address, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, scan.read_bytes()[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{handed['bytes']}"
    assert office.clerk.get(address, headers={"Range": "bytes=99999999-"}).status_code == 416


def test_signing_in_demands_the_one_time_password_be_changed_and_brute_force_is_slowed(office: Office) -> None:
    password = office.service.run("user", "create", "anna", "--tenant", office.tenant, "--role", "clerk").strip()
    sign_in = {"tenant": office.tenant, "user": "anna", "password": password}
    session = office.clerk.post("/v1/sessions", json=sign_in)
    assert session.status_code == 201, session.text
    with office.service.client(session.json()["token"]) as anna:
        assert anna.get("/v1/documents").json()["code"] == "password-change-required"
        changed = anna.put("/v1/me/password", json={"old": password, "new": "ein-langes-neues-Kennwort"})
        assert changed.status_code == 204, changed.text
        assert anna.get("/v1/documents").status_code == 200
        assert anna.delete("/v1/sessions/current").status_code == 204
        assert anna.get("/v1/me").status_code == 401
    tries = [office.clerk.post("/v1/sessions", json=sign_in).status_code for _ in range(6)]
    assert set(tries) == {401, 429}, tries


def test_a_new_version_is_read_and_the_old_one_stays_byte_for_byte(office: Office, tmp_path: Path) -> None:
    case = open_case(office)
    first, second = tiny_pages(tmp_path, [REFERENCE], 2)
    document = office.settled(office.hand_in(first)["id"])["id"]
    address = f"/v1/documents/{document}"
    upload = {"files": {"file": ("neu.tif", second.read_bytes())}}
    assert office.clerk.post(f"{address}/versions", **upload).status_code == 428
    tag = office.clerk.get(address).headers["etag"]
    added = office.clerk.post(f"{address}/versions", **upload, headers={"If-Match": tag})
    assert added.status_code == 201, added.text
    again = office.settled(document)
    assert [version["number"] for version in again["versions"]] == [1, 2]
    assert (again["state"], again["case_file"]) == ("filed", case["id"])
    for number, scan in ((1, first), (2, second)):
        original = office.clerk.get(f"{address}/versions/{number}/renditions/original").content
        assert original == scan.read_bytes()
    hits = until(lambda: office.clerk.get("/v1/search", params={"q": '"Nummer 2"'}).json()["hits"], 10)
    assert [(hit["document"], hit["version"]) for hit in hits] == [(document, 2)]
