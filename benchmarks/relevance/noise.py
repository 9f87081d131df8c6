"""Clean words read as our reading reads scans, by the table `noise.json` that `benchmarks.relevance.measure` made."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

from search.port import Word

TABLE = Path(__file__).with_name("noise.json")
BEGIN, END = "^", "$"
"""Stand for a word's edges where something was read before or behind it."""
_LONG_NUMBER = 8
SIGNS = ".,;:!?()\"'"
RIGHT, WRONG, JUNK = "right", "misread", "junk"
KINDS = ("lost", "lost_short", "lost_sign", "changed", "merged", "split", "junk")


def lost_as(word: str) -> str:
    """Short words are lost more often than long ones, single letters and signs far more often."""
    size = sum(map(str.isalnum, word))
    return "lost" if size > 3 else "lost_short" if size > 1 else "lost_sign"


def look_of(word: str) -> str:
    """Long numbers, whole words and all else (sums, short words, signs) are misread differently."""
    if sum(map(str.isdigit, word)) >= _LONG_NUMBER:
        return "number"
    return "word" if len(word.strip(SIGNS)) > 3 and word.strip(SIGNS).isalpha() else "rest"


class Shares(NamedTuple):
    """Of one page: the share of its words that each fate meets; for each kind of lost ones, of that kind."""

    lost: float
    lost_short: float
    lost_sign: float
    changed: float
    merged: float
    split: float
    junk: float


class Confusion(NamedTuple):
    """Letters taken for others, and in which share of the places where they stand."""

    look: str
    drawn: str
    read: str
    rate: float


class _Read(NamedTuple):
    """A word as it was read, and by which kind it may be doubtful."""

    text: str
    box: tuple[int, int, int, int]
    kind: str


@dataclass(frozen=True)
class Noise:
    """The measured table; pages are sorted from the cleanest to the worst."""

    pages: tuple[Shares, ...]
    confusions: tuple[Confusion, ...]
    junk: tuple[str, ...]
    doubtful: dict[str, float]
    """The share of words that the reading doubts: of the right and of the misread of each look, and of junk."""
    _known: dict[str, tuple[tuple[str, ...], tuple[float, ...]]] = field(default_factory=dict, repr=False)

    @classmethod
    def load(cls, path: Path = TABLE) -> "Noise":
        """The table of the repository."""
        table = json.loads(path.read_text(encoding="utf-8"))
        confusions = [Confusion(*row[:3], row[3] / row[4]) for row in table["changes"]]
        shares = tuple(Shares(*row) for row in table["pages"])
        doubtful = {kind: found / all_ for kind, (found, all_) in table["doubtful"].items()}
        return cls(shares, tuple(confusions), tuple(table["junk"]), doubtful)

    def read(self, words: Sequence[Word], shares: Shares, dice: random.Random) -> list[Word]:
        """The words as a page with these shares would be read; every word keeps its box.

        Which of them are doubtful depends on the words alone.
        """
        doubts = random.Random("\n".join(word.text for word in words))
        read = self._read(words, shares, dice)
        return [Word(text, box, doubts.random() < self.doubtful[kind]) for text, box, kind in read]

    def _read(self, words: Sequence[Word], shares: Shares, dice: random.Random) -> Iterator[_Read]:
        kept = [word for word in words if dice.random() >= getattr(shares, lost_as(word.text))]
        margin = min((word.box[0] for word in kept), default=0)
        first_in_line = sum(word.box[0] == margin for word in kept) or 1
        before: _Read | None = None
        for word in kept:
            # marks of the scanner and of ruled boxes stand beside the lines, not within
            if word.box[0] == margin and dice.random() < shares.junk * len(kept) / first_in_line:
                yield _Read(dice.choice(self.junk), word.box, JUNK)
            text, look = self.changed(word.text, shares.changed / self.usual, dice), look_of(word.text)
            read = _Read(text, word.box, f"{RIGHT if text == word.text else WRONG} {look}")
            if before is not None and dice.random() < shares.merged:
                before = _Read(before.text + text, (*before.box[:2], *word.box[2:]), f"{WRONG} {look}")
                continue
            if before is not None:
                yield from self._torn(before, shares, dice)
            before = read
        if before is not None:
            yield before

    def _torn(self, word: _Read, shares: Shares, dice: random.Random) -> Iterator[_Read]:
        if len(word.text) < 4 or dice.random() >= shares.split:
            yield word
            return
        cut = dice.randrange(1, len(word.text))
        left, top, right, bottom = word.box
        middle, kind = left + (right - left) * cut // len(word.text), f"{WRONG} {look_of(word.text)}"
        yield _Read(word.text[:cut], (left, top, middle, bottom), kind)
        yield _Read(word.text[cut:], (middle, top, right, bottom), kind)

    @cached_property
    def usual(self) -> float:
        """The share of changed words of all pages."""
        return sum(page.changed for page in self.pages) / len(self.pages)

    def changed(self, word: str, worse: float, dice: random.Random) -> str:
        """With perhaps one confusion, each as likely as it was met where it could be; so many times on worse pages."""
        read, rates = self.readings_of(word)
        if not read or dice.random() >= worse * sum(rates):
            return word
        return dice.choices(read, rates)[0]

    def readings_of(self, word: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
        """What the word may be read as, and how likely each is on a usual page."""
        if word not in self._known:
            alike = [each for each in self.confusions if each.look == look_of(word)]
            found = [(text, each.rate) for each in alike for text in _misread(word, each)]
            self._known[word] = tuple(text for text, _ in found), tuple(rate for _, rate in found)
        return self._known[word]


def _misread(word: str, confusion: Confusion) -> Iterator[str]:
    """The word with this confusion at each place where it can be; the edges have signs of their own."""
    drawn, framed = confusion.drawn, f"{BEGIN}{word}{END}"
    low = 0 if drawn[0] == BEGIN else 1 if drawn[-1] == END else 2
    high = len(framed) - len(drawn) - (0 if drawn[-1] == END else 1 if drawn[0] == BEGIN else 2)
    for at in range(low, high + 1):
        if framed.startswith(drawn, at):
            read = framed[:at] + confusion.read + framed[at + len(drawn) :]
            yield read.removeprefix(BEGIN).removesuffix(END) or word


@cache
def measured() -> Noise:
    """The repository's table, read once."""
    return Noise.load()
