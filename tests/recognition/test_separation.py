"""A scan with separator sheets becomes its documents: once, wholly, whatever comes twice, late or in between."""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pikepdf
import pytest
from PIL import Image
from sqlalchemy import select

from eakte.access import acts as access
from eakte.access.model import UNFILED
from eakte.casefiles import acts as casefiles
from eakte.casefiles.jobs import CaseFileJobs
from eakte.casefiles.tables import case_files
from eakte.documents import acts as documents
from eakte.documents.tables import documents as document_rows
from eakte.documents.tables import renditions, sources, whole_deliveries
from eakte.errors import Invalid
from eakte.recognition import acts
from eakte.recognition.codes import CodeRules
from eakte.recognition.finished import CUT_OUT, DRAWN
from eakte.recognition.sheets import print_sheet
from eakte.recognition.tables import ranges, readings, references, runs
from eakte.vault.tables import blobs
from tests.ocr_pipeline.coded import coded, photographed, scratched, separator
from tests.ocr_pipeline.sheets import SIZE, encoded, saved, scan, scanned, together
from tests.recognition.office import Office
from tests.recognition.test_reading_api import served

REFERENCE, OTHER = "12345//1234567", "12345//7654321"


def sheet(text: str) -> Image.Image:
    return scan([text], dpi=150)


def delivery(plan: str) -> bytes:
    """`T` a separator sheet, `b` a blank page, and any other sign a page that says `Blatt` with it."""
    pages = {"T": separator, "b": lambda: scan([])}
    return scanned(*[pages.get(sign, lambda sign=sign: sheet(f"Blatt Nummer {sign}"))() for sign in plan])


def parts(office: Office, document: UUID) -> list[UUID]:
    """Documents of the same received file, in the order of their pages."""
    received = office.document(document).received_file
    with office.database.look(office.tenant) as unit:
        query = select(document_rows.c.id).where(document_rows.c.received_file == received)
        return list(unit.run(query.order_by(document_rows.c.title)).scalars())


def assert_separated(office: Office, document: UUID, texts: list[str]) -> list[UUID]:
    """One document for each text with its own renditions; nothing left of the way there, nothing twice."""
    found = parts(office, document)
    assert found[0] == document
    assert [office.rendition(each, "text").decode() for each in found] == [
        "\f".join(f"Blatt Nummer {sign}\n" if sign != "b" else "\n" for sign in text) for text in texts
    ]
    for each, text in zip(found, texts, strict=True):
        now = office.document(each)
        assert (now.reading_state, now.pages, now.version) == ("done", len(text), 2 if each == document else 1)
        for kind in ("original", "archival"):
            with pikepdf.open(io.BytesIO(office.rendition(each, kind))) as pdf:
                assert len(pdf.pages) == len(text), kind
    assert len(office.rows(readings)) == len(texts)
    assert len(office.rows(whole_deliveries)) == 1
    assert office.rows(runs) == office.rows(ranges) == office.scratch() == []
    assert len(office.rows(blobs)) == 1 + 4 * len(texts)
    stored = [path for path in office.settings.blobs_folder.rglob("*") if path.is_file() and "keys" not in path.parts]
    assert len(stored) == 1 + 4 * len(texts)
    assert office.waiting() == sorted(["compare", "decide", "index", "note_transfer", "reconcile"] * len(texts))
    return found


def test_a_short_scan_becomes_its_parts_and_each_page_is_accounted_for(office: Office) -> None:
    document = office.hand_in(delivery("1bT2T"))
    office.work()
    first, second = assert_separated(office, document, ["1b", "2"])
    assert office.received_pages(document) == [
        (1, "stored", first, 1), (2, "blank", first, 2), (3, "separator", None, None),
        (4, "stored", second, 1), (5, "separator", None, None),
    ]  # fmt: skip
    assert [(row.document, row.version, row.first_page, row.last_page) for row in office.rows(sources)] == [
        (first, 1, None, None), (first, 2, 1, 2), (second, 1, 4, 4),
    ]  # fmt: skip
    assert office.document(second).title == "eingang (Teil 2)"
    assert office.acts(document) == ["begun", "read", "separated"]
    assert office.acts(second) == ["read", "separated"]


@pytest.mark.parametrize("plan", ["12T34TT5", "T1T"])
def test_jobs_delivered_twice_or_at_the_same_time_separate_once(office: Office, plan: str) -> None:
    document = office.hand_in(delivery(plan))
    with ThreadPoolExecutor(4) as threads:
        while job := office.take():
            same = [job, job]
            if job[0] == "read_range" and (other := office.take("read_range")):
                same += [other, other]
            list(threads.map(lambda each: office.run(*each), same))
    office.work(times=2)
    assert_separated(office, document, [text for text in plan.split("T") if text])


def test_a_part_keeps_the_streams_of_its_images_and_holds_nothing_of_other_parts(office: Office) -> None:
    shared = pikepdf.open(io.BytesIO(delivery("1T2")))
    images = pikepdf.Dictionary(
        {f"/Im{at}": next(iter(p.obj.Resources.XObject.values())) for at, p in enumerate(shared.pages)}
    )
    for at, page in enumerate(shared.pages):
        width, height = float(page.mediabox[2]), float(page.mediabox[3])
        page.obj.Resources = pikepdf.Dictionary(XObject=images)
        page.obj.Contents = shared.make_stream(f"q {width} 0 0 {height} 0 0 cm /Im{at} Do Q".encode())
    whole = [image.read_raw_bytes() for image in images.values()]
    document = office.hand_in(saved(shared))
    office.work()
    for number, each in zip((0, 2), parts(office, document), strict=True):
        with pikepdf.open(io.BytesIO(office.rendition(each, "original"))) as pdf:
            found = [thing.read_raw_bytes() for thing in pdf.objects
                     if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Image"]  # fmt: skip
        assert found == [whole[number]]


def test_a_tiff_of_many_sizes_is_separated_as_pdf_without_loss(office: Office) -> None:
    pages = [photographed(coded(lines=["Blatt Nummer 1"])), separator(), sheet("Blatt Nummer 2")]
    bilevel = [page.convert("1", dither=Image.Dither.NONE) for page in pages]
    tiff = encoded(bilevel[0], "TIFF", compression="group4", save_all=True, append_images=bilevel[1:])
    document = office.hand_in(tiff)
    office.work()
    found = parts(office, document)
    assert office.rendition(document, "original", 1) == tiff
    for page, each in zip((bilevel[0], bilevel[2]), found, strict=True):
        with pikepdf.open(io.BytesIO(office.rendition(each, "original"))) as pdf:
            image = pikepdf.PdfImage(next(iter(pdf.pages[0].obj.Resources.XObject.values()))).as_pil_image()
        assert image.convert("1").tobytes() == page.tobytes()
    kinds = {(row.kind, row.media_type) for row in office.rows(renditions) if row.document == found[1]}
    assert ("original", "application/pdf") in kinds


def sixteen_bits(page: Image.Image) -> Image.Image:
    grey = page.convert("L")
    return Image.frombytes("I;16", grey.size, bytes(byte for value in grey.tobytes() for byte in (1, value)))


def transparent(page: Image.Image) -> Image.Image:
    found = page.convert("RGBA")
    found.putpixel((0, 0), (255, 255, 255, 0))
    return found


def palette(page: Image.Image) -> Image.Image:
    return page.convert("RGB").quantize(16)


@pytest.mark.parametrize(("change", "kept"), [(sixteen_bits, False), (transparent, False), (palette, True)])
@pytest.mark.parametrize("plan", ["1T2", "1T2345T"])
def test_a_part_of_an_uneven_tiff_has_the_pixels_that_came_or_says_that_it_has_not(
    office: Office, change: Callable[[Image.Image], Image.Image], kept: bool, plan: str
) -> None:
    a4 = (1240, 1754)
    pages = [(separator() if sign == "T" else sheet(f"Blatt {sign}")).convert("L").resize(a4) for sign in plan]
    came = [change(page) for page in pages]
    tiff = encoded(came[0], "TIFF", save_all=True, append_images=came[1:], dpi=(150, 150))
    document = office.hand_in(tiff)
    office.work()
    found = parts(office, document)
    assert len(found) == 2
    assert office.rendition(document, "original", 1) == tiff
    with office.database.look(office.tenant) as unit:
        reasons = {documents.newest(unit, each, "original").conformance_reason for each in found}
    assert reasons == {CUT_OUT if kept else DRAWN}
    with pikepdf.open(io.BytesIO(office.rendition(document, "original"))) as pdf:
        image = pikepdf.PdfImage(next(iter(pdf.pages[0].obj.Resources.XObject.values()))).as_pil_image()
    if kept:
        assert image.convert("RGB").tobytes() == came[0].convert("RGB").tobytes()


@pytest.mark.parametrize("plan", ["T", "TTT", "TbT", "TTTTTTT"])
def test_a_file_of_nothing_but_separators_is_parked_whole_with_its_reason(office: Office, plan: str) -> None:
    document = office.hand_in(delivery(plan))
    office.work(times=2)
    office.assert_parked(document, "nur Trennblätter")
    assert parts(office, document) == [document]
    assert [place[1] for place in office.received_pages(document)] == [
        "blank" if sign == "b" else "separator" for sign in plan
    ]
    assert office.rows(readings) == office.rows(whole_deliveries) == office.scratch() == []


def test_a_damaged_separator_splits_nothing_and_is_flagged(office: Office) -> None:
    pages = [sheet("Blatt"), scratched(photographed(coded(("QR", "PATCHT")))), sheet("Blatt")]
    document = office.hand_in(scanned(*pages))
    office.work()
    assert parts(office, document) == [document]
    with office.database.look(office.tenant) as unit:
        codes = [code for page in acts.pages_of(unit, office.vault, document, 1) for code in page.barcodes]
    assert {code.text for code in codes} == {None}


def test_the_reference_on_a_sheet_is_what_the_next_part_asks_for_and_counts_as_sure(office: Office) -> None:
    pages = [
        separator(("QR", REFERENCE)), sheet("Blatt Nummer 1"), separator(("QR", OTHER)),
        photographed(coded(("QR", OTHER), lines=["Blatt"], size=SIZE)), separator(), sheet("Blatt Nummer 3"),
    ]  # fmt: skip
    document = office.hand_in(scanned(*pages))
    office.work()
    found = parts(office, document)
    assert [office.document(each).asked_reference for each in found] == [REFERENCE, OTHER, None]
    said = {(row.document, row.reference, row.confidence, row.page) for row in office.rows(references)}
    assert said == {(found[0], REFERENCE, 1.0, 0), (found[1], OTHER, 1.0, 0), (found[1], OTHER, 1.0, 1)}


def test_a_signed_file_stays_whole(office: Office) -> None:
    with pikepdf.open(io.BytesIO(delivery("1T2"))) as pdf:
        pdf.Root.AcroForm = pikepdf.Dictionary(SigFlags=1, Fields=pikepdf.Array())
        document = office.hand_in(saved(pdf))
    office.work()
    assert parts(office, document) == [document]
    assert [place[1] for place in office.received_pages(document)] == ["stored"] * 3
    assert office.document(document).version == 1


def test_a_new_version_is_one_document_whatever_lies_in_it(office: Office) -> None:
    document = office.hand_in(delivery("1"))
    office.work()
    office.new_version(document, delivery("2T3"))
    office.work()
    assert parts(office, document) == [document]
    assert (office.document(document).version, office.document(document).pages) == (2, 3)


def test_a_version_given_while_the_delivery_was_read_stays_the_newest_and_all_parts_stand_beside(
    office: Office,
) -> None:
    document = office.hand_in(delivery("12T345T"))
    office.run(*office.take())
    office.new_version(document, delivery("9"))
    while job := office.take("read_range", "join"):
        office.run(*job)
    found = parts(office, document)
    assert len(found) == 3
    assert office.document(document).version == 2
    texts = {each: office.rendition(each, "text").decode() for each in found if each != document}
    assert sorted(texts.values()) == ["Blatt Nummer 1\n\fBlatt Nummer 2\n", "".join(
        "\f" * (n > 3) + f"Blatt Nummer {n}\n" for n in (3, 4, 5))]  # fmt: skip


def test_a_delivery_withdrawn_while_it_was_read_stays_whole(office: Office) -> None:
    document = office.hand_in(delivery("12T345"))
    office.run(*office.take())
    while job := office.take("read_range"):
        office.run(*job)
    with office.database.unit(office.tenant) as unit:
        documents.withdraw(unit, office.moment(), documents.find(unit, document), "Irrläufer")
    office.work()
    assert parts(office, document) == [document]
    assert office.rows(readings) == office.rows(whole_deliveries) == office.scratch() == []


def test_a_worker_killed_between_sealing_and_entering_leaves_nothing_double(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = office.hand_in(delivery("12T345"))
    while (job := office.take()) and job[0] != "join":
        office.run(*job)
    assert job is not None

    class Killed(BaseException):
        pass

    def kill(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("eakte.recognition.separated.finish", kill)
        with pytest.raises(Killed):
            office.run(*job)
    assert parts(office, document) == [document]
    assert office.rows(readings) == []
    office.run(*job)
    found = parts(office, document)
    assert [office.document(each).pages for each in found] == [2, 3]
    assert len(office.rows(blobs)) == 9, "the sweep takes the bytes that the first try left"


@pytest.mark.slow
def test_a_tiff_of_hundreds_of_pages_is_separated_part_by_part(office: Office) -> None:
    kinds = {"T": separator().convert("1", dither=0), "p": sheet("Blatt Nummer 7").convert("1", dither=0)}
    plan = ("ppppT" * 10)[:-1]
    images = [kinds[sign] for sign in plan]
    document = office.hand_in(encoded(images[0], "TIFF", compression="group4", save_all=True, append_images=images[1:]))
    office.work()
    found = parts(office, document)
    assert [office.document(each).pages for each in found] == [4] * 10
    assert sum(place[1] == "separator" for place in office.received_pages(document)) == 9


def test_documents_put_together_of_two_pdfs_are_cut_where_the_sheet_lies(office: Office) -> None:
    vector = coded(("Code 128", "PATCHT"), lines=["Trennblatt " * 4] * 6)
    document = office.hand_in(together(delivery("1"), vector, delivery("2")))
    office.work()
    assert_separated(office, document, ["1", "2"])


@pytest.mark.parametrize("asked", [None, REFERENCE])
def test_a_printed_sheet_is_one_and_says_what_was_asked_for(office: Office, tmp_path: Path, asked: str | None) -> None:
    printed = tmp_path / "trennblatt.pdf"
    print_sheet(printed, asked, CodeRules.of(office.settings))
    scanned_sheet = photographed(printed.read_bytes())
    document = office.hand_in(scanned(sheet("Blatt Nummer 1"), scanned_sheet, sheet("Blatt Nummer 2")))
    office.work()
    found = parts(office, document)
    assert [office.document(each).asked_reference for each in found] == [None, asked]


def test_a_sheet_that_the_settings_would_not_read_is_not_printed(tmp_path: Path) -> None:
    for reference, separator_pattern in (("Meier", "PATCHT"), (None, "ANDERS")):
        with pytest.raises(Invalid):
            print_sheet(tmp_path / "x.pdf", reference, CodeRules(separator_pattern, r"\d{5}//\d{7}"))
    assert not (tmp_path / "x.pdf").exists()


def test_a_filed_delivery_takes_its_second_version_through_its_case_file(office: Office) -> None:
    with office.database.unit(office.tenant) as unit:
        entry = casefiles.DEFAULT_ENTRY
        casefiles.install_file_plan(unit)
        scope = casefiles.scope_for(unit, office.moment(), access.org_unit(unit, "haus"), entry)
        case_file = casefiles.open_case_file(unit, office.moment(), REFERENCE, "Muster", scope)
    document = office.hand_in(delivery("1T2"))
    with office.database.unit(office.tenant) as unit:
        casefiles.file(unit, office.moment(), documents.find(unit, document, lock=True), case_file.id)
        came_in = access.scope_of(unit, office.moment(), access.home_unit(unit, office.principal), UNFILED)
    office.work()
    first, second = parts(office, document)
    assert (office.document(second).place, office.document(second).scope) == ("none", came_in)
    filing = CaseFileJobs(office.database, lambda: office.moment().at, office.moment().new_id)
    for each in (first, second, first):
        filing.decide(office.tenant, each)
    with office.database.look(office.tenant) as unit:
        assert casefiles.current_line(unit, first).version == 2
        assert casefiles.find(unit, case_file.id).revision == 3, "opened, filed, and once its version changed"
        assert documents.whole_scope(unit, first, 1) == came_in
    assert office.document(second).place == "clearing"


def test_a_case_file_closed_between_separation_and_filing_takes_no_part_and_each_waits_for_a_person(
    office: Office,
) -> None:
    with office.database.unit(office.tenant) as unit:
        entry = casefiles.DEFAULT_ENTRY
        casefiles.install_file_plan(unit)
        scope = casefiles.scope_for(unit, office.moment(), access.org_unit(unit, "haus"), entry)
        case_file = casefiles.open_case_file(unit, office.moment(), REFERENCE, "Muster", scope)
    sheet_of_it = separator(("QR", REFERENCE))
    document = office.hand_in(scanned(sheet_of_it, sheet("Blatt Nummer 1"), sheet_of_it, sheet("Blatt Nummer 2")))
    office.work()
    with office.database.unit(office.tenant) as unit:
        unit.run(case_files.update().where(case_files.c.id == case_file.id).values(state="closed"))
    filing = CaseFileJobs(office.database, lambda: office.moment().at, office.moment().new_id)
    for each in (*parts(office, document), document):
        filing.decide(office.tenant, each)
    found = [office.document(each) for each in parts(office, document)]
    assert [(each.place, each.proposed_reference) for each in found] == [("clearing", REFERENCE)] * 2
    assert all("geschlossen" in (each.reason or "") for each in found)


def test_the_whole_is_opened_only_for_those_who_see_what_is_unfiled_where_it_came_in(office: Office) -> None:
    with office.database.unit(office.tenant) as unit:
        access.create_org_unit(unit, office.moment(), "nord", "Nord")
        keys = {
            name: access.create_key(unit, office.moment(), name, [role], units)
            for name, role, units in (("post", "mailroom", []), ("leser", "clerk", ["nord"]))
        }
    document = office.hand_in(delivery("1T2"))
    office.work()
    with office.database.unit(office.tenant) as unit:  # as if part 1 lay in a case file of the branch office
        nord = access.scope_of(unit, office.moment(), access.org_unit(unit, "nord"), "leistung")
        documents.update(unit, document, scope=nord)
    with served(office) as client:
        for path in ("versions/1/renditions/original", "pages/1/image?version=1"):
            address = f"/v1/documents/{document}/{path}"
            assert client.get(address).status_code == 200
            refused = client.get(address, headers={"Authorization": f"Bearer {keys['leser']}"})
            assert (refused.status_code, refused.json()["code"]) == (404, "rendition-not-made")
        part = client.get(
            f"/v1/documents/{document}/renditions/original", headers={"Authorization": f"Bearer {keys['leser']}"}
        )
        assert part.status_code == 200, "the part itself is the branch office's"
        second = parts(office, document)[1]
        unseen = client.get(f"/v1/documents/{second}", headers={"Authorization": f"Bearer {keys['leser']}"})
        assert unseen.status_code == 404
        listed = client.get("/v1/documents", params={"received_file": str(office.document(document).received_file)})
        assert {item["id"] for item in listed.json()["items"]} == {str(document), str(second)}
        shown = client.get(f"/v1/documents/{second}").json()["versions"][0]["sources"]
    assert [(source["first_page"], source["last_page"]) for source in shown] == [(3, 3)]
