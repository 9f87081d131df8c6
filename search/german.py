"""What every engine indexes and asks for: the exact form, the stem and the compound parts of each German word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path

from Stemmer import Stemmer

from search.compounds import WORD_LIST, Lexicon
from search.folding import compose, fold
from search.numbers import marks

_TOKEN = re.compile(r"[^\W_]+(?:[-'](?=[^\W\d_])(?<=[^\W\d_].)[^\W_]+)*")
_JOINTS = re.compile(r"[-']")
_LONGEST_FORM = 64
_REMEMBERED = 200_000
# Plurals that the stemmer leaves apart from their singular.
_IRREGULAR = {"konten": "konto", "themen": "thema", "firmen": "firma", "praxen": "praxis"}
# After these a hyphen at the end of a word stands for the head of the next compound: Heiz- und Betriebskosten.
_ELLIPSIS = frozenset(("und", "oder", "bzw", "bzw.", "sowie", "noch", "bis", "u.", "o."))


@dataclass(frozen=True, slots=True)
class Form:
    """One token: folded, stemmed, and the stems of its parts (none for a simple word)."""

    exact: str
    stem: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Token:
    """A form at its place: from the first to the last word of the page (two where a line end divides it)."""

    form: Form
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A date, amount, IBAN or reference in its one spelling, from the first to the last word."""

    value: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Analysed:
    """A sequence of words as tokens in reading order, and the marks found in it."""

    tokens: tuple[Token, ...]
    marks: tuple[Mark, ...]


class Analyzer:
    """German analysis with a memory of words already seen: about 50 µs for a new compound, 0.1 µs for a known word."""

    def __init__(self, word_list: Path = WORD_LIST) -> None:
        self._word_list = word_list
        self._stem = Stemmer("german", 0).stemWord
        self.forms = lru_cache(_REMEMBERED)(self._forms)

    @cached_property
    def lexicon(self) -> Lexicon:
        """Read at the first compound; false if the word list is missing (then nothing is split)."""
        return Lexicon.load(self._word_list)

    def analyse(self, words: Sequence[str]) -> Analysed:
        """Tokens and marks of a page or a query; words divided at a line end are joined."""
        composed = [compose(word) for word in words]
        return Analysed(tuple(self._tokens(composed)), tuple(_marks(composed)))

    def _tokens(self, words: list[str]) -> Iterator[Token]:
        skip = False
        for place, word in enumerate(words):
            if skip:
                skip = False
                continue
            last = place
            if word[-1:] == "-" and place + 1 < len(words) and _divided(word, words[place + 1]):
                word, last, skip = word[:-1] + words[place + 1], place + 1, True
            for form in self.forms(word):
                yield Token(form, place, last)

    def _forms(self, word: str) -> tuple[Form, ...]:
        """The tokens of one written word; none for mere punctuation, several for 12345//67 or z.B."""
        return tuple(self._form(token[:_LONGEST_FORM]) for token in _TOKEN.findall(compose(word)))

    def _form(self, token: str) -> Form:
        pieces = [piece for piece in _JOINTS.split(fold(token)) if piece]
        exact = "".join(pieces)
        stem = self._stemmed(exact)
        parts = [part for piece in pieces for part in self.lexicon.parts(piece)]
        stems = map(self._stemmed, [*(pieces if len(pieces) > 1 else ()), *parts])
        return Form(exact, stem, tuple(dict.fromkeys(part for part in stems if part != stem)))

    def _stemmed(self, folded: str) -> str:
        if len(folded) == 2 and folded.isdigit():
            return folded.lstrip("0") or "0"  # day and month: 01. is 1.
        return str(self._stem(_IRREGULAR.get(folded, folded)))


@cache
def default_analyzer() -> Analyzer:
    """The one analyzer of this process with the distribution's word list; many indexes share its memory."""
    return Analyzer()


def _divided(word: str, following: str) -> bool:
    """Whether the hyphen divides one word at a line end."""
    return len(word) > 1 and word[-2].isalpha() and following[:1].islower() and following not in _ELLIPSIS


def _marks(words: list[str]) -> Iterator[Mark]:
    ends: list[int] = []
    length = -1
    for word in words:
        length += len(word) + 1
        ends.append(length)
    place = 0
    for start, end, value in marks(" ".join(words)):
        while ends[place] <= start:
            place += 1
        last = place
        while ends[last] < end:
            last += 1
        yield Mark(value, place, last)
