"""What operators ask of the running service."""

import json
from pathlib import Path

import pytest

from eakte.demo.scans import tiny_pages
from tests.journeys.conftest import Office
from tests.operations.test_logs import assert_discreet, logged, say_everything
from tests.service import Service


def test_metrics_count_documents_and_jobs_and_name_no_tenant(office: Office, tmp_path: Path) -> None:
    office.settled(office.hand_in(tiny_pages(tmp_path, [], 1)[0])["id"])
    told = office.service.get("/metrics").text
    assert 'eakte_documents{state="clearing"}' in told
    assert "eakte_pages_read_total" in told
    assert office.tenant not in told


def test_readiness_names_each_part(office: Office) -> None:
    answer = office.service.get("/health/ready")
    assert (answer.status_code, answer.json()["parts"]) == (
        200,
        dict.fromkeys(["database", "migrations", "blobs", "space", "keys", "search", "channels"], "ok"),
    )


def test_the_doctor_finds_nothing_wrong_with_a_running_house(office: Office) -> None:
    found = office.service.run("doctor").splitlines()
    assert {line.split()[0] for line in found} == {"ok"}, found


def test_plain_lines_of_the_log_hold_no_word_that_was_typed(office: Office, tmp_path: Path) -> None:
    say_everything(office, tmp_path)
    lines = logged(office.service)
    assert_discreet(lines)
    assert " INFO eakte.access: GET /v1/search request=" in lines


def test_status_counts_in_words_and_as_json(office: Office, tmp_path: Path) -> None:
    office.settled(office.hand_in(tiny_pages(tmp_path, [], 1)[0])["id"])
    assert "in Klärung" in office.service.run("status")
    assert json.loads(office.service.run("status", "--json"))["documents"]["clearing"] >= 1


def test_a_reindex_finds_again_what_was_found(office: Office, tmp_path: Path) -> None:
    document = office.settled(office.hand_in(tiny_pages(tmp_path, [], 1)[0])["id"])["id"]
    assert f"{office.tenant}: 1 documents" in office.service.run("reindex")
    hits = office.clerk.get("/v1/search", params={"q": "Miete"}).json()["hits"]
    assert [hit["document"] for hit in hits] == [document]


def test_what_was_once_read_stays_found_though_its_newest_version_cannot_be_read(
    office: Office, tmp_path: Path
) -> None:
    document = office.settled(office.hand_in(tiny_pages(tmp_path, [], 1)[0])["id"])["id"]
    tag = office.clerk.get(f"/v1/documents/{document}").headers["etag"]
    broken = {"file": ("neu.pdf", b"%PDF-1.4 nothing more")}
    added = office.clerk.post(f"/v1/documents/{document}/versions", files=broken, headers={"If-Match": tag})
    assert added.status_code == 201, added.text
    assert office.settled(document)["state"] == "parked"
    office.service.run("reindex")
    hits = office.clerk.get("/v1/search", params={"q": "Miete"}).json()["hits"]
    assert [(hit["document"], hit["version"]) for hit in hits] == [(document, 1)]


def test_a_revoked_key_opens_nothing_more(office: Office) -> None:
    asked = ("--tenant", office.tenant, "--role", "reader")
    with office.service.client(office.service.run("key", "create", "kiosk", *asked).strip()) as kiosk:
        assert kiosk.get("/v1/me").status_code == 200
        assert "kiosk" in office.service.run("key", "list", "--tenant", office.tenant)
        office.service.run("key", "revoke", "kiosk", "--tenant", office.tenant)
        assert kiosk.get("/v1/me").status_code == 401


@pytest.mark.parametrize("name", ["Ä B", "../x", "Gross", "", "-a"])
def test_names_are_lower_case_letters_digits_and_hyphens(service: Service, name: str) -> None:
    with pytest.raises(AssertionError, match="2\n"):
        service.run("tenant", "create", "--title", "x", "--", name)
