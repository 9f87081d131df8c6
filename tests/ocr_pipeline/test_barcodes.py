"""Barcodes of a page: read any way up from what a scanner makes of them, and put where the reading's words are."""

import io
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from ocr_pipeline import PageReading, Pipeline, barcodes
from ocr_pipeline.digital import may_show_codes
from ocr_pipeline.page import Picture
from tests.ocr_pipeline.coded import KINDS, coded, photographed, scratched
from tests.ocr_pipeline.sheets import SIZE, TEXT, drawn, encoded, scan, scanned, stamped, tilted

TEXTS = {kind: "PATCHT" if kind == "Code 128" else "12345//1234567" for kind in KINDS}


def read(pipeline: Pipeline, tmp_path: Path, data: bytes) -> PageReading:
    source, prepared = tmp_path / "source", tmp_path / "prepared.pdf"
    source.write_bytes(data)
    pipeline.prepare(source, prepared)
    return pipeline.read(prepared, [1])[0]


def scanners() -> dict[str, bytes]:
    """The same sheet with one code of each kind, as different scanners deliver it."""
    page = photographed(coded(*TEXTS.items(), lines=TEXT * 3))
    return {
        "grey": encoded(page, quality=60),
        "g4": encoded(page.convert("1", dither=Image.Dither.NONE), "TIFF", compression="group4"),
        "upside down": encoded(page.rotate(180)),
        "turned left": encoded(page.transpose(Image.Transpose.ROTATE_90)),
        "turned right": encoded(page.transpose(Image.Transpose.ROTATE_270)),
        "askew": encoded(tilted(page, 3.0)),
    }


@pytest.mark.parametrize("way", scanners())
def test_codes_of_all_four_kinds_are_read_whatever_the_scanner_does(
    pipeline: Pipeline, tmp_path: Path, way: str
) -> None:
    page = read(pipeline, tmp_path, scanners()[way])
    assert {code.format: code.text for code in page.barcodes} == TEXTS


@pytest.mark.parametrize("way", ["grey", "upside down", "turned left", "turned right", "askew"])
def test_boxes_lie_in_the_frame_of_the_reading_whichever_way_the_page_was_fed(
    pipeline: Pipeline, tmp_path: Path, way: str
) -> None:
    page = read(pipeline, tmp_path, scanners()[way])
    assert [code.format for code in page.barcodes] == list(KINDS), "from top to bottom of the sheet"
    for at, code in enumerate(page.barcodes):
        left, top, _, bottom = code.box
        assert left / page.width < 0.2
        assert abs((top + bottom) / 2 / page.height - (0.11 + 0.0808 * at)) < 0.035, code


@pytest.mark.parametrize("kind", ["Code 128", "QR"])
def test_a_damaged_code_is_flagged_without_a_text(kind: str) -> None:
    page = photographed(coded((kind, "12345//1234567")))
    found = barcodes.find(scratched(page))
    assert {(code.format, code.text) for code in found} == {("linear" if kind == "Code 128" else kind, None)}


def test_ordinary_pages_have_no_codes_and_no_damaged_ones() -> None:
    for image in (scan(), scan(dpi=300), tilted(scan(), 2), Image.effect_noise((1700, 2300), 90)):
        assert barcodes.find(image) == []


def test_a_sheet_with_nothing_but_a_code_is_not_taken_for_blank_paper_without_one(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    page = read(pipeline, tmp_path, encoded(photographed(coded(("DataMatrix", "PATCHT"), size=SIZE))))
    assert [code.text for code in page.barcodes] == ["PATCHT"]
    assert page.words == ()


def test_a_born_digital_page_is_looked_at_only_if_it_draws_something() -> None:
    for data, expected in (
        (drawn(TEXT), False),
        (coded(("Code 128", "PATCHT"), lines=TEXT), True),
        (stamped(scan(), "x" * 10, invisible=True), True),
    ):
        with pypdfium2.PdfDocument(data) as pdf:
            assert may_show_codes(pdf[0]) is expected


def test_vector_codes_and_scans_with_an_older_text_layer_are_read_too(pipeline: Pipeline, tmp_path: Path) -> None:
    vector = coded(("Code 39", "12345//1234567"), lines=TEXT)
    page = read(pipeline, tmp_path, vector)
    assert (page.source, [code.text for code in page.barcodes]) == ("text", ["12345//1234567"])
    layered = stamped(photographed(coded(("Code 128", "PATCHT"), size=SIZE)), "Trennblatt " * 20, invisible=True)
    (tmp_path / "other").mkdir()
    page = read(pipeline, tmp_path / "other", layered)
    assert (page.source, [code.text for code in page.barcodes]) == ("text", ["PATCHT"])
    left, top, right, bottom = page.barcodes[0].box
    assert left < right <= page.width
    assert top < bottom <= page.height


def test_a_code_on_a_signed_page_is_read_where_it_stands(pipeline: Pipeline, tmp_path: Path) -> None:
    with pikepdf.open(io.BytesIO(scanned(photographed(coded(("QR", "PATCHT"))).rotate(180)))) as pdf:
        pdf.Root.AcroForm = pikepdf.Dictionary(SigFlags=1, Fields=pikepdf.Array())
        out = io.BytesIO()
        pdf.save(out)
    page = read(pipeline, tmp_path, out.getvalue())
    assert page.rotation == 0
    assert page.barcodes[0].box[1] > page.height / 2


def test_readings_of_before_have_no_codes_and_codes_survive_the_way_through_json() -> None:
    picture = Picture(photographed(coded(("QR", "Ä"), size=SIZE)), 200)
    codes = barcodes.placed(barcodes.find(picture.image), picture.image.size, 0, 0.0)
    page = PageReading(1, *picture.image.size, 200.0, 0, "blank", None, (), barcodes=codes)
    assert PageReading.from_json(page.to_json()) == page
    assert [code.text for code in codes] == ["Ä"]
    old = page.to_json()
    del old["barcodes"]
    assert PageReading.from_json(old).barcodes == ()
