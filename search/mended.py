"""What doubtful words of a page may have been: torn words joined, words run together parted, specks left out.

A guess stands beside what was read, never instead of it, and is made only around doubtful words.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from search.compounds import Lexicon
from search.folding import fold
from search.german import Analyzer, Mark
from search.spelling import apart
from search.vocabulary import Token, Tokens

_REACH = 4
"""So many tokens stand on each side of a guess: phrases of up to five words may have it at any place."""
_LONGEST_NUMBER = 6
_LONGEST_SPECK = 3
_REMEMBERED = 20_000
_DIGIT = re.compile("[0-9]")
_SIGNS = ".,;:!?()\"'"
# The word list begins with three letters.
_TWO = frozenset(("ab", "am", "an", "da", "er", "es", "im", "in", "ob", "um", "wo", "zu"))


class _Look(NamedTuple):
    """What a text is for itself: a sign, letter or digit or up to three letters that are no word; or a German word.

    `instead` are the words that were run together, none for a speck; None if it stays as it is.
    """

    speck: bool
    word: bool
    instead: Sequence[str] | None = None


class _Edit(NamedTuple):
    """What may stand for the words from the first to the last; nothing for a speck."""

    first: int
    last: int
    instead: Sequence[str]


class Guess(NamedTuple):
    """Rows of tokens as they may have stood there; of these the ones that were not read, and numbers likewise."""

    rows: Sequence[Sequence[Token]] = ()
    tokens: Sequence[Token] = ()
    marks: Sequence[Mark] = ()


def guess(texts: Sequence[str], tokens: Tokens, doubtful: Sequence[int], analyzer: Analyzer) -> Guess:
    """The second guess of a page with these tokens; `doubtful` are the places of doubtful words, ascending."""
    edits = list(_edits(texts, doubtful, analyzer))
    if not edits:
        return Guess()
    made = [[Token(form, first, last) for text in instead for form in analyzer.forms(text)]
            for first, last, instead in edits]  # fmt: skip
    rows = list(_rows(tokens, edits, made))
    return Guess(rows, [token for each in made for token in each], list(_marks(texts, edits, analyzer)))


def _edits(texts: Sequence[str], doubtful: Sequence[int], analyzer: Analyzer) -> Iterator[_Edit]:
    """In reading order; of two that are possible the first."""
    unsure, done = frozenset(doubtful), -1
    for place in doubtful:
        if place > done and (edit := _edit(texts, place, done, unsure, analyzer)):
            done = edit.last
            yield edit


def _edit(texts: Sequence[str], place: int, done: int, unsure: frozenset[int], analyzer: Analyzer) -> _Edit | None:
    for first in (place - 1, place):
        if done < first < len(texts) - 1:
            joined = _joined(texts[first], texts[first + 1], analyzer, both={first, first + 1} <= unsure)
            if joined:
                return _Edit(first, first + 1, (joined,))
    instead = _look(texts[place], analyzer).instead
    return None if instead is None else _Edit(place, place, instead)


def _joined(head: str, following: str, analyzer: Analyzer, *, both: bool) -> str:
    """Two words, `both` or one of which are doubtful, as one: neither of them is a word, or the list has the one."""
    tail = following.rstrip(_SIGNS)
    if not (head.isalpha() and tail.isalpha() and (tail.islower() or (head + tail).isupper())):
        return ""
    one, other = _look(head, analyzer), _look(tail, analyzer)
    if one.word and other.word and not both:
        return ""
    if (one.word or other.word) and (one.speck or other.speck or not _listed(fold(head + tail), analyzer.lexicon)):
        return ""
    return head + tail


@lru_cache(_REMEMBERED)
def _look(text: str, analyzer: Analyzer) -> _Look:
    forms = analyzer.forms(text)
    if len(forms) != 1:
        return _Look(speck=not forms, word=False, instead=None if forms else ())
    exact, parts = forms[0].exact, forms[0].parts
    listed = _listed(exact, analyzer.lexicon)
    if len(exact) == 1 or (len(exact) <= _LONGEST_SPECK and exact.isalpha() and not listed):
        return _Look(speck=True, word=False, instead=())
    return _Look(speck=False, word=listed or bool(parts), instead=None if listed else _parted(text, exact, analyzer))


def _parted(text: str, exact: str, analyzer: Analyzer) -> Sequence[str] | None:
    """By a lost space that capitals or digits tell; else two of the list, which end with no noun as a compound does."""
    pieces = apart(text.strip(_SIGNS), "\0").split("\0")
    if len(pieces) > 1:
        return pieces
    lexicon = analyzer.lexicon
    for cut in range(len(exact) - 2, 1, -1):
        head, tail = exact[:cut], exact[cut:]
        if _listed(head, lexicon) and _listed(tail, lexicon) and not lexicon.is_noun(tail):
            return head, tail
    return None


def _listed(folded: str, lexicon: Lexicon) -> bool:
    return folded in _TWO or lexicon.listed(folded)


def _rows(tokens: Tokens, edits: Sequence[_Edit], made: Sequence[list[Token]]) -> Iterator[Sequence[Token]]:
    """The tokens around the edits, with these made; edits that are near to each other share a row."""
    row: list[Token] = []
    end = 0
    for edit, instead in zip(edits, made, strict=True):
        before, after = bisect_left(tokens.firsts, edit.first), bisect_right(tokens.firsts, edit.last)
        if row and before - _REACH > end + _REACH:
            yield [*row, *tokens[end : end + _REACH]]
            row = []
        row += [*tokens[end if row else max(0, before - _REACH) : before], *instead]
        end = after
    yield [*row, *tokens[end : end + _REACH]]


def _marks(texts: Sequence[str], edits: Sequence[_Edit], analyzer: Analyzer) -> Iterator[Mark]:
    """Numbers that are whole only if an edit is made."""
    numbers = [edit for edit in edits if _DIGIT.search(" ".join(texts[max(0, edit.first - 1) : edit.last + 2]))]
    made = {edit.first: edit for edit in numbers}
    for start, end in _stretches(numbers, len(texts)):
        words = list(_words(texts, made, start, end))
        for value, first, last in analyzer.marks([text for text, _, _ in words]):
            span = words[first][1], words[last][2]
            if any(span[0] <= edit.first and edit.last <= span[1] for edit in numbers):
                yield Mark(value, *span)


def _stretches(edits: Sequence[_Edit], size: int) -> Iterator[tuple[int, int]]:
    """Where words begin and end among which a number may stand that an edit is part of."""
    start = end = 0
    for edit in edits:
        if end and edit.first - _LONGEST_NUMBER > end:
            yield start, end
            end = 0
        start = start if end else max(0, edit.first - _LONGEST_NUMBER)
        end = min(size, edit.last + 1 + _LONGEST_NUMBER)
    if end:
        yield start, end


def _words(texts: Sequence[str], made: dict[int, _Edit], start: int, end: int) -> Iterator[tuple[str, int, int]]:
    place = start
    while place < end:
        first, last, instead = made.get(place) or _Edit(place, place, (texts[place],))
        for text in instead:
            yield text, first, last
        place = last + 1
