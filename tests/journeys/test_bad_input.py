"""Bad files through the whole service: each is read, or parked with a reason a clerk understands, and harms nobody."""

import base64
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from eakte.demo.scans import tiny_pages
from ocr_pipeline.errors import SENTENCES
from tests.conftest import plain
from tests.journeys.bad_files import LIMITS, PARKED, PASSWORD, READ, WRONG, locked
from tests.journeys.conftest import Office
from tests.service import Service, running, until

REFERENCE = "12345//1234567"
SETTLED_WITHIN = 240


@dataclass
class Mail:
    """What was handed in by name: the bytes, the answer at upload, the document once it was settled."""

    office: Office
    case: str
    sent: dict[str, bytes] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    settled: dict[str, dict[str, Any]] = field(default_factory=dict)

    def hand_in(self, name: str, content: bytes, **fields: str) -> None:
        self.sent[name], self.ids[name] = content, self.office.hand_in(content, f"{name}.pdf", **fields)["id"]

    def await_all(self) -> None:
        for name, document in self.ids.items():
            self.settled[name] = self.office.settled(document, SETTLED_WITHIN)


@pytest.fixture(scope="module")
def strict() -> Iterator[Service]:
    """A service with low limits, so that bombs are cheap."""
    with running(**LIMITS) as service:
        yield service


@pytest.fixture(scope="module")
def mail(strict: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mail]:
    """Everything is handed in at once, a good neighbour after each five bad files, and then waited for."""
    strict.order("tenant", "create", "amt", "--title", "Jobcenter Prüfstadt")
    neighbours = tiny_pages(tmp_path_factory.mktemp("good"), [REFERENCE], len(PARKED | READ) // 5 + 1)
    with strict.client(strict.key("amt", "clerk")) as clerk:
        opened = clerk.post("/v1/casefiles", json={"reference": REFERENCE, "title": "Muster"}).json()
        mail = Mail(Office(strict, "amt", clerk), opened["id"])
        made = {**{name: make for name, (make, _) in PARKED.items()}, **READ}
        for place, (name, make) in enumerate(made.items()):
            mail.hand_in(name, make())
            if place % 5 == 4:
                mail.hand_in(f"neighbour-{place}", neighbours[place // 5].read_bytes())
        mail.hand_in("known-password", locked(), password=PASSWORD)
        mail.hand_in("wrong-password", locked(), password=WRONG)
        mail.await_all()
        yield mail


def code_of(reason: str) -> str:
    """The code whose sentence stands in a reason, behind a page's number if there is one."""
    return next(code for code, sentence in SENTENCES.items() if reason.endswith(sentence))


@pytest.mark.parametrize("name", PARKED)
def test_what_cannot_be_read_is_parked_with_a_reason_a_clerk_understands(name: str, mail: Mail) -> None:
    document = mail.settled[name]
    assert (document["state"], document["place"], document["reading"]["state"]) == ("parked", "clearing", "failed")
    assert code_of(document["reason"]) in PARKED[name][1], document["reason"]


@pytest.mark.parametrize("name", [*READ, "known-password"])
def test_what_is_only_strange_is_read_and_can_be_looked_at(name: str, mail: Mail) -> None:
    document = mail.settled[name]
    assert (document["reading"]["state"], document["pages"]) == ("done", 1), document["reading"]
    address = f"/v1/documents/{document['id']}"
    assert mail.office.clerk.get(f"{address}/renditions/text").text.strip()
    made = {rendition["kind"]: rendition for rendition in document["versions"][0]["renditions"]}["archival"]
    assert (made["conformance"] == "PDF/A-2b") != bool(made["conformance_reason"])


def test_every_neighbour_is_read_and_filed_and_every_original_is_byte_for_byte_what_was_sent(mail: Mail) -> None:
    neighbours = [document for name, document in mail.settled.items() if name.startswith("neighbour")]
    assert len(neighbours) > 5
    assert {(each["state"], each["case_file"]) for each in neighbours} == {("filed", mail.case)}
    for name, document in mail.ids.items():
        served = mail.office.clerk.get(f"/v1/documents/{document}/renditions/original")
        assert served.content == mail.sent[name], name


def test_pictures_of_what_cannot_be_shown_are_a_clear_problem(mail: Mail) -> None:
    for name in ("garbage", "encrypted", "huge-png", "zip-bomb", "no-pages"):
        answer = mail.office.clerk.get(f"/v1/documents/{mail.ids[name]}/pages/1/image")
        assert answer.status_code in {404, 422}, (name, answer.text)
        assert answer.json()["detail"]


def test_the_password_opens_at_the_second_try_and_what_is_parked_is_filed_by_hand(mail: Mail) -> None:
    clerk = mail.office.clerk
    assert code_of(mail.settled["wrong-password"]["reason"]) == "wrong-password"
    for name, word in (("wrong-password", PASSWORD), ("locked", WRONG)):
        retried = clerk.post(f"/v1/documents/{mail.ids[name]}/retry", json={"password": word})
        assert retried.status_code == 202, retried.text
        assert PASSWORD not in retried.text
    opened, shut = (mail.office.settled(mail.ids[name]) for name in ("wrong-password", "locked"))
    assert opened["reading"]["state"] == "done"
    assert code_of(shut["reason"]) == "wrong-password"
    for name in PARKED:
        filed = clerk.post(f"/v1/documents/{mail.ids[name]}/filings", json={"case_file": mail.case})
        assert (filed.status_code, filed.json()["state"]) == (201, "filed"), (name, filed.text)


def test_no_password_stays_anywhere_on_the_machine(mail: Mail, strict: Service) -> None:
    clerk = mail.office.clerk
    again = mail.office.hand_in(locked(), "noch-einmal.pdf", password=PASSWORD)["id"]
    assert mail.office.settled(again)["reading"]["state"] == "done"
    bad = clerk.post("/v1/documents", files={"file": ("a.pdf", b"x")}, data={"password": PASSWORD, "priority": "?"})
    assert bad.status_code == 422
    assert PASSWORD not in bad.text
    dump = dumped(strict)
    assert b"document_passwords" in dump
    assert rows(dump, "document_passwords") == []
    needles = [needle for word in (PASSWORD, WRONG) for needle in traces(word)]
    assert [needle for needle in needles if needle in dump] == []
    written = {file: contents(file) for file in files_of(strict)}
    assert any(REFERENCE.encode() in content for content in written.values()), "what is kept openly would be found"
    assert [file for file, content in written.items() if any(needle in content for needle in needles)] == []


def traces(word: str) -> list[bytes]:
    """How a secret may look in a dump or a log."""
    return [word.encode(), word.encode().hex().encode(), base64.b64encode(word.encode()), word.encode("utf-16-le")]


def dumped(service: Service) -> bytes:
    """All tables of all schemas, as a superuser sees them."""
    url = plain((service.home / "database-owner.url").read_text().strip()).replace("eakte_owner", "postgres")
    done = subprocess.run(["/usr/lib/postgresql/15/bin/pg_dump", "--inserts", url], capture_output=True, check=True)
    return done.stdout


def rows(dump: bytes, table: str) -> list[bytes]:
    return [line for line in dump.splitlines() if line.startswith(f"INSERT INTO public.{table} ".encode())]


def files_of(service: Service) -> list[Path]:
    """Everything that the service or its database wrote, the database's own files and write-ahead log included."""
    folders = [service.home]
    note = json.loads((service.home / "postgres.json").read_text())
    if note["elsewhere"] is not None:
        folders.append(Path(note["elsewhere"]))
    return [file for folder in folders for file in folder.rglob("*") if file.is_file()]


def contents(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:  # the database recycles its files while we look
        return b""


def test_nothing_that_was_parsed_is_left_in_the_work_folders(mail: Mail, strict: Service) -> None:
    def left() -> list[Path]:
        return [file for file in (strict.home / "work").rglob("*") if file.is_file()]

    until(lambda: not left(), 10, lambda: str(left()))


def test_an_empty_file_is_refused_at_once_and_leaves_nothing(mail: Mail) -> None:
    before = mail.office.clerk.get("/v1/documents").json()["items"][0]["id"]
    answer = mail.office.clerk.post("/v1/documents", files={"file": ("leer.pdf", b"")})
    assert (answer.status_code, answer.json()["code"]) == (422, "empty-file")
    assert mail.office.clerk.get("/v1/documents").json()["items"][0]["id"] == before


@pytest.mark.parametrize(
    ("said", "title"),
    [
        (b'filename="../../x"', "x"),
        (b'filename="..\\\\..\\\\windows\\\\x.pdf"', "x.pdf"),
        (b'filename="a\x01b\x1b[31mc.pdf"', "ab[31mc.pdf"),
        (b'filename="' + b"n" * 300 + b'.pdf"', "n" * 196 + ".pdf"),
        (b"filename*=UTF-8''K%C3%BCndigung%0d%0aX-Evil%3A1.pdf", "KündigungX-Evil1.pdf".replace("Evil1", "Evil:1")),
        (b"filename=\"a.pdf\"; filename*=UTF-8''..%2F..%2Fb.pdf", "b.pdf"),
        ("filename=\"\u202egnp.exe\"".encode(), "gnp.exe"),
        (b'filename=".."', "unbenannt"),
    ],
)  # fmt: skip
def test_file_names_are_shown_and_never_followed(said: bytes, title: str, mail: Mail, strict: Service) -> None:
    head = b'--grenze\r\nContent-Disposition: form-data; name="file"; ' + said
    body = head + b"\r\n\r\n%PDF-1.4 x\r\n--grenze--\r\n"
    answer = mail.office.clerk.post(
        "/v1/documents", content=body, headers={"Content-Type": "multipart/form-data; boundary=grenze"}
    )
    assert answer.status_code == 201, answer.text
    address = f"/v1/documents/{answer.json()['id']}"
    assert mail.office.clerk.get(address).json()["title"] == title
    served = mail.office.clerk.get(f"{address}/renditions/original")
    assert "x-evil" not in served.headers
    assert served.headers["content-disposition"].isascii()
    assert [file for file in strict.home.rglob(title) if file.is_file()] == []


def test_a_disk_that_is_nearly_full_refuses_uploads_and_says_when_to_come_again(tmp_path: Path) -> None:
    with running(FREE_SPACE_MIN="900TiB") as service:
        service.order("tenant", "create", "amt", "--title", "Jobcenter Prüfstadt")
        before = sorted((service.home / "blobs").rglob("*"))
        with service.client(service.key("amt", "clerk")) as clerk:
            answer = clerk.post("/v1/documents", files={"file": ("a.pdf", b"%PDF-1.4 x")})
            assert (answer.status_code, answer.json()["code"]) == (507, "store-nearly-full")
            assert int(answer.headers["retry-after"]) > 0
            assert clerk.get("/v1/documents").json()["items"] == []
        assert sorted((service.home / "blobs").rglob("*")) == before
