"""The scan generator: what it promises to the demo, to tests and to benchmarks."""

import hashlib
import json
import time
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from eakte.demo.corpus import Corpus
from eakte.demo.invented import Invention
from eakte.demo.letter_texts import LETTERS
from eakte.demo.paper import A4, Order
from eakte.demo.scanner import BLANKS, PROFILES, blank, scan
from eakte.demo.scans import DemoScan, demo_batch, tiny_pages
from eakte.demo.sheets import TEMPLATES, bound_pdf, bound_tiff, draw
from eakte.recognition.catalogue import shipped_catalogue

OPEN = ("12345//1234567", "23456//7654321", "34567//2468135")


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> list[DemoScan]:
    started = time.monotonic()
    made = demo_batch(tmp_path_factory.mktemp("demo"), OPEN)
    assert time.monotonic() - started < 30
    return made


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory):
    return draw(tmp_path_factory.mktemp("sheet") / "letter.pdf", "letter", "seed", Order(0, OPEN[0]))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def pages_of(path: Path) -> int:
    if path.suffix == ".pdf":
        with pikepdf.open(path) as book:
            return len(book.pages)
    with Image.open(path) as picture:
        return getattr(picture, "n_frames", 1)


def test_the_demo_batch_is_mail_of_all_forms_in_half_a_minute(batch):
    assert len(batch) >= 12
    assert sum(scan.pages for scan in batch) >= 40
    assert {scan.path.suffix for scan in batch} == {".pdf", ".tif", ".jpg", ".png"}
    assert all(pages_of(scan.path) == scan.pages for scan in batch)


def test_the_demo_batch_files_itself_in_part_and_leaves_each_doubt_for_a_person(batch):
    named = [set(scan.references) for scan in batch]
    assert sum(len(references) == 1 and references <= set(OPEN) for references in named) >= 8
    assert set() in named
    assert any(len(references) == 2 for references in named)
    assert any(references and not references & set(OPEN) for references in named)


def test_one_open_case_file_is_enough_for_the_demo(tmp_path):
    named = [scan.references for scan in demo_batch(tmp_path, OPEN[:1])]
    assert (OPEN[0],) in named


def test_the_demo_has_born_digital_scanned_and_mixed_files(batch):
    with_text = set()
    for made in batch:
        if made.path.suffix == ".pdf":
            with pypdfium2.PdfDocument(made.path) as book:
                with_text.add(frozenset(bool(page.get_textpage().get_text_range().strip()) for page in book))
    assert with_text == {frozenset({True}), frozenset({False}), frozenset({True, False})}


def test_every_true_type_stands_in_the_catalogue(batch):
    types = {scan.type for scan in batch} | {text.type for text in LETTERS}
    assert all(code in shipped_catalogue() for code in types)


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_sheet_tells_every_line_that_its_pdf_shows_and_every_reference(tmp_path, template):
    for variant in range(4):
        sheet = draw(tmp_path / f"{variant}.pdf", template, "seed", Order(variant, OPEN[0]))
        with pypdfium2.PdfDocument(sheet.pdf) as book:
            shown = book[0].get_textpage().get_text_range()
        missing = [part["text"] for part in sheet.truth if part["text"].split()[0] not in shown]
        assert not missing
        assert (OPEN[0] in shown) == (sheet.references == (OPEN[0],))
        assert all(part["x"] >= 0 and part["x"] + part["w"] <= A4[0] and part["y"] <= A4[1] for part in sheet.truth)


def test_the_same_seed_draws_and_scans_the_same_bytes(tmp_path, sheet):
    again = draw(tmp_path / "again.pdf", "letter", "seed", Order(0, OPEN[0]))
    other = draw(tmp_path / "other.pdf", "letter", "another seed", Order(0, OPEN[0]))
    assert digest(again.pdf) == digest(sheet.pdf) != digest(other.pdf)
    first, second = (scan(sheet.pdf, PROFILES["mixed"], 7, behind=other.pdf, dpi=100) for _ in range(2))
    assert first.encoded() == second.encoded()
    assert bound_pdf([first, sheet.pdf]) == bound_pdf([second, again.pdf])


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_scans_a_page_that_still_holds_ink(sheet, name):
    made = scan(sheet.pdf, PROFILES[name], 1, behind=sheet.pdf, dpi=100)
    height, width = made.pixels.shape
    assert (height > width) == (made.turned in {0, 180})
    assert 0.005 < (made.pixels < 128).mean() < 0.3


@pytest.mark.parametrize("kind", [*BLANKS, "showthrough", "g4speckle"])
def test_blank_sides_hold_next_to_no_ink(sheet, kind):
    assert (blank(kind, 1, sheet.pdf).pixels < 100).mean() < 0.02


def test_a_bound_tiff_keeps_the_resolution_of_every_frame(sheet, tmp_path):
    scans = [scan(sheet.pdf, PROFILES["g4_200"], 1, dpi=dpi) for dpi in (100, 200)]
    (tmp_path / "two.tif").write_bytes(bound_tiff(scans))
    with Image.open(tmp_path / "two.tif") as picture:
        seen = []
        for frame in range(2):
            picture.seek(frame)
            seen.append(round(picture.info["dpi"][0]))
    assert seen == [100, 200]


def test_tiny_pages_are_small_readable_and_no_two_alike(tmp_path):
    paths = tiny_pages(tmp_path, OPEN, count=12)
    assert len({digest(path) for path in paths}) == 12
    assert all(path.stat().st_size < 6000 for path in paths)
    with Image.open(paths[0]) as picture:
        assert picture.mode == "1"
        assert round(picture.info["dpi"][0]) == 150


def test_the_corpus_keeps_scans_truth_and_manifest_together(tmp_path):
    corpus = Corpus(tmp_path, seed=1)
    corpus.sheet("letter", 0)
    corpus.sheet("contract", 0)
    corpus.scan("letter", 0, "g4_200")
    corpus.scan("contract", 0, "rot90")
    corpus.bind("both.pdf", ["letter00_g4_200", "contract00_rot90", "born:letter00"])
    corpus.finish()
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    letter, contract = manifest["pages"]
    assert (letter["type"], letter["mode"], len(letter["references"])) == ("BEW", "1", 1)
    assert (contract["type"], contract["rot"], contract["references"]) == ("MIET", 90, [])
    assert json.loads((tmp_path / "gt/letter00_g4_200.json").read_text())
    assert pages_of(tmp_path / manifest["docs"][0]["file"]) == 3


@pytest.mark.parametrize("seed", range(5))
def test_invented_data_looks_german(seed):
    invention = Invention(str(seed))
    assert invention.euro(9999)[-3] == ","
    assert len(invention.iban()) == 27
    assert len(invention.reference()) == 14
    assert "{" not in invention.fill("{date} {euro} {name} {iban} {street} {place} {month} {floor} {room} {long}")
    assert invention.fill("{month}", month="Mai") == "Mai"
