"""Batches from the announcement to the ledger, as a scanning centre sees them."""

import hashlib
import io
from typing import Any
from uuid import UUID

import pikepdf
import pytest
from sqlalchemy import text

from eakte.demo.scans import tiny_pages
from eakte.documents.tables import documents
from eakte.intake.tables import received_files
from eakte.intake.upload import Bounds, Uploads
from eakte.scanning import delivered
from tests.intake.desk import mail
from tests.ocr_pipeline.letters import packed
from tests.recognition.test_separation import delivery, parts
from tests.scanning.centre import Centre

PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture(scope="session")
def scans(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Small scans of a page each."""
    folder = tmp_path_factory.mktemp("scans")
    return [path.read_bytes() for path in tiny_pages(folder, [], 2)]


def test_the_same_announcement_is_the_same_batch_and_another_with_its_reference_is_refused(centre: Centre) -> None:
    said = {"reference": "S-1", "profile": "duplex", "operator": "m.muster", "expected_sheets": 3}
    first, again = (centre.client.post("/v1/batches", json=said) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    other = centre.client.post("/v1/batches", json=said | {"expected_sheets": 4})
    assert (other.status_code, other.json()["code"]) == (409, "batch-reference-taken")
    assert "expected_sheets" in other.json()["detail"]
    assert centre.batch(first.json()["id"])["ledger"]["announced"] == 6


def test_an_unknown_profile_is_refused_with_those_there_are(centre: Centre) -> None:
    said = {"reference": "S-1", "profile": "quer", "operator": "m", "expected_sheets": 3}
    answer = centre.client.post("/v1/batches", json=said)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-profile")
    assert "duplex, simplex" in answer.json()["detail"]


def test_a_batch_is_seen_by_who_announced_it_and_by_who_sees_the_mail_and_by_nobody_else(centre: Centre) -> None:
    batch = centre.announce()
    centre.send(batch, "a.pdf", PDF)
    same = {"reference": "S-1", "profile": "simplex", "operator": "m.muster", "expected_sheets": 1}
    for role, sees in (("scanner", False), ("administrator", False), ("mailroom", True), ("clerk", True)):
        client = centre.as_key(centre.key(role))
        assert client.get(f"/v1/batches/{batch}").status_code == (200 if sees else 404), role
        assert client.get(f"/v1/batches/{batch}/items").status_code == (200 if sees else 404), role
        assert len(client.get("/v1/batches").json()["items"]) == sees, role
        announced = client.post("/v1/batches", json=same).status_code
        assert announced == {"administrator": 403, "scanner": 409}.get(role, 200), role
    reader = centre.as_key(centre.key("reader"))
    assert reader.post(f"/v1/batches/{batch}/complete").status_code == 403
    assert centre.send(batch, "b.pdf", PDF).status_code == 201
    document = centre.items(batch)[0]["document"]
    assert centre.client.get(f"/v1/documents/{document}").status_code == 404


def test_an_item_comes_once_however_often_it_is_sent(centre: Centre) -> None:
    batch = centre.announce()
    first = centre.send(batch, "a.pdf", PDF)
    before = centre.objects()
    again = centre.send(batch, "a.pdf", PDF)
    assert (first.status_code, again.status_code) == (201, 200), again.text
    assert first.json() == again.json()
    assert first.json()["sha256"] == first.json()["receipt"]["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert (len(centre.items(batch)), centre.count("received_files"), centre.count("documents")) == (1, 1, 1)
    assert centre.objects() == before


def test_other_bytes_under_the_same_name_are_refused_and_leave_nothing(centre: Centre) -> None:
    batch = centre.announce()
    centre.send(batch, "a.pdf", PDF)
    before = centre.objects()
    other = centre.send(batch, "a.pdf", PDF + b"%")
    pages = centre.send(batch, "a.pdf", PDF, pages=2)
    assert [(each.status_code, each.json()["code"]) for each in (other, pages)] == [(409, "item-differs")] * 2
    assert centre.objects() == before
    assert [(each["name"], each["code"]) for each in centre.batch(batch)["refusals"]] == [("a.pdf", "item-differs")]


def test_a_hash_that_is_not_that_of_the_bytes_is_a_refusal_until_the_item_comes_properly(centre: Centre) -> None:
    batch = centre.announce()
    before = centre.objects()
    wrong = centre.send(batch, "a.pdf", PDF, sha256="0" * 64)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "sha256-differs")
    assert (centre.objects(), centre.items(batch)) == (before, [])
    refused = centre.batch(batch)["refusals"]
    assert [(each["name"], each["code"], each["settled_at"]) for each in refused] == [("a.pdf", "sha256-differs", None)]
    assert centre.batch(batch)["ledger"]["rejected"] == 0
    assert centre.send(batch, "a.pdf", PDF, sha256=hashlib.sha256(PDF).hexdigest().upper()).status_code == 201
    assert centre.batch(batch)["refusals"][0]["settled_at"] is not None


@pytest.mark.parametrize("said", [{"pages": "0"}, {"pages": "x"}, {"sha256": "abc"}, {"dropped_blank": "-1"}])
def test_what_cannot_be_read_of_an_item_is_named_and_noted(centre: Centre, said: dict[str, Any]) -> None:
    batch = centre.announce()
    answer = centre.send(batch, "a.pdf", PDF, **said)
    assert answer.status_code == 422
    assert next(iter(said)) in answer.json()["detail"]
    assert [each["code"] for each in centre.batch(batch)["refusals"]] == ["invalid"]


def test_a_full_disk_takes_no_item_and_notes_no_refusal_and_the_item_comes_later(centre: Centre) -> None:
    batch, before = centre.announce(), centre.objects()
    room = centre.uploads
    centre.uploads = Uploads(centre.vault, centre.blobs, centre.pool, 1 << 24, 1 << 60, Bounds())
    full = centre.as_key(centre.scanner).post(
        f"/v1/batches/{batch}/items",
        files={"file": ("a.pdf", PDF)},
        data={"name": "a.pdf", "sha256": hashlib.sha256(PDF).hexdigest(), "pages": "1"},
    )
    centre.uploads = room
    assert (full.status_code, full.headers["retry-after"]) == (507, "60")
    assert (centre.objects(), centre.batch(batch)["refusals"]) == (before, [])
    assert centre.send(batch, "a.pdf", PDF).status_code == 201


def test_a_complete_batch_takes_no_item_until_it_is_opened_again(centre: Centre) -> None:
    batch = centre.announce(2)
    centre.send(batch, "a.pdf", PDF)
    assert centre.complete(batch).json()["state"] == "complete"
    late = centre.send(batch, "b.pdf", PDF)
    assert (late.status_code, late.json()["code"]) == (409, "batch-not-open")
    assert centre.client.post(f"/v1/batches/{batch}/reopen").json()["state"] == "open"
    assert centre.send(batch, "b.pdf", PDF).status_code == 201
    assert centre.client.post(f"/v1/batches/{batch}/abandon", json={"reason": "doppelt"}).json()["state"] == "abandoned"
    assert centre.send(batch, "c.pdf", PDF).status_code == 409
    assert centre.complete(batch).status_code == 409
    assert [item["name"] for item in centre.items(batch)] == ["a.pdf", "b.pdf"]


def test_a_batch_whose_every_side_is_there_reconciles(centre: Centre, scans: list[bytes]) -> None:
    batch = centre.announce(2, "duplex")
    for number, scan in enumerate(scans):
        assert centre.send(batch, f"{number}.tif", scan, dropped_blank="1").status_code == 201
    assert centre.complete(batch).status_code == 202
    assert centre.batch(batch)["ledger"] == {
        "announced": 4, "stored": 0, "blank": 0, "dropped_blank": 2, "separator": 0, "rejected": 0, "difference": 2,
    }  # fmt: skip
    centre.work()
    found = centre.batch(batch)
    assert (found["state"], found["differences"]) == ("reconciled", [])
    assert (found["ledger"]["stored"], found["ledger"]["difference"]) == (2, 0)
    assert [item["found"] for item in centre.items(batch)] == [{"stored": 1, "blank": 0, "separator": 0}] * 2


def test_reading_goes_on_between_complete_and_reconciled(centre: Centre, scans: list[bytes]) -> None:
    batch = centre.announce(2)
    for number, scan in enumerate(scans):
        centre.send(batch, f"{number}.tif", scan)
    centre.complete(batch)
    centre.run(*_taken(centre, "read"))
    assert centre.batch(batch)["state"] == "reading"
    assert [item["state"] for item in centre.items(batch)] == ["stored", "received"]
    centre.work(times=2)
    assert centre.batch(batch)["state"] == "reconciled"
    assert centre.count("batch_receipts") == 2


def test_a_side_too_few_or_a_file_with_other_pages_ends_in_differs_and_is_named(
    centre: Centre, scans: list[bytes]
) -> None:
    batch = centre.announce(4)
    centre.send(batch, "0.tif", scans[0], pages=2)
    centre.send(batch, "1.tif", scans[1])
    centre.complete(batch)
    centre.work()
    found = centre.batch(batch)
    assert (found["state"], found["ledger"]["difference"]) == ("differs", 2)
    assert found["differences"] == [
        "Es fehlen 2 Seiten: angekündigt 4, gezählt 2.",
        "„0.tif“: angekündigt 2 Seiten, gefunden 1.",
    ]
    assert centre.items(batch)[0]["problems"] == ["Angekündigt waren 2 Seiten, gefunden wurden 1."]


def test_a_rejected_item_counts_as_announced_and_its_replacement_makes_the_batch_reconcile_anew(
    centre: Centre, scans: list[bytes]
) -> None:
    batch = centre.announce(1)
    centre.send(batch, "a.pdf", PDF)  # a PDF without pages
    centre.complete(batch)
    centre.work()
    found = centre.batch(batch)
    assert (found["state"], found["ledger"]["rejected"], found["ledger"]["difference"]) == ("reconciled", 1, 0)
    (bad,) = centre.items(batch)
    assert bad["state"] == "rejected"
    assert bad["problems"]
    same = centre.send(batch, "b.pdf", PDF, replaces=bad["id"])
    assert (same.status_code, same.json()["code"]) == (409, "item-not-replaceable")
    sent = [centre.send(batch, "a.pdf", scans[0], replaces=bad["id"]) for _ in range(2)]
    assert [each.status_code for each in sent] == [201, 200], sent[0].text
    assert centre.batch(batch)["state"] == "reading"
    centre.work()
    found = centre.batch(batch)
    assert (found["state"], found["ledger"]["stored"], found["ledger"]["rejected"]) == ("reconciled", 1, 0)
    assert [(item["state"], item["replaced_by"]) for item in centre.items(batch)] == [
        ("replaced", sent[0].json()["id"]),
        ("stored", None),
    ]
    withdrawn = centre.document(bad["document"])
    assert (withdrawn.place, withdrawn.reason) == ("withdrawn", "Im Stapel S-1 durch „a.pdf“ ersetzt.")
    assert centre.receipt(batch, "reconciliation")["number"] == 2
    assert centre.receipt(batch, "delivery")["number"] == 2


def test_a_replaced_scan_takes_all_documents_that_came_out_of_it_along(centre: Centre) -> None:
    batch = centre.announce(2)
    centre.send(batch, "a.pdf", delivery("1T2"), pages=2)
    centre.complete(batch)
    centre.work()
    assert centre.batch(batch)["state"] == "differs"
    (old,) = centre.items(batch)
    assert centre.send(batch, "b.pdf", delivery("12"), pages=2, replaces=old["id"]).status_code == 201
    centre.work()
    assert centre.batch(batch)["state"] == "reconciled"
    assert [each.place for each in map(centre.document, parts(centre, UUID(old["document"])))] == ["withdrawn"] * 2


@pytest.mark.parametrize("kind", ["zip", "mail"])
def test_a_replaced_item_that_holds_others_leaves_none_of_them_behind(centre: Centre, kind: str) -> None:
    letters = [(f"{number}.txt", f"Brief {number}".encode()) for number in (1, 2)]
    inside = ("anlage.zip", packed({"3.txt": "Brief 3"}))
    first = packed(dict([*letters, inside])) if kind == "zip" else mail(*letters, inside)
    batch = centre.announce(9)
    centre.send(batch, "post", first, pages=9)
    centre.complete(batch)
    centre.work(times=2)
    (old,) = centre.items(batch)
    came = parts(centre, UUID(old["document"]))
    assert len(came) == (3 if kind == "zip" else 4)
    assert centre.send(batch, "neu.pdf", delivery("1"), replaces=old["id"]).status_code == 201
    centre.work(times=2)
    assert {centre.document(each).place for each in came} == {"withdrawn"}
    assert sum(document.place != "withdrawn" for document in map(centre.document, all_of(centre))) == 1
    assert centre.batch(batch)["ledger"]["stored"] == 1


def test_an_item_that_holds_a_filed_letter_is_not_replaced_and_all_of_it_stays(centre: Centre) -> None:
    batch = centre.announce(3)
    centre.send(batch, "post.zip", packed({"1.txt": "Brief 1", "2.txt": "Brief 2"}), pages=3)
    centre.complete(batch)
    centre.work()
    (old,) = centre.items(batch)
    came = parts(centre, UUID(old["document"]))
    centre.file(came[1])
    refused = centre.send(batch, "neu.pdf", delivery("1"), replaces=old["id"])
    assert (refused.status_code, refused.json()["code"]) == (409, "item-not-replaceable")
    assert {centre.document(each).place for each in came} == {"none", "filed"}


def all_of(centre: Centre) -> list[UUID]:
    return [row.id for row in centre.rows(documents)]


def test_a_scan_with_a_filed_document_is_not_replaced(centre: Centre) -> None:
    batch = centre.announce(2)
    centre.send(batch, "a.pdf", delivery("1T2"), pages=2)
    centre.complete(batch)
    centre.work()
    (old,) = centre.items(batch)
    centre.file(parts(centre, UUID(old["document"]))[1])
    refused = centre.send(batch, "b.pdf", delivery("12"), pages=2, replaces=old["id"])
    assert (refused.status_code, refused.json()["code"]) == (409, "item-not-replaceable")
    assert [(item["name"], item["state"]) for item in centre.items(batch)] == [("a.pdf", "stored")]


def test_a_manifest_that_lies_is_named_point_by_point(centre: Centre, scans: list[bytes]) -> None:
    batch = centre.announce(2)
    sent = {f"{number}.tif": scan for number, scan in enumerate(scans)}
    for name, scan in sent.items():
        centre.send(batch, name, scan)
    manifest = [
        {"name": "0.tif", "sha256": "0" * 64, "pages": 3, "dropped_blank": 1},
        {"name": "fehlt.tif", "sha256": "1" * 64, "pages": 1},
    ]
    assert centre.complete(batch, manifest).status_code == 202
    assert centre.complete(batch, manifest).status_code == 202
    assert centre.complete(batch, manifest[:1]).status_code == 409
    centre.work()
    found = centre.batch(batch)
    assert (found["state"], found["ledger"]["difference"]) == ("differs", 0)
    assert found["differences"] == [
        "„0.tif“ hat im Verzeichnis eine andere Prüfsumme als die empfangene Datei.",
        "„0.tif“: laut Verzeichnis 3 Seiten, bei der Übertragung 1.",
        "„0.tif“: laut Verzeichnis 1 ausgelassene Leerseiten, bei der Übertragung 0.",
        "„fehlt.tif“ steht im Verzeichnis, liegt aber nicht im Stapel.",
        "„1.tif“ liegt im Stapel, steht aber nicht im Verzeichnis.",
    ]
    honest = [{"name": n, "sha256": hashlib.sha256(s).hexdigest(), "pages": 1} for n, s in sent.items()]
    centre.client.post(f"/v1/batches/{batch}/reopen")
    centre.complete(batch, honest)
    centre.work()
    assert centre.batch(batch)["state"] == "reconciled"


def test_a_reconciliation_that_a_crash_cut_off_is_made_good_by_the_sweep(centre: Centre, scans: list[bytes]) -> None:
    batch = centre.announce(1)
    centre.send(batch, "a.tif", scans[0])
    centre.complete(batch)
    while job := centre.take():
        if job[0] != "reconcile":
            centre.run(*job)
    assert centre.batch(batch)["state"] == "reading"
    for _ in range(2):
        centre.scanning.catch_up(centre.tenant)
    assert centre.batch(batch)["state"] == "reconciled"
    assert centre.count("batch_receipts") == 2


def test_a_settled_batch_whose_new_reconciliation_was_given_up_is_settled_by_the_sweep(centre: Centre) -> None:
    locked = io.BytesIO()
    with pikepdf.open(io.BytesIO(delivery("1"))) as pdf:
        pdf.save(locked, encryption=pikepdf.Encryption(owner="geheim", user="geheim"))
    batch = centre.announce(1)
    centre.send(batch, "a.pdf", locked.getvalue())
    centre.complete(batch)
    centre.work()
    assert centre.receipt(batch, "reconciliation")["ledger"]["rejected"] == 1
    document = centre.items(batch)[0]["document"]
    with centre.as_key(centre.key("clerk")) as clerk:
        assert clerk.post(f"/v1/documents/{document}/retry", json={"password": "geheim"}).status_code == 202
    while job := centre.take():
        if job[0] != "reconcile":
            centre.run(*job)
    centre.scanning.give_up("read", centre.tenant, UUID(document))
    centre.scanning.catch_up(centre.tenant)
    assert centre.receipt(batch, "reconciliation")["number"] == 1
    centre.scanning.give_up("reconcile", centre.tenant, UUID(document))
    assert centre.batch(batch)["state"] == "reading"
    for _ in range(2):
        centre.scanning.catch_up(centre.tenant)
    found = centre.receipt(batch, "reconciliation")
    assert (found["number"], found["ledger"]["stored"], found["ledger"]["rejected"]) == (2, 1, 0)


def test_documents_of_a_batch_come_through_the_channel_batch(centre: Centre) -> None:
    batch = centre.announce()
    centre.send(batch, "ordner/a.pdf", PDF)
    assert [row.channel for row in centre.rows(received_files)] == ["batch"]
    assert centre.document(centre.items(batch)[0]["document"]).title == "a.pdf"
    assert centre.items(batch)[0]["name"] == "ordner/a.pdf"


def _taken(centre: Centre, task: str) -> Any:
    job = centre.take(task)
    assert job is not None
    return job


def test_documents_can_be_listed_by_their_batch(centre: Centre) -> None:
    batch, other = centre.announce(), centre.announce(reference="S-2")
    centre.send(batch, "a.pdf", PDF)
    clerk = centre.as_key(centre.key("clerk"))
    found = {id_: clerk.get("/v1/documents", params={"batch": id_}).json()["items"] for id_ in (batch, other)}
    assert [[each["title"] for each in found[id_]] for id_ in (batch, other)] == [["a.pdf"], []]


def test_rows_that_only_point_at_a_batch_do_not_wait_for_who_has_it_alone(centre: Centre) -> None:
    batch = UUID(centre.announce(1))
    with centre.database.unit(centre.tenant) as one, centre.database.unit(centre.tenant) as other:
        delivered.batch(one, batch, lock=True)
        pointing = text("SELECT count(*) FROM (SELECT id FROM batches WHERE id = :id FOR KEY SHARE NOWAIT) found")
        assert other.run(pointing, {"id": batch}).scalar_one() == 1
