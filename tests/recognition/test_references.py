"""Finding case references in what was read."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eakte.recognition.references import distance, find_references


@dataclass(frozen=True)
class Word:
    text: str
    confidence: float | None = 0.96
    line: int = 1


@dataclass(frozen=True)
class Page:
    number: int
    words: tuple[Word, ...]


def page(text, number=1, confidence=0.96):
    lines = enumerate(text.split("\n"), 1)
    return Page(number, tuple(Word(word, confidence, line) for line, words in lines for word in words.split()))


def found(text, **more):
    return [(hit.reference, hit.reads_differently) for hit in find_references([page(text, **more)])]


@pytest.mark.parametrize(
    "text",
    [
        "BG-Nummer: 12345//1234567",
        "BG-Nummer:12345//1234567, Team 5",
        "(12345//1234567)",
        "345.A - 12345 // 1234567 vom 3. Mai",
        "Az 12345// 1234567",
        "2025 12345 //1234567",
    ],
)
def test_a_reference_is_found_also_when_parted_at_its_slashes(text):
    assert found(text) == [("12345//1234567", False)]


@pytest.mark.parametrize(
    "text",
    [
        "I2345//1234567",
        "1234S//1234567",
        "12345/1234567",
        "12345|/1234567",
        "12345 / 1234567",
        "12345//123 4567",
        "1 2345//1234567",
        "12345//\n1234567",
        "12345//l234567",
    ],
)
def test_what_becomes_a_reference_only_by_mending_reads_differently(text):
    assert found(text) == [("12345//1234567", True)]


@pytest.mark.parametrize(
    "second", ["12345//123456", "1234//1234567", "12345//12B4567", "12354//123456", "12345 1234567"]
)
def test_a_near_miss_of_a_reference_counts_as_that_reference_read_differently(second):
    hits = find_references([page("BG 12345//1234567"), page(f"BG {second} usw", 2)])
    assert [hit.reads_differently for hit in hits] == [False, True]
    assert {hit.reference for hit in hits} <= {"12345//1234567", "12345//1284567"}


def test_another_reference_that_lost_a_digit_is_not_passed_over():
    assert ("98765//765432", True) in found("BG 12345//1234567\nund 98765//765432")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Tel. 0231/55512 vom 12.03.2024, DE12 3456 7890 1234 5678 90",
        "812345//12345678",
        "Miete 450,00 // 460,00",
        "11.12.2024 / 12.12.2024",
        "Steuer-ID 12345678901",
    ],
)
def test_other_numbers_are_no_references(text):
    assert found(text) == []


def test_phone_and_account_numbers_beside_a_reference_raise_no_doubt():
    text = "BG 12345//1234567 Tel. 0231/555120\nIBAN DE12 3456 7890 1234 5678 90 am 12.03.2024, 1.284,70 / 61,25"
    assert found(text) == [("12345//1234567", False)]


def test_two_different_references_are_two():
    assert [reference for reference, _ in found("12345//1234567 und\n12345//1234568")] == [
        "12345//1234567",
        "12345//1234568",
    ]


def test_the_confidence_is_that_of_the_worst_word_and_born_digital_is_sure():
    words = (Word("12345", 0.9), Word("//", 0.5), Word("1234567", 0.99))
    assert find_references([Page(3, words)])[0].confidence == 0.5
    assert find_references([page("12345//1234567", confidence=None)])[0].confidence == 1.0


def test_an_occurrence_tells_its_page_and_how_it_was_read():
    hit = find_references([page("nichts"), page("BG 12345 // 1234567", 2)])[0]
    assert (hit.page, hit.as_read) == (2, "12345 // 1234567")


def test_the_pattern_is_the_houses_own():
    hits = find_references([page("Kundennummer 731D225509")], r"\b\d{3}[A-Z]\d{6}\b")
    assert [(hit.reference, hit.reads_differently) for hit in hits] == [("731D225509", False)]


@given(st.from_regex(r"[1-9]\d{4}//\d{7}", fullmatch=True), st.text(alphabet="abc, .:-\n", max_size=40))
def test_a_reference_is_found_as_it_is_wherever_it_stands(reference, around):
    assert (reference, False) in found(f"{around} {reference} {around}")


@given(st.text(alphabet="01/IlO| \n", max_size=60))
def test_any_text_is_searched_without_failing(text):
    for hit in find_references([page(text)]):
        assert hit.as_read
        assert hit.reference


@given(st.text(alphabet="ab1", max_size=7), st.text(alphabet="ab1", max_size=7))
def test_distance_is_symmetric_and_zero_only_for_equal_texts(one, other):
    assert distance(one, other) == distance(other, one)
    assert (distance(one, other) == 0) == (one == other)
    assert abs(len(one) - len(other)) <= distance(one, other) <= max(len(one), len(other))
