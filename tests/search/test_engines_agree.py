"""The engines compared: the same hits, facets, words and snippets always; the same order where scores really differ."""

import itertools
import random
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.embedded import EmbeddedIndex
from search.german import Analyzer
from search.opensearch import OpenSearchIndex
from search.port import Hit, Index, Query, Replacement
from tests.search.fake import FakeIndex
from tests.search.samples import ALL, entry, read
from tests.search.test_laws import queries, replacements, shown

WORDS = [
    "Miete", "Mietvertrag", "Vertrag", "Mietkosten", "Kosten", "Heizkosten", "Heizkostenabrechnung", "Abrechnung",
    "Strom", "Stromabrechnung", "Bescheid", "Änderungsbescheid", "Bescheide", "Jobcenter", "Antrag", "Anträge",
    "Weiterbewilligungsantrag", "Wohnung", "Wohnungen", "Vermieter", "der", "die", "und", "in", "zu", "den", "das",
]  # fmt: skip
QUESTIONS = [
    "Miete", "Kosten", "Heizkosten", "Abrechnung Strom", "Antrag Wohnung", "Mietvertrag", "Bescheid", '"Strom Kosten"',
    "der Vermieter", "Weiterbewilligungsantrag", "12345//1234567", "Jobcenter Bescheid Miete", "01.03.2024",
]  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=replacements(), asked=st.lists(queries(), min_size=1, max_size=8))
def test_opensearch_shows_exactly_what_going_through_all_entries_shows(
    served: OpenSearchIndex, analyzer: Analyzer, made: list[Replacement], asked: list[Query]
) -> None:
    served.swap(served.fresh())
    fake = FakeIndex(analyzer)
    for index in (fake, served):
        index.replace_many(made)
    for query in asked:
        expected, results = fake.search(query), served.search(query)
        assert shown(results.hits) == shown(expected.hits)
        if query.access.scopes or query.access.case_files:
            assert results.facets == expected.facets


MISREAD = [
    "Kowalczyk", "Kowalczvk?", "Kowal?", "czyk?", "Lohn", "der", "in", "Firma", "Fjrma?", "e?", "|?", "se?", "wurdeam?",
    "wurde", "am", "Emit?", "Emil", "Straße", "32?", "52", "12345", "//?", "1234567?", "1.", "Mai?", "2022?",
]  # fmt: skip
DOUBTED = [
    "Kowalczyk", "Kowalczyk Lohn", "Straße 52", "Emil Kowalczyk", "1. Mai 2022", "12345//1234567", "am", "wurde",
    '"Lohn der Firma"', '"der Firma Kowalczyk"', '"in Kowalczyk der Firma"', '"wurde am"', '"Kowalczyk in der"',
]  # fmt: skip


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.lists(st.sampled_from(MISREAD), max_size=12).map(" ".join), min_size=1, max_size=8))
def test_the_engines_answer_by_doubtful_words_as_going_through_all_entries_does(
    served: OpenSearchIndex, analyzer: Analyzer, texts: list[str]
) -> None:
    served.swap(served.fresh())
    fake = FakeIndex(analyzer)
    with TemporaryDirectory() as folder:
        embedded = EmbeddedIndex(Path(folder), analyzer=analyzer)
        embedded.create()
        for index in (fake, embedded, served):
            index.replace_many([Replacement(f"d{number}", 1, [read(text)]) for number, text in enumerate(texts)])
        for asked in DOUBTED:
            expected, query = fake.search(Query(asked, ALL)), Query(asked, ALL, facets=False)
            assert shown(embedded.search(query).hits) == shown(expected.hits), asked
            assert shown(served.search(query).hits) == shown(expected.hits), asked


def page(chance: random.Random, number: int) -> str:
    """Of very different lengths; some words are far rarer than others."""
    words = chance.choices(WORDS, [1 / (rank + 1) for rank in range(len(WORDS))], k=chance.randrange(1, 300))
    extra = ["12345//1234567", "vom 1.3.2024"] if number % 7 == 0 else []
    return " ".join(words + extra)


@pytest.fixture
def both(tmp_path: Path, served: OpenSearchIndex, analyzer: Analyzer) -> tuple[Index, Index]:
    """Fresh indexes over the same pages."""
    embedded = EmbeddedIndex(tmp_path / str(uuid4()), analyzer=analyzer)
    embedded.create()
    chance = random.Random(4)
    made = [
        Replacement(f"d{number}", 1, [entry(page(chance, number), title=chance.choice(["", "Antrag", "Mietvertrag"]))])
        for number in range(150)
    ]
    for index in (embedded, served):
        build = index.fresh()
        build.replace_many([*made, Replacement("gone", 1)])
        index.swap(build)
    return embedded, served


def places(hits: tuple[Hit, ...]) -> dict[str, int]:
    return {f"{hit.document}:{hit.version}:{hit.page}": place for place, hit in enumerate(hits)}


def test_fresh_indexes_rank_alike_wherever_scores_differ_by_more_than_one_percent(both: tuple[Index, Index]) -> None:
    for question in QUESTIONS:
        ours, theirs = (index.search(Query(question, ALL, limit=200)).hits for index in both)
        assert places(ours).keys() == places(theirs).keys()
        there = places(theirs)
        for better, worse in itertools.combinations(ours, 2):
            if better.score > worse.score * 1.01:
                names = f"{better.document}:1:1", f"{worse.document}:1:1"
                assert there[names[0]] < there[names[1]], (question, better.score, worse.score)


def test_the_engines_show_the_same_snippets_and_words(both: tuple[Index, Index]) -> None:
    for question in QUESTIONS:
        ours, theirs = (index.search(Query(question, ALL, limit=200)).hits for index in both)
        assert shown(ours) == shown(theirs)
