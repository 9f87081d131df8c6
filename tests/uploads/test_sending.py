"""What `eakte upload` puts on the line, and in what order it tells what became of it."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from eakte.centre.delivery import Delivery, Piece
from eakte.centre.line import Broken, Line, Unreadable
from eakte.centre.sending import ItemForm, Progress, Sending
from eakte.scanning.model import ItemSaid
from eakte.web.forms import Form
from tests.uploads.conftest import House, Sender, scan, sha256
from tests.uploads.test_items import announce, batch_of, items_of


@pytest.mark.parametrize("known", [True, False], ids=["as the manifest says", "found on the way"])
@pytest.mark.parametrize("size", [1, 3_000_001])
def test_a_form_is_as_long_as_it_says_and_names_the_hash_behind_the_file(
    tmp_path: Path, known: bool, size: int
) -> None:
    data, path = os.urandom(size), tmp_path / "a.tif"
    path.write_bytes(data)
    form = ItemForm(Piece(path, size, ItemSaid("ä/a.tif", sha256(data) if known else "", 2, 1)), None)
    body = list(form.body(lambda _count: None))
    read = Form(form.headers["Content_Type"])
    assert b"".join(bytes(piece) for chunk in body for piece in read.feed(chunk)) == data
    read.end()
    assert sum(map(len, body)) == int(form.headers["Content_Length"])
    assert read.fields == {"name": "ä/a.tif", "pages": "2", "dropped_blank": "1", "sha256": sha256(data)}
    assert b"sha256" not in body[0]


def delivery(folder: Path, count: int) -> Delivery:
    """Files that no manifest names; every other one is empty."""
    pieces = []
    for number in range(count):
        path = folder / f"{number:02}.tif"
        path.write_bytes(b"" if number % 2 else scan(20_000))
        pieces.append(Piece(path, path.stat().st_size, ItemSaid(path.name, "", 1)))
    return Delivery(pieces, None)


@pytest.mark.parametrize("lines", [1, 8])
def test_files_sent_side_by_side_arrive_each_once_and_what_is_refused_is_told_in_order(
    house: House, sender: Sender, tmp_path: Path, lines: int
) -> None:
    found = delivery(tmp_path, 20)
    said = {"reference": f"S-{os.urandom(4).hex()}", "profile": "simplex", "operator": "m", "expected_sheets": 10}
    progress = Progress(20, sum(piece.bytes for piece in found.pieces), lambda _: None)
    with Line(house.service.url, sender.key) as line:
        sending = Sending(line, found, said, progress, lines)
        batch = sending.send()
    assert [each.name for each in sending.refused] == [f"{number:02}.tif" for number in range(1, 20, 2)]
    assert {each.code for each in sending.refused} == {"empty-file"}
    assert (progress.sent_files, progress.sent_bytes) == (20, progress.bytes)
    assert {item["sha256"] for item in items_of(sender, batch)} == {
        sha256(piece.path.read_bytes()) for piece in found.pieces if piece.bytes
    }


def test_connections_that_the_service_gave_up_meanwhile_cost_one_try_not_one_each(house: House, sender: Sender) -> None:
    with Line(house.service.url, sender.key) as line, ThreadPoolExecutor(4) as pool:
        together = Barrier(4)
        list(pool.map(lambda _: (together.wait(), line.ask("GET", "/v1/batches")), range(4)))
        time.sleep(7)  # longer than the service keeps a silent connection
        with pytest.raises(Broken):
            line.once("GET", "/v1/batches")
        assert line.once("GET", "/v1/batches").status == 200


def test_a_small_item_of_a_batch_one_may_not_see_is_not_found_whatever_is_wrong_with_it(
    house: House, sender: Sender
) -> None:
    batch, data = announce(sender), scan(1000)
    good = {"name": "a.tif", "sha256": sha256(data), "pages": "1"}
    for said in (good, good | {"sha256": "0" * 64}, good | {"pages": "none"}):
        answer = house.sender().ask("POST", f"/v1/batches/{batch}/items", files={"file": ("a", data)}, data=said)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert (batch_of(sender, batch)["refusals"], items_of(sender, batch)) == ([], [])


def test_a_file_that_cannot_be_read_while_it_is_sent_ends_the_sending_at_once_and_the_others_arrive(
    house: House, sender: Sender, tmp_path: Path
) -> None:
    found = Delivery(delivery(tmp_path, 6).pieces[::2], None)
    found.pieces[1].path.unlink()
    said = {"reference": f"S-{os.urandom(4).hex()}", "profile": "simplex", "operator": "m", "expected_sheets": 3}
    with Line(house.service.url, sender.key) as line, pytest.raises(Unreadable, match=r"02\.tif"):
        Sending(line, found, said, Progress(3, 60_000, lambda _: None)).send()
    batch = sender.ask("POST", "/v1/batches", json=said).json()["id"]
    assert {item["name"] for item in items_of(sender, batch)} == {"00.tif", "04.tif"}


def test_the_answer_to_an_item_is_what_the_list_shows_of_it(sender: Sender) -> None:
    batch, data = announce(sender), scan(1000)
    said = {"name": "a.tif", "sha256": sha256(data), "pages": "1", "dropped_blank": "1"}
    answer = sender.ask("POST", f"/v1/batches/{batch}/items", files={"file": ("a", data)}, data=said).json()
    receipt = answer.pop("receipt")
    (shown,) = items_of(sender, batch)
    assert receipt["sha256"] == sha256(data)
    read_meanwhile = {name: shown[name] for name in ("state", "problems")}
    assert answer | read_meanwhile == shown
