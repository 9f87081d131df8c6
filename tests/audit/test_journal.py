"""The journal of a case file over HTTP."""

from typing import Any

from eakte.journal import number
from eakte.web.paging import encode_cursor
from tests.casefiles.office import Office

REFERENCE = "05817//0093412"


def test_it_tells_every_act_on_the_case_file_and_its_documents_in_order(office: Office) -> None:
    clerk, case_file, paper = office.role("clerk"), office.open_case(REFERENCE), office.hand_in()
    base = f"/v1/casefiles/{case_file.id}"
    office.file(paper, case_file.id)
    clerk.patch(f"/v1/documents/{paper}", json={"title": "Miete"}, headers={"If-Match": "*"})
    office.new_version(paper)
    clerk.post(f"{base}/proceedings", json={"title": "Widerspruch"})
    clerk.get(base)
    office.unfile(paper, "Irrläufer")
    office.later()
    clerk.patch(f"/v1/documents/{paper}", json={"title": "danach"}, headers={"If-Match": "*"})
    items = clerk.get(f"{base}/journal").json()["items"]
    assert [item["act"] for item in items] == [
        "casefiles:casefile:opened", "casefiles:document:filed", "casefiles:document:changed",
        "casefiles:document:changed", "casefiles:proceeding:opened", "casefiles:casefile:seen",
        "casefiles:document:unfiled", "audit:journal:read",
    ]  # fmt: skip
    assert set(items[0]) == {"seq", "at", "actor", "act", "subject", "details"}
    assert items[1]["subject"] == str(paper)
    assert items[2]["details"] == {"title": "Miete", "reason": None, "number": 1, "revision": 3}
    assert items[6]["details"] == {"reason": "Irrläufer", "number": 1, "revision": 6}


def test_a_move_tells_neither_case_file_of_the_other(office: Office) -> None:
    clerk, paper = office.role("auditor"), office.hand_in()
    first, second = office.open_case(REFERENCE), office.open_case("05817//0000001")
    office.file(paper, first.id)
    office.file(paper, second.id)
    told = {each.id: clerk.get(f"/v1/casefiles/{each.id}/journal").text for each in (first, second)}
    assert str(second.id) not in told[first.id]
    assert str(first.id) not in told[second.id]
    assert "casefiles:document:unfiled" in told[first.id]
    assert "casefiles:document:filed" in told[second.id]


def test_seq_is_null_until_the_entry_is_numbered(office: Office) -> None:
    clerk, case_file = office.role("clerk"), office.open_case(REFERENCE)
    address = f"/v1/casefiles/{case_file.id}/journal"
    assert [item["seq"] for item in clerk.get(address).json()["items"]] == [None, None]
    with office.database.unit(office.tenant) as unit:
        number(unit)
    numbered = [item["seq"] for item in clerk.get(address).json()["items"]]
    assert numbered == sorted(numbered)
    assert None not in numbered


def test_pages_add_up_and_reading_on_is_entered_once(office: Office) -> None:
    clerk, case_file = office.role("clerk"), office.open_case(REFERENCE)
    for _ in range(5):
        office.file(office.hand_in(), case_file.id)
    address, found, query = f"/v1/casefiles/{case_file.id}/journal", [], {"limit": 2}
    while True:
        page: dict[str, Any] = clerk.get(address, params=query).json()
        found += [item["act"] for item in page["items"]]
        if page["next"] is None:
            break
        query = {"limit": 2, "cursor": page["next"]}
    assert found == ["casefiles:casefile:opened", *["casefiles:document:filed"] * 5, "audit:journal:read"]
    for cursor in ("x", encode_cursor("journal", 2**63), encode_cursor("journal", -1)):
        assert clerk.get(address, params={"cursor": cursor}).status_code == 422


def test_only_who_sees_the_case_file_and_may_read_journals_reads_it(office: Office) -> None:
    case_file = office.open_case(REFERENCE, "nord")
    address = f"/v1/casefiles/{case_file.id}/journal"
    expected = {("clerk", "nord"): 200, ("auditor", "haus"): 200, ("reader", "nord"): 403, ("clerk", "sued"): 404,
                ("mailroom", "nord"): 404, ("administrator", "haus"): 404}  # fmt: skip
    assert {who: office.role(who[0], units=[who[1]]).get(address).status_code for who in expected} == expected
    assert office.another().role("auditor").get(address).status_code == 404
