"""What a file holds becomes documents: all of them, once, whatever comes twice, late or in between."""

import io
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pikepdf
import pytest
from sqlalchemy import select
from uuid_utils.compat import uuid7

from eakte.access import acts as access
from eakte.casefiles import acts as casefiles
from eakte.database import Database
from eakte.documents import acts as documents
from eakte.documents.model import FILED, Document
from eakte.intake.jobs import IntakeJobs
from eakte.intake.model import NOT_TAKEN_APART, TAKEN_APART
from eakte.intake.tables import containers, received_files
from eakte.journal.tables import details, entries
from eakte.recognition.acts import retry
from eakte.vault import Stored, Vault
from eakte.vault.keys import DataKey
from eakte.vault.tables import blobs
from ocr_pipeline import Apart
from tests.intake.desk import Desk, mail
from tests.ocr_pipeline.letters import CII, docx, packed
from tests.ocr_pipeline.sheets import TEXT, drawn, saved
from tests.ocr_pipeline.test_take_apart import locked_zip
from tests.recognition.test_separation import delivery

ZIP = {"antrag.pdf": drawn(["Antrag"]), "anlagen/miete.txt": "Miete 412,50", "leer.txt": "", ".DS_Store": "x"}


def made(desk: Desk) -> list[tuple[str, str, list[str | None]]]:
    return [(each.title, each.reading_state, desk.entries(each.id)) for each in desk.all()]


def said(desk: Desk, act: str) -> list[dict[str, object]]:
    """Details of the entries of an act."""
    query = select(details.c.details).join(entries, entries.c.no == details.c.entry).where(entries.c.act == act)
    with desk.database.look(desk.tenant) as unit:
        return list(unit.run(query.order_by(entries.c.no)).scalars())


def test_each_file_of_an_archive_is_a_document_and_the_first_one_goes_on_with_its(desk: Desk) -> None:
    data = packed(ZIP)
    first = desk.receive(data, "post.zip")
    assert desk.work() == ["take_apart", "read", "read"]
    assert made(desk) == [
        ("antrag.pdf", "done", [None, "antrag.pdf"]),
        ("miete.txt", "done", ["anlagen/miete.txt"]),
    ]
    assert [document.received_file for document in desk.all()] == [desk.document(first).received_file] * 2
    assert desk.rendition(first, "original", 1) == data
    assert desk.rendition(first, "original") == ZIP["antrag.pdf"]
    assert "Antrag" in desk.rendition(first, "text").decode()
    assert desk.relations(first) == []
    assert said(desk, TAKEN_APART) == [
        {
            "documents": [str(each.id) for each in desk.all()],
            "left_out": [{"name": "leer.txt", "why": "empty"}, {"name": ".DS_Store", "why": "junk"}],
        }
    ]
    assert desk.scratch() == []


def test_what_hangs_on_a_mail_is_a_document_of_its_own_related_to_the_mails_text(desk: Desk) -> None:
    whole = desk.receive(mail(("Mietvertrag.pdf", drawn(TEXT)), ("Foto.txt", b"Foto")), "mail.eml")
    assert desk.work() == ["take_apart", "read", "read", "read"]
    assert desk.titles() == ["Antrag", "Mietvertrag.pdf", "Foto.txt"]
    parts = [each.id for each in desk.all()[1:]]
    assert desk.relations(whole) == [("has-attachment", part) for part in parts]
    assert [desk.relations(part) for part in parts] == [[("attachment-of", whole)]] * 2
    text = desk.rendition(whole, "text").decode()
    assert all(each in text for each in ("Käthe Groß", "02.03.2026, 08:00", "anbei.", "Mietvertrag.pdf", "Foto.txt"))
    assert desk.entries(whole) == [None]
    assert desk.waiting().count("take_apart") == 0


def test_a_mail_without_attachments_is_one_document(desk: Desk) -> None:
    whole = desk.receive(mail(), "mail.eml", title="Nachricht von Frau Groß")
    assert desk.work() == ["take_apart", "read"]
    assert desk.titles() == ["Nachricht von Frau Groß"]
    assert "anbei." in desk.rendition(whole, "text").decode()


def test_an_archive_in_a_mail_in_an_archive_is_taken_apart_as_well(desk: Desk) -> None:
    inner = packed({"x/eins.txt": "eins", "zwei.txt": "zwei"})
    desk.receive(packed({"mail.eml": mail(("anlagen.zip", inner)), "brief.docx": docx()}), "post.zip")
    desk.work()
    assert made(desk) == [
        ("mail.eml", "done", [None, "mail.eml"]),
        ("brief.docx", "done", ["brief.docx"]),
        ("anlagen.zip", "done", ["mail.eml!/anlagen.zip", "mail.eml!/anlagen.zip!/x/eins.txt"]),
        ("zwei.txt", "done", ["mail.eml!/anlagen.zip!/zwei.txt"]),
    ]
    assert all(document.reading_state == "done" for document in desk.all())


def test_archives_packed_in_archives_without_end_are_parked_at_a_depth(desk: Desk) -> None:
    data = b"Text"
    for level in range(7):
        data = packed({f"{level}.zip" if level else "text.txt": data})
    only = desk.receive(data, "puppe.zip")
    desk.work()
    desk.assert_parked(only, "zu oft ineinander verpackt")


def test_files_in_a_pdf_are_documents_beside_it_and_an_invoice_keeps_its_xml(desk: Desk) -> None:
    with pikepdf.open(io.BytesIO(drawn(["Rechnung"]))) as pdf:
        pdf.attachments["factur-x.xml"] = CII.encode()
        out = io.BytesIO()
        pdf.save(out)
    whole = desk.receive(out.getvalue(), "rechnung.pdf")
    desk.work()
    assert desk.titles() == ["rechnung.pdf", "factur-x.xml"]
    xml = desk.all()[1]
    assert desk.relations(xml.id) == [("attachment-of", whole)]
    assert (xml.reading_state, desk.rendition(xml.id, "original")) == ("done", CII.encode())
    assert "Spedition Möller GmbH" in desk.rendition(xml.id, "text").decode()
    assert desk.document(whole).reading_state == "done"


def test_a_letter_that_only_looks_like_an_archive_is_read(desk: Desk) -> None:
    only = desk.receive(packed({"a.xml": "x", "word/document.xml": "x"}), "x.docx")
    desk.work()
    assert desk.titles() == ["a.xml", "document.xml"]
    letter = packed({"docProps/app.xml": "<x/>" + "y" * 9000, **entries_of(docx())}, 0)
    read = desk.receive(letter, "Brief.docx")
    assert desk.work() == ["take_apart", "read"]
    assert desk.document(read).reading_state == "done"
    assert only != read


def entries_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


MAKERS: list[Callable[[], bytes]] = [
    lambda: packed(ZIP),
    lambda: mail(("a.txt", b"a"), ("b.zip", packed({"c.txt": "c"}))),
]


@pytest.mark.parametrize("make", MAKERS)
def test_jobs_that_come_twice_or_at_the_same_time_make_everything_once(desk: Desk, make: Callable[[], bytes]) -> None:
    desk.receive(make(), "post")
    with ThreadPoolExecutor(2) as threads:
        while job := desk.take():
            list(threads.map(lambda again: desk.run(*again), [job, job]))
            desk.run(*job)
    assert len(set(desk.titles())) == len(desk.titles()) in {2, 3}
    assert all(document.reading_state == "done" for document in desk.all())
    taken = [row for row in desk.rows(containers) if row.parts]
    assert len(said(desk, TAKEN_APART)) == len(taken)
    assert len([each for each in desk.objects() if "/original/" in each]) == len(
        [row for row in desk.rows(blobs) if row.blob_class == "original"]
    )


class Killed(BaseException):
    """The process ends here."""


class Mortal(Vault):
    """A vault whose process is killed at a step, before or after it did what it was asked."""

    def __init__(self, desk: Desk, steps: int) -> None:
        super().__init__(desk.blobs, desk.settings.master_key)
        self._steps = steps

    def step(self) -> None:
        self._steps -= 1
        if self._steps == 0:
            raise Killed

    def new_data_key(self, tenant: UUID, key_id: UUID) -> DataKey:
        self.step()
        return super().new_data_key(tenant, key_id)

    def put(self, *given: Any, **more: Any) -> Stored:
        stored = super().put(*given, **more)
        self.step()
        return stored


@pytest.mark.parametrize("step", range(1, 6))
def test_a_kill_at_any_step_loses_and_doubles_nothing(desk: Desk, step: int) -> None:
    """Two parts: four steps in the vault, and the fifth in the transaction itself, right before its commit."""
    desk.receive(packed(ZIP), "post.zip")
    job = desk.take()
    assert job is not None
    usual, vault = desk.database, desk.vault
    desk.vault = Mortal(desk, step)
    desk.database = Database(desk.url, lambda unit: desk.vault.step() if len(unit.recorded) > 1 else None)
    with pytest.raises(Killed):
        desk.run(*job)
    desk.database.close()
    desk.database, desk.vault = usual, vault
    assert made(desk) == [("post.zip", "waiting", [None])]
    desk.run(*job)
    desk.work(times=2)
    assert made(desk) == [("antrag.pdf", "done", [None, "antrag.pdf"]), ("miete.txt", "done", ["anlagen/miete.txt"])]
    assert len(said(desk, TAKEN_APART)) == 1


def test_what_is_given_up_is_parked_with_a_reason(desk: Desk) -> None:
    only = desk.receive(packed(ZIP), "post.zip")
    desk.intake.give_up("take_apart", desk.tenant, only)
    desk.assert_parked(only, "wiederholt")
    assert desk.titles() == ["post.zip"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (packed({"bombe.bin": bytes(128 << 20)}), "unverhältnismäßig groß"),
        (packed({f"{number}.txt": "x" for number in range(5001)}, 0), "mehr Einzeldateien"),
        (packed({".DS_Store": "x", "leer": ""}), "keine brauchbare Datei"),
        (packed(ZIP)[:-40], "beschädigt"),
        (packed({"a.txt": "x" * 5000}, 0).replace(b"xx", b"yy", 1), "beschädigt"),
    ],
)
def test_an_archive_that_cannot_be_taken_apart_is_parked_and_can_be_filed(desk: Desk, data: bytes, reason: str) -> None:
    only = desk.receive(data, "post.zip")
    desk.work(times=2)
    desk.assert_parked(only, reason)
    assert len(desk.all()) == 1
    assert desk.rendition(only, "original") == data
    file(desk, only)
    assert desk.document(only).state == "filed"


def file(desk: Desk, document: UUID) -> None:
    with desk.database.unit(desk.tenant) as unit:
        casefiles.install_file_plan(unit)
        home = access.home_unit(unit, desk.principal)
        scope = casefiles.scope_for(unit, desk.moment(), home, casefiles.DEFAULT_ENTRY)
        case = casefiles.open_case_file(unit, desk.moment(), "A-1", "Muster", scope)
        casefiles.file(unit, desk.moment(), documents.find(unit, document, lock=True), case.id)


def test_a_locked_archive_is_taken_apart_at_another_try_with_its_password(desk: Desk) -> None:
    only = desk.receive(locked_zip("geheim"), "post.zip")
    desk.work()
    desk.assert_parked(only, "Kennwort")
    with desk.database.unit(desk.tenant) as unit:
        retry(unit, desk.moment(), desk.vault, documents.find(unit, only, lock=True), "geheim")
    assert desk.work() == ["read", "take_apart", "read"]
    assert made(desk) == [("brief.txt", "done", [None, "brief.txt"])]


def test_an_archive_that_comes_as_a_new_version_goes_on_as_its_first_file(desk: Desk) -> None:
    only = desk.receive(b"Entwurf", "post.txt")
    desk.work()
    desk.new_version(only, packed(ZIP))
    desk.work(times=2)
    assert made(desk) == [
        ("antrag.pdf", "done", [None, None, "antrag.pdf"]),
        ("miete.txt", "done", ["anlagen/miete.txt"]),
    ]


def test_another_try_with_an_archive_that_stayed_whole_ends_as_before(desk: Desk) -> None:
    whole = desk.receive(packed(ZIP), "post.zip")
    file(desk, whole)
    desk.work()
    with desk.database.unit(desk.tenant) as unit:
        retry(unit, desk.moment(), desk.vault, documents.find(unit, whole, lock=True), None)
    desk.work()
    assert desk.document(whole).reading_state == "failed"
    assert len(desk.all()) == 3


def test_an_archive_filed_by_hand_before_stays_whole_with_its_files_beside_it(desk: Desk) -> None:
    whole = desk.receive(packed(ZIP), "post.zip")
    file(desk, whole)
    desk.work(times=2)
    found = desk.document(whole)
    assert (found.state, found.version, found.title) == ("filed", 1, "post.zip")
    assert desk.titles() == ["post.zip", "antrag.pdf", "miete.txt"]
    assert [kind for kind, _ in desk.relations(whole)] == ["has-attachment"] * 2
    assert "eigene Dokumente" in (found.reading_reason or "")


def test_a_withdrawn_archive_is_left_alone(desk: Desk) -> None:
    whole = desk.receive(packed(ZIP), "post.zip")
    with desk.database.unit(desk.tenant) as unit:
        documents.withdraw(unit, desk.moment(), documents.find(unit, whole, lock=True), "falsch")
    desk.work()
    assert desk.titles() == ["post.zip"]


def test_the_reference_that_came_with_a_file_is_asked_for_each_of_its_parts(desk: Desk) -> None:
    desk.receive(packed(ZIP), "post.zip", case_reference="A-1")
    assert "file_as_asked" not in desk.waiting()
    desk.work()
    assert desk.waiting().count("file_as_asked") == 2
    assert [document.asked_reference for document in desk.all()] == ["A-1", "A-1"]


def test_the_key_of_each_part_is_its_own_and_the_received_file_is_entered_once(desk: Desk) -> None:
    desk.receive(packed(ZIP), "post.zip")
    desk.work()
    first, second = (document.id for document in desk.all())
    (received,) = (row.id for row in desk.rows(received_files))
    originals = {row.key_id for row in desk.rows(blobs) if row.blob_class == "original"}
    assert originals == {received, first, second}


def test_embedded_files_that_cannot_be_taken_out_leave_the_pdf_readable_and_say_so(desk: Desk) -> None:
    with pikepdf.open(io.BytesIO(drawn(["Rechnung"]))) as pdf:
        pdf.attachments["bombe.bin"] = bytes(70 << 20)
        out = io.BytesIO()
        pdf.save(out)
    whole = desk.receive(out.getvalue(), "rechnung.pdf")
    desk.work(times=2)
    found: Document = desk.document(whole)
    assert (found.reading_state, found.state) == ("done", "clearing")
    assert "Anlagen des Dokuments fehlen" in (found.reason or "")
    assert len(said(desk, NOT_TAKEN_APART)) == 1


def test_a_scan_in_a_mail_is_cut_at_its_separator_sheets_as_well(desk: Desk) -> None:
    desk.receive(mail(("scan.pdf", delivery("1T2"))), "post.eml")
    desk.work()
    assert [(document.reading_state, document.pages) for document in desk.all()] == [("done", 1)] * 3


def test_what_is_filed_while_it_is_taken_apart_is_taken_apart_from_there(desk: Desk) -> None:
    """The child works without a transaction, so a person may come between."""
    document = desk.receive(mail(("brief.txt", b"Ein Brief")), "post.eml")

    class Interrupted(IntakeJobs):
        def _parts(self, *given: Any) -> Apart:
            found = super()._parts(*given)
            if desk.document(document).place != FILED:
                file(desk, document)
            return found

    jobs = Interrupted(desk.database, desk.vault, desk.pipeline, desk.settings, lambda: datetime.now(UTC), uuid7)
    assert desk.take() == ("take_apart", document)
    jobs.take_apart(desk.tenant, document)
    desk.work()
    assert [(each.place, each.reading_state) for each in desk.all()] == [(FILED, "done"), ("none", "done")]


def test_files_in_a_pdf_are_found_though_its_pages_were_separated(desk: Desk) -> None:
    with pikepdf.open(io.BytesIO(delivery("1T2"))) as pdf:
        pdf.attachments["rechnung.txt"] = pikepdf.AttachedFileSpec(pdf, b"Rechnung 1", filename="rechnung.txt")
        whole = saved(pdf)
    desk.receive(whole, "scan.pdf")
    desk.run(*desk.take("read"))
    desk.work()
    assert desk.titles() == ["scan.pdf", "scan.pdf (Teil 2)", "rechnung.txt"]
    assert all(document.reading_state == "done" for document in desk.all())
