"""Paper is released for destruction only when nothing speaks against it any more, and by two people."""

import json
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from eakte.access import acts as access
from eakte.commands.verify import verify
from eakte.scanning import delivered
from tests.scanning.proof import OLD_TASKS, House

HOLD = timedelta(days=180)


@pytest.fixture
def passed(house: House, pages: list[bytes]) -> str:
    """A batch whose quality has passed just now."""
    batch = house.delivered(*pages[:2], operator="o.perator")
    assert house.checked(house.person("p.ruefer", "clerk"), batch) == "passed"
    return batch


def paper(house: House, **asked: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = house.as_key(house.key("clerk")).get("/v1/originals", params=asked).json()["items"]
    return found


def propose(house: House, client: Any, batch: str) -> Any:
    return client.post("/v1/originals/releases", json={"batches": [batch]})


def test_paper_waits_for_quality_and_for_the_hold_period(house: House, pages: list[bytes]) -> None:
    batch = house.delivered(pages[0])
    first = paper(house)[0]
    assert (first["state"], first["destroyable_from"]) == ("waiting", None)
    assert first["reasons"] == ["Die Qualität ist nicht freigegeben."]
    house.checked(house.as_key(house.key("clerk")), batch)
    assert paper(house)[0]["reasons"] == ["Die Aufbewahrungsfrist läuft noch."]
    house.ahead = HOLD - timedelta(minutes=5)
    assert paper(house, state="destroyable") == []
    house.ahead = HOLD
    found = paper(house, state="destroyable")
    assert [(each["batch"], each["reasons"], each["documents"]) for each in found] == [
        (batch, [], house.documents(batch))
    ]


def test_a_batch_that_differs_keeps_its_paper(house: House, pages: list[bytes]) -> None:
    batch = house.announce(2)
    house.send(batch, "a.tif", pages[0])
    house.complete(batch)
    house.work()
    house.checked(house.as_key(house.key("clerk")), batch)
    house.ahead = HOLD
    assert paper(house)[0]["reasons"] == ["Der Stapel ist nicht abgestimmt."]


def test_an_open_rescan_request_or_a_hold_keeps_the_paper(house: House, passed: str) -> None:
    house.ahead = HOLD
    clerk, document = house.as_key(house.key("clerk")), house.documents(passed)[0]
    request = clerk.post(f"/v1/documents/{document}/rescan-requests", json={"reason": "unscharf"}).json()["id"]
    assert paper(house)[0]["reasons"] == ["Eine Nachscan-Anforderung ist offen."]
    refused = propose(house, clerk, passed)
    assert (refused.status_code, refused.json()["code"]) == (409, "not-destroyable")
    clerk.post(f"/v1/rescan-requests/{request}/withdrawals", json={"reason": "erledigt"})
    hold = clerk.post(f"/v1/documents/{document}/original-holds", json={"reason": "Urkunde"}).json()["id"]
    assert paper(house)[0]["reasons"] == ["Ein Original ist zurückzuhalten."]
    end = f"/v1/documents/{document}/original-holds/{hold}/ends"
    assert clerk.post(end, json={"reason": "zurückgegeben"}).status_code == 201
    assert clerk.post(end, json={"reason": "noch einmal"}).status_code == 404
    assert paper(house)[0]["state"] == "destroyable"


def test_two_people_release_and_the_signed_list_is_checked_offline(house: House, passed: str, tmp_path: Path) -> None:
    house.ahead = HOLD
    first, second = house.person("e.rste", "mailroom"), house.person("z.weite", "clerk")
    proposed = propose(house, first, passed)
    assert (proposed.status_code, proposed.json()["state"], proposed.json()["list"]) == (201, "proposed", None)
    assert paper(house)[0]["state"] == "proposed"
    assert propose(house, second, passed).status_code == 409
    address = f"{proposed.headers['location']}/confirmations"
    own = first.post(address)
    assert (own.status_code, own.json()["code"]) == (403, "four-eyes")
    before = house.count("documents"), house.objects()
    once = {"Idempotency-Key": "freigabe-1"}
    released = second.post(address, headers=once)
    assert (released.status_code, released.json()["state"]) == (201, "released")
    assert second.post(address, headers=once).json() == released.json()
    assert second.post(address).status_code == 409
    assert (house.count("documents"), house.objects()) == before
    assert paper(house)[0]["state"] == "released"
    signed = second.get(proposed.headers["location"]).json()["list"]
    assert signed["batches"] == [{"id": passed, "reference": "S-1", "documents": house.documents(passed)}]
    assert signed["proposed"]["by"] != signed["released"]["by"]
    file, keys = tmp_path / "list.json", tmp_path / "keys.json"
    file.write_text(json.dumps(signed))
    keys.write_bytes(first.get("/v1/keys").content)
    assert verify(str(file), str(keys)) == 0


def test_of_four_people_only_two_who_took_no_part_release(house: House, pages: list[bytes]) -> None:
    """Whoever comes first and second: neither operator nor sender, and not the same person twice."""
    people = {name: house.person(name, "clerk", "scanner") for name in ("operator", "sender", "anna", "bert")}
    house.client = people["sender"]
    free = {"anna", "bert"}
    for number, (first, second) in enumerate([*permutations(people, 2), ("anna", "anna")]):
        house.ahead = timedelta()
        batch = house.delivered(pages[0], operator="operator", reference=f"S-{number}")
        house.checked(people["anna"], batch)
        house.ahead = HOLD
        proposed = propose(house, people[first], batch)
        assert proposed.status_code == (201 if first in free else 403), (first, second)
        if proposed.status_code == 201:
            answer = people[second].post(f"{proposed.headers['location']}/confirmations")
            assert answer.status_code == (201 if second in free - {first} else 403), (first, second)


def test_what_changes_between_the_two_steps_stops_the_release(house: House, passed: str) -> None:
    house.ahead = HOLD
    first, second = house.person("e.rste", "clerk"), house.person("z.weite", "clerk")
    address = propose(house, first, passed).headers["location"]
    first.post(f"/v1/documents/{house.documents(passed)[0]}/original-holds", json={"reason": "Urkunde"})
    stopped = second.post(f"{address}/confirmations")
    assert (stopped.status_code, stopped.json()["code"]) == (409, "not-destroyable")
    assert "zurückzuhalten" in stopped.json()["detail"]
    assert second.get(address).json()["state"] == "proposed"


def test_a_refused_proposal_can_be_made_again(house: House, passed: str) -> None:
    house.ahead = HOLD
    first, second = house.person("e.rste", "clerk"), house.person("z.weite", "clerk")
    address = propose(house, first, passed).headers["location"]
    assert second.post(f"{address}/refusals", json={"reason": "zu früh"}).json()["state"] == "refused"
    assert second.post(f"{address}/confirmations").status_code == 409
    assert propose(house, second, passed).status_code == 201
    states = [each["state"] for each in first.get("/v1/originals/releases").json()["items"]]
    assert states == ["proposed", "refused"]


@pytest.mark.parametrize("role", ["scanner", "administrator", "reader", "auditor"])
def test_only_mailroom_and_clerks_see_and_release_paper(house: House, role: str) -> None:
    client = house.as_key(house.key(role))
    assert client.get("/v1/originals").status_code == 403
    assert client.get("/v1/originals/releases").status_code == 403
    assert client.post("/v1/originals/releases", json={"batches": [str(uuid7())]}).status_code == 403


def test_paper_of_another_branch_is_neither_seen_nor_released(house: House, passed: str) -> None:
    house.ahead = HOLD
    with house.database.unit(house.tenant) as unit:
        access.create_org_unit(unit, house.moment(), "nord", "Nord")
    elsewhere = house.as_key(house.key("clerk", units=("nord",)))
    assert elsewhere.get("/v1/originals").json()["items"] == []
    assert propose(house, elsewhere, passed).status_code == 404
    address = propose(house, house.person("e.rste", "clerk"), passed).headers["location"]
    assert elsewhere.get(address).status_code == 404
    assert elsewhere.post(f"{address}/confirmations").status_code == 404
    assert elsewhere.get("/v1/originals/releases").json()["items"] == []


def test_a_batch_whose_paper_is_listed_takes_nothing_more_and_is_not_given_up(
    house: House, pages: list[bytes], passed: str
) -> None:
    house.ahead = HOLD
    proposal = propose(house, house.as_key(house.key("clerk")), passed).json()["id"]
    first = house.items(passed)[0]["id"]
    refused = (
        house.client.post(f"/v1/batches/{passed}/reopen"),
        house.client.post(f"/v1/batches/{passed}/abandon", json={"reason": "doppelt"}),
        house.send(passed, "neu.tif", pages[3], replaces=first),
    )
    assert {(each.status_code, each.json()["code"]) for each in refused} == {(409, "paper-listed")}
    clerk = house.as_key(house.key("clerk"))
    assert clerk.post(f"/v1/originals/releases/{proposal}/confirmations").status_code == 201
    abandoned = house.client.post(f"/v1/batches/{passed}/abandon", json={"reason": "doppelt"})
    assert (abandoned.status_code, abandoned.json()["code"]) == (409, "paper-listed")
    assert house.client.post(f"/v1/batches/{passed}/reopen").json()["code"] == "paper-listed"
    assert house.batch(passed)["state"] == "reconciled"


def test_a_hold_comes_too_late_once_the_paper_is_released_and_says_so(house: House, passed: str) -> None:
    house.ahead = HOLD
    first, second = house.person("e.rste", "clerk"), house.person("z.weite", "clerk")
    address = propose(house, first, passed).headers["location"]
    assert second.post(f"{address}/confirmations").status_code == 201
    late = first.post(f"/v1/documents/{house.documents(passed)[0]}/original-holds", json={"reason": "Urkunde"})
    assert (late.status_code, late.json()["code"]) == (409, "paper-released")


def test_of_a_hold_and_a_release_at_the_same_moment_only_one_succeeds(house: House, passed: str) -> None:
    house.ahead = HOLD
    first, second = house.person("e.rste", "clerk"), house.person("z.weite", "clerk")
    address = propose(house, first, passed).headers["location"]
    hold = f"/v1/documents/{house.documents(passed)[0]}/original-holds"
    with ThreadPoolExecutor(2) as threads, house.database.unit(house.tenant) as unit:
        delivered.batch(unit, UUID(passed), lock=True)
        asked = [
            threads.submit(second.post, f"{address}/confirmations"),
            threads.submit(first.post, hold, json={"reason": "Urkunde"}),
        ]
        assert not wait(asked, 1, FIRST_COMPLETED).done, "each waits for who has the batch alone"
    assert sorted(each.result().status_code for each in asked) == [201, 409]


def test_a_refused_proposal_lets_the_batch_be_reopened(house: House, passed: str) -> None:
    house.ahead = HOLD
    clerk = house.as_key(house.key("clerk"))
    proposal = propose(house, clerk, passed).json()["id"]
    clerk.post(f"/v1/originals/releases/{proposal}/refusals", json={"reason": "zu früh"})
    assert house.client.post(f"/v1/batches/{passed}/reopen").status_code == 200


def test_paper_waits_until_the_sample_has_its_share_of_what_came_later(house: House, pages: list[bytes]) -> None:
    house.share = 1.0
    passed = house.delivered(*pages[:2], operator="o.perator")
    house.checked(house.as_key(house.key("clerk")), passed)
    house.client.post(f"/v1/batches/{passed}/reopen")
    house.send(passed, "3.tif", pages[2])
    house.complete(passed)
    while job := house.take(*OLD_TASKS):
        house.run(*job)
    house.ahead = HOLD
    assert "Die Stichprobe ist noch zu ergänzen." in paper(house)[0]["reasons"]
    house.work()
    assert "Die Qualität ist nicht freigegeben." in paper(house)[0]["reasons"]
