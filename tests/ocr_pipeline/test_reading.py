import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline import PageReading, Word, reading_document
from ocr_pipeline.reading import Line

BOX = st.lists(st.integers(0, 900), min_size=4, max_size=4).map(
    lambda n: (min(n[0], n[2]), min(n[1], n[3]), max(n[0], n[2]), max(n[1], n[3]))
)
SURE = st.none() | st.floats(0, 1)
WORDS = st.builds(Word, st.text(min_size=1), BOX, st.integers(1, 99), SURE)
LINES = st.builds(Line, BOX, st.none() | st.tuples(st.floats(-1, 1), st.floats(-9, 9)), st.booleans())
PAGES = st.builds(
    PageReading,
    st.integers(1, 2000),
    st.just(900),
    st.just(900),
    st.floats(1, 600),
    st.sampled_from([0, 90, 180, 270]),
    st.sampled_from(["ocr", "text", "blank"]),
    SURE,
    st.lists(WORDS).map(tuple),
    st.floats(-4, 4),
    st.lists(LINES).map(tuple),
)
MIETE = Word("Miete", (10, 20, 110, 50), 3, 0.98)
PAGE = PageReading(1, 2480, 3508, 300, 0, "ocr", 0.93, (MIETE,))


@given(PAGES)
def test_a_reading_survives_the_way_through_json(page: PageReading) -> None:
    assert PageReading.from_json(json.loads(json.dumps(page.to_json()))) == page


def test_the_document_has_the_fields_of_the_format() -> None:
    document = reading_document({"name": "tesserocr", "version": "5.5", "languages": "deu"}, [PAGE])
    page = document["pages"][0]
    assert (document["format"], document["version"]) == ("eakte-reading", 1)
    assert document["engine"] == {"name": "tesserocr", "version": "5.5", "languages": "deu"}
    assert {key: page[key] for key in ("number", "width", "height", "dpi", "rotation", "source", "confidence")} == {
        "number": 1,
        "width": 2480,
        "height": 3508,
        "dpi": 300,
        "rotation": 0,
        "source": "ocr",
        "confidence": 0.93,
    }
    assert page["words"] == [{"text": "Miete", "box": [10, 20, 110, 50], "confidence": 0.98, "line": 3}]


def test_a_page_in_the_form_of_the_format_alone_is_understood() -> None:
    page = PAGE.to_json() | {"unknown": True}
    del page["skew"], page["lines"]
    assert PageReading.from_json(page) == PAGE


def test_text_is_a_line_for_each_line() -> None:
    words = (Word("Die", (0, 0, 1, 1), 1), Word("Miete", (2, 0, 3, 1), 1), Word("steigt", (0, 2, 1, 3), 2))
    assert PageReading(1, 9, 9, 300, 0, "text", None, words).text == "Die Miete\nsteigt"


@pytest.mark.parametrize("box", [[0, 0, 9999, 9], [-1, 0, 9, 9], [9, 0, 1, 9], [0, 0, 9]])
def test_words_outside_of_their_page_are_no_reading(box: list[int]) -> None:
    page = PAGE.to_json()
    page["words"][0]["box"] = box
    with pytest.raises(ValueError, match=r"box|unpack"):
        PageReading.from_json(page)
