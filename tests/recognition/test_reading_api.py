"""Pages, their pictures and another try, over HTTP."""

import io
import json
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from PIL import Image

from eakte.access import acts as access
from eakte.blobs.port import BlobStore
from eakte.documents import api as documents_api
from eakte.journal.tables import entries
from eakte.recognition import acts, api, page_images
from eakte.recognition.classifier import Verdict
from eakte.recognition.finished import Read, seal
from eakte.recognition.tables import page_images as kept
from eakte.recognition.tables import passwords
from eakte.vault import Vault
from eakte.vault.tables import blobs
from eakte.web.tables import idempotency
from eakte.work import api as work_api
from ocr_pipeline import Joined, PageReading, Pipeline, Word
from tests.casefiles.office import application
from tests.ocr_pipeline.sheets import drawn, encoded, scan
from tests.recognition.office import Office
from tests.recognition.test_reading_failures import SECRET, locked


class Counting:
    """A store that counts what is read of each object: requests and bytes."""

    def __init__(self, store: BlobStore) -> None:
        self._store = store
        self.requests, self.bytes = Counter[str](), Counter[str]()

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def read(self, key: str, offset: int, length: int) -> bytes:
        found = self._store.read(key, offset, length)
        self.requests[key.rpartition("/")[2]] += 1
        self.bytes[key.rpartition("/")[2]] += len(found)
        return found


@pytest.fixture
def counting(office: Office) -> Counting:
    store = Counting(office.blobs)
    office.vault = Vault(store, office.settings.master_key)
    return store


@pytest.fixture
def client(office: Office, counting: Counting) -> Iterator[httpx.Client]:
    with served(office) as found:
        yield found


@contextmanager
def served(office: Office) -> Iterator[httpx.Client]:
    """The clerk's client of a real server over this room's and the documents' addresses."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app_of(office), log_level="warning", ws="none", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {office.token}"}, timeout=60) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def app_of(office: Office) -> FastAPI:
    return application(
        documents_api, api, work_api, database=office.database, vault=office.vault, settings=office.settings,
        pipeline=office.pipeline, clock=lambda: office.moment().at, new_id=office.moment().new_id,
    )  # fmt: skip


def stranger(office: Office, roles: list[str]) -> dict[str, str]:
    """Headers of another key of the same tenant."""
    with office.database.unit(office.tenant) as unit:
        return {"Authorization": f"Bearer {access.create_key(unit, office.moment(), '-'.join(roles), roles, [])}"}


@pytest.fixture
def read(office: Office) -> UUID:
    """A document of two pages, read."""
    document = office.hand_in(drawn(["Mietvertrag der Frau Öztürk"], ["Zweite Seite"]))
    office.work()
    return document


def test_a_page_has_its_words_with_boxes_in_the_frame_of_its_picture(client: httpx.Client, read: UUID) -> None:
    answer = client.get(f"/v1/documents/{read}/pages/2")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-cache"
    page = answer.json()
    assert [word["text"] for word in page["words"]] == ["Zweite", "Seite"]
    assert (page["number"], page["version"], page["source"]) == (2, 1, "text")
    for word in page["words"]:
        left, top, right, bottom = word["box"]
        assert 0 <= left < right <= page["width"]
        assert 0 <= top < bottom <= page["height"]


def test_one_page_of_a_long_reading_is_one_small_range_of_its_blob(
    client: httpx.Client, office: Office, counting: Counting
) -> None:
    document = finished(office, pages=120)
    blob = next(row for row in office.rows(blobs) if row.bytes > 5 << 20)
    client.get(f"/v1/documents/{document}/pages/1")
    counting.requests.clear()
    counting.bytes.clear()
    page = client.get(f"/v1/documents/{document}/pages/77").json()
    assert (page["number"], len(page["words"])) == (77, 600)
    assert counting.requests[str(blob.id)] == 2, "the header and one range"
    assert counting.bytes[str(blob.id)] <= 64 + 3 * ((64 << 10) + 16)


def finished(office: Office, pages: int) -> UUID:
    """A document with a made-up reading of many words."""
    document = office.hand_in(drawn(["x"]))
    with office.database.unit(office.tenant) as unit:
        acts.begin(unit, office.moment(), document)
    office.vault.new_data_key(office.tenant, document)
    words = tuple(Word("Bedarfsgemeinschaft", (1, 2, 3, 4), 1, 0.9) for _ in range(600))
    readings = [PageReading(number, 10, 10, 300, 0, "ocr", 0.9, words) for number in range(1, pages + 1)]
    archival = office.home / "archival.pdf"
    archival.write_bytes(drawn(["x"]))
    engine = {"name": "test", "version": "1", "languages": "deu"}
    read = Read(document, 1, readings, engine, archival, Joined("PDF/A-2b"), Verdict("UNB", 0.0), [])
    made = seal(office.vault, office.tenant, read, office.moment().new_id)
    with office.database.unit(office.tenant) as unit:
        assert acts.finish(unit, office.moment(), made) == (True, [])
    return document


def test_pages_that_are_not_there_are_told_apart_from_those_not_read_yet(
    client: httpx.Client, office: Office, read: UUID
) -> None:
    unread = office.hand_in(drawn(["x"]))
    for path, status, code in (
        (f"{unread}/pages/1", 404, "rendition-not-made"),
        (f"{read}/pages/3", 404, "not-found"),
        (f"{read}/pages/1?version=2", 404, "not-found"),
        (f"{read}/pages/3/image", 404, "not-found"),
        (f"{read}/pages/0", 422, "invalid"),
    ):
        answer = client.get(f"/v1/documents/{path}")
        assert (answer.status_code, answer.json()["code"]) == (status, code), path


def test_pages_and_pictures_are_for_those_who_may_see_the_document(
    client: httpx.Client, office: Office, read: UUID
) -> None:
    for roles in (["scanner"], ["administrator"]):
        headers = stranger(office, roles)
        for path in ("pages/1", "pages/1/image", "retry"):
            ask = client.post if path == "retry" else client.get
            assert ask(f"/v1/documents/{read}/{path}", headers=headers).status_code == 404, path
    assert client.get(f"/v1/documents/{read}/pages/1", headers={"Authorization": ""}).status_code == 401


def test_a_read_page_stands_in_the_journal_once_for_words_and_once_for_the_picture(
    client: httpx.Client, office: Office, read: UUID
) -> None:
    for path in ("pages/1", "pages/2", "pages/1/image?width=100", "pages/2/image?width=100"):
        assert client.get(f"/v1/documents/{read}/{path}").status_code == 200
    assert read_entries(office) == 2


def read_entries(office: Office) -> int:
    return sum(row.act == "documents:content:read" for row in office.rows(entries))


@pytest.mark.parametrize(("asked", "wide"), [(1, 100), (250, 300), (1000, 1000), (9999, 2500)])
def test_a_picture_comes_in_the_next_of_a_few_widths(
    client: httpx.Client, office: Office, read: UUID, asked: int, wide: int
) -> None:
    answer = client.get(f"/v1/documents/{read}/pages/1/image", params={"width": asked})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert abs(Image.open(io.BytesIO(answer.content)).width - wide) <= 1


def test_a_picture_is_made_once_and_then_kept_sealed(client: httpx.Client, office: Office, read: UUID) -> None:
    path = f"/v1/documents/{read}/pages/1/image?width=200"
    first = client.get(path)
    office.pipeline = None
    again = client.get(path)
    assert first.content == again.content
    assert len(office.rows(kept)) == 1
    assert client.get(path, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    assert b"WEBP" not in office.scratch()[0].read_bytes()


def test_many_who_ask_for_the_same_picture_leave_one(client: httpx.Client, office: Office, read: UUID) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(
            threads.map(lambda _: client.get(f"/v1/documents/{read}/pages/1/image?width=400"), range(8))
        )  # fmt: skip
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert len(office.rows(kept)) == len(office.scratch()) == 1


def test_a_parked_document_shows_the_pages_of_its_original(
    office: Office, counting: Counting, failing: Callable[..., Pipeline]
) -> None:
    office.pipeline = failing("tests.ocr_pipeline.engines:Crash")
    document = office.hand_in(encoded(scan(), "PNG"))
    office.work()
    office.assert_parked(document, "abgestürzt")
    with served(office) as client:
        answer = client.get(f"/v1/documents/{document}/pages/1/image?width=300")
        assert Image.open(io.BytesIO(answer.content)).width == 300
        assert client.get(f"/v1/documents/{document}/pages/2/image").status_code == 404


@pytest.mark.parametrize("data", [b"Hallo\0", locked(), b"%PDF-1.4 kaputt"])
def test_a_page_that_cannot_be_drawn_is_a_problem_with_a_remedy(
    client: httpx.Client, office: Office, data: bytes
) -> None:
    document = office.hand_in(data)
    answer = client.get(f"/v1/documents/{document}/pages/1/image")
    assert (answer.status_code, answer.json()["code"]) == (422, "page-not-drawn")
    assert "Original" in answer.json()["remedy"]


def test_pictures_of_the_original_go_when_the_document_is_read(client: httpx.Client, office: Office) -> None:
    document = office.hand_in(encoded(scan().rotate(90, expand=True), "PNG"))
    before = client.get(f"/v1/documents/{document}/pages/1/image?width=300")
    office.work()
    assert office.rows(kept) == office.scratch() == []
    after = client.get(f"/v1/documents/{document}/pages/1/image?width=300")
    tall, wide = (Image.open(io.BytesIO(answer.content)) for answer in (before, after))
    assert tall.height > tall.width
    assert wide.width > wide.height


def test_the_sweep_lets_go_of_old_pictures_only(client: httpx.Client, office: Office, read: UUID) -> None:
    client.get(f"/v1/documents/{read}/pages/1/image?width=100")
    for age, left in ((timedelta(0), 1), (page_images.IMAGE_KEPT, 0)):
        with office.database.unit(office.tenant) as unit:
            let_go = page_images.forget_old_images(unit, office.moment().at + age)
        assert len(office.rows(kept)) == left
        assert len(let_go) == 1 - left


def test_another_try_with_the_password_reads_the_document(client: httpx.Client, office: Office) -> None:
    document = office.hand_in(locked())
    office.work()
    answer = client.post(f"/v1/documents/{document}/retry", json={"password": SECRET})
    assert answer.status_code == 202
    assert (answer.json()["state"], answer.json()["reading"]) == ("received", {"state": "waiting", "reason": None})
    office.work()
    assert client.get(f"/v1/documents/{document}/pages/1").json()["words"][0]["text"] == "Vertraulich"
    assert office.rows(passwords) == []


def test_another_try_is_one_act_however_often_it_is_sent(client: httpx.Client, office: Office) -> None:
    document = office.hand_in(b"Hallo\0")
    office.work()
    path, headers = f"/v1/documents/{document}/retry", {"Idempotency-Key": "1"}
    first, again = (client.post(path, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code, first.json()) == (202, 202, again.json())
    assert office.acts(document) == ["begun", "failed", "retried"]
    assert len(office.rows(idempotency)) == 1
    refused = client.post(path)
    assert (refused.status_code, refused.json()["code"]) == (409, "not-parked")


@pytest.mark.parametrize("body", [{"password": 5}, {"password": "x" * 1001}, [], "x", {"password": "\ud800"}])
def test_another_try_refuses_what_is_no_password(client: httpx.Client, office: Office, body: object) -> None:
    document = office.hand_in(b"Hallo\0")
    office.work()
    answer = client.post(
        f"/v1/documents/{document}/retry", content=json.dumps(body), headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_who_may_only_look_may_not_try_again(client: httpx.Client, office: Office) -> None:
    document = office.hand_in(b"Hallo\0")
    office.work()
    answer = client.post(f"/v1/documents/{document}/retry", headers=stranger(office, ["reader"]))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_no_plaintext_stays_where_pictures_are_made(
    client: httpx.Client, office: Office, read: UUID, tmp_path: Path
) -> None:
    client.get(f"/v1/documents/{read}/pages/1/image")
    assert [path for path in (office.settings.work_folder / "api").rglob("*") if path.is_file()] == []
