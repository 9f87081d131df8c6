"""Laws over many cases: nobody sees what they may not, paging is one long page, a query is never a crash."""

from contextlib import suppress
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from search.embedded import EmbeddedIndex
from search.errors import InvalidQuery
from search.german import Analyzer
from search.port import Access, Hit, Index, PageEntry, Query, Replacement, Words
from search.queries import parse
from search.spelling import HYPHENS
from tests.search.fake import FakeIndex
from tests.search.samples import ALL, DAY, entry

SCOPES = st.sampled_from(["s1", "s2", "s3"])
CASE_FILES = st.sampled_from(["k1", "k2", "k3"])
TEXTS = st.lists(
    st.sampled_from(
        [
            "Miete",
            "Mietvertrag",
            "Vertrag",
            "Strom",
            "12345//1234567",
            "Heiz-",
            "kosten",
            "Miete\nStrom",
            " Vertrag\t",
            "",
        ]
    ),
    max_size=5,
)
DAYS = st.integers(0, 3).map(lambda days: DAY + timedelta(days=days))


@st.composite
def entries(draw: st.DrawFn, page: int) -> PageEntry:
    texts = draw(TEXTS)
    return entry(
        "",
        words=Words(texts, [(20 * place, 5, 20 * place + 15, 9) for place in range(len(texts))]),
        page=page,
        scope=draw(SCOPES),
        case_file=draw(st.none() | CASE_FILES),
        document_type=draw(st.none() | st.sampled_from(["t1", "t2"])),
        state=draw(st.sampled_from(["filed", "clearing"])),
        receipt_date=draw(DAYS),
        current=draw(st.booleans()),
        title=draw(st.sampled_from(["", "Strom"])),
    )


@st.composite
def replacements(draw: st.DrawFn) -> list[Replacement]:
    counts = draw(st.lists(st.integers(0, 3), max_size=6))
    return [
        Replacement(f"d{number}", 1, [draw(entries(page)) for page in range(1, count + 1)])
        for number, count in enumerate(counts)
    ]


@st.composite
def queries(draw: st.DrawFn) -> Query:
    access = Access(*(draw(st.frozensets(names)) for names in (SCOPES, CASE_FILES, CASE_FILES)))
    return Query(
        draw(st.sampled_from(["Miete", "Vertrag", "Strom", '"Miete Strom"', "Heizkosten Miete", "12345 // 1234567"])),
        access,
        case_file=draw(st.none() | CASE_FILES),
        state=draw(st.none() | st.just("filed")),
        date_from=draw(st.none() | DAYS),
        date_to=draw(st.none() | DAYS),
        all_versions=draw(st.booleans()),
    )


def shown(hits: tuple[Hit, ...]) -> set[tuple[object, ...]]:
    return {(hit.document, hit.version, hit.page, hit.snippet, hit.marks, hit.words) for hit in hits}


@settings(max_examples=40, deadline=None)
@given(replacements(), st.lists(queries(), min_size=1, max_size=12))
def test_tantivy_shows_exactly_what_going_through_all_entries_shows(
    analyzer: Analyzer, made: list[Replacement], asked: list[Query]
) -> None:
    fake = FakeIndex(analyzer)
    fake.replace_many(made)
    with TemporaryDirectory() as folder:
        index = EmbeddedIndex(Path(folder), analyzer=analyzer)
        index.create()
        index.replace_many(made)
        for query in asked:
            expected, results = fake.search(query), index.search(query)
            assert shown(results.hits) == shown(expected.hits)
            if query.access.scopes or query.access.case_files:
                assert results.facets == expected.facets


def all_pages(index: Index, limit: int, between: list[Replacement]) -> list[Hit]:
    hits: list[Hit] = []
    after = None
    while True:
        results = index.search(Query("Miete", ALL, limit=limit, after=after))
        hits.extend(results.hits)
        after = results.next
        if after is None:
            return hits
        if between:
            index.replace_many([between.pop()])


def filled(index: Index, count: int) -> None:
    pages = ["Miete " * (number % 4 + 1) + "Wort " * (number % 7) for number in range(count)]
    index.replace_many(Replacement(f"d{number}", 1, [entry(text)]) for number, text in enumerate(pages))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 40), st.integers(1, 20))
def test_the_pages_one_after_another_are_the_one_long_page(analyzer: Analyzer, count: int, limit: int) -> None:
    with TemporaryDirectory() as folder:
        embedded = EmbeddedIndex(Path(folder), analyzer=analyzer)
        embedded.create()
        for index in (embedded, FakeIndex(analyzer)):
            filled(index, count)
            assert all_pages(index, limit, []) == list(index.search(Query("Miete", ALL, limit=200)).hits)


def test_paging_neither_repeats_nor_misses_while_others_write(embedded: EmbeddedIndex) -> None:
    filled(embedded, 40)
    before = embedded.search(Query("Miete", ALL, limit=200)).hits
    others = [Replacement(f"other-{number}", 1, [entry("Miete Miete")]) for number in range(6)]
    assert all_pages(embedded, 7, others) == list(before)


def test_paging_goes_on_behind_the_last_hit_in_a_process_that_never_saw_the_first_page(
    embedded: EmbeddedIndex, tmp_path: Path, analyzer: Analyzer
) -> None:
    filled(embedded, 40)
    before = embedded.search(Query("Miete", ALL, limit=200)).hits
    first = embedded.search(Query("Miete", ALL, limit=15))
    embedded.replace("unrelated", 1, [entry("Strom")])
    other = EmbeddedIndex(tmp_path / "index", analyzer=analyzer)
    rest = other.search(Query("Miete", ALL, limit=200, after=first.next))
    keys = [hit.document for hit in (*first.hits, *rest.hits)]
    assert sorted(keys) == sorted(hit.document for hit in before)
    assert rest.next is None


def test_rights_that_shrink_between_pages_count_at_once(embedded: EmbeddedIndex) -> None:
    embedded.replace_many(Replacement(f"d{number}", 1, [entry("Miete", case_file=f"k{number}")]) for number in range(9))
    first = embedded.search(Query("Miete", ALL, limit=3))
    left = {f"k{number}" for number in range(9)} - {f"k{hit.document[1:]}" for hit in first.hits}
    denied = sorted(left)[0]
    access = Access(ALL.scopes, denied_case_files=frozenset({denied}))
    rest = embedded.search(Query("Miete", access, limit=50, after=first.next))
    assert {f"k{hit.document[1:]}" for hit in rest.hits} == left - {denied}


@settings(deadline=None)
@given(st.text(max_size=80) | st.text(alphabet='"„“ -/.,0123456789AaäöÜßMiete()*:+~^[]{}\\', max_size=80))
def test_any_text_is_a_query_or_refused_as_one(analyzer: Analyzer, text: str) -> None:
    with suppress(InvalidQuery):
        assert parse(text, analyzer)


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(st.text(max_size=30), min_size=1, max_size=20))
def test_any_query_is_answered_and_a_page_is_found_by_its_own_words(analyzer: Analyzer, texts: list[str]) -> None:
    with TemporaryDirectory() as folder:
        index = EmbeddedIndex(Path(folder), analyzer=analyzer)
        index.create()
        index.replace("d", 1, [entry(" ".join(texts), receipt_date=date.max)])
        words = " ".join(texts).split()
        for text in texts:
            with suppress(InvalidQuery):
                index.search(Query(text, ALL))
        for before, word in pairwise(["", *words]):
            # what a line's end may have divided is one word with its other half
            if not any(hyphen in word or before.endswith(hyphen) for hyphen in HYPHENS) and analyzer.forms(word):
                assert index.search(Query(f'"{word}"' if '"' not in word else word, ALL)).hits
