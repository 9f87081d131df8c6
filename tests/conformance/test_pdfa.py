"""Where an archival copy is said to be PDF/A-2b, veraPDF says so too; EAKTE_TEST_CORPUS=1 asks it about all we have."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import pytest

from ocr_pipeline import Joined, Limits, Pipeline
from tests.conformance.sets import small_set, whole_corpus
from tests.services import verapdf
from tests.services.frame import Failed

CORES = len(os.sched_getaffinity(0))


@dataclass(frozen=True)
class Copy:
    """An archival copy, and what the pipeline said of it."""

    source: Path
    archival: Path
    joined: Joined


@dataclass(frozen=True)
class Made:
    """All copies, those of born-digital files, and how many files could not be read."""

    copies: list[Copy]
    born: list[Copy]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    folder = tmp_path_factory.mktemp("conformance")
    files, born = (whole_corpus if os.environ.get("EAKTE_TEST_CORPUS") else small_set)(folder)
    with Pipeline(CORES, Limits()) as pipeline, ThreadPoolExecutor(CORES) as threads:
        copies = list(threads.map(lambda file: copied(pipeline, file, folder / "copies" / file.name), files))
        yield Made(copies, [copy for copy in copies if copy.source in born])


def copied(pipeline: Pipeline, source: Path, folder: Path) -> Copy:
    folder.mkdir(parents=True)
    prepared, archival = folder / "prepared.pdf", folder / "archival.pdf"
    pages = pipeline.prepare(source, prepared).pages
    readings = pipeline.read(prepared, range(1, pages + 1))
    return Copy(source, archival, pipeline.join(prepared, readings, archival))


def test_where_conformance_is_claimed_verapdf_agrees(
    made: Made, record_property: Callable[[str, object], None]
) -> None:
    claiming = [copy for copy in made.copies if copy.joined.conformance == "PDF/A-2b"]
    try:
        verdicts = verapdf.validate([copy.archival for copy in claiming])
    except Failed as missing:
        if "CI" in os.environ:
            raise
        pytest.skip(f"veraPDF cannot run here: {missing}")
    record_property("figure", share(made, claiming))
    wrong = {copy.source.name: str(verdict) for copy, verdict in zip(claiming, verdicts, strict=True)
             if not verdict.valid or verdict.flavours != "2b"}  # fmt: skip
    assert wrong == {}


def share(made: Made, claiming: list[Copy]) -> str:
    """`PDF/A-2b: 40 of 44 archival copies (91 %); others: signed 1, …`."""
    others = Counter(copy.joined.code for copy in made.copies if copy.joined.conformance is None)
    named = ", ".join(f"{code} {count}" for code, count in others.most_common())
    percent = round(100 * len(claiming) / len(made.copies))
    return f"PDF/A-2b: {len(claiming)} of {len(made.copies)} archival copies ({percent} %); others: {named or 'none'}"


def test_what_is_no_pdfa_says_why_in_german(made: Made) -> None:
    for copy in made.copies:
        if copy.joined.conformance is None:
            assert copy.joined.code and copy.joined.reason and copy.joined.reason.endswith("."), copy.source.name


def test_the_text_of_born_digital_sheets_is_the_same_before_and_after(made: Made) -> None:
    assert made.born
    for copy in made.born:
        assert text_of(copy.archival) == text_of(copy.source), copy.source.name


def text_of(pdf: Path) -> list[list[str]]:
    """Words of each page, in the order of the content."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_range().split() for page in document]
