"""Resumable uploads as clients of tus 1.0 see them, at two API processes over one house."""

import base64
import hashlib
import threading
import time
from typing import Any

import pytest

from eakte.uploads.model import MOST_SMALL, SMALL
from tests.service import until
from tests.uploads.conftest import BYTES, VERSION, House, Sender, metadata, scan, second_process, sha256

WEB_SERVERS_BUFFER = 256 << 10
"""Bytes that the web server read ahead are lost with the line, before the service sees them."""


def document_of(sender: Sender, location: str) -> dict[str, Any]:
    found: dict[str, Any] = sender.ask("GET", location).json()["result"]
    return found


def test_a_file_sent_in_pieces_is_a_document_with_the_answer_to_its_last_piece(house: House, sender: Sender) -> None:
    data = scan(1 << 20)
    location = sender.begin(data, title="Bescheid", sha256=sha256(data))
    first = sender.patch(location, 0, data[:700])
    assert (first.status_code, first.headers["upload-offset"], first.content) == (204, "700", b"")
    assert "upload-expires" in first.headers
    last = sender.patch(location, 700, data[700:])
    assert (last.status_code, last.headers["upload-offset"]) == (204, str(len(data)))
    with house.clerk() as clerk:
        handed = clerk.get(last.headers["content-location"]).json()
        assert handed["title"] == "Bescheid"
        assert handed["versions"][0]["sha256"] == sha256(data)
        original = clerk.get(f"{last.headers['content-location']}/renditions/original")
        assert original.content == data


def test_the_last_answer_tells_what_post_would_have_told_where_the_client_asks_for_it(sender: Sender) -> None:
    data = scan()
    location = sender.begin(data)
    answer = sender.patch(location, 0, data, Prefer="return=representation")
    assert answer.status_code == 200
    said = answer.json()
    assert (said["sha256"], said["bytes"], said["receipt"]["received_file"]) == (
        sha256(data),
        len(data),
        said["received_file"],
    )
    assert document_of(sender, location) == said


@pytest.mark.parametrize("cut", [0, 1, 999, 2999, 3000])
def test_a_line_cut_at_any_byte_goes_on_at_another_process_from_where_it_says(
    house: House, sender: Sender, cut: int
) -> None:
    data = scan(3000)
    location = sender.begin(data, sha256=sha256(data))
    sender.cut_after(location, 0, data, cut)
    kept = sender.offset(location, house.second)
    assert kept <= cut
    if kept < len(data):
        last = sender.patch(location, kept, data[kept:], house.second)
        assert last.status_code == 204, last.text
    assert document_of(sender, location)["sha256"] == sha256(data)


def test_of_a_large_request_that_is_cut_all_that_arrived_stays(house: House, sender: Sender) -> None:
    data = scan(40 << 20)
    location = sender.begin(data, sha256=sha256(data))
    sent = 37_000_001
    sender.cut_after(location, 0, data, sent, pause=1)
    kept = sender.offset(location, house.second)
    assert sent - WEB_SERVERS_BUFFER <= kept <= sent
    assert sender.patch(location, kept, data[kept:], house.second).status_code == 204
    assert document_of(sender, location)["sha256"] == sha256(data)


def test_a_client_that_comes_back_over_a_new_line_goes_on_although_the_old_one_still_hangs(
    house: House, sender: Sender
) -> None:
    data = scan(3000)
    location = sender.begin(data)
    hanging = sender.cut_after(location, 0, data, 1234, leave_open=True)
    try:
        until(lambda: sender.offset(location, house.second) == 1234, 20)
        assert sender.patch(location, 1234, data[1234:], house.second).status_code == 204
        assert b"409" in hanging.recv(100)
    finally:
        hanging.close()


def test_the_same_piece_twice_is_refused_and_changes_nothing(sender: Sender) -> None:
    data = scan()
    location = sender.begin(data)
    assert sender.patch(location, 0, data[:100]).status_code == 204
    again = sender.patch(location, 0, data[:100])
    assert (again.status_code, again.json()["code"]) == (409, "upload-offset-differs")
    assert again.headers["tus-resumable"] == "1.0.0"
    assert sender.offset(location) == 100


@pytest.mark.parametrize("offset", [1, 99, 5000])
def test_a_wrong_offset_is_refused(sender: Sender, offset: int) -> None:
    location = sender.begin(scan())
    assert sender.patch(location, offset, b"x").status_code == 409
    assert sender.offset(location) == 0


def test_two_that_send_the_same_piece_at_once_at_two_processes_make_one_document(house: House, sender: Sender) -> None:
    data = scan(200_000)
    location = sender.begin(data)
    codes: list[int] = []
    threads = [
        threading.Thread(target=lambda at=at: codes.append(sender.patch(location, 0, data, at).status_code))
        for at in (house.service.url, house.second) * 2
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [204, 409, 409, 409]
    with house.clerk() as clerk:
        found = clerk.get("/v1/documents", params={"received_file": location.rsplit("/", 1)[1]}).json()["items"]
    assert len(found) == 1


def test_a_lost_last_answer_is_asked_again_and_leads_to_the_same_document(sender: Sender) -> None:
    data = scan()
    location = sender.begin(data)
    assert sender.patch(location, 0, data).status_code == 204
    assert sender.offset(location) == len(data)
    again = sender.patch(location, len(data), b"", Prefer="return=representation")
    assert again.status_code == 200
    assert again.json() == document_of(sender, location)


def test_other_bytes_than_announced_are_refused_and_nothing_of_them_stays(house: House, sender: Sender) -> None:
    data = scan()
    location = sender.begin(data, sha256="0" * 64)
    answer = sender.patch(location, 0, data)
    assert (answer.status_code, answer.json()["code"]) == (422, "sha256-differs")
    assert sender.ask("HEAD", location, VERSION).status_code == 404
    files = list((house.service.home / "blobs").rglob(f"*{location.rsplit('/', 1)[1]}*"))
    assert files == []


def test_an_upload_that_is_ended_leaves_neither_bytes_nor_key(house: House, sender: Sender) -> None:
    before = {path for path in (house.service.home / "blobs").rglob("*") if path.is_file()}
    location = sender.begin(scan())
    assert sender.patch(location, 0, b"II*\x00").status_code == 204
    assert sender.ask("DELETE", location, VERSION).status_code == 204
    assert sender.ask("HEAD", location, VERSION).status_code == 404
    assert {path for path in (house.service.home / "blobs").rglob("*") if path.is_file()} <= before


def test_what_is_a_document_is_not_ended(sender: Sender) -> None:
    data = scan()
    location = sender.begin(data)
    sender.patch(location, 0, data)
    answer = sender.ask("DELETE", location, VERSION)
    assert (answer.status_code, answer.json()["code"]) == (409, "upload-finished")


def test_a_checksum_that_differs_keeps_nothing_of_its_piece(sender: Sender) -> None:
    data = scan()
    location = sender.begin(data)
    right = base64.b64encode(hashlib.sha1(data[:500]).digest()).decode()
    wrong = sender.patch(location, 0, data[:501], Upload_Checksum=f"sha1 {right}")
    assert (wrong.status_code, sender.offset(location)) == (460, 0)
    assert sender.patch(location, 0, data[:500], Upload_Checksum=f"sha1 {right}").status_code == 204
    whole = base64.b64encode(hashlib.sha256(data[500:]).digest()).decode()
    assert sender.patch(location, 500, data[500:], Upload_Checksum=f"sha256 {whole}").status_code == 204
    assert sender.patch(location, 0, b"", Upload_Checksum="md5 AAAA").status_code == 400


def test_an_upload_is_begun_with_its_bytes_in_one_request(sender: Sender) -> None:
    data = scan()
    headers = BYTES | {
        "Upload-Length": str(len(data)),
        "Upload-Metadata": metadata(filename="a.tif", sha256=sha256(data)),
    }
    answer = sender.ask("POST", "/v1/uploads", headers, content=data)
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, str(len(data)))
    assert answer.json()["sha256"] == sha256(data)
    part = sender.ask("POST", "/v1/uploads", BYTES | {"Upload-Length": "10"}, content=b"II*\x00")
    assert (part.status_code, part.headers["upload-offset"]) == (201, "4")
    assert sender.patch(part.headers["location"], 4, b"123456").status_code == 204


@pytest.mark.parametrize(("pieces", "size"), [(200, 1), pytest.param(800, 1024, marks=pytest.mark.slow)])
def test_a_client_that_sends_small_pieces_gets_its_file_in_few_parts_and_the_last_piece_costs_what_the_first_did(
    house: House, sender: Sender, pieces: int, size: int
) -> None:
    data = scan(pieces * size)
    location = sender.begin(data, sha256=sha256(data))
    before, took = parts_of_uploads(house), []
    with house.service.client(sender.key) as line:
        for at in range(0, len(data) - size, size):
            headers, begun = BYTES | {"Upload-Offset": str(at)}, time.monotonic()
            assert line.patch(location, headers=headers, content=data[at : at + size]).status_code == 204
            took.append(time.monotonic() - begun)
            if at % (50 * size) == 0:
                assert parts_of_uploads(house) - before <= MOST_SMALL + len(data) // SMALL + 1
    quarter = len(took) // 4
    # other tests may take the cores meanwhile, which makes single pieces slower but none quicker
    assert min(took[-quarter:]) < 2 * min(took[:quarter])
    assert sender.patch(location, len(data) - size, data[-size:]).status_code == 204
    assert document_of(sender, location)["sha256"] == sha256(data)
    assert parts_of_uploads(house) == before


def parts_of_uploads(house: House) -> int:
    return sum(path.is_file() for path in (house.service.home / "blobs").glob("*/scratch/**/*"))


def test_what_the_service_speaks_is_told_without_a_key(sender: Sender) -> None:
    answer = sender.ask("OPTIONS", "/v1/uploads", {"Authorization": ""})
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert set(answer.headers["tus-extension"].split(",")) == {
        "creation",
        "creation-with-upload",
        "expiration",
        "checksum",
        "termination",
    }
    assert answer.headers["tus-max-size"] == str(2 << 30)


def test_head_gives_back_the_metadata_and_is_never_cached(sender: Sender) -> None:
    said = metadata(name="Bescheid März.tif", title="Grün")
    location = sender.ask("POST", "/v1/uploads", VERSION | {"Upload-Length": "9", "Upload-Metadata": said}).headers[
        "location"
    ]
    answer = sender.ask("HEAD", location, VERSION)
    assert (answer.headers["upload-metadata"], answer.headers["upload-length"]) == (said, "9")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Upload-Length": "9"}, 412),
        (VERSION | {"Tus-Resumable": "0.2.2", "Upload-Length": "9"}, 412),
        (VERSION, 400),
        (VERSION | {"Upload-Length": "-1"}, 400),
        (VERSION | {"Upload-Defer-Length": "1"}, 400),
        (VERSION | {"Upload-Length": "0"}, 422),
        (VERSION | {"Upload-Length": str(3 << 30)}, 413),
        (VERSION | {"Upload-Length": "9", "Upload-Metadata": "name Zm9v,name YmFy"}, 400),
        (VERSION | {"Upload-Length": "9", "Upload-Metadata": "name *"}, 400),
        (VERSION | {"Upload-Length": "9", "Upload-Metadata": metadata(sha256="abc")}, 422),
        (VERSION | {"Upload-Length": "9", "Upload-Metadata": metadata(batch="1")}, 422),
        (VERSION | {"Upload-Length": "9", "Upload-Metadata": metadata(receipt_date="gestern")}, 422),
    ],
)
def test_an_announcement_that_is_none_gets_a_problem_and_leaves_nothing(
    sender: Sender, headers: dict[str, str], status: int
) -> None:
    answer = sender.ask("POST", "/v1/uploads", headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert sender.ask("GET", "/v1/uploads").json()["items"] == []


def test_a_body_of_another_type_or_longer_than_announced_is_refused(sender: Sender) -> None:
    location = sender.begin(b"123456789")
    other = sender.ask("PATCH", location, VERSION | {"Upload-Offset": "0", "Content-Type": "image/tiff"}, content=b"1")
    assert other.status_code == 415
    assert sender.patch(location, 0, b"1234567890").status_code == 413
    assert (
        sender.ask("PATCH", location, BYTES | {"Upload-Offset": "0"}, content=iter([b"12345", b"67890"])).status_code
        == 413
    )
    assert sender.offset(location) == 0


def test_nobody_else_sees_goes_on_with_or_ends_an_upload(house: House, sender: Sender) -> None:
    location = sender.begin(b"123456789")
    other = house.sender()
    for answer in (
        other.ask("HEAD", location, VERSION), other.patch(location, 0, b"1"), other.ask("DELETE", location, VERSION),
        other.ask("GET", location),
    ):  # fmt: skip
        assert answer.status_code == 404
    assert house.sender("reader").ask("GET", "/v1/uploads").status_code == 403
    assert other.ask("GET", "/v1/uploads").json()["items"] == []
    assert sender.patch(location, 0, b"1").status_code == 204


def test_a_disk_that_is_nearly_full_takes_no_more_and_keeps_what_it_has(house: House, sender: Sender) -> None:
    location = sender.begin(b"II*\x0056789")
    assert sender.patch(location, 0, b"II*\x00").status_code == 204
    with second_process(house.service, EAKTE_FREE_SPACE_MIN="4000TiB") as full:
        answer = sender.patch(location, 4, b"56789", full)
        assert (answer.status_code, answer.headers["retry-after"]) == (507, "60")
        assert sender.offset(location, full) == 4
        assert sender.ask("POST", "/v1/uploads", VERSION | {"Upload-Length": "9"}, full).status_code == 507
    assert sender.patch(location, 4, b"56789").status_code == 204


def test_a_proxy_that_passes_nothing_but_post_is_no_hindrance(sender: Sender) -> None:
    location = sender.begin(b"II*\x0056789")
    sent = BYTES | {"Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert sender.ask("POST", location, sent, content=b"II*\x0056789").status_code == 204
