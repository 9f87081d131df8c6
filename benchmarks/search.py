"""Search with rights at the port against bare tantivy on the same generated German pages.

`python -m benchmarks.search [--pages 100000]` prints indexing rate, bytes a page and p50 of all, warm; exit status 1
if the port takes more than half as long again as the bare engine.

The bare engine is tantivy alone, asked the very question that the port asks it: the same terms with compounds, the same
rights, the best ten with their stored pages fetched, the same facets counted. Making the engine's query of the clauses
is in its time too, since nobody can ask without. What the port adds is parsing, cursor, snippets and word boxes.

Beside it, without a bound, a plainer index, as anyone would write it with tantivy-py for the same people: the pages in
one field of the same German stems (stemmed beforehand), each page's text and id stored, scope and case file as terms;
the query's stems and the scopes by AND, denied case files by NOT; the best ten, their ten stored documents fetched. No
compounds, no boxes, no snippet, no facets.

All lies on the same disk, in the same process; the sides take turns, each with another question. At the port the whole
call is measured: the first page as the API asks for it.
"""

import argparse
import itertools
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import tantivy

from benchmarks.figures import Figure, bars, conclude
from search.compounds import WORD_LIST
from search.embedded import EmbeddedIndex
from search.embedded.schema import counting, facet_key, near_keys
from search.embedded.store import Store
from search.fields import FACET_VALUES
from search.german import default_analyzer
from search.port import Access, PageEntry, Query, Replacement, Words
from search.queries import Clause, parse

_FIELD = """Miete Mietvertrag Bescheid Antrag Jobcenter Bedarfsgemeinschaft Unterkunft Heizkosten Kontoauszug Nachweis
Betriebskostenabrechnung Widerspruch Leistungen Bürgergeld Einkommen Wohnung Vermieter Nebenkosten Arbeitsvertrag
Krankenversicherung Kindergeld Weiterbewilligungsantrag Änderungsbescheid Mitwirkung Aufforderung Erstattung Rechnung
Zahlung Frist Termin Gehaltsabrechnung Verdienstbescheinigung Sozialgesetzbuch Regelbedarf Mehrbedarf Darlehen"""
_GLUE = """der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat
dass sie nach wird bei einer um am sind noch wie einem über einen so zum haben nur oder aber vor zur bis mehr durch
Sie Ihre wir uns unter Datum Uhr Herr Frau Straße"""
FIELD, GLUE = _FIELD.split(), _GLUE.split()
SCOPES, CASE_FILES, WORDS, PAGES_A_DOCUMENT, CHUNK = 60, 2_000, 250, 4, 2_000
SMALL_WRITES = 30
BOUND = 1.5
_PORT = "search at the port, "


def made_id(kind: int, number: int) -> UUID:
    """The same in each run, so that rows of a database can be made to fit."""
    return UUID(int=kind << 96 | number)


def document_id(number: int) -> UUID:
    return made_id(1, number)


def case_file_of(document: int) -> int:
    return document * 7919 % CASE_FILES


def case_file_id(case_file: int) -> UUID:
    return made_id(2, case_file)


def scope_id(case_file: int) -> UUID:
    return made_id(3, case_file % SCOPES)


class Generator:
    """Pages as a Zipf-like mixture of function words, the field's words, and a tail of 20,000 from the word list."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        tail = [word for word in WORD_LIST.read_text(encoding="utf-8").split("\n") if len(word) > 4]
        self.vocabulary = GLUE + FIELD + self.random.sample(tail, 20_000)
        self.weights = list(itertools.accumulate(1 / (rank + 8) for rank in range(len(self.vocabulary))))

    def words(self) -> Words:
        texts = self.random.choices(self.vocabulary, cum_weights=self.weights, k=WORDS)
        texts[5] = f"{self.random.randrange(10**5):05}//{self.random.randrange(10**7):07}"
        return Words(texts, [_box(place, text) for place, text in enumerate(texts)])

    def documents(self, pages: int) -> Iterator[Replacement]:
        for number in range(pages // PAGES_A_DOCUMENT):
            yield Replacement(str(document_id(number)), 1, self._entries(case_file_of(number)))

    def _entries(self, case_file: int) -> list[PageEntry]:
        day = date(2020, 1, 1) + timedelta(days=self.random.randrange(2000))
        title, kind = f"Schreiben {self.random.choice(FIELD)}", f"type-{self.random.randrange(55)}"
        return [
            PageEntry(
                version=1, page=page, current=True, width=2480, height=3508, words=self.words(), title=title,
                scope=str(scope_id(case_file)), state="filed", receipt_date=day,
                case_file=str(case_file_id(case_file)), document_type=kind,
            )
            for page in range(1, PAGES_A_DOCUMENT + 1)
        ]  # fmt: skip


def _box(place: int, text: str) -> tuple[int, int, int, int]:
    left, top = 250 + place % 9 * 230, 300 + place // 9 * 55
    return left, top, left + 22 * len(text), top + 38


class Bare:
    """Plain tantivy over the same stems, with the same rights as terms."""

    def __init__(self, folder: Path) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("body", tokenizer_name="whitespace")
        for name in ("scope", "case_file"):
            builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
        builder.add_text_field("page", stored=True, tokenizer_name="raw", index_option="basic")
        builder.add_bytes_field("text", stored=True)
        self.schema = builder.build()
        self.index = tantivy.Index(self.schema, str(folder))

    def write(self, chunks: Iterable[list[Replacement]]) -> Iterator[float]:
        """Milliseconds taken by each chunk; the last is what the merges still took."""
        writer = self.index.writer(64_000_000, 1)
        for chunk in chunks:
            yield _timed(self._add, writer, chunk)
        yield _timed(writer.wait_merging_threads)

    def _add(self, writer: tantivy.IndexWriter, replacements: list[Replacement]) -> None:
        forms = default_analyzer().forms
        for name, entry in ((each.document, page) for each in replacements for page in each.pages):
            texts = entry.words.texts
            stems = " ".join(form.stem for text in texts for form in forms(text))
            page, text = f"{name}:{entry.version}:{entry.page}", " ".join(texts).encode()
            rights = {"scope": entry.scope, "case_file": entry.case_file}
            writer.add_document(tantivy.Document(body=stems, page=page, text=text, **rights))
        writer.commit()

    def search(self, text: str, access: Access) -> list[tuple[str, bytes]]:
        """The ten best pages' ids and texts."""
        stems = [form.stem for word in text.split() for form in default_analyzer().forms(word)]
        terms = [(tantivy.Occur.Must, tantivy.Query.term_query(self.schema, "body", stem)) for stem in stems]
        terms.append((tantivy.Occur.Must, self._any("scope", list(access.scopes))))
        if denied := list(access.denied_case_files):
            terms.append((tantivy.Occur.MustNot, self._any("case_file", denied)))
        searcher = self.index.searcher()
        hits = searcher.search(tantivy.Query.boolean_query(terms), 10, count=False).hits
        documents = [searcher.doc(address) for _, address in hits]
        return [(document.get_first("page"), document.get_first("text")) for document in documents]

    def _any(self, field: str, values: list[str]) -> tantivy.Query:
        if len(values) == 1:
            return tantivy.Query.term_query(self.schema, field, values[0])
        return tantivy.Query.term_set_query(self.schema, field, values)


class Engine:
    """The port's own index without the port: what tantivy itself needs for the same question."""

    def __init__(self, folder: Path) -> None:
        self._generation = Store(folder, default_analyzer(), 30).current()

    def search(self, clauses: tuple[Clause, ...], query: Query) -> int:
        """Find, fetch and count; the number of stored pages fetched."""
        searcher, build = self._generation.newest().searcher, self._generation.queries.build
        near = near_keys(searcher, clauses)
        hits = searcher.search(build(clauses, query, near), query.limit + 1, count=False).hits
        pages = [searcher.doc(address).get_first("packed") for _, address in hits[: query.limit]]
        if query.facets:
            searcher.aggregate(build(clauses, query, near, ranked=False), counting(facet_key, FACET_VALUES + 1))
        return len(pages)


def queries(generator: Generator, count: int) -> list[str]:
    """One to three words: half from the field, half from the first thousand of the tail."""
    pool = FIELD + generator.vocabulary[len(GLUE) : len(GLUE) + 1000 : 30]
    return [" ".join(generator.random.sample(pool, generator.random.choice((1, 1, 2, 2, 3)))) for _ in range(count)]


def _timed(function: Callable[..., object], *arguments: object) -> float:
    start = time.perf_counter()
    function(*arguments)
    return (time.perf_counter() - start) * 1000


def build(folder: Path, generator: Generator, pages: int) -> tuple[EmbeddedIndex, Bare]:
    """Both indexes over the same pages, the port's in `folder/port`; chunks take turns."""
    index = EmbeddedIndex(folder / "port")
    index.create()
    (folder / "bare").mkdir()
    bare = Bare(folder / "bare")
    waits: list[float] = []
    spent = list(bare.write(_written(index, chunks(generator, pages), waits)))
    bare.index.reload()
    size = sum(file.stat().st_size for file in (folder / "port").rglob("*") if file.is_file())
    print(
        f"indexing {pages / sum(waits) * 1000:.0f} pages/s at the port, {pages / sum(spent) * 1000:.0f} bare; "
        f"{size / pages:.0f} bytes a page; longest commit of {CHUNK} pages {max(waits) / 1000:.1f} s",
        flush=True,
    )
    return index, bare


def _written(
    index: EmbeddedIndex, chunks: Iterable[list[Replacement]], waits: list[float]
) -> Iterator[list[Replacement]]:
    for number, chunk in enumerate(chunks, start=1):
        waits.append(_timed(index.replace_many, chunk))
        if number * CHUNK % 20_000 == 0:
            print(f"indexed {number * CHUNK} pages", flush=True)
        yield chunk


def small_write(index: EmbeddedIndex, generator: Generator) -> float:
    """The longest of some writes of one document into the full index, in ms: the next writer waits as long."""
    made = list(itertools.islice(generator.documents(SMALL_WRITES * PAGES_A_DOCUMENT), SMALL_WRITES))
    return max(_timed(index.replace_many, [each]) for each in made)


def chunks(generator: Generator, pages: int) -> Iterator[list[Replacement]]:
    """The generated documents, some 2,000 pages at once."""
    documents = generator.documents(pages)
    while chunk := list(itertools.islice(documents, CHUNK // PAGES_A_DOCUMENT)):
        yield chunk


def rights() -> dict[str, Access]:
    scopes = [str(scope_id(number)) for number in range(SCOPES)]
    denied = frozenset(str(case_file_id(number)) for number in range(50))
    return {
        "1 scope": Access(frozenset(scopes[3:4])),
        "20 scopes": Access(frozenset(scopes[:20]), frozenset({str(case_file_id(55))})),
        "60 scopes, 50 denied": Access(frozenset(scopes), denied_case_files=denied),
    }


def compare(
    index: EmbeddedIndex, engine: Engine, bare: Bare, texts: list[str], name: str, access: Access
) -> list[Figure]:
    """Medians of the port's time, with facets and without, against the engine's.

    They take turns, each with another question: whoever asks the same one second finds all of it in the processor's
    caches, which saves a fifth of the time.
    """
    whole = {text: (parse(text, default_analyzer()), Query(text, access, limit=10)) for text in texts}
    hits = {text: (clauses, replace(query, facets=False)) for text, (clauses, query) in whole.items()}
    sides: dict[str, Callable[[str], object]] = {
        "port": lambda text: index.search(whole[text][1]),
        "engine": lambda text: engine.search(*whole[text]),
        "port only": lambda text: index.search(hits[text][1]),
        "engine only": lambda text: engine.search(*hits[text]),
        "plainer": lambda text: bare.search(text, access),
    }
    spent: dict[str, list[float]] = {side: [] for side in sides}
    for first in range(len(texts)):
        for number, (side, ask) in enumerate(sides.items()):
            text = texts[(first + number * len(texts) // len(sides)) % len(texts)]
            spent[side].append(_timed(ask, text))
    p50 = {side: statistics.median(times) for side, times in spent.items()}
    print(f"{name}: p50 " + ", ".join(f"{side} {value:.2f} ms" for side, value in p50.items()), flush=True)
    return [
        Figure(f"{_PORT}{name}, against the bare engine", p50["port"] / p50["engine"], bound=BOUND, most=True),
        Figure(f"{_PORT}{name}, without facets", p50["port only"] / p50["engine only"]),
        Figure(f"{_PORT}{name}, against a plainer index", p50["port"] / p50["plainer"]),
    ]


def measure(folder: Path, pages: int, count: int) -> list[Figure]:
    """Builds both indexes in `folder` and leaves them there."""
    generator = Generator(7)
    index, bare = build(folder, generator, pages)
    texts = queries(generator, count)
    allowed, engine = rights(), Engine(folder / "port")
    for text in texts:
        query = Query(text, allowed["20 scopes"], limit=10)
        bare.search(text, query.access)
        engine.search(parse(text, default_analyzer()), query)
        index.search(query)
    figures = [each for name, access in allowed.items() for each in compare(index, engine, bare, texts, name, access)]
    written = small_write(index, generator)
    return [*figures, Figure("a document into the full index, longest", written, "ms", bound=2000, most=True)]


def draw(figures: list[Figure]) -> None:
    values = {figure.name.removeprefix(_PORT): figure.value for figure in figures if figure.unit == "×"}
    bars("search", "search with rights at the port against the bare engine, p50", values, BOUND)


def main() -> int:
    parser = argparse.ArgumentParser("python -m benchmarks.search", description=__doc__)
    parser.add_argument("--pages", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=300)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="eakte-bench-search-") as folder:
        figures = measure(Path(folder), given.pages, given.queries)
    draw(figures)
    return conclude(figures)


if __name__ == "__main__":
    sys.exit(main())
