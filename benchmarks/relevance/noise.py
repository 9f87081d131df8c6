"""Clean words read as our reading reads scans, by the table `noise.json` that `benchmarks.relevance.measure` made."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from search.port import Word

TABLE = Path(__file__).with_name("noise.json")
BEGIN, END = "^", "$"
"""Stand for a word's edges where something was read before or behind it."""
KINDS = ("lost", "lost_short", "changed", "merged", "split", "junk")
_USUAL_LENGTH = 6.0


def legible(word: str) -> bool:
    """Whether it has three letters or digits: shorter ones are lost far more often."""
    return sum(map(str.isalnum, word)) > 2


class Shares(NamedTuple):
    """Of one page: the share of its words that each fate meets (`lost` of the legible, `lost_short` of the others)."""

    lost: float
    lost_short: float
    changed: float
    merged: float
    split: float
    junk: float


class Confusion(NamedTuple):
    """Letters taken for others, and in which share of the places where they stand."""

    drawn: str
    read: str
    rate: float


@dataclass(frozen=True)
class Noise:
    """The measured table; pages are sorted from the cleanest to the worst."""

    pages: tuple[Shares, ...]
    confusions: tuple[Confusion, ...]
    changes_a_word: tuple[int, ...]
    junk: tuple[str, ...]

    @classmethod
    def load(cls, path: Path = TABLE) -> "Noise":
        """The table of the repository."""
        table = json.loads(path.read_text(encoding="utf-8"))
        confusions = [Confusion(drawn, read, met / possible) for drawn, read, met, possible in table["changes"]]
        shares = tuple(Shares(*row) for row in table["pages"])
        return cls(shares, tuple(confusions), tuple(table["changes_a_word"]), tuple(table["junk"]))

    def read(self, words: Sequence[Word], shares: Shares, dice: random.Random) -> list[Word]:
        """The words as a page with these shares would be read; every word keeps its box."""
        return list(self._read(words, shares, dice))

    def _read(self, words: Sequence[Word], shares: Shares, dice: random.Random) -> Iterator[Word]:
        kept = [word for word in words if dice.random() >= (shares.lost if legible(word.text) else shares.lost_short)]
        before: Word | None = None
        for word in kept:
            if dice.random() < shares.junk:
                yield Word(dice.choice(self.junk), word.box)
            text = word.text
            if dice.random() < shares.changed * len(text) / _USUAL_LENGTH:
                text = self.changed(text, dice)
            read = Word(text, word.box)
            if before is not None and dice.random() < shares.merged:
                before = Word(before.text + text, (*before.box[:2], *word.box[2:]))
                continue
            if before is not None:
                yield from self._torn(before, shares, dice)
            before = read
        if before is not None:
            yield before

    def _torn(self, word: Word, shares: Shares, dice: random.Random) -> Iterator[Word]:
        if len(word.text) < 4 or dice.random() >= shares.split:
            yield word
            return
        cut = dice.randrange(1, len(word.text))
        left, top, right, bottom = word.box
        middle = left + (right - left) * cut // len(word.text)
        yield Word(word.text[:cut], (left, top, middle, bottom))
        yield Word(word.text[cut:], (middle, top, right, bottom))

    def changed(self, word: str, dice: random.Random) -> str:
        """With one to three confusions, each as likely as it was met where it could be; the word if none fits."""
        times = dice.choices(range(1, len(self.changes_a_word) + 1), self.changes_a_word)[0]
        framed = f"{BEGIN}{word}{END}"
        for _ in range(times):
            framed = self._confused(framed, dice)
        return framed[1:-1] or word

    def _confused(self, framed: str, dice: random.Random) -> str:
        fitting = [(each, framed.count(each.drawn)) for each in self.confusions if each.drawn in framed]
        if not fitting:
            return framed
        chosen = dice.choices([each for each, _ in fitting], [each.rate * count for each, count in fitting])[0]
        if chosen.drawn == BEGIN:
            return BEGIN + chosen.read + framed[1:]
        if chosen.drawn == END:
            return framed[:-1] + chosen.read + END
        places = [at for at in range(len(framed)) if framed.startswith(chosen.drawn, at)]
        at = dice.choice(places)
        return framed[:at] + chosen.read + framed[at + len(chosen.drawn) :]


@cache
def measured() -> Noise:
    """The repository's table, read once."""
    return Noise.load()
