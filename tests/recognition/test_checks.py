"""Automatic checks find what a person should look at, and leave good pages alone."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eakte.recognition.checks import SENTENCES, cut_edge, findings, page_count
from ocr_pipeline import PageReading, Word

WORDS = tuple(Word(f"Wort{n}", (200 + 100 * n, 300, 280 + 100 * n, 340), 1, 0.95) for n in range(4))
GOOD = PageReading(1, 2067, 2923, 250.0, 0, "ocr", 0.95, WORDS, 0.5, (), 300.0)


def codes(page: PageReading, resolution: int = 300) -> list[str]:
    return [found.code for found in findings([page], resolution)]


def test_a_good_page_has_no_findings() -> None:
    assert codes(GOOD) == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"source": "blank", "words": (), "confidence": None}, "blank"),
        ({"skew": -2.4}, "skew"),
        ({"scanned_dpi": 200.0}, "resolution"),
        ({"confidence": 0.5}, "faint"),
        ({"symbol_coded": True}, "symbol-coded"),
    ],
)
def test_each_fault_is_found_and_said_in_german(changed: dict[str, object], code: str) -> None:
    found = findings([replace(GOOD, **changed)], 300)
    assert [(each.code, each.page) for each in found] == [(code, 1)]
    assert found[0].text.startswith(SENTENCES[code])


@pytest.mark.parametrize(
    ("edge", "box"),
    [("Links", (0, 900, 90, 940)), ("Rechts", (1990, 900, 2067, 940)), ("Oben", (900, 0, 990, 30)),
     ("Unten", (900, 2890, 990, 2923))],
)  # fmt: skip
def test_text_that_runs_over_an_edge_is_found(edge: str, box: tuple[int, int, int, int]) -> None:
    cut = replace(GOOD, words=(*WORDS, Word("Miete", box, 2, 0.9), Word("Haus", box, 3, 0.9)))
    assert cut_edge(cut) == edge
    assert codes(cut) == ["cut-text"]


def test_a_shadow_at_the_edge_is_no_text() -> None:
    box = (0, 900, 9, 1400)
    shadow = (Word("|", box, 2, 0.9), Word("I", box, 3, 0.99), Word("Wand", box, 4, 0.3), Word("Eck", box, 5, 0.9))
    assert codes(replace(GOOD, words=(*WORDS, *shadow))) == []


def test_a_reading_made_before_the_scans_resolution_was_kept_says_no_more_than_its_copy() -> None:
    old = replace(GOOD, scanned_dpi=None)
    assert codes(old) == []
    assert codes(replace(old, dpi=150.0)) == ["resolution"]


def test_a_page_that_was_born_digital_has_no_scan_to_be_checked() -> None:
    assert codes(replace(GOOD, source="text", skew=3.0, scanned_dpi=10.0, confidence=None)) == []


def test_other_pages_than_announced_are_told() -> None:
    assert page_count(2, 2) == []
    assert page_count(2, 3)[0].text.endswith("Angekündigt 2, gefunden 3.")


@given(st.floats(100, 1200), st.integers(100, 1200))
def test_the_profiles_resolution_or_more_is_never_found(dpi: float, wanted: int) -> None:
    if dpi >= wanted:
        assert "resolution" not in codes(replace(GOOD, scanned_dpi=dpi), wanted)
