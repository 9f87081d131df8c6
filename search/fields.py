"""What every engine indexes of an entry and asks for: the same terms, gates and keys, so that all find the same.

`gate` holds who may pass: "s+…" scope and "c+…" case file of a current version, "s-…" and "c-…" of an older one.
"""

import hashlib
from collections.abc import Sequence
from itertools import compress
from typing import NamedTuple

from search.answers import written
from search.german import Analyzer, Form, Mark, Reading, spelled
from search.mended import Guess, guess
from search.near import Doubt, doubts, keys
from search.packing import columns, pack
from search.port import Access, PageEntry

FACETS = ("document_type", "case_file", "state")
FACET_VALUES = 20
"""Values told of each facet, the most frequent ones."""

BREAK = "¶"
"""Between the words of page 1 and the title behind them, twice since a phrase may have a hole, and between rows."""

_BREAKS = [spelled((Form(BREAK, BREAK),))] * 2

EXACT, STEM, COMPOUND, PART, NEAR = 1.0, 2.0, 1.0, 0.3, 0.0
"""What the very form, its stem, a compound that has the stem, a part of an asked compound, a letter off count."""


class Analysed(NamedTuple):
    """The terms of an entry, each field joined by blanks, and its page as `search.packing` lays it out."""

    exact: str
    stem: str
    part: str
    near: str
    row: str
    packed: bytes


class Said(NamedTuple):
    """What the words of a page say: as they were read, and what else they may have been."""

    reading: Reading
    marks: Sequence[Mark]
    doubts: Sequence[Doubt]
    guess: Guess
    keys: bytes


def said(texts: Sequence[str], unsure: Sequence[bool], analyzer: Analyzer) -> Said:
    """By all that a page of these words answers; `unsure`: which are doubtful. Guessed numbers are among the marks."""
    reading, marks = analyzer.read(texts), analyzer.marks(texts)
    if not any(unsure):
        return Said(reading, marks, (), Guess(), written(reading, marks))
    doubtful = [*compress(range(len(texts)), unsure)]
    tokens = list(reading.tokens())
    other = guess(texts, tokens, doubtful, analyzer)
    marks += other.marks
    read_as = doubts(doubtful, tokens, marks, analyzer)
    keys = written(reading, marks, read_as, other.tokens, doubtful if other.rows else ())
    return Said(reading, marks, read_as, other, keys)


def analysed(document: str, entry: PageEntry, analyzer: Analyzer) -> Analysed:
    """The analysis of one entry, most of the work of indexing it."""
    texts, boxes, unsure = columns(entry.words)
    page = said(texts, unsure, analyzer)
    words, values = [*page.reading.words], [mark.value for mark in page.marks]
    if entry.page == 1 and entry.title:
        title = entry.title.split()
        words += [*_BREAKS, *analyzer.read(title).words]
        values += [mark.value for mark in analyzer.marks(title)]
    guessed = [stem for token in page.guess.tokens for stem in (token.form.stem, *token.form.parts)]
    return Analysed(
        " ".join([*[word.exact for word in words if word.exact], *values]),
        " ".join([word.stem for word in words if word.stem]),
        " ".join([*[word.part for word in words if word.part], *guessed]),
        " ".join([key for doubt in page.doubts for key in keys(doubt.text)]),
        f" {BREAK} ".join([" ".join([token.form.stem for token in row]) for row in page.guess.rows]),
        pack(document, entry, texts, boxes, page.keys),
    )  # fmt: skip


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
