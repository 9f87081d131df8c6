"""A word that the reading doubts also answers to what is one letter away.

Both sides have keys, of which they share one then: the form, what is left of it without one letter, and in the index
what it may have been where scans join or divide letters (Karl-Hemz, Wohnraumniietvertrag). So a letter that moved
counts as one too: Vermeiter. Keys of a short word or number, which is too easily another, begin with its neighbour.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from search.german import Analyzer, Mark
from search.queries import Clause, is_slight
from search.vocabulary import Tokens

_SHORTEST = 5
_FEWEST_DIGITS = 6
_BESIDE = "_"
_JOINED = {"m": "in ni rn nn", "n": "ri rt it ii", "h": "li", "d": "cl", "w": "vv ur", "k": "lc"}
_PAIRS = [(one, two) for one, pairs in _JOINED.items() for two in pairs.split()]
_SHAPES = (*_PAIRS, *((two, one) for one, two in _PAIRS))


class Doubt(NamedTuple):
    """What a doubtful word, or a number of which one word is doubtful, was read as; from the first to the last word.

    A short one begins with the stem of its neighbour.
    """

    text: str
    first: int
    last: int


class Row(NamedTuple):
    """Stems of a phrase, with a hole where a doubtful word of the page must be near to what is asked."""

    stems: tuple[str | None, ...]
    near: str | None = None


def doubts(doubtful: Sequence[int], tokens: Tokens, marks: Sequence[Mark], analyzer: Analyzer) -> tuple[Doubt, ...]:
    """All that may have been misread: doubted by the reading and, if it is of letters alone, no German word."""
    return tuple(dict.fromkeys(_doubts(frozenset(doubtful), tokens, marks, analyzer))) if doubtful else ()


def _doubts(unsure: frozenset[int], tokens: Tokens, marks: Sequence[Mark], analyzer: Analyzer) -> Iterator[Doubt]:
    for place in tokens.standing(unsure):
        form, first, last = tokens[place]
        if len(form.exact) < _SHORTEST:
            yield from _short(tokens, place, analyzer)
        elif not analyzer.knows(form.exact):
            yield Doubt(form.exact, first, last)
    for value, first, last in marks:
        if not unsure.isdisjoint(range(first, last + 1)):
            yield Doubt(value, first, last)


def _short(tokens: Tokens, place: int, analyzer: Analyzer) -> Iterator[Doubt]:
    """Beside its neighbours, since names change places; a number beside the word before it, as a house's is."""
    form, first, last = tokens[place]
    numeric = _digits(form.exact) > 0
    if not _may_be_short(form.exact) or (not numeric and analyzer.lexicon.listed(form.exact)):
        return
    for beside in (place - 1,) if numeric else (place - 1, place + 1):
        if 0 <= beside < len(tokens) and tokens[beside].first != first:
            yield Doubt(f"{tokens[beside].form.stem}{_BESIDE}{form.exact}", first, last)


def _may_be_short(text: str) -> bool:
    return (2 if _digits(text) else 3) <= len(text) <= _SHORTEST


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))


def sought(clause: Clause) -> list[str]:
    """What a doubtful word must be near to: an unquoted word of five letters or more, or a number of six digits.

    A shorter one only beside a word that it also stands beside in the question.
    """
    text = clause.mark if clause.single is None else clause.single.exact
    if text is None:
        return []
    digits = _digits(text)
    found = [text] if (digits >= _FEWEST_DIGITS if digits else len(text) >= _SHORTEST) else []
    if clause.single is not None and _may_be_short(text):
        found += [f"{beside}{_BESIDE}{text}" for beside in clause.beside]
    return found


def rows(clause: Clause) -> Iterator[Row]:
    """How a quoted phrase of three words and more may also stand there: a slight word was lost, another one misread."""
    stems = [form.stem for form in clause.forms]
    if not clause.quoted or len(stems) < 3:
        return
    for place, form in enumerate(clause.forms):
        before, behind = stems[:place], stems[place + 1 :]
        if is_slight(form):
            yield Row((*before, *behind))
        elif len(form.exact) >= _SHORTEST and form.exact.isalpha():
            hole = (None,) if before and behind else ()
            yield Row((*before, *hole, *behind), form.exact)


def keys(read: str) -> Iterator[str]:
    """By what a doubtful word stands in the index: some one and a half for each of its letters."""
    beside, mark, word = read.rpartition(_BESIDE)
    for key in (word, *_without_one(word), *_reshaped(word)):
        yield f"{beside}{mark}{key}"


def wanted(asked: str) -> list[str]:
    """The keys one of which a word has that is at most one letter away."""
    beside, mark, word = asked.rpartition(_BESIDE)
    return [f"{beside}{mark}{key}" for key in dict.fromkeys((word, f"={word}", *_without_one(word)))]


def may_be_near(read: str, asked: str) -> bool:
    """False if they surely share no key: a first look, since making the keys of all doubtful words takes long.

    One letter apart two words are alike at one end at least, but for a letter that moved from one end to the other.
    """
    (beside, _, one), (likewise, _, other) = read.rpartition(_BESIDE), asked.rpartition(_BESIDE)
    if beside != likewise or abs(len(one) - len(other)) > 1:
        return False
    return one[0] == other[0] or one[-1] == other[-1] or one[1:] == other[:-1] or one[:-1] == other[1:]


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
