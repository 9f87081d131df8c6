"""An original that may harm is given only to who asks for it and may, its archival copy to everybody; over HTTP."""

from collections.abc import Iterator
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from eakte.documents import acts as documents
from eakte.gate.model import OPENED
from eakte.journal.tables import entries
from tests.gate.files import infected_pdf, with_macros
from tests.intake.desk import Desk, mail
from tests.ocr_pipeline.sheets import TEXT, drawn
from tests.recognition import test_reading_api as reading
from tests.recognition.test_reading_failures import SECRET, locked


@pytest.fixture
def client(guarded: Desk) -> Iterator[httpx.Client]:
    with reading.served(guarded) as found:
        yield found


def original(document: UUID) -> str:
    return f"/v1/documents/{document}/renditions/original"


def opened(desk: Desk) -> int:
    with desk.database.look(desk.tenant) as unit:
        return len(unit.all(select(entries.c.no).where(entries.c.act == OPENED)))


def test_an_infected_original_is_refused_until_somebody_who_may_opens_it(guarded: Desk, client: httpx.Client) -> None:
    data = infected_pdf()
    document = guarded.receive(data, "brief.pdf")
    guarded.work()
    for address in (original(document), f"/v1/documents/{document}/versions/1/renditions/original"):
        refused = client.get(address)
        assert (refused.status_code, refused.json()["code"]) == (403, "quarantined")
        assert "Eakte-Test-Only-Marker" in refused.json()["detail"]
        assert "quarantined=open" in refused.json()["remedy"]
    assert opened(guarded) == 0
    assert client.get(original(document), params={"quarantined": "open"}).content == data
    assert opened(guarded) == 1
    may_not = client.get(
        original(document), params={"quarantined": "open"}, headers=reading.stranger(guarded, ["mailroom"])
    )
    assert (may_not.status_code, may_not.json()["code"]) == (403, "forbidden")
    assert client.get(f"/v1/documents/{document}/pages/1/image").json()["code"] == "page-not-drawn"


def test_a_document_says_whether_it_was_scanned_and_what_was_found(guarded: Desk, client: httpx.Client) -> None:
    infected, clean = guarded.receive(infected_pdf(), "a.pdf"), guarded.receive(drawn(TEXT), "b.pdf")
    guarded.work()
    waiting = guarded.receive(drawn(TEXT), "c.pdf")
    found = {each["id"]: each["malware"] for each in client.get("/v1/documents").json()["items"]}
    states = {id_: (said["state"], bool(said["signature"]), bool(said["at"])) for id_, said in found.items()}
    assert states == {
        str(infected): ("infected", True, True),
        str(clean): ("clean", False, True),
        str(waiting): ("not-scanned", False, False),
    }
    whole = client.get(f"/v1/documents/{infected}").json()
    assert whole["malware"] == found[str(infected)]
    assert "Schadsoftware" in whole["quarantine"]
    assert client.get(f"/v1/documents/{clean}").json()["quarantine"] is None


def test_a_file_that_nobody_scanned_yet_is_not_drawn(guarded: Desk, client: httpx.Client) -> None:
    document = guarded.receive(drawn(TEXT), "brief.pdf")
    answer = client.get(f"/v1/documents/{document}/pages/1/image")
    assert (answer.status_code, answer.json()["code"]) == (422, "page-not-drawn")
    guarded.work()
    assert client.get(f"/v1/documents/{document}/pages/1/image").status_code == 200


def test_of_a_letter_with_macros_the_archival_copy_is_served_and_the_original_kept_apart(
    guarded: Desk, client: httpx.Client
) -> None:
    data = with_macros()
    document = guarded.receive(data, "brief.docm")
    guarded.work()
    refused = client.get(original(document))
    assert (refused.status_code, refused.json()["detail"]) == (403, "Die Datei enthält Makros.")
    assert client.get(f"/v1/documents/{document}/renditions/archival").content.startswith(b"%PDF")
    assert client.get(original(document), params={"quarantined": "open"}).content == data


def test_what_was_found_in_a_part_of_a_mail_holds_for_the_whole_mail(desk: Desk, clamd: dict[str, str]) -> None:
    """A scanner may look into a file but not wholly into a container around it."""
    whole = desk.receive(mail(("a.pdf", infected_pdf())), "post.eml")
    desk.run(*desk.take("take_apart"))
    desk.settings = desk.settings.model_copy(update={"clamd": clamd["CLAMD"]})
    (part,) = [each.id for each in desk.all() if each.id != whole]
    desk.run("read", part)
    desk.assert_parked(part, "Schadsoftware")
    with reading.served(desk) as client:
        refused = client.get(original(whole))
        assert refused.json()["code"] == "quarantined"
        assert "In einer Datei darin" in refused.json()["detail"]


def test_a_document_that_needs_a_password_asks_for_it_and_is_read_with_it(guarded: Desk, client: httpx.Client) -> None:
    document, plain = guarded.receive(locked(), "brief.pdf"), guarded.receive(b"Hallo\0", "kaputt")
    guarded.work()
    for each in (document, plain):
        with guarded.database.unit(guarded.tenant) as unit:
            documents.to_clearing(unit, guarded.moment(), documents.find(unit, each), "Nicht lesbar.")
    asked = {item["id"]: item["asks"] for item in client.get("/v1/workitems?basket=clearing").json()["items"]}
    assert asked == {str(document): "password", str(plain): None}
    wrong = client.post(f"/v1/workitems/{document}/confirm", json={"password": "falsch"})
    assert wrong.status_code == 201, wrong.text
    guarded.work()
    assert guarded.document(document).asks == "password"
    assert client.post(f"/v1/workitems/{document}/confirm", json={"password": SECRET}).status_code == 201
    guarded.work()
    found = guarded.document(document)
    assert (found.reading_state, found.asks) == ("done", None)
