"""Doubtful words answer also to what is one letter away, in every engine; sure ones never do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Indel, Levenshtein

from search.near import keys, may_be_near, wanted
from search.port import Index, Query, Word
from tests.search.samples import ALL, found, read

LETTERS = st.text("ab1-", min_size=1, max_size=6)


@given(LETTERS, LETTERS)
def test_keys_meet_if_the_texts_are_one_letter_apart_and_never_if_more_than_a_letter_moved(
    read: str, asked: str
) -> None:
    meet, apart = bool(set(keys(read)) & set(wanted(asked))), Levenshtein.distance(read, asked)
    assert meet or apart > 1
    assert not meet or Indel.distance(read, asked) <= 2


@pytest.mark.parametrize(
    ("seen", "asked"),
    [
        ("Kowalczvk?", "Kowalczyk"),
        ("Kowalczk?", "Kowalczyk"),
        ("Koowalczyk?", "Kowalczyk"),
        ("Karl-Hemz?", "Karl-Heinz"),
        ("Wohnraumniietvertrag?", "Wohnraummietvertrag"),
        ("Bewilligungshescheid?", "Bewilligungsbescheid"),
        ("Bewilligungs- hescheid?", "Bewilligungsbescheid"),
        ("12345//1284567?", "12345//1234567"),
        ("067693?", "067093"),
        ("DE02 1203 0000? 0000 2020 57", "DE02120300000000202051"),
        ("13.04.2023?", "13. April 2028"),
        ("1.234,58?", "1234,56"),
        ("45.05.2022?", "15.05.2022"),
        ("Hauptstr. 32?", "Hauptstraße 52"),
        ("Emit? Hänsel", "Hänsel, Emil"),
        ("Hänsel Emit?", "Hänsel, Emil"),
        ("Bjöm? Hänsel", "Björn Hänsel"),
        ("Bringgen? Sie Ihre Unterlagen", '"Bringen Sie Ihre"'),
        ("Erhöhung der Mjete? von", '"Erhöhung der Miete von"'),
    ],
)
def test_a_doubtful_word_is_found_by_the_right_one_and_a_sure_one_is_not(index: Index, seen: str, asked: str) -> None:
    index.replace("d", 1, [read(f"vom {seen} an"), read(f"vom {seen.replace('?', '')} an", page=2)])
    assert found(index, asked) == ["d:1:1"]


@pytest.mark.parametrize(
    ("seen", "asked"),
    [
        ("Kowelczvk?", "Kowalczyk"),  # two letters away
        ("Wahnung?", "Wohnunq"),
        ("Hohn?", "Lohn"),  # too short
        ("Kisten?", "Kosten"),  # a German word
        ("Mietkisten?", "Mietkosten"),
        ("12346?", "12345"),  # too few digits
        ("69?", "68"),
        ("Kowalczvk?", '"Kowalczyk"'),
        ("Hauptstr. liegt 32?", "Hauptstraße 52"),  # not beside it
        ("32? Hauptstr.", "Hauptstraße 52"),
        ("Hauptstr. 34?", "Hauptstraße 52"),
        ("Weg 3?", "Weg 5"),
        ("Emit? liegt Hänsel", "Hänsel, Emil"),
        ("Mann? Hänsel", "Mahn Hänsel"),
        ("Mjete? Kowalczyk", '"Miete Kowalczyk"'),  # of two words one would be left
        ("Erhöhung der Muete? Kowalczvk? von", '"Erhöhung der Miete Kowalczyk von"'),
    ],
)
def test_doubt_does_not_reach_further(index: Index, seen: str, asked: str) -> None:
    index.replace("d", 1, [read(seen)])
    assert found(index, asked) == []


@pytest.mark.parametrize("engine", ["embedded", "served"])
def test_the_very_word_comes_before_all_that_are_one_letter_away(engine: str, request: pytest.FixtureRequest) -> None:
    index: Index = request.getfixturevalue(engine)
    index.replace("near", 1, [read("Kowalczvk? Kowalczvk? Kowalczvk?")])
    index.replace("very", 1, [read("Kowalczyk " + 30 * "Wohnung ")])
    index.replace("part", 1, [read("Zeugin-Kowalczyk " + 30 * "Wohnung ")])
    hits = index.search(Query("Kowalczyk", ALL)).hits
    assert [hit.document for hit in hits] == ["very", "part", "near"]
    assert hits[1].score > hits[2].score


def test_the_doubtful_word_is_shown_with_its_box_and_does_not_say_that_it_is(index: Index) -> None:
    index.replace("d", 1, [read("Frau Kowalczvk? zahlt")])
    (hit,) = index.search(Query("Kowalczyk", ALL)).hits
    assert hit.words == (Word("Kowalczvk", (20, 5, 35, 9)),)
    assert [hit.snippet[start:end] for start, end in hit.marks] == ["Kowalczvk"]


def test_a_misread_word_in_a_phrase_is_shown_with_the_rest_of_it(index: Index) -> None:
    index.replace("d", 1, [read("die Erhöhung der Mjete? von")])
    (hit,) = index.search(Query('"Erhöhung der Miete von"', ALL)).hits
    assert [word.text for word in hit.words] == ["Erhöhung", "der", "Mjete", "von"]


@given(LETTERS, LETTERS)
def test_the_first_look_misses_nothing_that_shares_a_key(read: str, asked: str) -> None:
    assert may_be_near(read, asked) or not set(keys(read)) & set(wanted(asked))
    assert may_be_near(f"weg_{read}", f"weg_{asked}") == may_be_near(read, asked)
    assert not may_be_near(f"weg_{read}", f"ring_{asked}")


def test_words_stay_joined_by_and(index: Index) -> None:
    index.replace("d", 1, [read("Frau Kowalczvk? zahlt")])
    assert found(index, "Kowalczyk Miete") == []
    assert found(index, "Kowalczyk zahlt") == ["d:1:1"]
