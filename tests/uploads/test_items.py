"""Items of a batch by tus: with the answer to the last PATCH a file is an item, or stands under the refusals."""

import uuid
from typing import Any

import pytest

from tests.uploads.conftest import VERSION, Sender, metadata, scan, sha256


def announce(sender: Sender, sheets: int = 2) -> str:
    said = {"reference": f"S-{uuid.uuid4()}", "profile": "simplex", "operator": "m.muster", "expected_sheets": sheets}
    found: str = sender.ask("POST", "/v1/batches", json=said).json()["id"]
    return found


def batch_of(sender: Sender, batch: str) -> dict[str, Any]:
    found: dict[str, Any] = sender.ask("GET", f"/v1/batches/{batch}").json()
    return found


def items_of(sender: Sender, batch: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sender.ask("GET", f"/v1/batches/{batch}/items").json()["items"]
    return found


def test_a_file_of_a_batch_is_an_item_with_the_answer_to_its_last_piece(sender: Sender) -> None:
    batch, data = announce(sender), scan()
    location = sender.begin(data, batch=batch, name="a/0001.tif", sha256=sha256(data), pages="2", dropped_blank="1")
    assert items_of(sender, batch) == []
    sender.patch(location, 0, data[:1000])
    answer = sender.patch(location, 1000, data[1000:], Prefer="return=representation")
    assert (answer.status_code, answer.json()["sha256"]) == (200, sha256(data))
    (item,) = items_of(sender, batch)
    assert item["id"] == answer.json()["id"]
    assert (item["name"], item["pages"], item["dropped_blank"]) == ("a/0001.tif", 2, 1)
    assert sender.ask("GET", "/v1/uploads", params={"batch": batch}).json()["items"][0]["result"]["id"] == item["id"]


def test_the_same_file_again_is_the_same_item(sender: Sender) -> None:
    batch, data = announce(sender), scan()
    ids = set()
    for _ in range(2):
        location = sender.begin(data, batch=batch, name="0001.tif", sha256=sha256(data), pages="1")
        ids.add(sender.patch(location, 0, data, Prefer="return=representation").json()["id"])
    assert len(ids) == len(items_of(sender, batch)) == 1


@pytest.mark.parametrize("cut", [1, 999, 2999])
def test_an_item_cut_at_any_byte_and_sent_on_with_its_pieces_twice_is_one_item(sender: Sender, cut: int) -> None:
    batch, data = announce(sender), scan(3000)
    location = sender.begin(data, batch=batch, name="0001.tif", sha256=sha256(data), pages="1")
    assert [sender.patch(location, 0, data[:cut]).status_code for _ in range(2)] == [204, 409]
    assert batch_of(sender, batch)["ledger"]["difference"] == 2
    assert sender.ask("HEAD", location, VERSION).headers["Upload-Offset"] == str(cut)
    sent = [sender.patch(location, cut, data[cut:]).status_code for _ in range(2)]
    assert sent[0] == 204, sent
    assert [item["sha256"] for item in items_of(sender, batch)] == [sha256(data)]
    assert batch_of(sender, batch)["refusals"] == []


def test_other_bytes_than_announced_are_no_item_but_a_refusal(sender: Sender) -> None:
    batch, data = announce(sender), scan()
    location = sender.begin(data, batch=batch, name="0001.tif", sha256="0" * 64, pages="1")
    answer = sender.patch(location, 0, data)
    assert (answer.status_code, answer.json()["code"]) == (422, "sha256-differs")
    assert items_of(sender, batch) == []
    (refusal,) = batch_of(sender, batch)["refusals"]
    assert (refusal["name"], refusal["code"]) == ("0001.tif", "sha256-differs")
    assert sender.ask("HEAD", location, VERSION).status_code == 404
    again = sender.begin(data, batch=batch, name="0001.tif", sha256=sha256(data), pages="1")
    assert sender.patch(again, 0, data).status_code == 204
    assert batch_of(sender, batch)["refusals"][0]["settled_at"] is not None


def test_an_announcement_without_pages_is_refused_before_any_byte(sender: Sender) -> None:
    batch = announce(sender)
    said = metadata(batch=batch, name="0001.tif", sha256="0" * 64)
    answer = sender.ask("POST", "/v1/uploads", VERSION | {"Upload-Length": "9", "Upload-Metadata": said})
    assert answer.status_code == 422
    assert [each["code"] for each in batch_of(sender, batch)["refusals"]] == ["invalid"]


def test_a_batch_of_others_is_not_found(sender: Sender) -> None:
    batch = announce(sender)
    said = metadata(batch=batch, name="0001.tif", sha256="0" * 64, pages="1")
    other = sender.house.sender()
    answer = other.ask("POST", "/v1/uploads", VERSION | {"Upload-Length": "9", "Upload-Metadata": said})
    assert answer.status_code == 404
    assert batch_of(sender, batch)["refusals"] == []


def test_a_file_that_comes_whole_after_the_batch_was_completed_is_refused(sender: Sender) -> None:
    batch, data = announce(sender), scan()
    location = sender.begin(data, batch=batch, name="0001.tif", sha256=sha256(data), pages="1")
    assert sender.ask("POST", f"/v1/batches/{batch}/complete").status_code == 202
    answer = sender.patch(location, 0, data)
    assert (answer.status_code, answer.json()["code"]) == (409, "batch-not-open")
    assert [each["code"] for each in batch_of(sender, batch)["refusals"]] == ["batch-not-open"]
