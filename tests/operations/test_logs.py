"""Logs say what happened, to which ids, and nothing that anybody typed."""

import json
import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from eakte.demo.scans import tiny_pages
from eakte.supervise.cluster import Urls
from eakte.watch.logs import JsonLines, PlainLines, about
from tests.journeys.conftest import Office
from tests.operations.conftest import Watched
from tests.rooms import found, open_database
from tests.service import Service

SECRETS = {
    "name": "Erika Musterfrau", "file": "kuendigung-zorro", "title": "Widerspruch Zitronenfalter",
    "password": "sesamoeffnedich", "token": "eakte_k_falscherschluessel", "reference": "99999//7654321",
    "path": "geheimerpfad",
}  # fmt: skip


def say_everything(office: Office, tmp_path: Path) -> str:
    """Every way in which a person may hand us a secret; gives the id of a document."""
    file = tiny_pages(tmp_path, [], 1)[0]
    said = {"title": SECRETS["title"], "password": SECRETS["password"], "case_reference": SECRETS["reference"]}
    document: str = office.hand_in(file, f"{SECRETS['file']}.pdf", **said)["id"]
    office.settled(document)
    office.clerk.get("/v1/search", params={"q": SECRETS["name"]})
    office.clerk.get("/v1/search", params={"q": f'"{SECRETS["name"]}', "from": SECRETS["name"]})
    office.clerk.get("/v1/casefiles", params={"reference": SECRETS["reference"]})
    office.clerk.get(f"/v1/documents/{SECRETS['path']}")
    office.clerk.get(f"/{SECRETS['path']}")
    office.clerk.post("/v1/casefiles", json={"reference": SECRETS["reference"], "title": SECRETS["name"]})
    office.clerk.post("/v1/casefiles", json={"reference": SECRETS["reference"], "title": SECRETS["name"]})
    office.clerk.post(f"/v1/documents/{document}/retry", json={"password": SECRETS["password"]})
    office.clerk.post("/v1/documents", files={"file": (SECRETS["file"], b"")})
    office.clerk.get("/v1/me", headers={"Authorization": f"Bearer {SECRETS['token']}"})
    who = {"tenant": office.tenant, "user": SECRETS["name"], "password": SECRETS["password"]}
    office.clerk.post("/v1/sessions", json=who)
    return document


def logged(service: Service) -> str:
    files = [service.home / "up.log", *(service.home / "log").iterdir()]
    return "\n".join(file.read_text() for file in files)


def assert_discreet(lines: str) -> None:
    for secret in SECRETS.values():
        for word in secret.split():
            assert word not in lines, next(line for line in lines.splitlines() if word in line)
    assert "127.0.0.1:" not in "\n".join(line for line in lines.splitlines() if "/v1/" in line)


def test_json_lines_bear_ids_and_no_word_that_was_typed(watched: Watched, office: Office, tmp_path: Path) -> None:
    document = say_everything(office, tmp_path)
    assert_discreet(logged(watched.service))
    api = [json.loads(line) for line in (watched.service.home / "log" / "api.log").read_text().splitlines()]
    assert all({"time", "level", "logger", "message"} <= set(line) for line in api)
    search = [line for line in api if line["message"] == "GET /v1/search"]
    assert {line["status"] for line in search} == {200, 422}
    assert all(len(line["request"]) == 16 and len(line["trace"]) == 32 for line in search)
    assert [line for line in api if line.get("id") == document and line["message"] == "POST /v1/documents/{id}/retry"]


def test_a_request_is_named_in_its_answer(office: Office) -> None:
    names = {office.clerk.get("/v1/me").headers["x-request-id"] for _ in range(3)}
    assert len(names) == 3


@pytest.mark.parametrize("form", [JsonLines(), PlainLines()])
def test_an_error_is_told_by_its_class_and_place_not_by_the_values_it_quotes(
    database: Urls, form: logging.Formatter
) -> None:
    found(opened := open_database(database), database, "musterkreis")
    try:
        with opened.unit(found(opened, database, "anders").id) as unit:
            unit.run(
                text("INSERT INTO tenants (id, name, title, created_at) VALUES (:id, 'musterkreis', :title, :at)"),
                {"id": unit.tenant, "title": SECRETS["title"], "at": datetime.now(UTC)},
            )
    except IntegrityError as error:
        record = logging.LogRecord(
            "eakte", logging.ERROR, __file__, 1, "job failed", None, (type(error), error, error.__traceback__)
        )
        with about(job=7):
            line = form.format(record)
        assert SECRETS["title"] not in str(error)
        assert "musterkreis" in str(error)  # PostgreSQL itself names the value
    opened.close()
    assert "musterkreis" not in line
    assert "psycopg.errors.UniqueViolation (23505)" in line
    assert "job" in line
    assert "test_logs.py" in line
