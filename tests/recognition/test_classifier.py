"""What the rules make of documents, of misread ones, and of what they do not know."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eakte.recognition.classifier import folded, shipped_classifier
from tests.recognition.samples import NOTHING_KNOWN, SAMPLES

CLASSIFIER = shipped_classifier()


@pytest.mark.parametrize("code", SAMPLES)
def test_a_document_in_its_usual_words_is_told(code):
    assert CLASSIFIER.classify([SAMPLES[code]]).code == code


@pytest.mark.parametrize("page", NOTHING_KNOWN)
def test_what_no_rule_knows_stays_unknown_with_score_zero(page):
    verdict = CLASSIFIER.classify([page])
    assert (verdict.code, verdict.score) == ("UNB", 0)


def test_a_document_without_pages_is_unknown():
    assert CLASSIFIER.classify([]).code == "UNB"


@pytest.mark.parametrize(
    "heading",
    ["Bewiiligungsbescheid", "BEWILLIGUNGSBESCHEID", "Änderungsbescheid", "Anderungsbescheid", "Aenderungsbescheid"],
)
def test_case_umlaut_spelling_and_usual_misreadings_do_not_matter(heading):
    assert CLASSIFIER.classify([f"{heading}\nSehr geehrte Frau L,"]).code in {"BEW", "AEND"}


def test_a_word_broken_at_the_line_end_is_one_word():
    text = (
        "die Zahlung ist im Unterhaltsvor-\nschussgesetz (UVG) geregelt; zuständig ist die Unterhaltsvorschuss-\nkasse"
    )
    assert CLASSIFIER.classify([text]).code == "UNTV"


def test_a_list_of_wanted_papers_does_not_make_a_letter_one_of_them():
    letter = (
        "Jobcenter Musterstadt\nAufforderung zur Mitwirkung\nSehr geehrte Frau M,\nbitte reichen Sie bis zum 1.4. "
        "folgende Unterlagen ein:\nMietvertrag\nKontoauszüge der letzten drei Monate\nLohnabrechnung\nGeburtsurkunde\n"
    )
    assert CLASSIFIER.classify([letter]).code == "MITW"


def test_a_subject_line_is_a_heading_however_long_it_is():
    subject = (
        "Betreff: Widerspruch gegen den Bescheid vom 15.02.2025, zugegangen am 20.02.2025, BG-Nummer 12345//1234567"
    )
    assert CLASSIFIER.classify([f"Max Muster\n\n{subject}\nSehr geehrte Damen und Herren,"]).code == "WID"


def test_the_first_page_decides_over_its_enclosures():
    letter = "Widerspruch gegen den Bescheid vom 1.2.2025\nhiermit lege ich Widerspruch ein."
    assert CLASSIFIER.classify([letter, SAMPLES["LOHN"], SAMPLES["KTO"]]).code == "WID"


def test_a_decision_that_teaches_how_to_object_is_no_objection():
    teaching = "Gegen diesen Bescheid kann innerhalb eines Monats Widerspruch erhoben werden."
    assert CLASSIFIER.classify([f"Bewilligungsbescheid\nwir bewilligen Ihnen Leistungen. {teaching}"]).code == "BEW"


@given(st.lists(st.text(max_size=300), max_size=6))
def test_any_text_gets_a_known_code_and_a_score_between_0_and_1(pages):
    verdict = CLASSIFIER.classify(pages)
    assert 0 <= verdict.score <= 1
    assert (verdict.code == "UNB") == (verdict.score == 0)


@given(st.text(max_size=200))
def test_folding_once_is_enough(text):
    assert folded(text) == f" {' '.join(folded(text).split())} "


def test_a_dense_page_takes_milliseconds():
    page = "\n".join(SAMPLES.values())
    started = time.process_time()
    for _ in range(20):
        CLASSIFIER.classify([page])
    # promised are about 5 ms; the bound leaves room for a busy machine
    assert (time.process_time() - started) / 20 < 0.05
