"""Filing, moving, unfiling and changing over HTTP."""

import uuid
from typing import Any

import httpx

from eakte.casefiles.tables import case_files
from tests.casefiles.office import Office

REFERENCE = "05817//0093412"


def opened(client: httpx.Client, reference: str = REFERENCE, **more: str) -> dict[str, Any]:
    answer = client.post("/v1/casefiles", json={"reference": reference, "title": "Muster, Erika", **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def filed(client: httpx.Client, document: uuid.UUID, **where: str) -> httpx.Response:
    tag = client.get(f"/v1/documents/{document}").headers["ETag"]
    answer = client.post(f"/v1/documents/{document}/filings", json=where, headers={"If-Match": tag})
    assert answer.status_code == 201, answer.text
    return answer


def test_a_case_file_is_opened_once_for_a_reference(office: Office) -> None:
    clerk = office.role("clerk")
    first = clerk.post("/v1/casefiles", json={"reference": REFERENCE, "title": "Muster, Erika"})
    assert (first.status_code, first.headers["Location"]) == (201, f"/v1/casefiles/{first.json()['id']}")
    assert first.json()["revision"] == 1
    again = clerk.post("/v1/casefiles", json={"reference": REFERENCE, "title": "Anders"})
    assert (again.status_code, again.json()["code"]) == (409, "reference-taken")
    found = clerk.get("/v1/casefiles", params={"reference": REFERENCE}).json()["items"]
    assert [each["title"] for each in found] == ["Muster, Erika"]


def test_the_same_idempotency_key_opens_one_case_file(office: Office) -> None:
    clerk, headers = office.role("clerk"), {"Idempotency-Key": "a"}
    said = {"reference": REFERENCE, "title": "Muster"}
    first, second = (clerk.post("/v1/casefiles", json=said, headers=headers) for _ in range(2))
    assert (first.status_code, second.status_code, first.json()) == (201, 201, second.json())


def test_what_is_no_reference_title_or_code_is_refused_with_the_known_codes(office: Office) -> None:
    clerk = office.role("clerk")
    good = {"reference": REFERENCE, "title": "Muster"}
    for bad in (
        {"reference": ""}, {"reference": " 1"}, {"reference": "a\0b"}, {"reference": "x" * 101}, {"title": ""},
        {"title": "a\0b"}, {"title": "a\nb"}, {"title": "\ud800"}, {"file_plan_entry": "x"}, {"org_unit": "x"},
    ):  # fmt: skip
        body = httpx.Request("POST", "/", json={**good, **bad}).content if bad != {"title": "\ud800"} else (
            b'{"reference": "1", "title": "\\ud800"}'
        )  # fmt: skip
        answer = clerk.post("/v1/casefiles", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422, (bad, answer.text)
    assert "leistung" in clerk.post("/v1/casefiles", json={**good, "file_plan_entry": "x"}).json()["detail"]


def test_a_document_is_filed_by_reference_and_gets_the_next_number(office: Office) -> None:
    clerk = office.role("clerk")
    case_file = opened(clerk)
    documents = [office.hand_in(), office.in_clearing()]
    for document in documents:
        answer = clerk.post(f"/v1/documents/{document}/filings", json={"case_reference": REFERENCE})
        assert answer.status_code == 201
        assert answer.json()["place"] == answer.json()["state"] == "filed"
        assert answer.json()["case_file"] == case_file["id"]
        assert answer.json()["reason"] is None
    content = clerk.get(f"/v1/casefiles/{case_file['id']}/documents").json()
    assert [(item["id"], item["number"]) for item in content["items"]] == [
        (str(documents[0]), 1),
        (str(documents[1]), 2),
    ]
    assert content["revision"] == 3


def test_a_parked_document_can_be_filed_by_hand(office: Office) -> None:
    clerk = office.role("clerk")
    opened(clerk)
    document = office.hand_in(reading_state="failed", reading_reason="Kennwort fehlt.", place="clearing")
    assert clerk.get(f"/v1/documents/{document}").json()["state"] == "parked"
    assert filed(clerk, document, case_reference=REFERENCE).json()["state"] == "filed"


def test_a_filed_document_moves_only_with_the_etag_of_how_it_is(office: Office) -> None:
    clerk = office.role("clerk")
    first, second = opened(clerk), opened(clerk, "05817//0000001")
    document = office.hand_in()
    etag = filed(clerk, document, case_file=first["id"]).headers["ETag"]
    move = {"json": {"case_file": second["id"]}}
    assert clerk.post(f"/v1/documents/{document}/filings", **move).status_code == 428
    wrong = clerk.post(f"/v1/documents/{document}/filings", **move, headers={"If-Match": '"1"'})
    assert wrong.status_code == 412
    moved = clerk.post(f"/v1/documents/{document}/filings", **move, headers={"If-Match": etag})
    assert (moved.status_code, moved.json()["case_file"]) == (201, second["id"])
    again = clerk.post(f"/v1/documents/{document}/filings", **move, headers={"If-Match": moved.headers["ETag"]})
    assert (again.status_code, again.json()["code"]) == (409, "already-filed")
    assert clerk.get(f"/v1/casefiles/{first['id']}/documents").json()["items"] == []
    before = clerk.get(f"/v1/casefiles/{first['id']}/documents?as_of=2").json()["items"]
    assert [(item["id"], item["case_file"], item["opens"]) for item in before] == [(str(document), first["id"], True)]


def test_unfiling_needs_a_reason_and_brings_the_document_back_to_clearing(office: Office) -> None:
    clerk = office.role("clerk", units=["nord"])
    opened(clerk)
    document = office.hand_in("nord")
    etag = filed(clerk, document, case_reference=REFERENCE).headers["ETag"]
    address, match = f"/v1/documents/{document}/filings/current", {"If-Match": etag}
    assert clerk.delete(address, headers=match).status_code == 422
    assert clerk.delete(address, params={"reason": "x"}).status_code == 428
    done = clerk.delete(address, params={"reason": "gehört zu einer anderen Akte"}, headers=match)
    assert (done.status_code, done.json()["place"], done.json()["case_file"]) == (200, "clearing", None)
    assert "gehört zu einer anderen Akte" in done.json()["reason"]
    again = clerk.delete(address, params={"reason": "x"}, headers={"If-Match": "*"})
    assert (again.status_code, again.json()["code"]) == (409, "not-filed")
    mailroom = office.role("mailroom", units=["nord"])
    assert mailroom.get(f"/v1/documents/{document}").status_code == 200


def test_a_change_shows_in_the_document_and_in_later_revisions_only(office: Office) -> None:
    clerk = office.role("clerk")
    case_file = opened(clerk)
    document = office.hand_in(type_code="KTO", type_score=0.4)
    etag = filed(clerk, document, case_reference=REFERENCE).headers["ETag"]
    said = {"title": "Mietvertrag Hafenstraße", "type": "MIET", "receipt_date": "2026-10-30", "change_reason": "falsch"}
    assert clerk.patch(f"/v1/documents/{document}", json=said).status_code == 428
    changed = clerk.patch(f"/v1/documents/{document}", json=said, headers={"If-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag
    assert changed.json()["document_type"] == {"code": "MIET", "name": "Mietvertrag", "score": None}

    def line(revision: int) -> Any:
        items = clerk.get(f"/v1/casefiles/{case_file['id']}/documents?as_of={revision}").json()["items"]
        return [(i["number"], i["title"], i["document_type"]["code"], i["receipt_date"]) for i in items]

    assert line(2) == [(1, "Scan", "KTO", "2026-11-02")]
    assert line(3) == [(1, "Mietvertrag Hafenstraße", "MIET", "2026-10-30")]
    same = clerk.patch(f"/v1/documents/{document}", json=said, headers={"If-Match": changed.headers["ETag"]})
    assert (same.status_code, same.headers["ETag"]) == (200, changed.headers["ETag"])
    unknown = clerk.patch(f"/v1/documents/{document}", json={"type": "X"}, headers={"If-Match": "*"})
    assert unknown.status_code == 422


def test_a_new_version_of_a_filed_document_is_a_revision_of_its_case_file(office: Office) -> None:
    clerk = office.role("clerk")
    case_file = opened(clerk)
    document = office.hand_in()
    filed(clerk, document, case_reference=REFERENCE)
    assert office.new_version(document) == 2
    address = f"/v1/casefiles/{case_file['id']}/documents"
    versions = [clerk.get(f"{address}?as_of={revision}").json()["items"][0]["version"] for revision in (2, 3)]
    assert versions == [1, 2]


def test_a_proceeding_takes_documents_and_belongs_to_its_case_file(office: Office) -> None:
    clerk = office.role("clerk")
    first, second = opened(clerk), opened(clerk, "05817//0000001")
    address = f"/v1/casefiles/{first['id']}/proceedings"
    new = clerk.post(address, json={"title": "Widerspruch"})
    assert new.status_code == 201
    assert clerk.get(address).json() == {"items": [new.json()], "next": None}
    document = office.hand_in()
    wrong = {"case_file": second["id"], "proceeding": new.json()["id"]}
    assert clerk.post(f"/v1/documents/{document}/filings", json=wrong).status_code == 404
    filed(clerk, document, case_file=first["id"], proceeding=new.json()["id"])
    filed(clerk, document, case_file=first["id"])
    shown = [
        clerk.get(f"/v1/casefiles/{first['id']}/documents?as_of={revision}").json()["items"] for revision in (3, 4)
    ]
    assert [(items[0]["number"], items[0]["proceeding"]) for items in shown] == [(1, new.json()["id"]), (1, None)]


def test_a_closed_case_file_takes_and_gives_nothing(office: Office) -> None:
    clerk = office.role("clerk")
    case_file = opened(clerk)
    inside, outside = office.hand_in(), office.hand_in()
    filed(clerk, inside, case_reference=REFERENCE)
    with office.database.unit(office.tenant) as unit:
        unit.run(case_files.update().values(state="closed"))
    match = {"If-Match": "*"}
    for answer in (
        clerk.post(f"/v1/documents/{outside}/filings", json={"case_reference": REFERENCE}),
        clerk.delete(f"/v1/documents/{inside}/filings/current?reason=x", headers=match),
        clerk.patch(f"/v1/documents/{inside}", json={"title": "x"}, headers=match),
        clerk.post(f"/v1/casefiles/{case_file['id']}/proceedings", json={"title": "x"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "case-file-closed")


def test_a_filing_names_one_case_file(office: Office) -> None:
    clerk, document = office.role("clerk"), office.hand_in()
    both = {"case_file": str(uuid.uuid4()), "case_reference": REFERENCE}
    for said in ({}, both):
        assert clerk.post(f"/v1/documents/{document}/filings", json=said).status_code == 422
    unknown = clerk.post(f"/v1/documents/{document}/filings", json={"case_reference": REFERENCE})
    assert unknown.status_code == 404


def test_a_withdrawn_document_is_not_filed(office: Office) -> None:
    clerk, document = office.role("clerk"), office.hand_in()
    opened(clerk)
    assert clerk.post(f"/v1/documents/{document}/withdrawals", json={"reason": "doppelt"}).status_code == 201
    answer = clerk.post(f"/v1/documents/{document}/filings", json={"case_reference": REFERENCE})
    assert answer.status_code == 409
