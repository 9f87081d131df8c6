"""What is written of a page says the same as the page itself: which words answer, their texts and boxes."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search import german
from search.answers import doubtful, doubtful_places, places, written
from search.fields import analysed
from search.german import Analyzer
from search.near import Doubt
from search.packing import Packed, pack
from search.port import Replacement, Word, Words
from search.vocabulary import Spelled, Vocabulary, key_of
from tests.search.samples import entry

PLAIN = ["Mietvertrag", "Miet-", "vertrag", "Miete", "vom", "–", "und", "Heiz-", "Betriebskosten", "BescheidMüller"]
NUMBERS = ["z.B.", "12345//1234567", "1.3.2024", "1.", "März", "2024"]
LETTERS = "aeiouäöüßAEIIiOTtsrn019-'|!._ \n\u00ad\u2010\u2028ıİŁæ\u0301Σς\ufb01½\ud800’"
WORDS = st.lists(st.sampled_from(PLAIN + NUMBERS) | st.text(max_size=8) | st.text(LETTERS, max_size=12), max_size=30)
BOX = (1, 2, 3, 4)
EDGES = st.integers(0, 5000) | st.integers(0, (1 << 31) - 1)


@given(WORDS)
def test_a_key_names_the_words_whose_tokens_have_it(analyzer: Analyzer, words: list[str]) -> None:
    tokens, marks = analyzer.tokens(words), analyzer.marks(words)
    keys = written(analyzer.read(words), marks)
    for stem in {stem for token in tokens for stem in (token.form.stem, *token.form.parts)}:
        whole = {place for form, *ends in tokens if form.stem == stem for place in ends}
        compounds = {place for form, *ends in tokens if stem in form.parts for place in ends}
        assert places(keys, [(key_of(stem), False, 7)]) == dict.fromkeys(whole, 7)
        assert places(keys, [(key_of(stem), True, 7)]).keys() == whole | compounds
    for mark in marks:
        assert {*range(mark.first, mark.last + 1)} <= {*places(keys, [(key_of(f"={mark.value}"), False, 7)])}
    assert places(keys, [(key_of("nirgends"), True, 7)]) == {}


def test_a_word_that_answers_two_keys_counts_for_the_last_of_them(analyzer: Analyzer) -> None:
    keys = written(analyzer.read(["Mietvertrag"]), [])
    asked = [(key_of("miet"), True, 1), (key_of("vertrag"), True, 0)]
    assert places(keys, asked) == {0: 0}
    assert places(keys, asked[::-1]) == {0: 1}


@given(WORDS, st.lists(st.tuples(st.text("abc=^~", min_size=1), st.integers(0, 40), st.integers(0, 40))))
def test_what_doubtful_words_were_read_as_and_where_they_stand_is_kept(
    analyzer: Analyzer, words: list[str], said: list[tuple[str, int, int]]
) -> None:
    doubts, unsure = [Doubt(f"x{text}", first, last) for text, first, last in said], [last for _, _, last in said]
    keys = written(analyzer.read(words), analyzer.marks(words), doubts, (), unsure)
    assert doubtful(keys) == doubts
    assert doubtful_places(keys) == unsure


def test_words_far_down_a_long_page_are_found_too(analyzer: Analyzer) -> None:
    words = ["und"] * 70_000 + ["Mietvertrag", "1.3.2024"]
    keys = written(analyzer.read(words), analyzer.marks(words), [Doubt("mietvertrog", 3, 4)])
    assert places(keys, [(key_of("miet"), True, 0)]) == {70_000: 0}
    assert places(keys, [(key_of("=2024-03-01"), False, 0)]) == {70_001: 0}
    assert doubtful(keys) == [Doubt("mietvertrog", 3, 4)]


@given(WORDS, st.tuples(EDGES, EDGES, EDGES, EDGES), st.text(max_size=5))
def test_a_packed_page_shows_the_words_that_went_in(
    words: list[str], box: tuple[int, int, int, int], name: str
) -> None:
    made = entry("", words=Words(words, [box] * len(words)), title=name, receipt_date=date.max)
    page = Packed(pack(name, made, b"keys"))
    assert page.words(range(len(words))) == tuple(Word(" ".join(word.split()), box) for word in words)
    assert page.texts[:] == [" ".join(word.split()) for word in words]
    assert (page.document, page.title, page.keys) == (name, name, b"keys")
    assert (page.version, page.page, page.width, page.height) == (1, 1, 100, 200)


@pytest.mark.parametrize("words", [["a\nb", "c"], [" x ", "y"], ["", "z"], ["\xa0"], ["neue\nMiete"], ["a\x1cb"], []])
def test_white_space_within_a_word_is_one_blank_and_moves_no_other(words: list[str]) -> None:
    page = Packed(pack("d", entry("", words=Words(words, [BOX] * len(words))), b""))
    assert page.texts[:] == [" ".join(word.split()) for word in words]
    assert [word.text for word in page.words(range(len(words)))] == page.texts[:]


@pytest.mark.parametrize(
    ("box", "kept"),
    [((-5, 2, 1 << 40, 4), (0, 2, (1 << 31) - 1, 4)), ((1, 2, 70_000, 3), (1, 2, 70_000, 3))],
    ids=["beyond all pages", "wide"],
)
def test_a_box_keeps_within_four_bytes(box: tuple[int, int, int, int], kept: tuple[int, int, int, int]) -> None:
    page = Packed(pack("d", entry("", words=Words(["x"], [box])), b""))
    assert page.words([0]) == (Word("x", kept),)


def test_a_text_of_more_than_two_bytes_can_count_is_cut_where_its_words_begin() -> None:
    words = ["Mietvertrag"] * 7_000 + ["Ende"]
    page = Packed(pack("d", entry("", words=Words(words, [BOX] * len(words))), b""))
    assert page.texts[7_000] == "Ende"
    assert page.texts.line(6_999, 7_001, 300) == ("Mietvertrag Ende", [0, 12, 17])


def test_bytes_that_are_no_packed_page_are_refused_wherever_they_end() -> None:
    packed = pack("d", entry("Miete Strom"), b"keys")
    for size in range(len(packed)):
        with pytest.raises(ValueError, match="no packed page"):
            Packed(packed[:size])


def test_words_are_remembered_up_to_a_number_those_in_use_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(german, "_REMEMBERED", 4)
    analyzer = Analyzer()
    spelled: list[str] = []

    def spell(words: Sequence[str]) -> Spelled:
        spelled.extend(words)
        return analyzer._speller.spelled(words)

    analyzer._vocabulary = Vocabulary(spell)
    for word in ["a", "b", "c", "a", "d", "e"]:
        assert [form.exact for form in analyzer.forms(word)] == [word]
        now, before = analyzer._vocabulary, analyzer._vocabulary._before
        assert len(now) + len(before or ()) <= 4
        assert before is None or before._before is None
    assert spelled == ["a", "b", "c", "d", "e"]  # a was still known when it came again
    assert [form.exact for form in analyzer.forms("b")] == ["b"]
    assert spelled[-1] == "b"  # forgotten, spelled again


@settings(deadline=None)
@given(WORDS)
def test_words_spelled_together_say_what_each_says_alone(analyzer: Analyzer, words: list[str]) -> None:
    speller = analyzer._speller
    alone = [speller.spelled([word]) for word in words]
    together = speller.spelled(words) if words else Spelled([], [], [], [], [])
    assert together == tuple([said for each in alone for said in each[field]] for field in range(5))


@settings(deadline=None)
@given(st.lists(WORDS, max_size=5))
def test_what_is_known_of_a_word_does_not_depend_on_what_was_read_before(
    analyzer: Analyzer, pages: list[list[str]]
) -> None:
    fresh = Analyzer()
    fresh._speller = analyzer._speller
    for words in pages:
        one, other = fresh.read(words), analyzer.read(words)
        assert [*one.tokens()] == [*other.tokens()]
        assert (one.terms(), one.keys(), one.more(), one.parts()) == (
            other.terms(), other.keys(), other.more(), other.parts(),
        )  # fmt: skip
        fresh._vocabulary = fresh._vocabulary.renewed()


def test_threads_that_meet_new_words_at_the_same_time_give_each_a_number_of_its_own() -> None:
    vocabulary = Vocabulary(lambda new: Spelled([*new], [*new], [""] * len(new), [1] * len(new), [False] * len(new)))
    words = [f"wort{number}" for number in range(3_000)]
    starting = Barrier(4)

    def read(order: list[str]) -> list[str]:
        starting.wait()
        numbers = [number for word in order for number in vocabulary.numbers([word])]
        return [vocabulary.forms(number)[0].exact for number in numbers]

    with ThreadPoolExecutor(4) as pool:
        orders = [words, words[::-1], words[1500:] + words[:1500], words]
        assert list(pool.map(read, orders)) == orders
    assert sorted(vocabulary.numbers(words)) == list(range(1, 3_001))


@given(WORDS)
def test_tokens_asked_for_one_by_one_are_those_of_the_row(analyzer: Analyzer, words: list[str]) -> None:
    tokens = analyzer.read(words).tokens()
    row = [*tokens]
    assert [tokens[at] for at in range(len(row))] == tokens[:] == row
    assert [tokens[at - len(row)] for at in range(len(row))] == row
    assert tokens.firsts == [token.first for token in row]
    for place in range(len(words)):
        standing = [at for at, token in enumerate(row) if place in (token.first, token.last)]
        assert list(tokens.standing([place])) == standing


@pytest.mark.parametrize(
    ("boxes", "doubtful"),
    [([], []), ([BOX], []), ([(*BOX, *BOX)], []), ([BOX[:2]] * 4, []), ([BOX, BOX[:3]], []), ([BOX] * 2, [2]),
     ([BOX] * 2, [-1])],
)  # fmt: skip
def test_words_that_do_not_fit_their_boxes_or_doubts_are_refused(
    boxes: list[tuple[int, ...]], doubtful: list[int]
) -> None:
    with pytest.raises(ValueError, match=r"box|shape"):
        Words(["Miete", "Strom"], boxes, doubtful)


def test_removals_and_long_documents_are_analysed_a_step_at_a_time(analyzer: Analyzer) -> None:
    drawn = 0

    def draw(pages: int) -> Iterator[Replacement]:
        nonlocal drawn
        for number in range(1_000):
            drawn += 1
            yield Replacement(f"d{number}", 1, [entry("Miete", page=page) for page in range(1, pages + 1)])

    for pages in (0, 1, 150):
        drawn = 0
        made = analysed(draw(pages), analyzer)
        for _ in range(3):
            replacement, found = next(made)
            assert len(found) == len(replacement.pages) == pages
        assert drawn <= 100
