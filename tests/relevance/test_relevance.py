"""The relevance set judges by facts, reads as was measured, and what it measures does not fall unseen."""

import random
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import mean

import pytest

from benchmarks.relevance.corpus import Corpus, corpus, sentence, sentences
from benchmarks.relevance.engines import filled
from benchmarks.relevance.facts import Page, month_name
from benchmarks.relevance.measure import changes
from benchmarks.relevance.noise import Shares, lost_as, measured
from benchmarks.relevance.questions import KINDS, Question, questions
from benchmarks.relevance.report import answers
from benchmarks.relevance.scores import ndcg, recall
from benchmarks.relevance.written import euros
from search.embedded import EmbeddedIndex
from search.folding import fold
from search.port import Word

HOUSEHOLDS, EACH = 30, 10


@pytest.fixture(scope="module")
def pages() -> Corpus:
    return corpus(HOUSEHOLDS)


@pytest.fixture(scope="module")
def asked(pages: Corpus) -> tuple[Question, ...]:
    return questions(pages, EACH)


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def day_written(value: str, text: str) -> bool:
    year, month, day = value.split("-")
    named = f"{int(day)}. {month_name_of(value)} {year}"
    ways = f"{day}.{month}.{year}", f"{int(day)}.{int(month)}.{year}", f"{day}.{month}.{year[2:]}", value, named
    return any(way in text for way in ways)


def month_name_of(value: str) -> str:
    return month_name(date.fromisoformat(f"{value}-01"[:10]))


def plain_words(text: str) -> set[str]:
    return set(re.findall(r"\w+", fold(text.replace("ı", "i"))))


def name_written(value: str, text: str) -> bool:
    return plain_words(value) <= plain_words(text)


WRITTEN: dict[str, Callable[[str, str], bool]] = {
    "bg": lambda value, text: digits(value) in digits(text),
    "iban": lambda value, text: value in text.replace(" ", ""),
    "number": lambda value, text: value in text,
    "amount": lambda value, text: euros(int(value)).removesuffix(",00").replace(".", "") in text.replace(".", ""),
    "date": day_written,
    "person": name_written,
    "firm": name_written,
}


def text_of(page: Page) -> str:
    """The words as they were written, those divided at a line's end whole again."""
    return re.sub(r"(?<=[a-zäöüß])- (?=[a-zäöüß])", "", " ".join(word.text for word in page.words))


def test_what_a_page_is_said_to_state_stands_on_it(pages: Corpus) -> None:
    for page in pages.pages:
        text = text_of(page)
        for kind, _, value in (fact.partition(":") for fact in page.facts):
            assert kind not in WRITTEN or WRITTEN[kind](value, text), (page.key, kind, value)


def test_subjects_come_only_from_titles_and_sentences_on_the_page(pages: Corpus) -> None:
    said = {fact.removeprefix("sentence:") for page in pages.pages for fact in page.facts if "sentence:" in fact}
    assert said <= set(sentences())
    assert sentence("[miete konto] Text") == (["miete", "konto"], "Text")
    assert all(grade in {2, 3} for page in pages.pages for grade in page.subjects.values())


def test_a_page_answers_exactly_if_it_has_the_facts_and_the_subjects(
    pages: Corpus, asked: tuple[Question, ...]
) -> None:
    for question in asked:
        judged = question.judged(pages.pages)
        assert 0 < len(judged) <= 50
        for page in pages.pages:
            inside = question.case_file in (None, page.household.case_file)
            fits = inside and question.facts <= page.facts and all(each in page.subjects for each in question.subjects)
            assert (page.key in judged) == fits


def test_the_same_seed_makes_the_same_corpus_and_questions(pages: Corpus, asked: tuple[Question, ...]) -> None:
    again = corpus.__wrapped__(HOUSEHOLDS)
    assert again.read == pages.read
    assert [page.facts for page in again.pages] == [page.facts for page in pages.pages]
    assert questions.__wrapped__(again, EACH) == asked


def test_a_question_stays_in_its_half_and_both_halves_are_large(asked: tuple[Question, ...]) -> None:
    assert not Question("dates", "03.02.2026").held_out
    assert Question("names", "Mietvertrag Müller").held_out == Question("together", "Mietvertrag Müller").held_out
    assert 0.35 < mean(question.held_out for question in asked) < 0.65
    assert {question.kind for question in asked} == set(KINDS)


def test_the_whole_set_is_as_large_as_promised() -> None:
    assert len(corpus().pages) >= 3000
    assert len(set(questions())) >= 240


def test_noise_is_the_same_for_the_same_dice(pages: Corpus) -> None:
    noise, words = measured(), pages.pages[0].words
    read = [noise.read(words, noise.pages[-1], random.Random(seed)) for seed in (1, 1, 2)]
    assert read[0] == read[1] != read[2]


def test_words_are_lost_changed_merged_and_torn_as_often_as_measured() -> None:
    noise, dice = measured(), random.Random(3)
    usual = Shares(*map(mean, zip(*noise.pages, strict=True)))
    words = [Word(text, (250, 0, 260, 9)) for text in ("Bescheid", "vom", "Mietvertrag") * 20_000]
    lost = [noise.read([word], usual._replace(junk=0), dice) == [] for word in words]
    for kind in ("lost", "lost_short"):
        share = mean(gone for gone, word in zip(lost, words, strict=True) if lost_as(word.text) == kind)
        assert share == pytest.approx(getattr(usual, kind), rel=0.25)
    merged = noise.read(words, Shares(0, 0, 0, 0, usual.merged, 0, 0), dice)
    assert 1 - len(merged) / len(words) == pytest.approx(usual.merged, rel=0.25)
    long = [word for word in words if len(word.text) > 3]
    torn = noise.read(long, Shares(0, 0, 0, 0, 0, usual.split, 0), dice)
    assert len(torn) / len(long) - 1 == pytest.approx(usual.split, rel=0.4)


def test_each_confusion_comes_as_often_as_it_was_met() -> None:
    noise, dice = measured(), random.Random(4)
    texts, rates = noise.readings_of("Vermieter")
    read = [noise.changed("Vermieter", 1.0, dice) for _ in range(60_000)]
    assert mean(text != "Vermieter" for text in read) == pytest.approx(sum(rates), rel=0.15)
    assert set(read) <= {"Vermieter", *texts}


@pytest.mark.parametrize(
    ("drawn", "read", "expected"),
    [
        ("Miete", "Miete", []),
        ("Vermieter", "Verniieter", [(3, 4, "ni")]),
        ("ab Kind", "abKind", [(2, 3, "")]),
        ("10,00", "1O.00", [(1, 3, "O.")]),
    ],
)
def test_the_stretches_that_were_read_otherwise_are_found(
    drawn: str, read: str, expected: list[tuple[int, int, str]]
) -> None:
    assert [tuple(change) for change in changes(drawn, read)] == expected


def test_scores_are_those_of_the_books() -> None:
    judged = {"a": 3, "b": 2, "c": 0}
    assert ndcg(["a", "b"], judged) == 1
    assert ndcg(["x", "a"], {"a": 3}) == pytest.approx(0.6309, abs=1e-4)
    assert ndcg([], judged) == 0
    assert recall(["a"], {"a": 3, "b": 2}) == 0.5


def test_the_embedded_engine_finds_what_is_meant_on_a_small_corpus(
    pages: Corpus, asked: tuple[Question, ...], tmp_path: Path
) -> None:
    index = EmbeddedIndex(tmp_path / "index")
    index.create()
    given = answers(pages, {"embedded": filled(index, pages)}, asked)["embedded"]
    index.close()
    reached = given.scores(asked)
    assert reached[0] >= 0.91
    assert reached[1] >= 0.92
