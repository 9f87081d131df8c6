"""A word that the reading doubts also answers to what is one letter away.

Both sides have keys, of which they share one then: the form, what is left of it without one letter, and in the index
what it may have been where scans join or divide letters (Karl-Hemz, Wohnraumniietvertrag). So a letter that moved
counts as one too: Vermeiter.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from search.german import Analyzer, Mark, Token
from search.port import Word
from search.queries import Clause

_SHORTEST = 5
_FEWEST_DIGITS = 6
_JOINED = {"m": "in ni rn nn", "n": "ri rt it ii", "h": "li", "d": "cl", "w": "vv ur", "k": "lc"}
_PAIRS = [(one, two) for one, pairs in _JOINED.items() for two in pairs.split()]
_SHAPES = (*_PAIRS, *((two, one) for one, two in _PAIRS))


class Doubt(NamedTuple):
    """What a doubtful word, or a number of which one word is doubtful, was read as; from the first to the last word."""

    text: str
    first: int
    last: int


def doubts(
    words: Sequence[Word], tokens: Sequence[Token], marks: Sequence[Mark], analyzer: Analyzer
) -> tuple[Doubt, ...]:
    """All that may have been misread: doubted by the reading and, if it is of letters alone, no German word."""
    unsure = {place for place, word in enumerate(words) if word.doubtful}
    return tuple(dict.fromkeys(_doubts(unsure, tokens, marks, analyzer))) if unsure else ()


def _doubts(unsure: set[int], tokens: Sequence[Token], marks: Sequence[Mark], analyzer: Analyzer) -> Iterator[Doubt]:
    for form, first, last in tokens:
        doubtful = (first in unsure or last in unsure) and len(form.exact) >= _SHORTEST
        if doubtful and form.exact not in analyzer.lexicon:
            yield Doubt(form.exact, first, last)
    for value, first, last in marks:
        if not unsure.isdisjoint(range(first, last + 1)):
            yield Doubt(value, first, last)


def sought(clause: Clause) -> str | None:
    """What a doubtful word must be near to: an unquoted word of five letters or more, or a number of six digits.

    Shorter ones are too easily others.
    """
    text = clause.mark if clause.single is None else clause.single.exact
    if text is None:
        return None
    digits = sum(map(str.isdigit, text))
    return text if (digits >= _FEWEST_DIGITS if digits else len(text) >= _SHORTEST) else None


def keys(read: str) -> Iterator[str]:
    """By what a doubtful word stands in the index: some one and a half for each of its letters."""
    yield read
    yield from _without_one(read)
    yield from _reshaped(read)


def wanted(asked: str) -> list[str]:
    """The keys one of which a word has that is at most one letter away."""
    return list(dict.fromkeys((asked, f"={asked}", *_without_one(asked))))


def _without_one(text: str) -> Iterator[str]:
    for place in range(len(text)):
        yield text[:place] + text[place + 1 :]


def _reshaped(read: str) -> Iterator[str]:
    """What it may have been if two letters were read as one that looks like them, or one as two."""
    for seen, drawn in _SHAPES:
        start = read.find(seen)
        while start >= 0:
            yield f"={read[:start]}{drawn}{read[start + len(seen) :]}"
            start = read.find(seen, start + 1)
