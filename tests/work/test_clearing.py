"""The clearing basket and following its proposals."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from eakte.casefiles import acts as casefiles
from eakte.web.paging import encode_cursor
from tests.casefiles.office import Office

REFERENCE = "05817//0093412"


def basket(client: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    answer = client.get("/v1/workitems", params={"basket": "clearing", **query})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def test_an_item_names_document_reason_and_proposal(office: Office) -> None:
    document = office.in_clearing(reference=REFERENCE, why="Nicht sicher.")
    (item,) = basket(office.role("clerk"))
    assert item == {
        "id": str(document), "document": str(document), "reason": "Nicht sicher.", "since": "2026-11-02T08:00:00Z",
        "proposal": {"case_file": None, "case_reference": REFERENCE, "type": None, "duplicate_of": None}, "asks": None,
    }  # fmt: skip


def test_what_waits_longest_comes_first_and_pages_add_up(office: Office) -> None:
    clerk, waiting = office.role("clerk"), []
    for number in range(7):
        waiting.append(office.in_clearing())
        office.later(number % 2)
    found, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = clerk.get("/v1/workitems", params=query).json()
        found += [item["id"] for item in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert found == [str(document) for document in waiting]


def test_a_cursor_that_was_made_up_is_refused(office: Office) -> None:
    clerk = office.role("clerk")
    for cursor in ("x", encode_cursor("clearing", "gestern", str(uuid.uuid4())), encode_cursor("content", "", "")):
        assert clerk.get("/v1/workitems", params={"cursor": cursor}).status_code == 422


def test_everyone_sees_the_basket_of_the_own_org_units(office: Office) -> None:
    north, south = office.in_clearing("nord"), office.in_clearing("sued")
    for role in ("clerk", "mailroom", "reader"):
        assert [item["id"] for item in basket(office.role(role, units=["nord"]))] == [str(north)]
        assert {item["id"] for item in basket(office.role(role))} == {str(north), str(south)}
    for role in ("scanner", "administrator"):
        assert basket(office.role(role)) == []
    assert basket(office.another().role("clerk")) == []


def test_confirming_files_as_proposed(office: Office) -> None:
    clerk, case_file = office.role("clerk"), office.open_case(REFERENCE)
    document = office.in_clearing(reference=REFERENCE)
    assert basket(clerk)[0]["proposal"]["case_file"] == str(case_file.id)
    answer = clerk.post(f"/v1/workitems/{document}/confirm")
    assert (answer.status_code, answer.json()["case_file"]) == (201, str(case_file.id))
    assert basket(clerk) == []
    again = clerk.post(f"/v1/workitems/{document}/confirm")
    assert (again.status_code, again.json()["code"]) == (409, "not-in-clearing")


def test_confirming_opens_the_proposed_case_file_where_the_document_arrived(office: Office) -> None:
    mailroom, clerk = office.role("mailroom"), office.role("clerk", units=["nord"])
    document = office.in_clearing("nord", reference=REFERENCE)
    answer = mailroom.post(f"/v1/workitems/{document}/confirm", headers={"Idempotency-Key": "a"})
    assert answer.status_code == 201
    assert mailroom.post(f"/v1/workitems/{document}/confirm", headers={"Idempotency-Key": "a"}).status_code == 201
    (opened,) = clerk.get("/v1/casefiles", params={"reference": REFERENCE}).json()["items"]
    assert opened["id"] == answer.json()["case_file"]


def test_two_who_confirm_at_once_share_the_case_file_that_is_opened(office: Office) -> None:
    papers = [office.in_clearing(reference=REFERENCE) for _ in range(4)]
    clerks = [office.role("clerk") for _ in papers]
    for clerk in clerks:  # the first request puts the application's routes together
        assert clerk.post(f"/v1/workitems/{uuid.uuid4()}/confirm").status_code == 404
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda who, paper: who.post(f"/v1/workitems/{paper}/confirm"), clerks, papers))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["case_file"] for answer in answers}) == 1


@pytest.mark.parametrize("step", ["named", "open_case_file"])
def test_a_case_file_that_another_opens_meanwhile_is_filed_into_though_its_scope_is_as_new(
    office: Office, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    clerk, document, opened = office.role("clerk"), office.in_clearing(reference=REFERENCE), []
    go_on = getattr(casefiles, step)

    def another_was_quicker(*asked: Any) -> Any:
        if not opened:
            opened.append(None)
            opened[0] = str(office.open_case(REFERENCE, entry="vermittlung").id)
        return go_on(*asked)

    monkeypatch.setattr(casefiles, step, another_was_quicker)
    answer = clerk.post(f"/v1/workitems/{document}/confirm")
    assert (answer.status_code, [answer.json().get("case_file")]) == (201, opened)


def test_without_a_proposal_there_is_nothing_to_confirm(office: Office) -> None:
    clerk = office.role("clerk")
    answers = [
        clerk.post(f"/v1/workitems/{document}/confirm")
        for document in (office.in_clearing(), office.in_clearing(reference="???"), office.hand_in())
    ]
    codes = [(answer.status_code, answer.json()["code"]) for answer in answers]
    assert codes == [(409, "no-proposal"), (422, "invalid"), (409, "not-in-clearing")]


def test_a_proposal_beyond_reach_is_not_shown_nor_followed(office: Office) -> None:
    clerk = office.role("clerk", units=["nord"])
    office.open_case(REFERENCE, "sued")
    document = office.in_clearing("nord", reference=REFERENCE)
    assert basket(clerk)[0]["proposal"] == dict.fromkeys(("case_file", "case_reference", "type", "duplicate_of"))
    assert clerk.post(f"/v1/workitems/{document}/confirm").json()["code"] == "no-proposal"


def test_who_may_not_see_or_file_confirms_nothing(office: Office) -> None:
    document = office.in_clearing("nord", reference=REFERENCE)
    address = f"/v1/workitems/{document}/confirm"
    assert office.role("clerk", units=["sued"]).post(address).status_code == 404
    assert office.role("reader").post(address).status_code == 403
    stale = office.role("clerk").post(address, headers={"If-Match": '"77"'})
    assert stale.status_code == 412
