"""What every engine indexes of an entry and asks for: the same terms, gates and keys, so that all find the same.

`gate` holds who may pass: "s+…" scope and "c+…" case file of a current version, "s-…" and "c-…" of an older one.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

from search.answers import written
from search.german import Analyzer, Mark
from search.mended import Guess, guess
from search.near import Doubt, doubts, keys
from search.packing import pack
from search.port import Access, PageEntry, Replacement, Words
from search.vocabulary import Reading

FACETS = ("document_type", "case_file", "state")
FACET_VALUES = 20
"""Values told of each facet, the most frequent ones."""

BREAK = "¶"
"""Between the words of page 1 and the title behind them, twice since a phrase may have a hole, and between rows."""

_PAGES_A_STEP = 100

EXACT, STEM, COMPOUND, PART, NEAR = 1.0, 2.0, 1.0, 0.3, 0.0
"""What the very form, its stem, a compound that has the stem, a part of an asked compound, a letter off count."""


class Terms(NamedTuple):
    """The terms of an entry, each field joined by blanks."""

    exact: str
    stem: str
    part: str
    near: str
    row: str


class Analysed(NamedTuple):
    """The terms of an entry, and its page as `search.packing` lays it out."""

    terms: Terms
    packed: bytes


class Said(NamedTuple):
    """What the words of a page say: as they were read, and what else they may have been."""

    reading: Reading
    marks: Sequence[Mark]
    doubts: Sequence[Doubt]
    guess: Guess
    keys: bytes


def said(pages: Sequence[Words], analyzer: Analyzer) -> list[Said]:
    """By all that pages of these words answer. Guessed numbers are among the marks."""
    readings = analyzer.read_all([words.texts for words in pages])
    marks = [analyzer.marks(words.texts) for words in pages]
    return [_said(*page, analyzer) for page in zip(pages, readings, marks, strict=True)]


def _said(words: Words, reading: Reading, marks: list[Mark], analyzer: Analyzer) -> Said:
    if not words.doubtful:
        return Said(reading, marks, (), Guess(), written(reading, marks))
    tokens = reading.tokens()
    other = guess(words.texts, tokens, words.doubtful, analyzer)
    marks += other.marks
    read_as = doubts(words.doubtful, tokens, marks, analyzer)
    keys = written(reading, marks, read_as, other.tokens, words.doubtful if other.rows else ())
    return Said(reading, marks, read_as, other, keys)


def analysed(
    replacements: Iterable[Replacement], analyzer: Analyzer
) -> Iterator[tuple[Replacement, Sequence[Analysed]]]:
    """The analysis of all entries of each, most of the work of indexing them.

    Step by step over some pages instead of page by page, which takes a quarter as long again: what a step needs stays
    in the processor's cache.
    """
    for some in _groups(replacements):
        entries = [(each.document, entry) for each in some for entry in each.pages]
        steps = [entries[start : start + _PAGES_A_STEP] for start in range(0, len(entries), _PAGES_A_STEP)]
        done = chain.from_iterable(_analysed(step, analyzer) for step in steps)
        for each in some:
            yield each, list(islice(done, len(each.pages)))


def _analysed(entries: Sequence[tuple[str, PageEntry]], analyzer: Analyzer) -> Iterator[Analysed]:
    pages = said([entry.words for _, entry in entries], analyzer)
    terms = [_terms(entry, page, analyzer) for (_, entry), page in zip(entries, pages, strict=True)]
    packed = [pack(*named, page.keys) for named, page in zip(entries, pages, strict=True)]
    return map(Analysed, terms, packed)


def _groups(replacements: Iterable[Replacement]) -> Iterator[list[Replacement]]:
    some, pages = list[Replacement](), 0
    for each in replacements:
        some.append(each)
        pages += len(each.pages) or 1
        if pages >= _PAGES_A_STEP:
            yield some
            some, pages = [], 0
    yield some


def _terms(entry: PageEntry, page: Said, analyzer: Analyzer) -> Terms:
    (exact, stem, part), values = page.reading.terms(), [mark.value for mark in page.marks]
    if entry.page == 1 and entry.title:
        title = entry.title.split()
        more = analyzer.read(title).terms()
        exact, stem, part = [*exact, BREAK, BREAK, *more.exact], [*stem, BREAK, BREAK, *more.stem], [*part, *more.part]
        values += [mark.value for mark in analyzer.marks(title)]
    guessed = [stem for token in page.guess.tokens for stem in (token.form.stem, *token.form.parts)]
    return Terms(
        " ".join([*exact, *values]),
        " ".join(stem),
        " ".join([*part, *guessed]),
        " ".join([key for doubt in page.doubts for key in keys(doubt.text)]),
        f" {BREAK} ".join([" ".join([token.form.stem for token in row]) for row in page.guess.rows]),
    )


def gates(entry: PageEntry) -> list[str]:
    """Through which gates the entry is reached."""
    sign = "+" if entry.current else "-"
    return [f"s{sign}{entry.scope}", *([f"c{sign}{entry.case_file}"] if entry.case_file is not None else [])]


def open_gates(access: Access, *, all_versions: bool) -> tuple[list[str], list[str]]:
    """Gates one of which must be passed, and gates none of which may lead there."""
    signs = ("+", "-") if all_versions else ("+",)
    opened = [f"s{sign}{scope}" for sign in signs for scope in access.scopes]
    opened += [f"c{sign}{case_file}" for sign in signs for case_file in access.case_files]
    return opened, [f"c{sign}{name}" for sign in signs for name in access.denied_case_files]


def entry_key(document: str, version: int, page: int) -> int:
    """A number for `<document>:<version>:<page>`, 63 bits of its hash: tells entries apart without reading them."""
    return number_of(f"{document}:{version}:{page}")


def number_of(text: str) -> int:
    """63 bits of the text's hash."""
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big") >> 1
