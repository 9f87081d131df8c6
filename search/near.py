"""A word that the reading doubts also answers to what is one letter away.

Both sides have keys that meet exactly if one letter is put for another, added or missing: the index keeps the form as
it was read, and what is left of it without each of its letters, with the place of that letter.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from search.german import Analyzer, Mark, Token
from search.port import Word
from search.queries import Clause

_SHORTEST = 5
_FEWEST_DIGITS = 6


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
        if (first in unsure or last in unsure) and form.exact not in analyzer.lexicon:
            for text in (form.exact, form.stem):
                if len(text) >= _SHORTEST:
                    yield Doubt(text, first, last)
    for value, first, last in marks:
        if not unsure.isdisjoint(range(first, last + 1)):
            yield Doubt(value, first, last)


def sought(clause: Clause) -> tuple[str, ...]:
    """The texts to one of which a doubtful word must be near: of an unquoted word of five letters or more, or a number.

    Numbers of fewer than six digits are too easily others.
    """
    if (single := clause.single) is not None:
        return tuple(dict.fromkeys(filter(_reaches, (single.exact, single.stem))))
    return tuple(filter(_reaches, (clause.mark or "",)))


def _reaches(text: str) -> bool:
    digits = sum(map(str.isdigit, text))
    return digits >= _FEWEST_DIGITS if digits else len(text) >= _SHORTEST


def keys(read: str) -> Iterator[str]:
    """By what a doubtful word stands in the index; one more than it has letters."""
    yield f"{read}@"
    for place in range(len(read)):
        yield f"{_without(read, place)}@{place}"


def wanted(asked: Sequence[str]) -> list[str]:
    """The keys one of which a word has that is at most one letter away from one of these texts."""
    return list(dict.fromkeys(key for text in asked for key in _wanted(text)))


def _wanted(text: str) -> Iterator[str]:
    for place in range(len(text)):
        yield f"{_without(text, place)}@{place}"  # another letter was read there
        yield f"{_without(text, place)}@"  # none was read there
    for place in range(len(text) + 1):
        yield f"{text}@{place}"  # one more was read there


def _without(text: str, place: int) -> str:
    return text[:place] + text[place + 1 :]


def is_near(first: str, second: str) -> bool:
    """Whether they are at most one letter apart: what the keys say, without them."""
    if len(first) > len(second):
        first, second = second, first
    more = len(second) - len(first)
    if more > 1:
        return False
    alike = next((place for place, letter in enumerate(first) if letter != second[place]), len(first))
    return first[alike + 1 - more :] == second[alike + 1 :]
