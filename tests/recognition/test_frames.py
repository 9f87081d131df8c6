"""Laws of ranges and of the stored form of a reading."""

import json

from hypothesis import given
from hypothesis import strategies as st

from eakte.recognition.frames import frame, laid_out, pages_in, part, text_of, words_in
from eakte.recognition.model import SHORT, SPAN, spans
from ocr_pipeline import PageReading, Word

ENGINE = {"name": "test", "version": "1", "languages": "deu"}
_words = st.builds(Word, st.text(min_size=1, max_size=20), st.just((0, 0, 5, 5)), st.integers(1, 9), st.floats(0, 1))
_pages = st.lists(st.lists(_words, max_size=5), max_size=5).map(
    lambda found: [
        PageReading(number, 100, 200, 300.0, 0, "ocr", 0.5, tuple(words)) for number, words in enumerate(found, 1)
    ]
)


@given(st.integers(SHORT + 1, 5000))
def test_ranges_cover_every_page_once_and_are_of_even_length(pages: int) -> None:
    found = spans(pages)
    assert [page for first, last in found for page in range(first, last + 1)] == list(range(1, pages + 1))
    lengths = {last - first + 1 for first, last in found}
    assert max(lengths) - min(lengths) <= 1
    assert len(found) >= 2
    assert max(lengths) <= SPAN + 1


@given(_pages)
def test_each_page_is_cut_out_of_the_stored_form_by_its_frame(pages: list[PageReading]) -> None:
    stored, frames = laid_out(ENGINE, pages)
    whole = json.loads(stored)["pages"]
    for number in range(1, len(pages) + 1):
        cut = frame(frames, number)
        assert cut is not None
        assert json.loads(stored[slice(*cut)]) == whole[number - 1]
    assert frame(frames, 0) is frame(frames, len(pages) + 1) is None


@given(_pages)
def test_what_is_stored_is_what_was_read(pages: list[PageReading]) -> None:
    assert pages_in(laid_out(ENGINE, pages)[0]) == pages_in(part(pages)) == pages
    if all("\f" not in word.text for page in pages for word in page.words):
        assert len(text_of(pages).split("\f")) == max(1, len(pages))


@given(_pages)
def test_words_taken_by_columns_are_those_of_the_pages(pages: list[PageReading]) -> None:
    for page, found in zip(pages, words_in(laid_out(ENGINE, pages)[0]), strict=True):
        assert (found.number, found.width, found.height) == (page.number, page.width, page.height)
        words = [(word.text, [*word.box], word.confidence) for word in page.words]
        assert [*zip(found.texts, found.boxes, found.confidences, strict=True)] == words
