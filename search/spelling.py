"""Written words as tokens: misreadings mended, folded, stemmed, and compounds taken apart.

Many words at once, as one text with a word in each line: each word by itself takes twice as long.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path

from Stemmer import Stemmer

from search.compounds import SHORTEST_COMPOUND, Lexicon
from search.folding import compose, fold
from search.vocabulary import Spelled

HYPHENS = ("-", "\u2010", "\u2011")

_TOKEN = re.compile(r"[^\W_]+(?:[-'](?=[^\W\d_])(?<=[^\W\d_].)[^\W_]+)*")
# All patterns begin with the letters they can begin at: to these the library skips quickly.
_RUN_TOGETHER = re.compile(
    r"[A-ZÄÖÜ0-9](?:(?<=[^\W\d_A-ZÄÖÜ]{2}[A-ZÄÖÜ])(?=[^\W\d_A-ZÄÖÜ])|(?<=^[A-ZÄÖÜ][a-zäöü][A-ZÄÖÜ])(?=[a-zäöüß]{2})"
    r"|(?<=[A-ZÄÖÜ]{2})(?=[a-zäöüß]{2})|(?<=[^\W\d_][0-9])(?=[0-9])|(?<=[0-9][A-ZÄÖÜ])(?=[a-zäöüß]{2}))",
    re.MULTILINE,
)
# What a scan does to letters most, seen on both sides alike: Mietvertrag read MietvertragI… no German word has these.
_CAPITAL_I, _DOUBLE_I = re.compile(r"(?<=[a-zäöüß])I(?![A-ZÄÖÜ])"), re.compile("ii", re.IGNORECASE)
# Of an l or I also a line is seen: Kel!ermann, |ch.
_BAR, _FIRST_BAR = re.compile(r"(?<=[^\W\d_])[!|](?=[^\W\d_])"), re.compile(r"^\|(?=[^\W\d_])", re.MULTILINE)
_TRIPLE = re.compile(r"([^\W\d_])\1\1+")
_DIGIT_IN_WORD = re.compile(r"[0-9](?:(?<=^[0-9])(?=[a-zäöüß]{3})|(?<=[^\W\d_]{2}[0-9])(?=[^\W\d_]{2}))", re.MULTILINE)
_LETTERS = {"0": "o", "1": "l", "3": "b", "5": "s", "6": "g", "8": "b"}
# What the noun in -ung says of what was done: bewilligt, krankenversicherte, abgelehnt.
_PARTICIPLE = re.compile("([a-z]{5,}?)e?t(?:e[nmrs]?)?")
_GE = re.compile("^(ab|an|auf|aus|bei|ein|fest|frei|mit|nach|um|vor|zu|zuruck|)ge")
_LONGEST_FORM = 64
_JUDGED = 200_000
# Plurals that the stemmer leaves apart from their singular.
_IRREGULAR = {"konten": "konto", "themen": "thema", "firmen": "firma", "praxen": "praxis"}
# Kontos, Handys: plurals and genitives whose s the stemmer keeps; but Andreas is not Andrea.
_VOWEL_S = ("as", "is", "os", "ys")
_ENDING_IN_S = frozenset(("andreas", "carlos", "dias", "judas", "rios", "willis"))


class Speller:
    """Takes some 10 µs a word of many, twice that for one alone, and up to 200 µs for one put together of others.

    For several threads.
    """

    def __init__(self, word_list: Path) -> None:
        self._word_list = word_list
        self._stem_words = Stemmer("german", 0).stemWords
        self.knows = lru_cache(_JUDGED)(lambda folded: folded in self.lexicon)

    @cached_property
    def lexicon(self) -> Lexicon:
        """Read at the first compound; false if the word list is missing (then nothing is split)."""
        return Lexicon.load(self._word_list)

    def spelled(self, words: Sequence[str]) -> Spelled:
        """These words, at least one: no token of mere punctuation, several of 12345//67 or z.B."""
        tokens, counts = list[str](), list[int]()
        for line in _lines(words):
            found = _TOKEN.findall(line)
            counts.append(len(found))
            tokens += [token[:_LONGEST_FORM] for token in found]
        columns = self._columns(tokens) if tokens else ([], [], [])
        return Spelled(*columns, counts, [word.endswith(HYPHENS) for word in words])

    def stems(self, folded: Iterable[str]) -> list[str]:
        """That of each folded word."""
        words = [self._regular(word) if len(word) < 3 or word[-1] in "rs" else word for word in folded]
        found: list[str] = self._stem_words([_IRREGULAR.get(word, word) for word in words])
        return found

    def _columns(self, tokens: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
        """Each folded, stemmed, and the stems of its parts."""
        text = "\n".join(tokens)
        exact = fold(text.replace("-", "").replace("'", "")).split("\n")
        pieces = fold(apart(_mended(text).replace("-", " ").replace("'", " ")))
        parts, counts = list[str](), list[int]()
        for line in pieces.split("\n"):
            found = self._parts(line)
            counts.append(len(found))
            parts += found
        whole = self.stems(pieces.replace(" ", "").split("\n"))
        stems = iter(self.stems(parts))
        part = [_others(islice(stems, count), stem) if count else "" for stem, count in zip(whole, counts, strict=True)]
        return exact, [form if form == stem else stem for form, stem in zip(exact, whole, strict=True)], part

    def _parts(self, line: str) -> list[str]:
        """Those of the pieces of one word, which are parts themselves if there are several."""
        pieces = line.split()
        parts = [part for piece in pieces if len(piece) >= SHORTEST_COMPOUND for part in self.lexicon.parts(piece)]
        nouns = [noun for part in (*pieces, *parts) if "t" in part[-3:] for noun in self._done(part)]
        return [*(pieces if len(pieces) > 1 else ()), *parts, *nouns]

    def _done(self, word: str) -> tuple[str, ...]:
        """Kündigung for gekündigt, Krankenversicherung for krankenversicherte: people ask for what was done."""
        if (found := _PARTICIPLE.fullmatch(word)) is None:
            return ()
        nouns = f"{found[1]}ung", _GE.sub(r"\1", found[1]) + "ung"
        return next(((noun,) for noun in nouns if self.lexicon.listed(noun)), ())

    def _regular(self, folded: str) -> str:
        """As the stemmer does it right."""
        if len(folded) == 2 and folded.isdigit():
            return folded.lstrip("0") or "0"  # day and month: 01. is 1.
        if folded.endswith("ens") and len(folded) > 6:
            return folded[:-1]  # Einkommens, which the stemmer leaves apart from Einkommen
        if folded.endswith("str"):
            return folded + "asse"
        if folded[-2:] in _VOWEL_S and folded not in _ENDING_IN_S and self.knows(folded[:-1]):
            return folded[:-1]
        return folded


def apart(text: str, blank: str = " ") -> str:
    """With a blank where one was lost: GutschriftMüller, AmMühlbach, GmbHLohn, Höhe130, KG24630017, 2025Lohnabrechnung.

    Each line of the text is a word.
    """
    return _RUN_TOGETHER.sub(rf"{blank}\g<0>", text)


def _lines(words: Sequence[str]) -> list[str]:
    text = "\n".join(words)
    if text.count("\n") >= len(words):
        text = "\n".join([word.replace("\n", " ") for word in words])
    text = compose(text)
    if "|" in text or "!" in text:
        text = _BAR.sub("l", _FIRST_BAR.sub("I", text))
    return text.split("\n")


def _mended(text: str) -> str:
    """Without the misreadings that no German word has: KindesunterhaIt, Eiinkommen, 6ebhardt."""
    text = _DOUBLE_I.sub("i", _CAPITAL_I.sub("l", text))
    text = _TRIPLE.sub(r"\1\1", text.replace("ß", "ss"))
    return _DIGIT_IN_WORD.sub(lambda found: _LETTERS.get(found[0], found[0]), text)


def _others(stems: Iterable[str], but: str) -> str:
    return " ".join(dict.fromkeys([stem for stem in stems if stem != but]))
