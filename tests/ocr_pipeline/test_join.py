import hashlib
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from pikepdf import Name

from ocr_pipeline import Joined, PageReading, Pipeline, Unreadable
from tests.ocr_pipeline.nasty import opened
from tests.ocr_pipeline.sheets import TEXT, drawn, encoded, saved, scan, scanned, stamped, text_at, tilted, together

Archive = Callable[[bytes], tuple[list[PageReading], Joined, Path]]


@pytest.fixture
def archive(pipeline: Pipeline, tmp_path: Path) -> Archive:
    """Readings, outcome and archival copy of a file."""

    def go(data: bytes) -> tuple[list[PageReading], Joined, Path]:
        source, prepared, target = tmp_path / "source", tmp_path / "prepared.pdf", tmp_path / "archival.pdf"
        source.write_bytes(data)
        readings = pipeline.read(prepared, range(1, pipeline.prepare(source, prepared).pages + 1))
        return readings, pipeline.join(prepared, readings, target), target

    return go


def words_out_of_place(readings: list[PageReading], pdf: Path) -> list[str]:
    """Longer words that a viewer does not find at their box."""
    return [
        word.text
        for page in readings
        for word in page.words
        if len(word.text) > 3 and word.text not in text_at(pdf, page.number, word.box, (page.width, page.height))
    ]


def images(pdf: Path) -> list[str]:
    with pikepdf.open(pdf) as document:
        return [
            hashlib.sha256(each.read_raw_bytes()).hexdigest()
            for each in document.objects
            if isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Image"
        ]


def test_scans_become_pdfa_with_every_word_at_its_box(archive: Archive) -> None:
    page = scan(dpi=300)
    turned = [page.rotate(angle, expand=True) for angle in (90, 180, 270)]
    data = scanned(page, *turned, tilted(page, 1.5), tilted(page, -2), tilted(page, 1).rotate(90, expand=True))
    readings, joined, archival = archive(data)
    assert joined == Joined("PDF/A-2b")
    assert all(reading.words for reading in readings)
    assert words_out_of_place(readings, archival) == []


def test_image_bytes_stay_as_received(archive: Archive, tmp_path: Path) -> None:
    data = scanned(scan(), tilted(scan(dpi=300), 1.5), scan(dpi=300).rotate(180))
    (tmp_path / "before.pdf").write_bytes(data)
    _, _, archival = archive(data)
    assert set(images(tmp_path / "before.pdf")) <= set(images(archival))


def test_born_digital_and_mixed_documents_become_pdfa_with_their_text_unchanged(archive: Archive) -> None:
    data = together(drawn(TEXT), scanned(scan()), drawn([]), drawn(TEXT[:2]))
    readings, joined, archival = archive(data)
    assert joined == Joined("PDF/A-2b")
    assert words_out_of_place(readings, archival) == []
    with pypdfium2.PdfDocument(data) as before, pypdfium2.PdfDocument(archival) as after:
        for at in (0, 3):
            assert before[at].get_textpage().get_text_range() == after[at].get_textpage().get_text_range()


def test_a_stamped_scan_gets_its_words(archive: Archive) -> None:
    readings, joined, archival = archive(stamped(scan(), "Fax 0201 12345  S. 1/3"))
    assert joined == Joined("PDF/A-2b")
    assert words_out_of_place(readings, archival) == []


def test_an_earlier_recognition_is_not_doubled(archive: Archive) -> None:
    _, _, archival = archive(stamped(scan(), "Worte von frueher", invisible=True))
    with pypdfium2.PdfDocument(archival) as pdf:
        assert pdf[0].get_textpage().get_text_range().strip() == "Worte von frueher"


def test_words_lie_right_on_a_cropped_page(archive: Archive) -> None:
    with opened(scanned(scan())) as pdf:
        box = [float(edge) for edge in pdf.pages[0].mediabox]
        pdf.pages[0].obj.CropBox = pikepdf.Array([20, 30, box[2] - 10, box[3] - 25])
        data = saved(pdf)
    readings, joined, archival = archive(data)
    assert joined == Joined("PDF/A-2b")
    assert words_out_of_place(readings, archival) == []


def test_a_page_that_the_file_turns_is_archived_as_it_is_shown(archive: Archive) -> None:
    with opened(scanned(scan(dpi=300).rotate(90, expand=True))) as pdf:
        pdf.pages[0].obj.Rotate = 90
        data = saved(pdf)
    readings, _, archival = archive(data)
    assert readings[0].rotation == 0
    assert words_out_of_place(readings, archival) == []


def test_where_pdfa_is_not_possible_there_is_a_pdf_and_a_reason(archive: Archive) -> None:
    with opened(drawn(TEXT)) as pdf:
        for each in pdf.objects:
            if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/Font":
                each.BaseFont = Name("/Nirgendwo-Grotesk")
        data = saved(pdf)
    _, joined, archival = archive(data)
    assert (joined.conformance, joined.code) == (None, "fonts")
    assert joined.reason
    assert "Schrift" in joined.reason
    with pypdfium2.PdfDocument(archival) as pdf:
        assert "Mietvertrag" in pdf[0].get_textpage().get_text_range()


def test_photos_without_resolution_become_pdfa_of_the_size_of_a_sheet(archive: Archive) -> None:
    _, joined, archival = archive(encoded(scan(dpi=300).convert("RGB"), dpi=(1, 1)))
    assert joined == Joined("PDF/A-2b")
    with pikepdf.open(archival) as pdf:
        assert 700 < max(float(edge) for edge in pdf.pages[0].mediabox) < 900


def test_a_join_without_all_pages_is_refused(pipeline: Pipeline, tmp_path: Path) -> None:
    path = tmp_path / "two.pdf"
    path.write_bytes(drawn(TEXT, TEXT))
    readings = pipeline.read(path, [2])
    with pytest.raises(Unreadable) as refused:
        pipeline.join(path, readings, tmp_path / "archival.pdf")
    assert refused.value.code == "no-page"
