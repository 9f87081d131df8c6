"""What is found wanting goes back to the scanning centre, and stays open until it is answered."""

from tests.scanning.proof import House

WANTED = {"reason": "Seite 1 ist abgeschnitten", "pages": [1]}


def test_a_clerks_finding_reaches_the_centre_and_is_answered_by_an_item_of_another_batch(
    house: House, pages: list[bytes]
) -> None:
    batch = house.delivered(pages[0])
    document = house.documents(batch)[0]
    clerk = house.as_key(house.key("clerk"))
    asked = clerk.post(f"/v1/documents/{document}/rescan-requests", json=WANTED)
    assert (asked.status_code, asked.json()["outcome"]) == (201, None)
    seen = house.client.get(f"/v1/batches/{batch}/rescan-requests").json()["items"]
    assert [(each["document"], each["reason"], each["pages"]) for each in seen] == [(document, *WANTED.values())]
    again = house.delivered(pages[1], reference="S-1 Nachscan")
    item = house.items(again)[0]["id"]
    address = f"/v1/rescan-requests/{asked.json()['id']}/answers"
    answered = house.client.post(address, json={"batch": again, "item": item})
    assert (answered.status_code, answered.json()["outcome"], answered.json()["answer_item"]) == (201, "item", item)
    assert house.client.post(address, json={"batch": again}).status_code == 409
    found = clerk.get(f"/v1/documents/{document}/rescan-requests").json()["items"]
    assert [each["outcome"] for each in found] == ["item"]


def test_a_rescan_batch_answers_as_a_whole(house: House, pages: list[bytes]) -> None:
    document = house.documents(house.delivered(pages[0]))[0]
    clerk = house.as_key(house.key("clerk"))
    request = clerk.post(f"/v1/documents/{document}/rescan-requests", json={"reason": "unscharf"}).json()["id"]
    again = house.announce(1, reference="S-2", rescan_requests=[request])
    found = clerk.get(f"/v1/documents/{document}/rescan-requests").json()["items"][0]
    assert (found["outcome"], found["answer_batch"]) == ("batch", again)
    assert house.announce(1, reference="S-2", rescan_requests=[request]) == again


def test_what_turned_out_needless_is_taken_back(house: House, pages: list[bytes]) -> None:
    document = house.documents(house.delivered(pages[0]))[0]
    clerk = house.as_key(house.key("clerk"))
    request = clerk.post(f"/v1/documents/{document}/rescan-requests", json=WANTED).json()["id"]
    address = f"/v1/rescan-requests/{request}/withdrawals"
    assert house.client.post(address, json={"reason": "x"}).status_code == 404
    assert clerk.post(address, json={"reason": "Papier liegt vor"}).json()["outcome"] == "withdrawn"
    assert clerk.post(address, json={"reason": "noch einmal"}).status_code == 409


def test_a_request_needs_a_scan_that_is_seen_and_pages_that_are_there(house: House, pages: list[bytes]) -> None:
    document = house.documents(house.delivered(pages[0]))[0]
    alone = house.hand_in(pages[1])
    house.work()
    clerk = house.as_key(house.key("clerk"))
    address = f"/v1/documents/{document}/rescan-requests"
    assert clerk.post(address, json=WANTED | {"pages": [2]}).status_code == 422
    assert clerk.post(address, json=WANTED | {"pages": [0]}).status_code == 422
    assert clerk.post(address, json={"reason": ""}).status_code == 422
    without = clerk.post(f"/v1/documents/{alone}/rescan-requests", json=WANTED)
    assert (without.status_code, without.json()["code"]) == (409, "not-of-a-batch")
    assert house.as_key(house.key("reader")).post(address, json=WANTED).status_code == 403
    assert house.client.post(address, json=WANTED).status_code == 404


def test_a_centre_sees_and_answers_only_requests_to_its_own_batches(house: House, pages: list[bytes]) -> None:
    batch = house.delivered(pages[0])
    clerk = house.as_key(house.key("clerk"))
    asked = clerk.post(f"/v1/documents/{house.documents(batch)[0]}/rescan-requests", json=WANTED).json()["id"]
    other = house.as_key(house.key("scanner"))
    assert other.get(f"/v1/batches/{batch}/rescan-requests").status_code == 404
    assert other.post(f"/v1/rescan-requests/{asked}/answers", json={"batch": batch}).status_code == 404
