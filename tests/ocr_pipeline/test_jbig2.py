"""Images put together from pictures of characters are told, and never written by us."""

import zlib
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ocr_pipeline import Pipeline
from ocr_pipeline.jbig2 import segment_types, symbol_images, without_symbols
from tests.ocr_pipeline.sheets import encoded, scan, scanned
from tests.ocr_pipeline.symbols import GENERIC_REGION, in_pdf, segment, with_symbols, without


@pytest.fixture(scope="module")
def page() -> Image.Image:
    return scan().point(lambda grey: 255 if grey > 128 else 0).convert("1", dither=Image.Dither.NONE)


def drawn(pdf: Path, dpi: int = 200) -> np.ndarray:
    with pypdfium2.PdfDocument(pdf) as shown:
        return np.asarray(shown[0].render(scale=dpi / 72, grayscale=True).to_pil()).copy()


def written(tmp_path: Path, data: bytes) -> Path:
    file = tmp_path / "page.pdf"
    file.write_bytes(data)
    return file


def test_symbols_are_told_from_other_jbig2(page: Image.Image, tmp_path: Path) -> None:
    for coded, symbols in ((with_symbols(page), 1), (without(page), 0)):
        with pikepdf.open(written(tmp_path, in_pdf(page, coded))) as pdf:
            assert len(symbol_images(pdf.pages[0])) == symbols


def test_other_images_have_no_symbols(tmp_path: Path) -> None:
    with pikepdf.open(written(tmp_path, scanned(scan()))) as pdf:
        assert symbol_images(pdf.pages[0]) == []


def test_symbols_in_shared_data_and_behind_another_filter_are_found(page: Image.Image, tmp_path: Path) -> None:
    """Coders lay the dictionary into JBIG2Globals, which pages share."""
    with pikepdf.open(written(tmp_path, in_pdf(page, without(page)))) as pdf:
        image = pdf.pages[0].Resources.XObject.I
        image.DecodeParms = pikepdf.Dictionary(JBIG2Globals=pikepdf.Stream(pdf, segment(7, 0, b"x")))
        assert len(symbol_images(pdf.pages[0])) == 1
        del image.DecodeParms
        packed = zlib.compress(with_symbols(page))
        image.write(packed, filter=pikepdf.Array([pikepdf.Name.FlateDecode, pikepdf.Name.JBIG2Decode]))
        assert len(symbol_images(pdf.pages[0])) == 1


@given(st.lists(st.tuples(st.integers(0, 62), st.binary(max_size=40), st.integers(0, 70_000)), max_size=8))
def test_every_segment_is_found_behind_the_ones_before_it(made: list[tuple[int, bytes, int]]) -> None:
    stream = b"".join(segment(number, kind, data) for kind, data, number in made)
    assert list(segment_types(stream)) == [kind for kind, _, _ in made]


@given(st.binary(max_size=300))
def test_no_bytes_break_the_search(data: bytes) -> None:
    assert all(0 <= kind < 64 for kind in segment_types(data))


def test_a_region_of_unknown_length_is_passed_over() -> None:
    region = bytes(17) + b"\x00" + b"pixels" + b"\xff\xac" + bytes(4)
    unknown = segment(1, GENERIC_REGION, region).replace(len(region).to_bytes(4), b"\xff\xff\xff\xff", 1)
    assert list(segment_types(unknown + segment(2, 0, b""))) == [GENERIC_REGION, 0]


def test_pixels_stay_when_symbols_go(page: Image.Image, tmp_path: Path) -> None:
    file = written(tmp_path, in_pdf(page, with_symbols(page)))
    before = drawn(file)
    assert (before < 128).sum() > 1000
    with pikepdf.open(file, allow_overwriting_input=True) as pdf:
        without_symbols(symbol_images(pdf.pages[0])[0])
        pdf.save(file)
    assert np.array_equal(drawn(file), before)


def test_what_comes_with_symbols_is_marked_read_and_archived_without(
    page: Image.Image, pipeline: Pipeline, tmp_path: Path
) -> None:
    source, prepared, archival = written(tmp_path, in_pdf(page, with_symbols(page))), tmp_path / "p", tmp_path / "a"
    pages = pipeline.prepare(source, prepared).pages
    readings = pipeline.read(prepared, range(1, pages + 1))
    joined = pipeline.join(prepared, readings, archival)
    assert [reading.symbol_coded for reading in readings] == [True]
    assert "Miete" in readings[0].text
    assert joined.conformance == "PDF/A-2b"
    assert coded_with_symbols(archival) == 0


def test_we_never_write_symbols(pipeline: Pipeline, tmp_path: Path) -> None:
    """Black and white pages are what coders use them for."""
    bitonal = encoded(scan(dpi=300).convert("1"), "TIFF", compression="group4")
    source, prepared, archival = written(tmp_path, bitonal), tmp_path / "p", tmp_path / "a"
    pipeline.prepare(source, prepared)
    readings = pipeline.read(prepared, [1])
    pipeline.join(prepared, readings, archival)
    assert not readings[0].symbol_coded
    assert coded_with_symbols(archival) == 0


def test_the_resolution_of_the_scan_is_kept_beside_that_of_its_copy(pipeline: Pipeline, tmp_path: Path) -> None:
    """Readings are made on a copy of 250 dpi, where the scan has more."""
    large = scan(dpi=300).resize((2480, 3508))
    source, prepared = written(tmp_path, encoded(large, dpi=(300, 300))), tmp_path / "p"
    pipeline.prepare(source, prepared)
    reading = pipeline.read(prepared, [1])[0]
    assert (round(reading.dpi), reading.scanned_dpi) == (250, 300.0)


def coded_with_symbols(pdf: Path) -> int:
    with pikepdf.open(pdf) as opened:
        images = [image for page in opened.pages for image in symbol_images(page)]
        streams = [each for each in opened.objects if isinstance(each, pikepdf.Stream)]
        assert all(each.get("/Filter") != "/JBIG2Decode" for each in streams)
    return len(images)
