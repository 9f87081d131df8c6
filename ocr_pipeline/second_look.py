"""A second look: runs of ink that recognition passed over or doubts are cut out and read again, each as one line.

Tesseract decides on the layout of the whole page before it reads. Where an address stands beside a table and their
lines are out of step, it may take two lines for one and read nonsense, or leave a block out; which page this
happens to changes with the scale. What a run holds is replaced only by something read more surely.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ocr_pipeline.engine import Engine, FoundLine, FoundWord, mean_sure
from ocr_pipeline.reading import Box, Line
from ocr_pipeline.runs import Boxes
from ocr_pipeline.single_line import read_line

DOUBTED = 70.0  # mean confidence below which a run is read again
SURER = 5.0  # by so much the new words must be surer than those they replace
SURE_ENOUGH = 80.0  # for words where none were found: dirt and drawings score less
FEWEST_SIGNS = 3  # letters or digits, there
LONG = 1.8  # width by height; crosses in boxes are shorter
MOST = 16  # runs a page; a page of doubts is a bad scan and takes no longer


@dataclass(frozen=True)
class _Run:
    """A run of ink with the places (line, word) of what was found in it, and how surely."""

    box: Box
    places: tuple[tuple[int, int], ...]
    sure: float

    @property
    def width(self) -> int:
        """Pixels."""
        return self.box[2] - self.box[0]


def second_look(
    engine: Engine, image: Image.Image, dpi: float, boxes: Boxes, lines: list[FoundLine]
) -> list[FoundLine]:
    """The lines of an upright page's image with these runs, read again and so made surer where doubtful or missing."""
    grey = np.asarray(image)
    better = []
    for run in _to_read(boxes, lines):
        words = read_line(engine, grey, dpi, run.box)
        if _is_better(words, run):
            better.append((run, words))
    return _merged(lines, better) if better else lines


def _to_read(boxes: Boxes, lines: list[FoundLine]) -> list[_Run]:
    """Runs worth reading again, from top to bottom; at the limit the doubted and the longest go first."""
    places = [(at, n) for at, line in enumerate(lines) for n in range(len(line.words))]
    words = [word for line in lines for word in line.words]
    belongs, covered = _shares(boxes, words)
    mine: dict[int, list[int]] = {}
    for n, at in enumerate(belongs.tolist()):
        mine.setdefault(at, []).append(n)
    worth = []
    for at in np.nonzero(_is_long(boxes))[0].tolist():
        inside = mine.get(at, [])
        sure = mean_sure(words[n] for n in inside)
        if sure < DOUBTED and (inside or not covered[at]):
            worth.append(_Run(tuple(boxes[at].tolist()), tuple(places[n] for n in inside), sure))
    longest = sorted(worth, key=lambda run: (not run.places, -run.width))[:MOST]
    return sorted(longest, key=lambda run: (run.box[1], run.box[0]))


def _is_long(boxes: Boxes) -> NDArray[np.bool_]:
    return np.asarray(boxes[:, 2] - boxes[:, 0] >= LONG * (boxes[:, 3] - boxes[:, 1]), np.bool_)


def _shares(boxes: Boxes, words: list[FoundWord]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """For each word the run that it lies in (-1: none), for each run whether sure words cover half of it."""
    if not len(boxes) or not words:
        return np.full(len(words), -1), np.zeros(len(boxes), np.bool_)
    there = np.array([word.box for word in words], np.int32)
    across, across_half = _overlap(there[:, 0::2], boxes[:, 0::2])
    _, down_half = _overlap(there[:, 1::2], boxes[:, 1::2])
    across = np.where(down_half, across, 0)
    sure = np.array([word.sure >= DOUBTED for word in words])
    lies = across_half & (across > 0)
    covered = 2 * across[sure].sum(axis=0) > boxes[:, 2] - boxes[:, 0]
    return np.where(lies.any(axis=1), (across * lies).argmax(axis=1), -1), covered


def _overlap(some: NDArray[np.int32], others: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """By how much each interval of the one overlaps each of the other, and whether by half of the smaller."""
    first, last = np.maximum(some[:, :1], others[:, 0]), np.minimum(some[:, 1:], others[:, 1])
    smaller = np.minimum(some[:, 1:] - some[:, :1], others[:, 1] - others[:, 0])
    common = (last - first).clip(0)
    return common, 2 * common > smaller


def _is_better(words: Sequence[FoundWord], run: _Run) -> bool:
    if 2 * sum(word.box[2] - word.box[0] for word in words) < run.width:
        return False  # most of the ink is still not accounted for
    if run.places:
        return mean_sure(words) >= run.sure + SURER
    signs = sum(sign.isalnum() for word in words for sign in word.text)
    return signs >= FEWEST_SIGNS and mean_sure(words) >= SURE_ENOUGH


def _merged(lines: list[FoundLine], better: list[tuple[_Run, list[FoundWord]]]) -> list[FoundLine]:
    """The lines with what is better in its place; lines of which a part proved to stand higher or lower are split."""
    gone = {place for run, _ in better for place in run.places}
    added: dict[int | None, list[list[FoundWord]]] = {}
    for run, words in better:
        added.setdefault(_home(run, lines), []).append(words)
    merged: list[FoundLine] = []
    for at, line in enumerate(lines):
        kept = [word for n, word in enumerate(line.words) if (at, n) not in gone]
        if at in added or len(kept) < len(line.words):
            merged += _rows(line, [*kept, *(word for words in added.get(at, []) for word in words)])
        else:
            merged.append(line)
    for words in added.get(None, []):
        _insert(merged, words)
    return merged


def _home(run: _Run, lines: list[FoundLine]) -> int | None:
    """The line that a run belongs to: of the words it had, else one around its middle."""
    if run.places:
        return run.places[0][0]
    x, y = (run.box[0] + run.box[2]) / 2, (run.box[1] + run.box[3]) / 2
    around = (
        at for at, n in enumerate(lines) if n.line.box[0] <= x <= n.line.box[2] and n.line.box[1] <= y <= n.line.box[3]
    )
    return next(around, None)


def _rows(line: FoundLine, words: list[FoundWord]) -> list[FoundLine]:
    rows: list[list[FoundWord]] = []
    for word in sorted(words, key=lambda word: word.box[0]):
        row = next((row for row in rows if _level(row[-1], word)), None)
        if row is None:
            rows.append([word])
        else:
            row.append(word)
    if len(rows) == 1:
        return [FoundLine(line.line, tuple(rows[0]))]
    rows.sort(key=lambda row: row[0].box[1])
    return [_new_line(row, begins=line.line.begins_paragraph and row is rows[0]) for row in rows]


def _level(one: FoundWord, other: FoundWord) -> bool:
    """Whether the middle of the lower of the two lies within the heights of both."""
    apart = abs(one.box[1] + one.box[3] - other.box[1] - other.box[3]) / 2
    return apart < max(one.box[3] - one.box[1], other.box[3] - other.box[1]) / 2


def _new_line(words: list[FoundWord], *, begins: bool) -> FoundLine:
    left, top, right, bottom = zip(*(word.box for word in words), strict=True)
    return FoundLine(Line((min(left), min(top), max(right), max(bottom)), None, begins), tuple(words))


def _insert(lines: list[FoundLine], words: list[FoundWord]) -> None:
    """Put a line that was lost below the nearest line above it, or before the first that is lower."""
    new = _new_line(words, begins=True)
    left, top, right, _ = new.line.box
    above = [
        (line.line.box[3], at)
        for at, line in enumerate(lines)
        if line.line.box[1] < top and line.line.box[0] < right and left < line.line.box[2]
    ]
    lower = (at for at, line in enumerate(lines) if line.line.box[1] >= top)
    lines.insert(max(above)[1] + 1 if above else next(lower, len(lines)), new)
