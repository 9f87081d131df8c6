"""Each document that came with a batch has a transfer note: signed, bound to its bytes, in versions, JSON and XML."""

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from lxml import etree

from eakte.commands.verify import verify
from eakte.documents import acts as documents
from eakte.scanning.drv import drv_xml
from eakte.scanning.seal import TenantSeal
from tests.scanning.proof import OLD_TASKS, House
from tests.standards import standard

PDF = b"%PDF-1.7\n%%EOF\n"
PROCEDURE = {
    "title": "Ersetzendes Scannen", "version": "1.0", "since": "2020-01-01",
    "contractor": {"name": "Scanzentrum", "city": "Musterstadt", "unit": "Posteingang", "postcode": "12345"},
    "client": {"name": "Jobcenter", "city": "Musterstadt", "unit": "Zentrale Dienste", "street": "Am Markt 1"},
}  # fmt: skip


def test_a_note_says_who_when_how_and_binds_itself_to_the_bytes(house: House, pages: list[bytes]) -> None:
    batch = house.delivered(pages[0], operator="m.muster")
    document = house.documents(batch)[0]
    note = house.notes(document)[-1]
    assert note["person"]["operator"] == {"name": "m.muster", "principal": None}
    assert note["person"]["handed_in_by"]["principal"] is not None
    assert note["environment"]["profile"] | {"version": 1} == note["environment"]["profile"]
    assert (note["environment"]["profile"]["name"], note["environment"]["reader"][:9]) == ("simplex", "tesserocr")
    assert note["sources"][0]["sha256"] == hashlib.sha256(pages[0]).hexdigest()
    assert note["captured"]["known_by"] == "announcement"
    assert note["captured"]["from"] < note["captured"]["to"] == note["sources"][0]["received_at"]
    for kind, said in note["renditions"].items():
        assert said["sha256"] == hashlib.sha256(house.rendition(UUID(document), kind)).hexdigest()
    assert note["quality"]["completeness"] == {"batch": "reconciled", "difference": 0, "announced_pages": 1}
    assert note["identity"] == {
        "stated": True, "by": "operator", "reason": None,
        "statement": "Das Scanprodukt stimmt mit dem Papierdokument bildlich und inhaltlich überein.",
    }  # fmt: skip


def test_a_pseudonym_resolves_at_once_to_who_bears_it_here(house: House, pages: list[bytes]) -> None:
    house.person("Op-17", "scanner")
    batch = house.delivered(pages[0], operator="op-17")
    operator = house.notes(house.documents(batch)[0])[-1]["person"]["operator"]
    assert operator["name"] == "op-17"
    assert UUID(operator["principal"])


def test_notes_are_numbered_and_chained_and_say_only_what_is_new(house: House, pages: list[bytes]) -> None:
    batch = house.delivered(pages[0])
    document = house.documents(batch)[0]
    with house.as_key(house.key("clerk")) as clerk:
        house.checked(clerk, batch)
        lines = clerk.get(f"/v1/documents/{document}/transfer-notes").json()["items"]
    notes = house.notes(document)
    assert [note["number"] for note in notes] == list(range(1, len(notes) + 1))
    assert [note["replaces"] for note in notes] == [None, *(line["sha256"] for line in reversed(lines[1:]))]
    before = len(notes)
    for task in ("note_transfer", "note_transfer"):
        house.run(task, UUID(document))
    house.run("note_batch", UUID(batch))
    house.run("draw_sample", UUID(batch))
    assert len(house.notes(document)) == before
    last = notes[-1]
    assert (last["quality"]["state"], last["quality"]["check"]["result"]) == ("passed", "passed")
    assert last["identity"]["by"] == "quality"


def test_statements_on_a_capture_that_come_at_the_same_moment_are_all_kept(house: House) -> None:
    batch = house.announce(1)
    with ThreadPoolExecutor(4) as threads:
        say = partial(house.client.post, f"/v1/batches/{batch}/captures")
        said = list(threads.map(lambda number: say(json={"scanner": {"serial": str(number)}}), range(12)))
    assert [each.status_code for each in said] == [201] * 12, [each.text for each in said]
    assert sorted(each.json()["number"] for each in said) == list(range(1, 13))


def test_a_failed_check_takes_the_statement_of_identity_back(house: House, pages: list[bytes]) -> None:
    batch = house.delivered(pages[0])
    with house.as_key(house.key("clerk")) as clerk:
        assert house.checked(clerk, batch, "failed", "Seite 1 ist abgeschnitten") == "failed"
    note = house.notes(house.documents(batch)[0])[-1]
    assert (note["identity"]["stated"], note["identity"]["by"]) == (False, "quality")
    assert note["quality"]["check"]["remark"] == "Seite 1 ist abgeschnitten"
    assert 'auffaelligkeit="true">Seite 1 ist abgeschnitten<' in drv_xml(note).decode()


def test_what_the_centre_says_of_the_capture_stands_in_the_notes_made_from_then_on(
    house: House, pages: list[bytes]
) -> None:
    batch = house.delivered(*pages[:2])
    said = {
        "scanner": {"manufacturer": "Muster", "model": "S-90"}, "begun_at": "2026-03-02T07:00:00+01:00",
        "ended_at": "2026-03-02T07:30:00+01:00", "reworked": True,
        "remarks": [{"text": "war eine Kopie", "item": "0001.pdf", "page": 1}, {"text": "Lampe getauscht"}],
    }  # fmt: skip
    answer = house.client.post(f"/v1/batches/{batch}/captures", json=said)
    assert (answer.status_code, answer.json()) == (201, {"number": 1})
    house.work()
    first, second = (house.notes(document)[-1] for document in house.documents(batch))
    assert first["captured"] == {
        "from": "2026-03-02T06:00:00.000000Z", "to": "2026-03-02T06:30:00.000000Z", "known_by": "scanner",
    }  # fmt: skip
    assert first["environment"]["scanner"] == said["scanner"]
    assert first["environment"]["reworked"]
    noticed = [[a["text"] for a in note["anomalies"] if a["by"] == "operator"] for note in (first, second)]
    assert noticed == [["war eine Kopie", "Lampe getauscht"], ["Lampe getauscht"]]


def test_what_nobody_could_read_has_a_note_that_says_so(house: House) -> None:
    batch = house.delivered(PDF)
    note = house.notes(house.documents(batch)[0])[-1]
    assert [anomaly["code"] for anomaly in note["anomalies"]] == ["not-read"]
    assert (note["pages"], note["renditions"]["archival"]) == (None, None)


def test_a_file_with_other_pages_than_announced_says_so_in_its_note_and_among_the_findings(
    house: House, pages: list[bytes]
) -> None:
    batch = house.announce(2)
    house.send(batch, "a.tif", pages[0], pages=2)
    house.complete(batch)
    house.work()
    note = house.notes(house.documents(batch)[0])[-1]
    assert "page-count" in [anomaly["code"] for anomaly in note["anomalies"]]
    assert (note["quality"]["completeness"]["batch"], note["quality"]["completeness"]["difference"]) == ("differs", 1)
    found = house.client.get(f"/v1/batches/{batch}/findings").json()["items"]
    assert {"page-count", "resolution"} == {each["code"] for each in found}
    assert {each["item"] for each in found} == {"a.tif"}


def test_what_came_without_a_batch_has_no_note(house: House, pages: list[bytes]) -> None:
    document = house.hand_in(pages[0])
    house.work()
    assert house.notes(str(document)) == []


def test_until_a_procedure_is_adopted_notes_name_the_template(house: House, pages: list[bytes]) -> None:
    before = house.notes(house.documents(house.delivered(pages[0]))[0])[-1]["procedure"]
    assert "nicht in Kraft gesetzt" in before["version"]
    with house.as_key(house.key("administrator")) as administrator:
        assert administrator.post("/v1/scan-procedures", json=PROCEDURE).status_code == 201
        assert administrator.get("/v1/scan-procedures").json()["items"][0]["version"] == "1.0"
    assert house.as_key(house.key("clerk")).post("/v1/scan-procedures", json=PROCEDURE).status_code == 403
    after = house.notes(house.documents(house.delivered(pages[1], reference="S-2"))[0])[-1]["procedure"]
    assert (after["version"], after["contractor"]["name"]) == ("1.0", "Scanzentrum")


def test_a_note_is_checked_offline_like_a_receipt(
    house: House, pages: list[bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note = house.notes(house.documents(house.delivered(pages[0]))[0])[-1]
    keys, file = tmp_path / "keys.json", tmp_path / "note.json"
    keys.write_bytes(house.as_key(house.key("clerk")).get("/v1/keys").content)
    file.write_text(json.dumps(note))
    assert verify(str(file), str(keys)) == 0
    assert note["renditions"]["original"]["sha256"] in capsys.readouterr().out
    file.write_text(json.dumps(note | {"identity": note["identity"] | {"stated": False}}))
    assert verify(str(file), str(keys)) == 1


def test_another_seal_can_be_attached(house: House, pages: list[bytes]) -> None:
    """As a qualified one would be: it adds its own, and the tenant's signature covers that too."""

    class Qualified(TenantSeal):
        level = "qualified"

        def sealed(self, tenant: UUID, said: Mapping[str, Any]) -> dict[str, Any]:
            return super().sealed(tenant, {**said, "qualified_seal": {"service": "Vertrauensdienst", "value": "…"}})

    house.other_seal = Qualified(house.vault)
    note = house.notes(house.documents(house.delivered(pages[0]))[0])[-1]
    assert note["qualified_seal"]["service"] == "Vertrauensdienst"


def test_a_note_is_seen_by_who_sees_the_document(house: House, pages: list[bytes]) -> None:
    document = house.documents(house.delivered(pages[0]))[0]
    assert house.client.get(f"/v1/documents/{document}/transfer-notes").status_code == 404
    with house.as_key(house.key("mailroom")) as mailroom:
        assert mailroom.get(f"/v1/documents/{document}/transfer-notes/1").status_code == 200
        missing = mailroom.get(f"/v1/documents/{document}/transfer-notes/9")
        assert (missing.status_code, missing.json()["code"]) == (404, "not-found")


def test_the_xml_is_valid_against_the_schema_and_carries_person_and_identity(house: House, pages: list[bytes]) -> None:
    schema = etree.XMLSchema(etree.parse(standard("xsd/transfervermerk-drv.xsd")))
    with house.as_key(house.key("administrator")) as administrator:
        administrator.post("/v1/scan-procedures", json=PROCEDURE)
    batch = house.delivered(pages[0], PDF, operator="Erika Muster", reference="Stapel & Söhne <1>")
    with house.as_key(house.key("clerk")) as clerk:
        house.checked(clerk, batch)
        for document in house.documents(batch):
            for note in house.notes(document):
                address = f"/v1/documents/{document}/transfer-notes/{note['number']}"
                answer = clerk.get(address, headers={"Accept": "application/xml"})
                assert answer.headers["content-type"].startswith("application/xml")
                root = etree.fromstring(answer.content)
                schema.assertValid(root)
                said = {each.get("name"): each.text for each in root.iterfind("Dokument/Attribute/Attribut")}
                assert said["Erfasst von"] == "Erika Muster"
                assert "bildlich" in said["Übereinstimmung"]
                assert said["Vermerk SHA-256"] in clerk.get(address.rpartition("/")[0]).text
                assert root.find("Stapel").get("name") == "Stapel & Söhne <1>"
    steps = [step.get("name") for step in root.iterfind("Stapel/Prozessschritte/Prozessschritt")]
    assert steps[:2] == ["Scannen", "Eingang"]


def test_nothing_is_stated_of_a_scan_that_nobody_could_read(house: House) -> None:
    batch = house.delivered(b"%PDF-1.7\n%%EOF\n")
    identity = house.notes(house.documents(batch)[0])[-1]["identity"]
    assert (identity["stated"], identity["by"]) == (False, "check")
    assert identity["reason"] == "Das Scanprodukt konnte nicht gelesen werden."


def test_a_batch_that_failed_takes_the_statement_back_from_what_nobody_compared(
    house: House, pages: list[bytes]
) -> None:
    batch = house.delivered(*pages[:2])
    with house.as_key(house.key("clerk")) as clerk:
        (drawn,) = [each["document"] for each in clerk.get(f"/v1/batches/{batch}/quality").json()["items"]]
        house.checked(clerk, batch, "failed", "unscharf")
        (other,) = [document for document in house.documents(batch) if document != drawn]
        identity = house.notes(other)[-1]["identity"]
        assert (identity["stated"], identity["by"]) == (False, "quality")
        assert identity["reason"] == "Die Qualitätsprüfung des Stapels ist nicht bestanden."
        house.checked(clerk, batch)
    assert house.notes(other)[-1]["identity"]["stated"]


class Overtaken(TenantSeal):
    """A seal that takes so long that the document has a new version meanwhile."""

    def __init__(self, house: House) -> None:
        super().__init__(house.vault)
        self.house = house

    def sealed(self, tenant: UUID, said: Mapping[str, Any]) -> dict[str, Any]:
        with self.house.database.unit(tenant) as unit:
            document = documents.find(unit, UUID(said["document"]), lock=True)
            (_, _, sources, _), *_ = documents.version_list(unit, document.id)
            documents.add_version(unit, self.house.moment(), document, sources)
        return super().sealed(tenant, said)


def test_a_late_note_says_nothing_of_a_version_that_is_old_by_then(house: House, pages: list[bytes]) -> None:
    batch = house.announce(1)
    house.send(batch, "a.tif", pages[0])
    while job := house.take(*OLD_TASKS):
        house.run(*job)
    document = house.documents(batch)[0]
    house.other_seal = Overtaken(house)
    house.transfers.note_transfer(house.tenant, UUID(document))
    assert house.notes(document) == []
