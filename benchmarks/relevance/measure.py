"""What our reading does to words, measured on generated scans whose text is known: writes `noise.json`.

`python -m benchmarks.relevance.measure` draws and reads 180 pages of `eakte.demo.scans` under all scanning profiles
(some six minutes the first time; readings are kept below `benchmarks/out/`: delete them when reading has changed). It
lays what was read over what was drawn, and counts how many words of each page were lost, changed, run together and
torn, which letters were taken for which, and how many of the misread and of the right words the reading doubts.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from benchmarks.confusion import readings
from benchmarks.figures import OUT
from benchmarks.ocr import own_corpus
from benchmarks.relevance.noise import BEGIN, END, JUNK, KINDS, RIGHT, SIGNS, TABLE, WRONG, look_of, lost_as
from eakte.demo.corpus import SEED
from eakte.demo.scans import ten_of_nine
from ocr_pipeline import PageReading, Word
from search.port import DOUBTFUL

_POINT = 25.4 / 72
_MARGIN = 2.0
_LONGEST, _JUNK = 5, 80
_ALIKE = 0.6


class Change(NamedTuple):
    """A stretch read otherwise: from the first to behind the last drawn letter, and what was read instead."""

    start: int
    end: int
    read: str


def changes(drawn: str, read: str) -> list[Change]:
    """The stretches that differ by the fewest changes of letters; neighbours are one."""
    found: list[Change] = []
    for tag, start, end, first, last in Levenshtein.opcodes(drawn, read):
        if tag == "equal":
            continue
        if found and found[-1].end == start:
            found[-1] = Change(found[-1].start, end, found[-1].read + read[first:last])
        else:
            found.append(Change(start, end, read[first:last]))
    return found


@dataclass
class Counts:
    """Sums over the pages measured."""

    words: int = 0
    pages: list[list[float]] = field(default_factory=list)
    possible: Counter[tuple[str, str]] = field(default_factory=Counter)
    changed: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    junk: Counter[str] = field(default_factory=Counter)
    sure: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))

    def page(self, lines: Sequence[tuple[str, str]], junk: Sequence[str]) -> None:
        """Count one page: its lines as drawn and read, and the words read where nothing was drawn."""
        found = Counter(kind for drawn, read in lines for kind in self._line(drawn, read))
        found["junk"] = len(junk)
        words = [word for drawn, _ in lines for word in drawn.split()]
        self.words += len(words)
        self.junk.update(junk)
        among = dict.fromkeys(KINDS, len(words)) | Counter(map(lost_as, words))
        self.pages.append([round(found[kind] / max(among[kind], 1), 4) for kind in KINDS])

    def doubts(self, pairs: Iterable[tuple[str, Word]]) -> None:
        """Count which words of a page are doubtful: right and misread ones, and those read where none was drawn."""
        for drawn, word in pairs:
            right = WRONG if drawn.strip(SIGNS) != word.text.strip(SIGNS) else RIGHT
            kind = f"{right} {look_of(drawn)}" if drawn else JUNK
            self.sure[kind].append(word.confidence is not None and word.confidence < DOUBTFUL)

    def _line(self, drawn: str, read: str) -> Iterator[str]:
        """What befell the words of a line."""
        different = changes(drawn, read)
        start = 0
        for word in drawn.split(" "):
            end = start + len(word)
            inside = list(_edges(word, read.split()))
            if not inside:
                inside = [change for change in different if _touches(change, start, end)]
                inside = [change._replace(start=change.start - start, end=change.end - start) for change in inside]
            inside = [change for change in inside if change.read or change.start < change.end]
            wrong = sum(max(min(change.end, len(word)) - max(change.start, 0), 1) for change in inside)
            if 2 * wrong > len(word):
                yield lost_as(word)
            else:
                yield from self._word(word, inside)
                if any(change.start == end and change.end > end and not change.read for change in different):
                    yield "merged"
            start = end + 1

    def _word(self, word: str, inside: Sequence[Change]) -> Iterator[str]:
        """Whether it was changed or torn; a change that reaches into a neighbour counts, but not its letters."""
        framed, look = f"{BEGIN}{word}{END}", look_of(word)
        sizes = range(1, _LONGEST + 1)
        self.possible.update((look, framed[at : at + size]) for size in sizes for at in range(len(framed) - size + 1))
        torn = [change for change in inside if " " in change.read and change.start > 0 and change.end < len(word)]
        plain = [change for change in inside if " " not in change.read and change not in torn]
        if torn:
            yield "split"
        if plain:
            yield "changed"
            whole = [change for change in plain if change.start >= 0 and change.end <= len(word)]
            self.changed.update((look, *_letters(word, change)) for change in whole)

    def _places(self, look: str, drawn: str) -> int:
        """How often these letters stand inside a word, or with the sign of an edge, at that edge."""
        inside = BEGIN not in drawn and END not in drawn
        edges = self.possible[look, BEGIN + drawn] + self.possible[look, drawn + END] if inside else 0
        return max(self.possible[look, drawn] - edges, 1)

    def table(self) -> dict[str, Any]:
        """What is kept: shares a page by kind; each confusion with how often it was met and how often it could be."""
        kept = [[*change, count, self._places(*change[:2])] for change, count in self.changed.items()]
        return {
            "made_by": "python -m benchmarks.relevance.measure",
            "pages_measured": len(self.pages), "words_measured": self.words,
            "kinds": KINDS, "pages": sorted(self.pages, key=sum),
            "changes": sorted(kept, key=lambda each: (-each[3], *each[:3])),
            "junk": [word for word, _ in self.junk.most_common(_JUNK)],
            "doubtful": {kind: [sum(found), len(found)] for kind, found in sorted(self.sure.items())},
        }  # fmt: skip


def _edges(word: str, read: Sequence[str]) -> Iterator[Change]:
    """Where the word stands unharmed in a word that was read: what is before and behind it, if it is but a sign or two.

    Always something then, be it nothing read in no place: letters that shifted in the line do not count.
    """
    for text in read:
        if word in text and (len(word) > 2 or word == text):
            before, _, behind = text.partition(word)
            yield Change(0, 0, before if len(before) < 3 else "")
            yield Change(len(word), len(word), behind if len(behind) < 3 else "")
            return


def _touches(change: Change, start: int, end: int) -> bool:
    """Whether letters of this stretch are changed, or something was read between them or at its edges."""
    if change.start == change.end:
        return start <= change.start <= end
    return change.start < end and change.end > start


def _letters(word: str, change: Change) -> tuple[str, str]:
    """The letters taken for others, with the edge of the word if they reach it; what came between goes with one."""
    start = change.start - (change.start == change.end)
    drawn, read = f"{BEGIN}{word}{END}"[start + 1 : change.end + 1], change.read
    if change.start == change.end:
        read = drawn + read
    if change.end == len(word) and drawn != END:
        drawn, read = drawn + END, read + END
    if start <= 0 and drawn[0] != BEGIN:
        drawn, read = BEGIN + drawn, BEGIN + read
    return drawn, read


class Page:
    """The drawn segments of a page laid over the words read, by the words that stand on both once."""

    def __init__(self, segments: Sequence[Mapping[str, Any]], page: PageReading) -> None:
        self._segments = segments
        self._words = page.words
        self._drawn, self._read = self._anchors()
        self.fits = len(self._drawn) >= 8

    def _anchors(self) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
        drawn = defaultdict(list)
        for segment in self._segments:
            for word, x in _placed(segment["text"], segment["x"], segment["w"]):
                drawn[word].append((x, segment["y"] - 0.3 * segment["size"] * _POINT))
        read = defaultdict(list)
        for word in self._words:
            read[word.text].append(_middle(word.box))
        both = [text for text in drawn if len(text) > 3 and len(drawn[text]) == 1 == len(read.get(text, ()))]
        return [drawn[text][0] for text in both], [read[text][0] for text in both]

    def lines(self) -> tuple[list[tuple[str, str]], list[str]]:
        """Each segment with what was read in its place, and the words read elsewhere."""
        found, junk = self._found
        read = [" ".join(word.text for word in words) for words in found]
        drawn = [" ".join(each["text"].split()) for each in self._segments]
        return list(zip(drawn, read, strict=True)), [word.text for word in junk]

    def pairs(self) -> Iterator[tuple[str, Word]]:
        """Each drawn word with the one that was read for it, if it was; those read elsewhere with an empty text."""
        found, junk = self._found
        yield from (("", word) for word in junk)
        for segment, words in zip(self._segments, found, strict=True):
            yield from _paired(segment["text"].split(), words)

    @cached_property
    def _found(self) -> tuple[list[list[Word]], list[Word]]:
        """The words read in the place of each segment, from left to right, and those read elsewhere."""
        place, _ = cv2.findHomography(np.array(self._read), np.array(self._drawn), cv2.RANSAC, 3.0)
        found: list[list[tuple[float, Word]]] = [[] for _ in self._segments]
        junk = []
        for word in self._words:
            x, y = _moved(place, *_middle(word.box))
            near = min(range(len(self._segments)), key=lambda number: self._far(number, x, y))
            if self._far(near, x, y) < 1:
                found[near].append((x, word))
            else:
                junk.append(word)
        return [[word for _, word in sorted(words, key=lambda each: (each[0], each[1].text))] for words in found], junk

    def _far(self, number: int, x: float, y: float) -> float:
        """Distance from a segment in parts of its height; 1 or more is outside."""
        segment = self._segments[number]
        height = segment["size"] * _POINT
        beside = max(segment["x"] - x, x - segment["x"] - segment["w"], 0) / _MARGIN
        return max(beside, abs(y - segment["y"] + 0.3 * height) / (0.75 * height))


def _paired(drawn: Sequence[str], words: Sequence[Word]) -> Iterator[tuple[str, Word]]:
    """First those that were read as they are, then each of the others with the one most alike."""
    left, others = [*words], []
    for text in drawn:
        if (word := next((each for each in left if each.text == text), None)) is None:
            others.append(text)
        else:
            left.remove(word)
            yield text, word
    for text in others:
        word = max(left, key=lambda each: Levenshtein.normalized_similarity(text, each.text), default=None)
        if word is not None and Levenshtein.normalized_similarity(text, word.text) >= _ALIKE:
            left.remove(word)
            yield text, word


def _placed(text: str, left: float, width: float) -> Iterator[tuple[str, float]]:
    """Each word with the middle it has if all letters were alike wide."""
    at = 0
    for word in text.split(" "):
        yield word, left + width * (at + len(word) / 2) / len(text)
        at += len(word) + 1


def _middle(box: Sequence[float]) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _moved(place: NDArray[np.float64], x: float, y: float) -> tuple[float, float]:
    across, down, depth = place @ (x, y, 1)
    return float(across / depth), float(down / depth)


def measured(corpora: Sequence[Path]) -> Counts:
    """Counts over all pages with text; a page of which hardly a word was read tells nothing and is named."""
    counts = Counts()
    for corpus in corpora:
        manifest = json.loads((corpus / "manifest.json").read_text())
        pages = [page for page in manifest["pages"] if page["type"]]
        for name, read in readings(corpus, pages).items():
            page = Page(json.loads((corpus / "gt" / f"{name}.json").read_text()), read[0])
            if page.fits:
                counts.page(*page.lines())
                counts.doubts(page.pairs())
            else:
                print(f"left out, hardly read: {corpus.name}/{name}")
    return counts


def second_corpus() -> Path:
    """Ninety pages with other texts under other profiles than those of `own_corpus`."""
    folder = OUT / "ten-of-nine-2"
    if not (folder / "manifest.json").exists():
        ten_of_nine(folder, SEED + 1)
    return folder


def main() -> None:
    """Measure, and write the table."""
    table = measured([own_corpus(), second_corpus()]).table()
    rows = {key: json.dumps(value, ensure_ascii=False) for key, value in table.items()}
    for key in ("pages", "changes"):
        rows[key] = "[\n" + ",\n".join(f"  {json.dumps(row, ensure_ascii=False)}" for row in table[key]) + "\n ]"
    TABLE.write_text("{\n" + ",\n".join(f' "{key}": {row}' for key, row in rows.items()) + "\n}\n")
    print(f"{table['words_measured']} words on {table['pages_measured']} pages: {TABLE}")


if __name__ == "__main__":
    main()
