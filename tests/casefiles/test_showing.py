"""Showing case files over HTTP: as of any revision or moment, in pages, and who may look."""

import uuid
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from eakte.casefiles.model import SEEN
from eakte.journal.tables import entries
from eakte.web.paging import encode_cursor
from tests.casefiles.office import BEGINNING, Office

REFERENCE = "05817//0093412"


def pages(client: httpx.Client, address: str, **query: Any) -> list[dict[str, Any]]:
    """All pages of a list; between them `next` is all that is known."""
    found = [client.get(address, params=query).json()]
    while found[-1]["next"]:
        found.append(client.get(address, params={"cursor": found[-1]["next"], "limit": query["limit"]}).json())
    return found


def seen_entries(office: Office) -> int:
    with office.database.look(office.tenant) as unit:
        found: int = unit.run(select(func.count()).where(entries.c.act == str(SEEN))).scalar_one()
        return found


def test_as_of_is_a_revision_or_a_moment(office: Office) -> None:
    clerk, case_file = office.role("clerk"), office.open_case(REFERENCE)
    for _ in range(2):
        office.later(60)
        office.file(office.hand_in(), case_file.id)

    def shown(as_of: str | None) -> tuple[int, Any]:
        answer = clerk.get(f"/v1/casefiles/{case_file.id}", params={"as_of": as_of} if as_of else {})
        return answer.status_code, answer.json().get("revision")

    expected = {
        None: (200, 3), "1": (200, 1), "3": (200, 3), "4": (404, None), "0": (404, None),
        "2026-11-02T08:00:00Z": (200, 1), "2026-11-02T08:01:00Z": (200, 2), "2026-11-02T09:01:59.999+01:00": (200, 2),
        "2026-11-02T09:02:00 01:00": (200, 3), "2030-01-01T00:00:00Z": (200, 3),
        "2026-11-02T07:59:59.999999Z": (404, None), "2026-11-02T08:00:00": (422, None), "gestern": (422, None),
        "-1": (422, None), "0001-01-01T00:00:00+23:59": (422, None), "1\0": (422, None),
    }  # fmt: skip
    assert {as_of: shown(as_of) for as_of in expected} == expected
    assert clerk.get(f"/v1/casefiles/{case_file.id}?as_of=2").headers["ETag"] == '"2"'


def test_the_first_page_pins_the_revision(office: Office) -> None:
    clerk, case_file = office.role("clerk"), office.open_case(REFERENCE)
    papers = [office.hand_in() for _ in range(5)]
    for paper in papers:
        office.file(paper, case_file.id)
    address = f"/v1/casefiles/{case_file.id}/documents"
    first = clerk.get(address, params={"limit": 2}).json()
    office.unfile(papers[2])
    office.file(office.hand_in(), case_file.id)
    rest = pages(clerk, address, cursor=first["next"], limit=2)
    items = [*first["items"], *[item for page in rest for item in page["items"]]]
    assert [item["id"] for item in items] == [str(paper) for paper in papers]
    assert {page["revision"] for page in [first, *rest]} == {6}
    assert [item["number"] for item in clerk.get(address).json()["items"]] == [1, 2, 4, 5, 6]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 50])
def test_pages_of_any_size_add_up_to_the_whole(office: Office, limit: int) -> None:
    clerk, case_file = office.role("clerk"), office.open_case(REFERENCE)
    more = [office.open_case(f"05817//000000{number}") for number in range(2)]
    for _ in range(3):
        office.file(office.hand_in(), case_file.id)
    for title in ("a", "b", "c"):
        clerk.post(f"/v1/casefiles/{case_file.id}/proceedings", json={"title": title})

    def whole(address: str, name: str) -> list[Any]:
        return [item[name] for page in pages(clerk, address, limit=limit) for item in page["items"]]

    base = f"/v1/casefiles/{case_file.id}"
    assert whole(f"{base}/documents", "number") == [1, 2, 3]
    assert whole(f"{base}/proceedings", "title") == ["a", "b", "c"]
    assert whole(f"{base}/revisions", "revision") == list(range(1, 8))
    assert whole("/v1/casefiles", "id") == [str(each.id) for each in [*reversed(more), case_file]]


def test_a_cursor_of_another_list_or_case_file_is_refused(office: Office) -> None:
    clerk, case_file = office.role("clerk"), office.open_case(REFERENCE)
    base = f"/v1/casefiles/{case_file.id}"
    bad = [
        "x", encode_cursor("content", str(uuid.uuid4()), 1, 0), encode_cursor("content", str(case_file.id), 1, 2**40),
        encode_cursor("content", str(case_file.id), -1, 0), encode_cursor("content", str(case_file.id), "1", 0),
        encode_cursor("revisions", str(case_file.id), 2**31), encode_cursor("casefiles", "no id"),
    ]  # fmt: skip
    for cursor in bad:
        for address in ("/v1/casefiles", f"{base}/documents", f"{base}/revisions", f"{base}/proceedings"):
            answer = clerk.get(address, params={"cursor": cursor})
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid-cursor"), (address, cursor)
    assert clerk.get(f"{base}/documents", params={"cursor": encode_cursor("content", str(case_file.id), 9, 0)}).is_error


def test_opening_a_case_file_is_entered_once_in_ten_minutes_for_each_reader(office: Office) -> None:
    readers, case_file = [office.role("reader") for _ in range(2)], office.open_case(REFERENCE)
    for reader in readers:
        for part in ("", "/documents", "/revisions", "/proceedings"):
            answer = reader.get(f"/v1/casefiles/{case_file.id}{part}")
            assert answer.status_code == 200
    assert seen_entries(office) == 2
    office.later(601)
    readers[0].get(f"/v1/casefiles/{case_file.id}")
    assert seen_entries(office) == 3


def test_content_is_shown_as_documents_are(office: Office) -> None:
    clerk, case_file, paper = office.role("clerk"), office.open_case(REFERENCE), office.hand_in()
    office.file(paper, case_file.id)
    office.read(paper)
    (item,) = clerk.get(f"/v1/casefiles/{case_file.id}/documents").json()["items"]
    (listed,) = clerk.get("/v1/documents").json()["items"]
    assert {name: item[name] for name in listed} == listed | {"document_type": None}
    assert item["reading"]["state"] == "done"


def test_a_line_of_the_past_tells_nothing_of_today_to_who_may_not_see_the_document(office: Office) -> None:
    """The case file is shown as it stood; where the document is now, and whether it changes, is not."""
    north = office.role("clerk", units=["nord"])
    mine, other = office.open_case(REFERENCE, "nord"), office.open_case("05817//0000001", "sued")
    paper = office.hand_in("nord")
    office.file(paper, mine.id)
    office.file(paper, other.id)
    (item,) = north.get(f"/v1/casefiles/{mine.id}/documents?as_of=2").json()["items"]
    assert north.get(f"/v1/documents/{paper}").status_code == 404
    assert (item["id"], item["title"], item["case_file"], item["opens"]) == (str(paper), "Scan", str(mine.id), False)
    office.read(paper)
    assert north.get(f"/v1/casefiles/{mine.id}/documents?as_of=2").json()["items"] == [item]


def test_whoever_has_no_right_to_see_finds_nothing(office: Office) -> None:
    case_file, paper = office.open_case(REFERENCE, "nord"), office.hand_in("nord")
    office.file(paper, case_file.id)
    foreign = office.another()
    strangers = [
        office.role("clerk", units=["sued"]), office.role("mailroom"), office.role("scanner"),
        office.role("administrator"), foreign.role("clerk"),
    ]  # fmt: skip
    match = {"If-Match": "*"}
    for stranger in strangers:
        base = f"/v1/casefiles/{case_file.id}"
        answers = [stranger.get(f"{base}{part}") for part in ("", "/documents", "/revisions", "/proceedings")]
        answers.append(stranger.post(f"{base}/proceedings", json={"title": "x"}))
        answers.append(stranger.post(f"/v1/documents/{paper}/filings", json={"case_reference": "x"}, headers=match))
        answers.append(stranger.patch(f"/v1/documents/{paper}", json={"title": "x"}, headers=match))
        answers.append(stranger.delete(f"/v1/documents/{paper}/filings/current?reason=x", headers=match))
        assert [answer.status_code for answer in answers] == [404] * 8
        assert stranger.get("/v1/casefiles", params={"reference": REFERENCE}).json()["items"] == []
    assert seen_entries(office) == 0


def test_a_reader_sees_and_changes_nothing(office: Office) -> None:
    reader, case_file, paper = office.role("reader"), office.open_case(REFERENCE), office.hand_in()
    office.file(paper, case_file.id)
    assert reader.get(f"/v1/casefiles/{case_file.id}/documents").json()["items"][0]["opens"]
    match = {"If-Match": "*"}
    answers = [
        reader.post("/v1/casefiles", json={"reference": "1", "title": "x"}),
        reader.post(f"/v1/casefiles/{case_file.id}/proceedings", json={"title": "x"}),
        reader.post(f"/v1/documents/{paper}/filings", json={"case_reference": REFERENCE}, headers=match),
        reader.patch(f"/v1/documents/{paper}", json={"title": "x"}, headers=match),
        reader.delete(f"/v1/documents/{paper}/filings/current?reason=x", headers=match),
    ]
    assert [answer.status_code for answer in answers] == [403] * 5


def test_the_mailroom_files_what_is_unfiled_into_what_it_cannot_open(office: Office) -> None:
    mailroom, paper = office.role("mailroom"), office.hand_in("nord")
    opened = mailroom.post("/v1/casefiles", json={"reference": REFERENCE, "title": "x", "org_unit": "nord"})
    assert opened.status_code == 201
    answer = mailroom.post(f"/v1/documents/{paper}/filings", json={"case_reference": REFERENCE})
    assert (answer.status_code, answer.json()["state"]) == (201, "filed")
    assert mailroom.get(f"/v1/documents/{paper}").status_code == 404
    assert mailroom.get(f"/v1/casefiles/{opened.json()['id']}").status_code == 404


def test_nobody_opens_or_files_in_an_org_unit_that_is_not_the_own(office: Office) -> None:
    clerk, paper = office.role("clerk", units=["nord"]), office.hand_in("nord")
    office.open_case(REFERENCE, "sued")
    foreign = clerk.post("/v1/casefiles", json={"reference": "1", "title": "x", "org_unit": "sued"})
    assert foreign.status_code == 403
    assert clerk.post(f"/v1/documents/{paper}/filings", json={"case_reference": REFERENCE}).status_code == 404
    own = clerk.post("/v1/casefiles", json={"reference": "1", "title": "x"})
    assert own.status_code == 201
    assert clerk.get(f"/v1/casefiles/{own.json()['id']}").status_code == 200


def test_the_file_plan_is_the_shipped_one_until_it_is_changed(office: Office) -> None:
    items = office.role("scanner").get("/v1/fileplan").json()["items"]
    assert {"code": "leistung", "title": "Leistungsakte", "file_part": "leistung", "retention_years": 10} in items
    assert len(items) == 8


def test_the_clock_of_a_revision_is_the_services(office: Office) -> None:
    case_file = office.open_case(REFERENCE)
    (first,) = office.role("auditor").get(f"/v1/casefiles/{case_file.id}/revisions").json()["items"]
    assert first["at"] == BEGINNING.isoformat().replace("+00:00", "Z")
    assert (first["act"], first["state"]) == ("casefiles:casefile:opened", "open")
