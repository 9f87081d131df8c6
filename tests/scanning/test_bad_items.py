"""Items as they should not be, and items that hold others: each is answered in the ledger, to the side."""

import io
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import pikepdf
import pytest
from PIL import Image

from eakte.demo.scans import tiny_pages
from eakte.supervise.cluster import Urls
from ocr_pipeline import Pipeline
from tests.intake.desk import mail
from tests.journeys.test_mail import broken_mail
from tests.ocr_pipeline.coded import separator
from tests.ocr_pipeline.letters import CII, docx, packed
from tests.ocr_pipeline.sheets import drawn, scan
from tests.recognition.test_separation import delivery
from tests.scanning.centre import Centre
from tests.scanning.conftest import LIMITS


def settled(centre: Centre, data: bytes, pages: int, name: str = "0001", times: int = 1) -> dict[str, Any]:
    """The batch of this one item, read, each job so many times."""
    batch = centre.announce(pages)
    assert centre.send(batch, name, data, pages=pages).status_code == 201
    centre.complete(batch)
    centre.work(times=times)
    return centre.batch(batch)


def sums(batch: dict[str, Any]) -> tuple[Any, ...]:
    """State and ledger: announced, stored, blank, separator, rejected, difference."""
    ledger = batch["ledger"]
    return (
        batch["state"],
        *(ledger[n] for n in ("announced", "stored", "blank", "separator", "rejected", "difference")),
    )


@pytest.mark.parametrize(
    ("plan", "wanted"),
    [
        ("T12T", ("reconciled", 4, 2, 0, 2, 0, 0)),
        ("TT1bTT", ("reconciled", 6, 1, 1, 4, 0, 0)),
        ("TbT", ("reconciled", 3, 0, 1, 2, 0, 0)),
        ("T", ("reconciled", 1, 0, 0, 1, 0, 0)),
    ],
)
def test_separators_first_and_last_and_alone_are_counted(centre: Centre, plan: str, wanted: tuple[Any, ...]) -> None:
    assert sums(settled(centre, delivery(plan), len(plan))) == wanted


def test_a_parked_file_of_separators_alone_is_counted_once_however_often_it_is_tried(centre: Centre) -> None:
    batch = settled(centre, delivery("TbT"), 3)
    (item,) = centre.items(batch["id"])
    with centre.as_key(centre.key("clerk")) as clerk:
        assert clerk.post(f"/v1/documents/{item['document']}/retry").status_code == 202
    assert centre.batch(batch["id"])["state"] == "reading"
    centre.work(times=2)
    assert sums(centre.batch(batch["id"])) == ("reconciled", 3, 0, 1, 2, 0, 0)


@pytest.mark.parametrize("kind", ["tiff", "pdf"])
def test_pages_of_all_sizes_in_one_file_are_counted(centre: Centre, kind: str, tmp_path: Path) -> None:
    small = [Image.open(path).convert("1") for path in tiny_pages(tmp_path, [], 2)]
    pages = [small[0], scan(["Ein Beleg"]).resize((1654, 2339)).convert("1"), separator().convert("1", dither=0),
             Image.new("1", (300, 4000), 1), small[1].rotate(90, expand=True)]  # fmt: skip
    data = io.BytesIO()
    options = {"format": "TIFF", "compression": "group4"} if kind == "tiff" else {"format": "PDF"}
    pages[0].save(data, save_all=True, append_images=pages[1:], **options)
    assert sums(settled(centre, data.getvalue(), 5)) == ("reconciled", 5, 3, 1, 1, 0, 0)


def five_hundred(letters: list[Path]) -> tuple[bytes, int, int]:
    """A TIFF of 500 sides in G4 with its letters and separators; the others are blank."""
    letter, sheet = [Image.open(path).convert("1") for path in letters], separator().resize((620, 874)).convert("1")
    blank = Image.new("1", (620, 874), 1)
    pages = [sheet if n % 100 == 99 else letter[n % len(letter)] if n % 50 == 0 else blank for n in range(500)]
    data = io.BytesIO()
    pages[0].save(data, "TIFF", compression="group4", save_all=True, append_images=pages[1:], dpi=(150, 150))
    return data.getvalue(), 10, 5


@pytest.mark.slow
def test_a_tiff_of_five_hundred_pages_reconciles(database: Urls, tmp_path: Path) -> None:
    data, letters, sheets = five_hundred(tiny_pages(tmp_path / "letters", [], 5))
    with Pipeline(1, replace(LIMITS, pages=2000)) as reader:
        centre = Centre(database.app, tmp_path, reader)
        wanted = ("reconciled", 500, letters, 500 - letters - sheets, sheets, 0, 0)
        assert sums(settled(centre, data, 500)) == wanted
        assert centre.count("documents") == 5
        assert centre.scratch() == []
        centre.close()


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 2])
def test_a_mail_in_broken_encodings_with_a_pdf_that_is_a_letter_reconciles(centre: Centre, times: int) -> None:
    batch = settled(centre, broken_mail(), 3, "nachricht.eml", times)
    assert sums(batch) == ("reconciled", 3, 3, 0, 0, 0, 0), batch
    pages = centre.receipt(batch["id"], "reconciliation")["files"][0]["pages"]
    assert [page["number"] for page in pages] == [1, 2, 3]
    assert len({page["document"] for page in pages}) == 3
    assert {page["document_page"] for page in pages} == {1}


@pytest.mark.parametrize("times", [1, 2])
def test_scans_in_an_archive_are_counted_and_cut_like_others(centre: Centre, times: int) -> None:
    inside = packed(
        {"a.pdf": delivery("T1bT2"), "b/b.pdf": delivery("3T4"), "c.zip": packed({"d.pdf": delivery("TT")})}
    )
    batch = settled(centre, inside, 10, "post.zip", times)
    assert sums(batch) == ("reconciled", 10, 4, 1, 5, 0, 0), batch
    assert centre.count("documents") == 5  # two of each scan, and one that is sheets alone
    found = centre.receipt(batch["id"], "reconciliation")["files"][0]["pages"]
    assert [page["number"] for page in found] == list(range(1, 11))


def test_an_item_is_settled_only_when_all_that_it_holds_was_read(centre: Centre) -> None:
    batch = centre.announce(2)
    centre.send(batch, "post.zip", packed({"a.pdf": drawn(["Antrag"]), "b.pdf": drawn(["Anlage"])}), pages=2)
    centre.complete(batch)
    seen = []
    while job := centre.take():
        centre.run(*job)
        seen.append((job[0], centre.items(batch)[0]["state"], centre.batch(batch)["state"]))
    assert seen[1] == ("take_apart", "received", "complete") or seen[0] == ("take_apart", "received", "complete")
    states = [state for task, *state in seen if task == "read"]
    assert states == [["reading", "reading"], ["stored", "reading"]]
    assert sums(centre.batch(batch)) == ("reconciled", 2, 2, 0, 0, 0, 0)


def test_a_file_inside_that_cannot_be_read_makes_the_item_differ_and_replaceable(centre: Centre) -> None:
    batch = settled(centre, packed({"a.pdf": drawn(["Antrag"]), "b.exe": b"MZ\0\0"}), 2, "post.zip")
    assert sums(batch) == ("differs", 2, 1, 0, 0, 0, 1)
    assert "„post.zip“: angekündigt 2 Seiten, gefunden 1." in batch["differences"]
    (item,) = centre.items(batch["id"])
    centre.client.post(f"/v1/batches/{batch['id']}/reopen")
    data = packed({"a.pdf": drawn(["Antrag"]), "b.pdf": drawn(["Anlage"])})
    assert centre.send(batch["id"], "post.zip", data, pages=2, replaces=item["id"]).status_code == 201
    centre.complete(batch["id"])
    centre.work()
    assert sums(centre.batch(batch["id"])) == ("reconciled", 2, 2, 0, 0, 0, 0)


def test_files_of_a_version_that_a_person_gave_are_no_sides_of_the_batch(centre: Centre) -> None:
    batch = settled(centre, drawn(["Antrag"]), 1)
    centre.new_version(UUID(centre.items(batch["id"])[0]["document"]), packed({"a.txt": "eins", "b.txt": "zwei"}))
    centre.work()
    assert centre.count("documents") == 2
    assert sums(centre.batch(batch["id"])) == ("reconciled", 1, 1, 0, 0, 0, 0)
    assert centre.receipt(batch["id"], "reconciliation")["number"] == 1


def test_what_a_pdf_carries_is_no_side_of_it_also_in_a_mail(centre: Centre) -> None:
    with pikepdf.open(io.BytesIO(drawn(["Rechnung"]))) as pdf:
        pdf.attachments["factur-x.xml"] = CII.encode()
        invoice = io.BytesIO()
        pdf.save(invoice)
    batch = centre.announce(3)
    centre.send(batch, "rechnung.pdf", invoice.getvalue())
    centre.send(batch, "mail.eml", mail(("rechnung.pdf", invoice.getvalue())), pages=2)
    centre.complete(batch)
    centre.work()
    assert sums(centre.batch(batch)) == ("reconciled", 3, 3, 0, 0, 0, 0)
    assert centre.count("documents") == 5


def test_an_archive_that_cannot_be_opened_is_rejected_with_its_pages(centre: Centre) -> None:
    batch = settled(centre, packed({"a.pdf": drawn(["Antrag"])})[:-30], 7, "post.zip")
    assert sums(batch) == ("reconciled", 7, 0, 0, 0, 7, 0)
    assert centre.items(batch["id"])[0]["problems"]


def test_the_centre_counts_pages_as_the_service_does(reader: Pipeline, tmp_path: Path) -> None:
    from eakte.wiring import pages_in

    message = EmailMessage()
    message.set_content("Guten Tag")
    files = {
        "mail.eml": mail(("a.pdf", drawn(["1"], ["2"])), ("b.zip", packed({"c.docx": docx(), "d.txt": "x"}))),
        "post.zip": packed({"a.pdf": delivery("T1"), "b.exe": b"MZ\0\0"}),
        "kaputt.zip": packed({"a": "x"})[:-30],
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    assert [pages_in(reader, tmp_path / name, tmp_path) for name in files] == [5, 3, 1]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(files)
