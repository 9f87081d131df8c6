"""An entry's page as bytes: what a hit shows, and by which keys its words answer. Laid out to be read in small parts.

The engine compresses its stored pages by itself; inflating a whole page a second time took longer than finding it.
"""

import json
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import sub
from struct import Struct
from typing import overload

from search.port import PageEntry, Word

_FARTHEST = (1 << 31) - 1
# words, bytes of head, texts and keys, 1 if numbers are wide
_SIZES = Struct("<4I?")


class Texts(Sequence[str]):
    """The words of a page, cut out of one text when they are asked for."""

    def __init__(self, text: str, starts: "array[int]") -> None:
        self._text = text
        self._starts = starts

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> list[str]: ...

    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, int):
            return self._cut(place, place + 1)
        first, last, _ = place.indices(len(self))
        return self._cut(first, last).split("\n") if first < last else []

    def _cut(self, first: int, last: int) -> str:
        starts = self._starts
        return self._text[starts[first] : starts[last] - 1 if last < len(starts) else None]


@dataclass(frozen=True, slots=True)
class Packed:
    """A page as it was packed; `keys` are of `search.answers`."""

    document: str
    version: int
    page: int
    width: int
    height: int
    title: str
    texts: Texts
    keys: bytes
    _boxes: "array[int]"

    def word(self, place: int) -> Word:
        """The word at this place with its box."""
        boxes, size = self._boxes, len(self.texts)
        left, top = boxes[place], boxes[size + place]
        return Word(self.texts[place], (left, top, left + boxes[2 * size + place], top + boxes[3 * size + place]))


def pack(document: str, entry: PageEntry, keys: bytes) -> bytes:
    """Sizes; head as JSON, texts as UTF-8, keys; left edges, upper edges, widths, heights, starts of the words."""
    head = json.dumps([document, entry.version, entry.page, entry.width, entry.height, entry.title])
    words = [word.text.replace("\n", " ") for word in entry.words]
    parts = head.encode(), "\n".join(words).encode("utf-8", "surrogatepass"), keys
    numbers = _numbers([word.box for word in entry.words], words)
    sizes = _SIZES.pack(len(words), *map(len, parts), numbers.typecode == "i")
    return b"".join([sizes, *parts, numbers.tobytes()])


def unpack(packed: bytes) -> Packed:
    """The reverse of `pack`."""
    count, head_size, texts_size, keys_size, wide = _SIZES.unpack_from(packed)
    texts_at = _SIZES.size + head_size
    keys_at = texts_at + texts_size
    numbers_at = keys_at + keys_size
    document, version, page, width, height, title = json.loads(packed[_SIZES.size : texts_at].decode())
    numbers = array("i" if wide else "H")
    numbers.frombytes(packed[numbers_at:])
    texts = Texts(packed[texts_at:keys_at].decode("utf-8", "surrogatepass"), numbers[4 * count :])
    return Packed(document, version, page, width, height, title, texts, packed[keys_at:numbers_at], numbers)


def _numbers(boxes: Sequence[tuple[int, int, int, int]], words: Sequence[str]) -> "array[int]":
    """Alike numbers lie together and compress well; 2 bytes each, or 4 if one needs them."""
    starts = list(accumulate((len(word) + 1 for word in words), initial=0))[:-1]
    lefts, tops, rights, bottoms = zip(*boxes, strict=True) if boxes else ((), (), (), ())
    rows = [lefts, tops, list(map(sub, rights, lefts)), list(map(sub, bottoms, tops)), starts]
    try:
        return _planes("H", rows)
    except OverflowError:
        return _planes("i", [map(_clamped, row) for row in rows])


def _planes(size: str, rows: Iterable[Iterable[int]]) -> "array[int]":
    planes = array(size)
    for row in rows:
        planes.extend(row)
    return planes


def _clamped(number: int) -> int:
    return max(0, min(_FARTHEST, number))
