"""What doubtful words may have been is found in every engine, beside what was read; nothing sure is guessed at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.german import Analyzer
from search.mended import guess
from search.port import Index, Query
from tests.search.samples import ALL, found, read

WORDS = st.text("aeinsdtu1E.|-", min_size=1, max_size=6) | st.sampled_from(["in", "Miete", "Kosten", "von", "12345"])


@pytest.mark.parametrize(
    ("seen", "asked"),
    [
        ("Na? diia? zahlt", "Nadiia"),  # torn
        ("Ba hnhofstraße? liegt", "Bahnhofstraße"),
        ("VÖL? KEL? zahlt", "Völkel"),
        ("Wohn? geld? kommt", "Wohngeld"),
        ("Bri? lle? liegt vor", '"Brille liegt vor"'),
        ("Zur Betreuerinwird? Anna", '"Zur Betreuerin wird Anna"'),  # run together
        ("es wurdeam? Montag", '"wurde am Montag"'),
        ("die MieteMüller? zahlt", '"Miete Müller zahlt"'),
        ("in AltmühlenHans-Jörg? Kern", "Hans-Jörg"),
        ("am 29.10.2023gebucht? worden", "29. Oktober 2023"),
        ("Lohn e? der Firma", '"Lohn der Firma"'),  # specks
        ("Resturlaub 0.? 12 Tage", '"Resturlaub 12 Tage"'),
        ("Lohn |? se? der Firma", '"Lohn der Firma"'),
        ("am 21. 5? Juni 2024", "21.06.2024"),
        ("DE11 e? 3252 6190 6303 2804 75", "DE11325261906303280475"),
        ("BG 37504 // 7]? 4461458", "37504//4461458"),
        ("Heute die? Vollmacht gilt auf", '"die Vollmacht gilt"'),  # and nothing to mend
    ],
)
def test_what_doubtful_words_may_have_been_is_found(index: Index, seen: str, asked: str) -> None:
    index.replace("d", 1, [read(f"Dabei {seen} nun")])
    assert found(index, asked) == ["d:1:1"]


@pytest.mark.parametrize(
    ("seen", "asked"),
    [
        ("Na diia zahlt", "Nadiia"),  # sure
        ("es wurdeam Montag", '"wurde am Montag"'),
        ("Lohn e der Firma", '"Lohn der Firma"'),
        ("Lohn in? der Firma", '"Lohn der Firma"'),  # words
        ("Lohn 12? der Firma", '"Lohn der Firma"'),
        ("die Kosten? voranschläge? nun", '"Kosten nun"'),
    ],
)
def test_what_was_read_well_is_left_alone(index: Index, seen: str, asked: str) -> None:
    index.replace("d", 1, [read(seen)])
    assert found(index, asked) == []


def test_a_blank_that_was_read_within_a_doubtful_word_is_none_that_was_lost(analyzer: Analyzer) -> None:
    texts = ["Lohn", "Xyzzyqw —", "Firma"]
    assert guess(texts, analyzer.read(texts).tokens(), [1], analyzer).tokens == ()


@pytest.mark.parametrize("asked", ["Na", "diia", '"Frau Na"', "e", '"Nadiia zahlt"'])
def test_what_was_read_is_found_beside_what_it_may_have_been(index: Index, asked: str) -> None:
    index.replace("d", 1, [read("Frau Na? diia? zahlt e? Miete")])
    assert found(index, asked) == ["d:1:1"]


def test_a_phrase_of_three_words_is_found_without_its_article_but_not_without_others(index: Index) -> None:
    index.replace("d", 1, [read("Das Einkommen im Zeitraum"), read("Das Einkommen Zeitraum", page=2)])
    assert found(index, '"Einkommen im Zeitraum"') == ["d:1:1", "d:1:2"]
    assert found(index, '"im Zeitraum"') == ["d:1:1"]
    assert found(index, '"Das alte Einkommen"') == []


@pytest.mark.parametrize("engine", ["embedded", "served"])
def test_the_very_phrase_comes_before_the_one_that_lost_its_article(
    engine: str, request: pytest.FixtureRequest
) -> None:
    index: Index = request.getfixturevalue(engine)
    index.replace("lost", 1, [read("Einkommen Zeitraum " * 3)])
    index.replace("very", 1, [read("Einkommen im Zeitraum " + "Wohnung " * 30)])
    hits = index.search(Query('"Einkommen im Zeitraum"', ALL)).hits
    assert [hit.document for hit in hits] == ["very", "lost"]


def test_both_halves_of_a_torn_word_are_shown(index: Index) -> None:
    index.replace("d", 1, [read("Frau Na? diia? zahlt")])
    (hit,) = index.search(Query("Nadiia", ALL)).hits
    assert [word.text for word in hit.words] == ["Na", "diia"]
    assert [hit.snippet[start:end] for start, end in hit.marks] == ["Na", "diia"]


@given(st.lists(WORDS, max_size=20), st.frozensets(st.integers(0, 19)))
def test_a_guess_stays_within_the_page_and_in_reading_order(
    analyzer: Analyzer, texts: list[str], unsure: frozenset[int]
) -> None:
    doubtful = sorted(place for place in unsure if place < len(texts))
    made = guess(texts, analyzer.read(texts).tokens(), doubtful, analyzer)
    for row in made.rows:
        assert [token.first for token in row] == sorted(token.first for token in row)
    for first, last in [each[1:] for each in (*made.tokens, *made.marks)]:
        assert 0 <= first <= last < len(texts)
    assert doubtful or not made.rows
    assert bool(made.rows) or not (made.tokens or made.marks)
