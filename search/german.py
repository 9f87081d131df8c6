"""What every engine indexes and asks for: the exact form, the stem and the compound parts of each German word."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from search.compounds import WORD_LIST, Lexicon
from search.folding import compose, is_composed
from search.numbers import marks
from search.spelling import Speller
from search.vocabulary import Form, Reading, Token, Vocabulary

_REMEMBERED = 200_000
# After these a hyphen at the end of a word stands for the head of the next compound: Heiz- und Betriebskosten.
_ELLIPSIS = frozenset(("und", "oder", "bzw", "bzw.", "sowie", "noch", "bis", "u.", "o."))


class Mark(NamedTuple):
    """A date, amount, IBAN or reference in its one spelling, from the first to the last word."""

    value: str
    first: int
    last: int


class Analyzer:
    """German analysis with a memory of some 200,000 words already seen, some 500 bytes each, for several threads.

    A new word takes some 15 µs, one put together of others up to ten times that, a known one 0.1 µs.
    """

    def __init__(self, word_list: Path = WORD_LIST) -> None:
        self._speller = Speller(word_list)
        self._vocabulary = Vocabulary(self._speller.spelled)

    @property
    def lexicon(self) -> Lexicon:
        """The words that compounds are put together of; false if the word list is missing (then nothing is split)."""
        return self._speller.lexicon

    def knows(self, folded: str) -> bool:
        """Whether the folded word is of the list or put together of such."""
        return self._speller.knows(folded)

    def forms(self, word: str) -> tuple[Form, ...]:
        """The tokens of one written word; none for mere punctuation, several for 12345//67 or z.B."""
        known = self._known()
        return known.forms(known.number(word))

    def tokens(self, words: Sequence[str]) -> list[Token]:
        """The tokens of a page or a query in reading order; a word divided at a line end is one."""
        return [*self.read(words).tokens()]

    def read(self, words: Sequence[str]) -> Reading:
        """The words of a page or a query, those put together that a line end divides."""
        known = self._known()
        return self._put_together(words, Reading(known, known.numbers(words)))

    def read_all(self, pages: Sequence[Sequence[str]]) -> list[Reading]:
        """The words of each page; the new ones of all are spelled together, which takes half the time."""
        return [self._put_together(*page) for page in zip(pages, Reading.of(pages, self._known()), strict=True)]

    def _put_together(self, words: Sequence[str], reading: Reading) -> Reading:
        known = reading.known
        for place in reading.hyphened():
            if place - 1 in reading.ends:
                continue
            if (joined := _joined(words, place)) and known.forms(number := known.number(joined)):
                reading.join(place, number)
            elif (head := self._elided(words, place)) is not None:
                reading.numbers[place] = known.number_of(head)
        return reading

    def _known(self) -> Vocabulary:
        """Words in use longest are remembered: half of them stand in the last vocabulary, half in the one before."""
        known = self._vocabulary
        if len(known) >= _REMEMBERED // 2:
            known = self._vocabulary = known.renewed()
        return known

    def _elided(self, words: Sequence[str], place: int) -> Form | None:
        """The form of Kranken- in Kranken- und Pflegeversicherung, with the word that is meant as a part."""
        if len(words) < place + 3 or compose(words[place + 1]) not in _ELLIPSIS or len(self.forms(words[place])) != 1:
            return None
        head, compound = self.forms(words[place])[0], self.forms(words[place + 2])
        if len(compound) != 1:
            return None
        whole = compound[0].exact
        meant = self._speller.stems([head.exact + part for part in self.lexicon.parts(whole) if whole.endswith(part)])
        return Form(head.exact, head.stem, tuple(dict.fromkeys((*head.parts, *meant))))

    def marks(self, words: Sequence[str]) -> list[Mark]:
        """Dates, amounts and references, also those that go over several words."""
        text = " ".join(words)
        if not is_composed(text):
            words = [compose(word) for word in words]
            text = " ".join(words)
        found = list(marks(text))
        if text.count(" ") < len(words):  # no word has a blank in itself, as nearly always
            return [Mark(value, text.count(" ", 0, start), text.count(" ", 0, end - 1)) for start, end, value in found]
        ends = list(accumulate([len(word) + 1 for word in words]))
        return [Mark(value, bisect_right(ends, start), bisect_left(ends, end)) for start, end, value in found]


def _joined(words: Sequence[str], place: int) -> str:
    """This word with the next one if a line end divides one word there, else nothing."""
    head, following = compose(words[place]), compose("".join(words[place + 1 : place + 2]))
    if len(head) < 2 or not head[-2].isalpha() or not following[:1].islower() or following in _ELLIPSIS:
        return ""
    return head[:-1] + following


@cache
def default_analyzer() -> Analyzer:
    """The one analyzer of this process with the distribution's word list; many indexes share its memory."""
    return Analyzer()
