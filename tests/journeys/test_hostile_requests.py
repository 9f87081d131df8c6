"""Requests that no client of ours sends: each gets a clear problem, none a server error, and nothing is left of any."""

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.journeys.conftest import Office
from tests.service import TLS, Service, until

# What a request is differs in nothing by where bytes and index lie.
pytestmark = pytest.mark.parametrize("service", ["embedded"], indirect=True)

EDGE = "multipart/form-data; boundary=grenze"
PDF = b"%PDF-1.4 klein"


def part(disposition: bytes, content: bytes = PDF) -> bytes:
    return b"--grenze\r\nContent-Disposition: " + disposition + b"\r\n\r\n" + content + b"\r\n"


FILE = part(b'form-data; name="file"; filename="a.pdf"')
END = b"--grenze--\r\n"


@dataclass
class House:
    """The service with one clerk, a case file and a document."""

    office: Office
    case: str
    document: str

    @property
    def service(self) -> Service:
        return self.office.service

    @property
    def tenant(self) -> str:
        return self.office.tenant

    @property
    def clerk(self) -> httpx.Client:
        return self.office.clerk

    def stored(self) -> set[Path]:
        """Blobs, keys and pieces of blobs."""
        return {file for file in (self.service.home / "blobs").rglob("*") if file.is_file()}

    def await_nothing_but(self, before: set[Path]) -> None:
        until(lambda: self.stored() <= before, 10, lambda: f"{self.stored() - before}\n{self.service.log()}")


@pytest.fixture(scope="module")
def house(service: Service) -> Iterator[House]:
    service.order("tenant", "create", "feindlich", "--title", "Jobcenter Prüfstadt")
    with service.client(service.key("feindlich", "clerk")) as clerk:
        case = clerk.post("/v1/casefiles", json={"reference": "A-1", "title": "Muster"}).json()["id"]
        office = Office(service, "feindlich", clerk)
        document = office.hand_in(b"keine bekannte Datei\0")["id"]
        office.settled(document)
        yield House(office, case, document)


def check(answer: httpx.Response, *statuses: int) -> None:
    """A problem with one of these statuses that says what to do and shows nothing of the inside."""
    assert answer.status_code in statuses, (answer.status_code, answer.text[:500])
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "code", "remedy"}
    assert problem["detail"] and problem["remedy"]
    assert "Traceback" not in answer.text and "psycopg" not in answer.text


FORMS: dict[str, tuple[str, bytes, int]] = {
    "no content type": ("", FILE + END, 422),
    "wrong content type": ("application/json", b'{"file": "x"}', 422),
    "no boundary": ("multipart/form-data", FILE + END, 422),
    "another boundary": ("multipart/form-data; boundary=andere", FILE + END, 422),
    "endless boundary": (f"multipart/form-data; boundary={'g' * 5000}", FILE + END, 422),
    "no end": (EDGE, FILE, 422),
    "cut in the headers": (EDGE, FILE[:40], 422),
    "empty body": (EDGE, b"", 422),
    "two files": (EDGE, FILE + FILE + END, 422),
    "no file": (EDGE, part(b'form-data; name="title"', b"x") + END, 422),
    "file in another part": (EDGE, part(b'form-data; name="datei"; filename="a.pdf"') + END, 422),
    "file without name": (EDGE, part(b'form-data; name="file"') + END, 422),
    "part without name": (EDGE, part(b'form-data; filename="a.pdf"') + END, 422),
    "field twice": (EDGE, FILE + part(b'form-data; name="title"', b"x") * 2 + END, 422),
    "NUL in a field": (EDGE, FILE + part(b'form-data; name="title"', b"a\0b") + END, 422),
    "no UTF-8 in a field": (EDGE, FILE + part(b'form-data; name="title"', b"\xff\xfe") + END, 422),
    "surrogate in a field": (EDGE, FILE + part(b'form-data; name="title"', b"\xed\xa0\x80") + END, 422),
    "long title": (EDGE, FILE + part(b'form-data; name="title"', b"x" * 501) + END, 422),
    "huge field": (EDGE, FILE + part(b'form-data; name="title"', b"x" * (2 << 20)) + END, 413),
    "many fields": (EDGE, FILE + b"".join(part(b'form-data; name="f%d"' % n, b"x") for n in range(100)) + END, 413),
    "huge header": (EDGE, part(b'form-data; name="file"; filename="' + b"x" * (2 << 20) + b'"') + END, 422),
    "headers without end": (EDGE, b"--grenze\r\n" + b"X-A: b\r\n" * 300_000, 422),
    "unknown priority": (EDGE, FILE + part(b'form-data; name="priority"', b"sofort") + END, 422),
    "day as number": (EDGE, FILE + part(b'form-data; name="receipt_date"', b"42") + END, 422),
    "day that is none": (EDGE, FILE + part(b'form-data; name="receipt_date"', b"2026-02-30") + END, 422),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_that_is_none_is_refused_and_leaves_no_bytes(name: str, house: House) -> None:
    kind, body, status = FORMS[name]
    before = house.stored()
    headers = {"Content-Type": kind} if kind else {}
    check(house.clerk.post("/v1/documents", content=body, headers=headers), status)
    house.await_nothing_but(before)


def test_blank_fields_count_as_left_out(house: House) -> None:
    blank = b"".join(part(b'form-data; name="%s"' % name, b" ") for name in
                     (b"title", b"case_reference", b"receipt_date", b"priority"))  # fmt: skip
    answer = house.clerk.post("/v1/documents", content=blank + FILE + END, headers={"Content-Type": EDGE})
    assert answer.status_code == 201, answer.text
    assert house.office.settled(answer.json()["id"])["title"] == "a.pdf"


@pytest.mark.parametrize("sent", [0, 100, 3 << 20])
def test_a_connection_that_ends_midway_leaves_neither_blob_nor_piece(sent: int, house: House) -> None:
    before = house.stored()
    for length in (sent + 1, sent + (4 << 20)):
        with raw(house, length) as connection:
            connection.sendall((FILE + b"x" * sent)[: max(sent, 0)])
    house.await_nothing_but(before)


def test_a_length_that_is_too_short_cuts_the_form_and_is_no_document(house: House) -> None:
    before = house.stored()
    with raw(house, 60) as connection:
        connection.sendall(FILE + END)
        # What is left over is read as another request, which it is not.
        assert connection.recv(4096)[:12] in {b"HTTP/1.1 400", b"HTTP/1.1 422"}
    house.await_nothing_but(before)


@pytest.mark.parametrize(
    "line",
    ["Content-Length: -1", "Content-Length: zwölf", "Content-Length: 5\r\nContent-Length: 6", "X: a\0b",
     "Transfer-Encoding: chunked\r\nContent-Length: 3"],
)  # fmt: skip
def test_headers_that_contradict_themselves_are_refused(line: str, house: House) -> None:
    key = house.clerk.headers["authorization"]
    with socket.create_connection(("127.0.0.1", house.service.port), timeout=10) as connection:
        head = (
            f"POST /v1/documents HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\nContent-Type: {EDGE}\r\n{line}\r\n\r\n"
        )
        connection.sendall(head.encode() + b"0\r\n\r\n")
        assert connection.recv(4096)[:12] in {b"HTTP/1.1 400", b"HTTP/1.1 422"}


def raw(house: House, length: int) -> socket.socket:
    """A connection on which an upload of so many bytes has been announced."""
    connection = socket.create_connection(("127.0.0.1", house.service.port), timeout=10)
    key = house.clerk.headers["authorization"]
    head = f"POST /v1/documents HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\nContent-Type: {EDGE}\r\n"
    connection.sendall(f"{head}Content-Length: {length}\r\n\r\n".encode())
    return connection


def test_a_slow_sender_keeps_nobody_waiting(house: House) -> None:
    waiting = [raw(house, 1000) for _ in range(30)]
    try:
        for connection in waiting:
            connection.sendall(FILE[:50])
        assert house.clerk.get("/v1/documents", timeout=5).status_code == 200
    finally:
        for connection in waiting:
            connection.close()


@pytest.mark.parametrize(
    "token",
    ["", "Bearer", "Basic YTpi", "Bearer x", "Bearer eakte_k_", "Bearer eakte_k_" + "A" * 86,
     "Bearer eakte_x_abc", "Bearer eakte_k_" + "A" * 6000, "Bearer eakte_s_" + "é" * 20, "Bearer eakte_k_%00"],
)  # fmt: skip
def test_without_a_valid_key_there_is_nothing_to_see(token: str, house: House) -> None:
    headers = {"Authorization": token.encode()} if token else {}
    wanted = ["GET me", f"GET documents/{house.document}", "POST documents", "GET search?q=a"]
    for method, address in map(str.split, wanted):
        answer = httpx.request(method, f"{house.service.url}/v1/{address}", headers=headers, verify=TLS)
        check(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"


def test_an_ended_key_opens_nothing(house: House) -> None:
    with house.service.client(house.service.key(house.tenant, "clerk", name="bald-vorbei")) as ended:
        assert ended.get("/v1/me").status_code == 200
        house.service.run("key", "revoke", "bald-vorbei", "--tenant", house.tenant)
        check(ended.get("/v1/me"), 401)
        check(ended.post("/v1/documents", files={"file": ("a.pdf", PDF)}), 401)


def test_a_key_has_no_password_to_change(house: House) -> None:
    check(house.clerk.put("/v1/me/password", json={"old": "x", "new": "ein-langes-neues-Kennwort"}), 422)
    assert house.clerk.get("/v1/me").status_code == 200


QUERIES = [
    "documents?limit=0", "documents?limit=-5", "documents?limit=201", "documents?limit=1e3",
    "documents?limit=" + "9" * 400, "documents?state=a%00b", "documents?type=%00", "documents?case_file=nein",
    "documents?received_file=" + "f" * 500, "documents?cursor=abc", "documents?cursor=%00",
    "documents?cursor=WyJkb2N1bWVudHMiLCJ4Il0", "documents?cursor=WyJkb2N1bWVudHMiLDVd",
    "documents?cursor=" + "W" * 3000, "documents?cursor=" + "W1tb" * 400, "casefiles?reference=%00",
    "casefiles?cursor=WyJjYXNlZmlsZXMiLCJ4Il0", "workitems?basket=x", "workitems?cursor=bnVsbA",
    "workitems?cursor=WyJjbGVhcmluZyIsIjk5OTk5LTAxLTAxIiwiYSJd", "search", "search?q=", "search?q=%00",
    "search?q=%22%22", "search?q=a&type=%00", "search?q=a&state=%00", "search?q=a&from=42", "search?q=a&to=2026-02-30",
    "search?q=a&case_file=x", "search?q=" + "a" * 1001, "search?q=" + "+".join(f"a{n}" for n in range(100)),
    "search?q=a&cursor=x", "documents/nein", "casefiles/%00", "casefiles/{case}?as_of=gestern",
    "casefiles/{case}?as_of=-1", "casefiles/{case}?as_of=2026-01-01T00:00:00", "casefiles/{case}?as_of=%00",
    "casefiles/{case}?as_of=0001-01-01T00:00:00%2B23:59", "casefiles/{case}?as_of=" + "1" * 41,
    "casefiles/{case}/documents?as_of=99999-01-01T00:00Z", "casefiles/{case}/documents?cursor=x",
    "casefiles/{case}/revisions?cursor=WyJyZXZpc2lvbnMiLCJ4IiwxXQ",
    "casefiles/{case}/journal?cursor=WyJqb3VybmFsIiwtMV0", "documents/{document}/versions/0/renditions/original",
    "documents/{document}/versions/99999999999/renditions/original", "documents/{document}/pages/0",
    "documents/{document}/pages/1/image?width=0", "documents/{document}/pages/1/image?width=-1",
    "documents/{document}/renditions/geheim", "documents?state=" + "a" * 60_000,
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query[:60])
def test_questions_that_make_no_sense_are_refused_by_name(query: str, house: House) -> None:
    address = query.replace("{case}", house.case).replace("{document}", house.document)
    check(house.clerk.get(f"/v1/{address}"), 422)


@pytest.mark.parametrize(
    ("query", "status"),
    [("casefiles/{case}?as_of=0", 404), ("casefiles/{case}?as_of=999999999", 404),
     ("casefiles/{case}?as_of=0001-01-01T00:00:00Z", 404), ("documents/{document}/versions/7/renditions/original", 404),
     ("documents/{document}/pages/7", 404), ("gibt/es/nicht", 404), ("documents/../../etc/passwd", 404),
     ("documents/00000000-0000-0000-0000-000000000000", 404)],
)  # fmt: skip
def test_what_is_not_there_is_not_found(query: str, status: int, house: House) -> None:
    check(house.clerk.get(f"/v1/{query.replace('{case}', house.case).replace('{document}', house.document)}"), status)


BODIES: dict[str, tuple[str, str, Any]] = {
    "NUL in a title": ("POST", "casefiles", {"reference": "A-2", "title": "a\0b"}),
    "surrogate in a title": ("POST", "casefiles", b'{"reference": "A-2", "title": "\\ud800"}'),
    "NUL in a reference": ("POST", "casefiles", {"reference": "A\0", "title": "x"}),
    "reference of one blank": ("POST", "casefiles", {"reference": " ", "title": "x"}),
    "NUL in an org unit": ("POST", "casefiles", {"reference": "A-2", "title": "x", "org_unit": "\0"}),
    "number for a title": ("POST", "casefiles", {"reference": "A-2", "title": 5}),
    "list for a body": ("POST", "casefiles", []),
    "null for a body": ("POST", "casefiles", b"null"),
    "no JSON": ("POST", "casefiles", b"{"),
    "no UTF-8": ("POST", "casefiles", b"\xff\xfe\x00"),
    "nested deeply": ("POST", "casefiles", b"[" * 200_000),
    "nested objects": ("POST", "casefiles", b'{"a":' * 100_000),
    "number without end": ("POST", "casefiles", b'{"reference": ' + b"9" * 100_000 + b"}"),
    "NaN": ("PATCH", "documents/{document}", b'{"title": NaN}'),
    "NUL in a reason": ("POST", "documents/{document}/withdrawals", {"reason": "a\0b"}),
    "surrogate in a reason": ("POST", "documents/{document}/withdrawals", b'{"reason": "\\udfff"}'),
    "NUL in a new title": ("PATCH", "documents/{document}", {"title": "a\0b"}),
    "line break in a new title": ("PATCH", "documents/{document}", {"title": "a\r\nSet-Cookie: b"}),
    "seconds for a day": ("PATCH", "documents/{document}", {"receipt_date": 42}),
    "surrogate for a password": ("POST", "documents/{document}/retry", b'{"password": "\\ud800"}'),
    "two places at once": ("POST", "documents/{document}/filings", {"case_file": "{case}", "case_reference": "A-1"}),
    "NUL for a tenant": ("POST", "sessions", {"tenant": "\0", "user": "a", "password": "b"}),
    "surrogate for a user": ("POST", "sessions", b'{"tenant": "a", "user": "\\ud800", "password": "b"}'),
    "surrogate to sign in": ("POST", "sessions", b'{"tenant": "feindlich", "user": "a", "password": "\\ud800"}'),
    "NUL in a query": ("DELETE", "documents/{document}/filings/current?reason=%00", None),
}


@pytest.mark.parametrize("name", BODIES)
def test_bodies_that_make_no_sense_are_refused_by_name(name: str, house: House) -> None:
    method, address, body = BODIES[name]
    content = body if isinstance(body, bytes) else json.dumps(body).replace("{case}", house.case).encode()
    headers = {"Content-Type": "application/json", "If-Match": "*"}
    check(
        house.clerk.request(
            method, f"/v1/{address.replace('{document}', house.document)}", content=content, headers=headers
        ),
        422,
    )


@pytest.mark.parametrize("address", ["sessions", "casefiles", "documents/x/retry"])
def test_a_body_without_a_file_is_held_to_a_mebibyte_also_from_strangers(address: str, house: House) -> None:
    body = b'{"reference": "' + b"a" * (2 << 20) + b'"}'
    for headers in ({}, dict(house.clerk.headers)):
        kind = {"Content-Type": "application/json"}
        answer = httpx.post(f"{house.service.url}/v1/{address}", content=body, headers={**headers, **kind}, verify=TLS)
        check(answer, 413)
        assert answer.json()["code"] == "body-too-large"


@pytest.mark.parametrize(
    "asked",
    ["bytes=5-2", "bytes=-", "bytes=a-b", "bytes=0-1,3-4", "seiten=1-2", "bytes=" + "9" * 400 + "-", "bytes=-0",
     "bytes=99999-", "bytes=--1"],
)  # fmt: skip
def test_ranges_that_make_no_sense_give_the_whole_or_a_problem(asked: str, house: House) -> None:
    address = f"/v1/documents/{house.document}/renditions/original"
    answer = house.clerk.get(address, headers={"Range": asked})
    if answer.status_code == 200:
        assert answer.content == b"keine bekannte Datei\0"
    else:
        check(answer, 416)


def test_titles_cannot_write_headers(house: House) -> None:
    evil = {"title": 'a"; filename="b.exe\u2028'}
    changed = house.clerk.patch(f"/v1/documents/{house.document}", json=evil, headers={"If-Match": "*"})
    assert changed.status_code == 200, changed.text
    served = house.clerk.get(f"/v1/documents/{house.document}/renditions/original")
    assert served.headers["content-disposition"].startswith(
        "attachment; filename*=UTF-8''a%22%3B%20filename%3D%22b.exe"
    )
    assert served.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in served.headers["content-security-policy"]


def test_no_answer_may_be_kept_by_a_cache_that_others_share(house: House) -> None:
    for address in (
        "me",
        "documents",
        "casefiles",
        f"casefiles/{house.case}/revisions",
        "search?q=a",
        "document-types",
        "keys",
    ):
        assert house.clerk.get(f"/v1/{address}").headers["cache-control"] == "private, no-cache", address


def test_an_idempotency_key_of_somebody_else_is_only_a_word(house: House) -> None:
    def send(client: httpx.Client) -> str:
        answer = client.post("/v1/documents", files={"file": ("a.pdf", PDF)}, headers={"Idempotency-Key": "eins"})
        assert answer.status_code == 201, answer.text
        found: str = answer.json()["id"]
        return found

    mine = send(house.clerk)
    with house.service.client(house.service.key(house.tenant, "scanner", name="fremd")) as other:
        assert send(other) != mine
    assert send(house.clerk) == mine
    for key in ("x" * 256, ""):
        check(
            house.clerk.post(
                "/v1/casefiles", json={"reference": "A-3", "title": "x"}, headers={"Idempotency-Key": key}
            ),
            422,
        )


def test_strangers_cannot_tell_tenants_users_and_passwords_apart(house: House) -> None:
    house.service.run("user", "create", "berta", "--tenant", house.tenant, "--role", "clerk")
    said = []
    for tenant, user in (("gibt-es-nicht", "berta"), (house.tenant, "niemand"), (house.tenant, "berta")):
        body = {"tenant": tenant, "user": user, "password": "falsch"}
        answer = httpx.post(f"{house.service.url}/v1/sessions", json=body, verify=TLS)
        check(answer, 401)
        assert answer.headers["cache-control"] == "no-store" or answer.headers["cache-control"] == "private, no-cache"
        assert answer.elapsed.total_seconds() > 0.01, "as long as a password takes to be hashed"
        said.append(answer.text)
    assert len(set(said)) == 1


def test_the_service_still_stands_and_logged_no_unexpected_error(house: House) -> None:
    assert house.clerk.get("/health/ready").json()["status"] == "ready"
    assert "unexpected error" not in (house.service.home / "log" / "api.log").read_text()
