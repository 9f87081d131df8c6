"""What every engine indexes and asks for: the exact form, the stem and the compound parts of each German word."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import cache, cached_property, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from Stemmer import Stemmer

from search.compounds import WORD_LIST, Lexicon
from search.folding import compose, fold, is_composed
from search.numbers import marks
from search.vocabulary import Form, Reading, Spelled, Token, Vocabulary

_TOKEN = re.compile(r"[^\W_]+(?:[-'](?=[^\W\d_])(?<=[^\W\d_].)[^\W_]+)*")
RUN_TOGETHER = re.compile(
    r"(?<=[^\W\d_A-ZÄÖÜ]{2})(?=[A-ZÄÖÜ][^\W\d_A-ZÄÖÜ])|(?<=^[A-ZÄÖÜ][a-zäöü])(?=[A-ZÄÖÜ][a-zäöüß]{2})"
    r"|(?<=[A-ZÄÖÜ])(?=[A-ZÄÖÜ][a-zäöüß]{2})|(?<=[^\W\d_])(?=[0-9]{2})|(?<=[0-9])(?=[A-ZÄÖÜ][a-zäöüß]{2})"
)
"""Where the space was lost: GutschriftMüller, AmMühlbach, GmbHLohn, Höhe130, KG24630017, 2025Lohnabrechnung."""
_JOINTS = re.compile(rf"[-']|{RUN_TOGETHER.pattern}")
# What a scan does to letters most, seen on both sides alike: Mietvertrag read MietvertragI… no German word has these.
_CAPITAL_I, _DOUBLE_I = re.compile(r"(?<=[a-zäöüß])I(?![A-ZÄÖÜ])"), re.compile(r"(?<=.)ii|^Ii|^ii", re.IGNORECASE)
# Of an l or I also a line is seen: Kel!ermann, |ch.
_BAR, _FIRST_BAR = re.compile(r"(?<=[^\W\d_])[!|](?=[^\W\d_])"), re.compile(r"^\|(?=[^\W\d_])")
_TRIPLE = re.compile(r"([^\W\d_])\1\1+")
_DIGIT_IN_WORD = re.compile(r"^[0-9](?=[a-zäöüß]{3})|(?<=[^\W\d_]{2})[0-9](?=[^\W\d_]{2})")
_LETTERS = {"0": "o", "1": "l", "3": "b", "5": "s", "6": "g", "8": "b"}
# What the noun in -ung says of what was done: bewilligt, krankenversicherte, abgelehnt.
_PARTICIPLE = re.compile("([a-z]{5,}?)e?t(?:e[nmrs]?)?")
_GE = re.compile("^(ab|an|auf|aus|bei|ein|fest|frei|mit|nach|um|vor|zu|zuruck|)ge")
HYPHENS = ("-", "\u2010", "\u2011")
_LONGEST_FORM = 64
_REMEMBERED = 200_000
# Plurals that the stemmer leaves apart from their singular.
_IRREGULAR = {"konten": "konto", "themen": "thema", "firmen": "firma", "praxen": "praxis"}
# Kontos, Handys: plurals and genitives whose s the stemmer keeps; but Andreas is not Andrea.
_VOWEL_S = ("as", "is", "os", "ys")
_ENDING_IN_S = frozenset(("andreas", "carlos", "dias", "judas", "rios", "willis"))
# After these a hyphen at the end of a word stands for the head of the next compound: Heiz- und Betriebskosten.
_ELLIPSIS = frozenset(("und", "oder", "bzw", "bzw.", "sowie", "noch", "bis", "u.", "o."))


class Mark(NamedTuple):
    """A date, amount, IBAN or reference in its one spelling, from the first to the last word."""

    value: str
    first: int
    last: int


class Analyzer:
    """German analysis with a memory of some 200,000 words already seen, some 500 bytes each, for several threads.

    A new word takes some 20 µs, one put together of others up to ten times that, a known one 0.1 µs.
    """

    def __init__(self, word_list: Path = WORD_LIST) -> None:
        self._word_list = word_list
        self._stem = Stemmer("german", 0).stemWord
        self._vocabulary = Vocabulary(self._spell)
        self.knows = lru_cache(_REMEMBERED)(lambda folded: folded in self.lexicon)

    @cached_property
    def lexicon(self) -> Lexicon:
        """Read at the first compound; false if the word list is missing (then nothing is split)."""
        return Lexicon.load(self._word_list)

    def forms(self, word: str) -> tuple[Form, ...]:
        """The tokens of one written word; none for mere punctuation, several for 12345//67 or z.B."""
        known = self._known()
        return known.forms(known[word])

    def tokens(self, words: Sequence[str]) -> list[Token]:
        """The tokens of a page or a query in reading order; a word divided at a line end is one."""
        return [*self.read(words).tokens()]

    def read(self, words: Sequence[str]) -> Reading:
        """The words of a page or a query, those put together that a line end divides."""
        known = self._known()
        reading = Reading.of(words, known)
        for place in reading.hyphened():
            if place - 1 in reading.ends:
                continue
            if (joined := _joined(words, place)) and known.forms(known[joined]):
                reading.join(place, known[joined])
            elif (head := self._elided(words, place)) is not None:
                reading.numbers[place] = known[head]
        return reading

    def learn(self, words: Iterable[str]) -> None:
        """Spell what is new of the words of many pages: in a row that takes two thirds of the time."""
        known = self._known()
        for word in {*words}:
            known[word]

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
        meant = [self._stemmed(head.exact + part) for part in self.lexicon.parts(whole) if whole.endswith(part)]
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

    def _spell(self, word: str) -> Spelled:
        text = compose(word)
        if "|" in text or "!" in text:
            text = _BAR.sub("l", _FIRST_BAR.sub("I", text))
        forms = tuple([self._form(token[:_LONGEST_FORM]) for token in _TOKEN.findall(text)])
        return Spelled(forms, word[-1:] in HYPHENS)

    def _form(self, token: str) -> Form:
        if token.isascii() and token.isdecimal():
            return Form(token, self._stemmed(token))
        plain, mended = token.isalpha(), _mended(token)
        exact = fold(token if plain else token.replace("-", "").replace("'", ""))
        # most have no joint, since these need a hyphen, a digit or a capital within the word
        whole = plain and mended[1:].islower()
        pieces = [fold(mended)] if whole else [fold(piece) for piece in _JOINTS.split(mended) if piece]
        stem = self._stemmed("".join(pieces))
        parts = [part for piece in pieces for part in self.lexicon.parts(piece)]
        parts += [noun for part in (*pieces, *parts) if "t" in part[-3:] for noun in self._done(part)]
        if len(pieces) > 1:
            parts = pieces + parts
        found = tuple(dict.fromkeys([part for part in map(self._stemmed, parts) if part != stem])) if parts else ()
        return Form(exact, exact if stem == exact else stem, found)

    def _done(self, word: str) -> tuple[str, ...]:
        """Kündigung for gekündigt, Krankenversicherung for krankenversicherte: people ask for what was done."""
        if (found := _PARTICIPLE.fullmatch(word)) is None:
            return ()
        nouns = f"{found[1]}ung", _GE.sub(r"\1", found[1]) + "ung"
        return next(((noun,) for noun in nouns if self.lexicon.listed(noun)), ())

    def _stemmed(self, folded: str) -> str:
        if len(folded) == 2 and folded.isdigit():
            return folded.lstrip("0") or "0"  # day and month: 01. is 1.
        if folded.endswith("ens") and len(folded) > 6:
            folded = folded[:-1]  # Einkommens, which the stemmer leaves apart from Einkommen
        elif folded.endswith("str"):
            folded += "asse"
        elif folded[-2:] in _VOWEL_S and folded not in _ENDING_IN_S and self.knows(folded[:-1]):
            folded = folded[:-1]
        return str(self._stem(_IRREGULAR.get(folded, folded)))


def _joined(words: Sequence[str], place: int) -> str:
    """This word with the next one if a line end divides one word there, else nothing."""
    head, following = compose(words[place]), compose("".join(words[place + 1 : place + 2]))
    if len(head) < 2 or not head[-2].isalpha() or not following[:1].islower() or following in _ELLIPSIS:
        return ""
    return head[:-1] + following


def _mended(token: str) -> str:
    """Without the misreadings that no German word has: KindesunterhaIt, Eiinkommen, 6ebhardt."""
    mended = _CAPITAL_I.sub("l", token) if "I" in token else token
    if not mended.isascii() or "ii" in mended.lower():
        mended = _DOUBLE_I.sub("i", mended)
    mended = _TRIPLE.sub(r"\1\1", mended.replace("ß", "ss"))
    if mended.rstrip("0123456789").isalpha():
        return mended
    return _DIGIT_IN_WORD.sub(lambda found: _LETTERS.get(found[0], found[0]), mended)


@cache
def default_analyzer() -> Analyzer:
    """The one analyzer of this process with the distribution's word list; many indexes share its memory."""
    return Analyzer()
