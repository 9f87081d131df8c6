import time
from pathlib import Path

import pikepdf
import pytest

from ocr_pipeline import Joined, PageReading, Pipeline, Unreadable
from ocr_pipeline.errors import SENTENCES
from tests.ocr_pipeline import nasty
from tests.ocr_pipeline.sheets import TEXT, drawn, encoded, saved, scan, scanned


def whole_way(pipeline: Pipeline, data: bytes, folder: Path) -> tuple[list[PageReading], Joined, Path]:
    source, prepared, archival = folder / "x.pdf", folder / "prepared.pdf", folder / "archival.pdf"
    source.write_bytes(data)
    pages = pipeline.prepare(source, prepared).pages
    readings = pipeline.read(prepared, range(1, pages + 1))
    return readings, pipeline.join(prepared, readings, archival), archival


@pytest.fixture(scope="module")
def usual(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, str]:
    data = scanned(scan())
    readings, _, _ = whole_way(pipeline, data, tmp_path_factory.mktemp("usual"))
    return data, readings[0].text


@pytest.mark.parametrize("name", nasty.REFUSED)
def test_what_cannot_be_read_is_refused_by_name_and_harms_no_neighbour(
    name: str, pipeline: Pipeline, usual: tuple[bytes, str], tmp_path: Path
) -> None:
    make, codes = nasty.REFUSED[name]
    start = time.monotonic()
    with pytest.raises(Unreadable) as refused:
        whole_way(pipeline, make(), tmp_path)
    assert refused.value.code in codes, refused.value.detail
    assert refused.value.sentence in SENTENCES.values()
    assert time.monotonic() - start < 60
    data, text = usual
    assert whole_way(pipeline, data, tmp_path)[0][0].text == text


@pytest.mark.parametrize("name", nasty.TAKEN)
def test_what_is_only_strange_comes_out_whole(name: str, pipeline: Pipeline, tmp_path: Path) -> None:
    readings, joined, archival = whole_way(pipeline, nasty.TAKEN[name](), tmp_path)
    assert "Mietvertrag" in readings[0].text
    assert "Heizkosten" in readings[0].text
    assert joined.conformance == "PDF/A-2b" or (joined.code and joined.reason)
    with pikepdf.open(archival) as pdf:
        assert len(pdf.pages) == 1


def test_a_known_password_opens_and_nothing_of_the_lock_remains(pipeline: Pipeline, tmp_path: Path) -> None:
    source, prepared = tmp_path / "locked.pdf", tmp_path / "prepared.pdf"
    source.write_bytes(nasty.encrypted())
    with pytest.raises(Unreadable) as refused:
        pipeline.prepare(source, prepared, "falsch")
    assert refused.value.code == "wrong-password"
    assert "falsch" not in repr(refused.value)
    pipeline.prepare(source, prepared, nasty.PASSWORD)
    assert not pikepdf.open(prepared).is_encrypted
    assert "Mietvertrag" in pipeline.read(prepared, [1])[0].text


@pytest.mark.parametrize("make", [lambda: drawn(TEXT), lambda: scanned(scan().rotate(180))])
def test_a_signed_document_is_read_but_never_altered(make: nasty.Maker, pipeline: Pipeline, tmp_path: Path) -> None:
    data = nasty.signed(make())
    readings, joined, archival = whole_way(pipeline, data, tmp_path)
    assert archival.read_bytes() == data
    assert (joined.conformance, joined.code) == (None, "signed")
    assert (readings[0].rotation, readings[0].skew) == (0, 0)
    assert readings[0].words


def test_where_words_cannot_be_grafted_the_page_is_upright_all_the_same(pipeline: Pipeline, tmp_path: Path) -> None:
    with nasty.opened(nasty.recursive_form()) as pdf:
        pdf.pages[0].obj.Rotate = 180
        data = saved(pdf)
    readings, joined, archival = whole_way(pipeline, data, tmp_path)
    assert (joined.conformance, joined.code, readings[0].rotation) == (None, "not-made", 180)
    with pikepdf.open(archival) as pdf:
        assert pdf.pages[0].obj.get("/Rotate", 0) % 360 == 0


def test_nothing_active_is_left_in_the_archival_copy(pipeline: Pipeline, tmp_path: Path) -> None:
    _, joined, archival = whole_way(pipeline, nasty.javascript(), tmp_path)
    with pikepdf.open(archival) as pdf:
        everything = b"".join(each.unparse() for each in pdf.objects if not isinstance(each, pikepdf.Stream))
    for word in (b"JavaScript", b"OpenAction", b"Launch", b"EmbeddedFile", b"cmd.exe", b"/AA"):
        assert word not in everything
    assert joined.conformance == "PDF/A-2b"


def test_what_was_filled_into_a_form_is_read(pipeline: Pipeline, tmp_path: Path) -> None:
    readings, _, archival = whole_way(pipeline, nasty.filled_form(), tmp_path)
    assert "Käthe Großmann" in readings[0].text
    with pikepdf.open(archival) as pdf:
        assert "/AcroForm" not in pdf.Root


def test_a_wrong_ending_of_the_name_does_not_matter(pipeline: Pipeline, tmp_path: Path) -> None:
    source = tmp_path / "brief.docx"
    source.write_bytes(encoded(scan(), "PNG"))
    assert pipeline.prepare(source, tmp_path / "prepared.pdf").media_type == "image/png"


def test_a_nested_bomb_is_refused_or_read_within_the_limits(pipeline: Pipeline, tmp_path: Path) -> None:
    try:
        readings, _, _ = whole_way(pipeline, nasty.nested_content_bomb(), tmp_path)
    except Unreadable as refused:
        assert refused.code in {"out-of-memory", "damaged", "hung", "crashed"}
    else:
        assert readings[0].source == "blank"
