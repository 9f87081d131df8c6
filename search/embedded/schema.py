"""How entries and queries look to tantivy; terms, gates and weights are those of `search.fields`.

A removed document keeps one entry without gate, for its stamp.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import tantivy

from search.fields import (
    COMPOUND,
    EXACT,
    FACETS,
    NEAR,
    PART,
    STEM,
    Analysed,
    analysed,
    entry_key,
    gates,
    number_of,
    open_gates,
)
from search.german import Analyzer
from search.near import rows, sought, wanted
from search.port import Access, PageEntry, Query, Replacement
from search.queries import Clause
from search.vocabulary import Form

__all__ = [
    "FACETS",
    "FACET_SEGMENT_VALUES",
    "FacetNames",
    "Near",
    "QueryBuilder",
    "build_schema",
    "counting",
    "documents",
    "entry_key",
    "facet_key",
    "near_keys",
    "value_key",
]

# More terms than this are gathered into a set of pages beforehand; fewer are cheaper looked at page by page.
_TERMS = 30
_RIGHTS = 64
_NAMES = 100_000

FACET_SEGMENT_VALUES = 1_000
"""Facet counts are exact up to this many values in one segment of the index."""

_Part = tuple[tantivy.Occur, tantivy.Query]


def build_schema() -> tantivy.Schema:
    """Words three times (exact, stem with positions, parts), near ones, rights, filters, and what a hit shows."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("exact", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("stem", tokenizer_name="whitespace", index_option="position")
    builder.add_text_field("part", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("near", tokenizer_name="whitespace", index_option="basic")
    builder.add_text_field("row", tokenizer_name="whitespace", index_option="position")
    for name in ("document", "gate"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in FACETS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in ("day", "stamp", "key", *map(facet_key, FACETS)):
        builder.add_unsigned_field(name, fast=True)
    builder.add_bytes_field("packed", stored=True)
    return builder.build()


def documents(
    replacements: Iterable[Replacement], analyzer: Analyzer
) -> Iterator[tuple[Replacement, list[tantivy.Document]]]:
    """The index documents of each; without pages one that nobody finds and that keeps the stamp."""
    for replacement, pages in analysed(replacements, analyzer):
        name = replacement.document
        made = [_document(name, entry, page) for entry, page in zip(replacement.pages, pages, strict=True)]
        for document in made or (made := [tantivy.Document()]):
            document.add_text("document", name)
            document.add_unsigned("stamp", replacement.stamp)
        yield replacement, made


def facet_key(facet: str) -> str:
    """The field with the number of a facet's value: numbers of all hits are read at once, their texts are not."""
    return f"{facet}_key"


def counting(field: Callable[[str], str], size: int) -> dict[str, Any]:
    """What the engine is asked for to count the most frequent values of each facet, which lie in this field."""
    terms = {"size": size, "segment_size": FACET_SEGMENT_VALUES}
    return {name: {"terms": {"field": field(name), **terms}} for name in FACETS}


def _document(name: str, entry: PageEntry, page: Analysed) -> tantivy.Document:
    document, terms = tantivy.Document(), page.terms
    document.add_text("exact", terms.exact)
    document.add_text("stem", terms.stem)
    document.add_text("part", terms.part)
    if terms.near:
        document.add_text("near", terms.near)
    if terms.row:
        document.add_text("row", terms.row)
    for gate in gates(entry):
        document.add_text("gate", gate)
    for facet in FACETS:
        value = getattr(entry, facet)
        document.add_unsigned(facet_key(facet), value_key(value))
        if value is not None:
            document.add_text(facet, value)
    document.add_unsigned("day", entry.receipt_date.toordinal())
    document.add_unsigned("key", entry_key(name, entry.version, entry.page))
    document.add_bytes("packed", page.packed)
    return document


@lru_cache(20_000)
def value_key(value: str | None) -> int:
    """A number for the value of a facet, 63 bits of its hash; 0 for none."""
    return 0 if value is None else number_of(value)


class FacetNames(dict[int, str]):
    """Values of facets by their number, as far as a process has met them; some 100 bytes each."""

    def learn(self, values: Iterable[str]) -> None:
        """Keep these; forgets the others when there are very many."""
        if len(self) > _NAMES:
            self.clear()
        self.update((value_key(value), value) for value in values)


Near = Mapping[str, Sequence[str]]
"""Keys of `search.near` by which doubtful words answer what is sought."""


def near_keys(searcher: tantivy.Searcher, clauses: Iterable[Clause]) -> Near:
    """Those that any page has: to look them up takes a third of the time that it takes to search by all."""
    asked = {text for clause in clauses for text in (*sought(clause), *(row.near for row in rows(clause))) if text}
    return {text: [key for key in wanted(text) if searcher.doc_freq("near", key)] for text in asked}


class QueryBuilder:
    """Clauses, rights and filters as one query of the engine. Keeps the rights it has built, since they come again."""

    def __init__(self, schema: tantivy.Schema) -> None:
        self._schema = schema
        self._rights = lru_cache(_RIGHTS)(self._built_rights)

    def build(self, clauses: Iterable[Clause], query: Query, near: Near, *, ranked: bool = True) -> tantivy.Query:
        """All clauses; the rest only lets pass. Not ranked the same pages pass, quicker."""
        parts = [(tantivy.Occur.Must, self._unscored(part)) for part in self._filters(query)]
        for clause in clauses:
            parts.extend(self._clause(clause, near)[: None if ranked else 1])
        return tantivy.Query.boolean_query([*parts, *self._rights(query.access, query.all_versions)])

    def _built_rights(self, access: Access, all_versions: bool) -> list[_Part]:
        opened, denied = open_gates(access, all_versions=all_versions)
        parts = [(tantivy.Occur.Must, self._unscored(self._any("gate", opened)))]
        if denied:
            parts.append((tantivy.Occur.MustNot, self._any("gate", denied)))
        return parts

    def _clause(self, clause: Clause, near: Near) -> list[_Part]:
        """What must be found, and what ranks those higher that have the very word."""
        misread = self._near(sought(clause), near)
        asked = clause.single
        if asked is not None:
            exact = (tantivy.Occur.Should, self._term("exact", asked.exact, EXACT))
            return [(tantivy.Occur.Must, self._any_of([*self._word(asked), *misread])), exact]
        ways = [*self._phrase(clause, near), *misread]
        if clause.mark is not None:
            ways.append(self._term("exact", clause.mark, EXACT))
        return [(tantivy.Occur.Must, tantivy.Query.disjunction_max_query(ways))]

    def _word(self, form: Form) -> Iterator[tantivy.Query]:
        yield self._term("stem", form.stem, STEM)
        yield self._term("part", form.stem, COMPOUND)
        for part in form.parts:
            yield self._term("stem", part, PART)
        if form.exact[-1].isdigit():
            yield self._term("exact", form.exact, STEM)

    def _near(self, asked: Iterable[str], near: Near) -> list[tantivy.Query]:
        return [self._term("near", key, NEAR) for text in asked for key in near[text]]

    def _phrase(self, clause: Clause, near: Near) -> Iterator[tantivy.Query]:
        """As it stands there for sure; a quoted one also as it may."""
        stems = [form.stem for form in clause.forms]
        if len(stems) == 1:
            yield self._term("stem", stems[0], STEM)
            return
        yield tantivy.Query.boost_query(self._row("stem", stems), STEM)
        if clause.quoted:
            yield tantivy.Query.boost_query(self._row("row", stems), NEAR)
        for row in rows(clause):
            found = self._row("stem", row.stems)
            if row.near is None:
                yield tantivy.Query.boost_query(found, NEAR)
            elif keys := self._near([row.near], near):
                both = [(tantivy.Occur.Must, found), (tantivy.Occur.Must, self._any_of(keys))]
                yield tantivy.Query.boost_query(tantivy.Query.boolean_query(both), NEAR)

    def _row(self, field: str, stems: Sequence[str | None]) -> tantivy.Query:
        words = [(place, stem) for place, stem in enumerate(stems) if stem is not None]
        return tantivy.Query.phrase_query(self._schema, field, words)

    def _any_of(self, ways: Iterable[tantivy.Query]) -> tantivy.Query:
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, way) for way in ways])

    def _term(self, field: str, value: str, boost: float) -> tantivy.Query:
        return tantivy.Query.boost_query(tantivy.Query.term_query(self._schema, field, value, "freq"), boost)

    def _filters(self, query: Query) -> Iterator[tantivy.Query]:
        for field in FACETS:
            value = getattr(query, field)
            if value is not None:
                yield self._any(field, [value])
        if query.date_from or query.date_to:
            yield tantivy.Query.range_query(
                self._schema,
                "day",
                tantivy.FieldType.Unsigned,
                query.date_from.toordinal() if query.date_from else None,
                query.date_to.toordinal() if query.date_to else None,
            )

    def _any(self, field: str, values: list[str]) -> tantivy.Query:
        if len(values) > _TERMS:
            return tantivy.Query.term_set_query(self._schema, field, values)
        terms = [tantivy.Query.term_query(self._schema, field, value, "basic") for value in values]
        return self._any_of(terms)

    def _unscored(self, query: tantivy.Query) -> tantivy.Query:
        return tantivy.Query.const_score_query(query, 0.0)
