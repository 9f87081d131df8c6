"""How entries and queries look to tantivy: fields, the terms of a page, the query of all clauses within the rights.

Field names are the ones that every engine shall use. `gate` holds who may pass: "s+…" scope and "c+…" case file of a
current version, "s-…" and "c-…" of an older one; a removed document keeps one entry without gate, for its stamp.
"""

import hashlib
from collections.abc import Iterable, Iterator

import tantivy

from search.german import Analyzer, Form
from search.packing import pack
from search.port import Access, PageEntry, Query, Replacement
from search.queries import Clause

FACETS = ("document_type", "case_file", "state")

# The title follows the words of page 1 behind this; no phrase reaches across, since no token looks like it.
_BREAK = "¶"
_EXACT, _STEM, _COMPOUND, _PART = 3.0, 2.0, 1.0, 0.3


def build_schema() -> tantivy.Schema:
    """Words three times (exact, stem with positions, parts), rights, filters, and what a hit shows."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("exact", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("stem", tokenizer_name="whitespace", index_option="position")
    builder.add_text_field("part", tokenizer_name="whitespace", index_option="freq")
    for name in ("document", "gate"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in FACETS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in ("day", "stamp", "key"):
        builder.add_unsigned_field(name, fast=True)
    builder.add_bytes_field("packed", stored=True)
    return builder.build()


def documents(replacement: Replacement, analyzer: Analyzer) -> list[tantivy.Document]:
    """The index documents of a replacement; without pages one that nobody finds and that keeps the stamp."""
    made = [_document(replacement.document, entry, analyzer) for entry in replacement.pages]
    for document in made or (made := [tantivy.Document()]):
        document.add_text("document", replacement.document)
        document.add_unsigned("stamp", replacement.stamp)
    return made


def _document(name: str, entry: PageEntry, analyzer: Analyzer) -> tantivy.Document:
    document = tantivy.Document()
    for field, text in _terms(entry, analyzer).items():
        document.add_text(field, text)
    sign = "+" if entry.current else "-"
    document.add_text("gate", f"s{sign}{entry.scope}")
    if entry.case_file is not None:
        document.add_text("gate", f"c{sign}{entry.case_file}")
        document.add_text("case_file", entry.case_file)
    if entry.document_type is not None:
        document.add_text("document_type", entry.document_type)
    document.add_text("state", entry.state)
    document.add_unsigned("day", entry.receipt_date.toordinal())
    document.add_unsigned("key", entry_key(name, entry.version, entry.page))
    document.add_bytes("packed", pack(name, entry))
    return document


def entry_key(document: str, version: int, page: int) -> int:
    """A number for `<document>:<version>:<page>`, 63 bits of its hash: tells entries apart without reading them."""
    return int.from_bytes(hashlib.sha256(f"{document}:{version}:{page}".encode()).digest()[:8], "big") >> 1


def _terms(entry: PageEntry, analyzer: Analyzer) -> dict[str, str]:
    words = [word.text for word in entry.words]
    forms = [token.form for token in analyzer.tokens(words)]
    marks = [mark.value for mark in analyzer.marks(words)]
    if entry.page == 1 and entry.title:
        title = entry.title.split()
        forms.append(Form(_BREAK, _BREAK))
        forms.extend(token.form for token in analyzer.tokens(title))
        marks.extend(mark.value for mark in analyzer.marks(title))
    return {
        "exact": " ".join([form.exact for form in forms] + marks),
        "stem": " ".join(form.stem for form in forms),
        "part": " ".join(part for form in forms for part in form.parts),
    }


class QueryBuilder:
    """Clauses, rights and filters as one query of the engine."""

    def __init__(self, schema: tantivy.Schema) -> None:
        self._schema = schema

    def build(self, clauses: Iterable[Clause], query: Query) -> tantivy.Query:
        """All clauses, ranked; the rest only lets pass."""
        must = [*map(self._clause, clauses), *(self._unscored(part) for part in self._filters(query))]
        parts = [(tantivy.Occur.Must, part) for part in must]
        if query.access.denied_case_files:
            denied = [f"c{sign}{name}" for name in query.access.denied_case_files for sign in _signs(query)]
            parts.append((tantivy.Occur.MustNot, self._any("gate", denied)))
        return tantivy.Query.boolean_query(parts)

    def _clause(self, clause: Clause) -> tantivy.Query:
        asked = clause.single
        found = self._phrase(clause.forms) if asked is None else self._word(asked)
        if clause.mark is None:
            return found
        return tantivy.Query.disjunction_max_query([self._term("exact", clause.mark, _EXACT), found])

    def _word(self, form: Form) -> tantivy.Query:
        ways = [
            self._term("exact", form.exact, _EXACT),
            self._term("stem", form.stem, _STEM),
            self._term("part", form.stem, _COMPOUND),
        ]
        if form.parts:
            parts = [(tantivy.Occur.Should, self._term("stem", part, _PART)) for part in form.parts]
            ways.append(tantivy.Query.boolean_query(parts))
        return tantivy.Query.disjunction_max_query(ways)

    def _phrase(self, forms: tuple[Form, ...]) -> tantivy.Query:
        if len(forms) == 1:
            return self._term("stem", forms[0].stem, _STEM)
        phrase = tantivy.Query.phrase_query(self._schema, "stem", [form.stem for form in forms])
        return tantivy.Query.boost_query(phrase, _STEM)

    def _term(self, field: str, value: str, boost: float) -> tantivy.Query:
        return tantivy.Query.boost_query(tantivy.Query.term_query(self._schema, field, value, "freq"), boost)

    def _filters(self, query: Query) -> Iterator[tantivy.Query]:
        yield self._any("gate", _gates(query))
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
        if len(values) == 1:
            return tantivy.Query.term_query(self._schema, field, values[0], "basic")
        return tantivy.Query.term_set_query(self._schema, field, values)

    def _unscored(self, query: tantivy.Query) -> tantivy.Query:
        return tantivy.Query.const_score_query(query, 0.0)


def _gates(query: Query) -> list[str]:
    return [gate for sign in _signs(query) for gate in _signed(query.access, sign)]


def _signed(access: Access, sign: str) -> Iterator[str]:
    yield from (f"s{sign}{scope}" for scope in access.scopes)
    yield from (f"c{sign}{case_file}" for case_file in access.case_files)


def _signs(query: Query) -> tuple[str, ...]:
    return ("+", "-") if query.all_versions else ("+",)
