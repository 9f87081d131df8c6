"""Each role may what the contract says and nothing else: unseen things are not found, seen ones may be forbidden."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.journeys.conftest import Office

ASKED: dict[str, Callable[[httpx.Client, dict[str, str]], httpx.Response]] = {
    "hand in": lambda c, _: c.post("/v1/documents", files={"file": ("a.txt", b"x")}),
    "see unfiled": lambda c, ids: c.get(f"/v1/documents/{ids['unfiled']}"),
    "read unfiled": lambda c, ids: c.get(f"/v1/documents/{ids['unfiled']}/renditions/original"),
    "see filed": lambda c, ids: c.get(f"/v1/documents/{ids['filed']}"),
    "read filed": lambda c, ids: c.get(f"/v1/documents/{ids['filed']}/renditions/original"),
    "see case": lambda c, ids: c.get(f"/v1/casefiles/{ids['case']}"),
    "see its content": lambda c, ids: c.get(f"/v1/casefiles/{ids['case']}/documents"),
    "read journal": lambda c, ids: c.get(f"/v1/casefiles/{ids['case']}/journal"),
    "find": lambda c, _: c.get("/v1/search", params={"q": "Miete"}),
    "change unfiled": lambda c, ids: patched(c, ids["unfiled"]),
    "change filed": lambda c, ids: patched(c, ids["filed"]),
    "unfile": lambda c, ids: c.delete(f"/v1/documents/{ids['filed']}/filings/current?reason=x"),
    "open": lambda c, ids: c.post("/v1/casefiles", json={"reference": f"N-{ids['role']}", "title": "x"}),
    "open proceeding": lambda c, ids: c.post(f"/v1/casefiles/{ids['case']}/proceedings", json={"title": "x"}),
    "file": lambda c, ids: c.post(f"/v1/documents/{ids['unfiled']}/filings", json={"case_file": ids["case"]}),
}
"""In this order; `unfile` is asked without If-Match, which only those learn who may do it."""

MAY: dict[str, dict[str, int]] = {
    "administrator": {"hand in": 403, "find": 403, "open": 403},
    "scanner": {"hand in": 201, "find": 403, "open": 403},
    "mailroom": {"hand in": 201, "see unfiled": 200, "read unfiled": 200, "find": 403, "change unfiled": 403,
                 "open": 201, "file": 201},
    "clerk": {"hand in": 201, "read journal": 200, "change unfiled": 200, "change filed": 200, "unfile": 428,
              "open": 201, "open proceeding": 201, "file": 201},
    "reader": {"read journal": 403},
    "auditor": {"read journal": 200},
}  # fmt: skip
OTHERWISE = dict.fromkeys(["administrator", "scanner", "mailroom"], 404) | dict.fromkeys(["reader", "auditor"], 403)
SEEING = {"see unfiled", "read unfiled", "see filed", "read filed", "see case", "see its content", "find"}


def patched(client: httpx.Client, document: str) -> httpx.Response:
    return client.patch(f"/v1/documents/{document}", json={"title": "neu"}, headers={"If-Match": "*"})


def expected(role: str, act: str) -> int:
    if act in MAY[role]:
        return MAY[role][act]
    return 200 if act in SEEING and role in {"clerk", "reader", "auditor"} else OTHERWISE[role]


def prepared(office: Office, role: str) -> dict[str, str]:
    """A case file with one document in it, and one document without."""
    case = office.clerk.post("/v1/casefiles", json={"reference": "A-1", "title": "Muster"}).json()["id"]
    filed, unfiled = office.hand_in(b"eins\0")["id"], office.hand_in(b"zwei\0")["id"]
    office.settled(filed)
    office.settled(unfiled)
    assert office.clerk.post(f"/v1/documents/{filed}/filings", json={"case_file": case}).status_code == 201
    return {"case": case, "filed": filed, "unfiled": unfiled, "role": role}


@pytest.mark.parametrize("role", MAY)
def test_it_may_just_this(office: Office, role: str) -> None:
    ids = prepared(office, role)
    with office.key(role, name="wer-fragt") as client:
        answers = {act: ask(client, ids).status_code for act, ask in ASKED.items()}
        assert answers == {act: expected(role, act) for act in ASKED}
        lists: dict[str, list[Any]] = {
            name: client.get(f"/v1/{name}").json()["items"] for name in ("documents", "casefiles", "workitems")
        }
    if role in {"administrator", "scanner"}:
        assert lists == {"documents": [], "casefiles": [], "workitems": []}
    if role == "mailroom":
        assert lists["casefiles"] == []
        assert {each["place"] for each in lists["documents"]} <= {"none", "clearing"}
