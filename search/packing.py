"""An entry's page as bytes: what a hit shows, and by which keys its words answer. Laid out to be read in small parts.

The engine compresses its stored pages by itself; inflating a whole page a second time took longer than finding it.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from operator import sub
from struct import Struct
from typing import NamedTuple, overload

from search.port import PageEntry, Word

_FARTHEST = (1 << 31) - 1
# version, page, width, height; words; bytes of document, title, texts and keys; whether numbers are wide
_HEAD = Struct("<9I?")


class Texts(Sequence[str]):
    """The words of a page, cut out of one text when they are asked for; white space within a word is one blank."""

    def __init__(self, text: str, starts: "array[int]") -> None:
        self._text = text
        self._starts = starts

    @classmethod
    def of(cls, words: Sequence[str]) -> "Texts":
        """Of words that were never packed."""
        plain = _plain(words)
        return cls("\n".join(plain), array("i", _starts(plain)))

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

    def line(self, first: int, last: int, longest: int) -> tuple[str, "array[int]"]:
        """Words from `first` on in a line of at most `longest` characters, and where in it each begins.

        Ends before the word `last`; behind the last beginning stands that of the word which would follow.
        """
        starts = [*self._starts[first : last + 1]]
        if len(starts) <= last - first:
            starts.append(len(self._text) + 1)
        begin = starts[0]
        fitting = max(2, bisect_right(starts, begin + longest + 1))
        text = self._text[begin : min(begin + longest, starts[fitting - 1] - 1)]
        return text.replace("\n", " "), array("i", [each - begin for each in starts[:fitting]])

    def _cut(self, first: int, last: int) -> str:
        starts = self._starts
        return self._text[starts[first] : starts[last] - 1 if last < len(starts) else None]


class Packed(NamedTuple):
    """A page as it was packed; `keys` are of `search.answers`; `boxes` as they lie in the bytes."""

    document: str
    version: int
    page: int
    width: int
    height: int
    title: str
    texts: Texts
    keys: bytes
    boxes: "array[int]"

    def word(self, place: int) -> Word:
        """The word at this place with its box."""
        boxes, size = self.boxes, len(self.texts)
        left, top = boxes[place], boxes[size + place]
        return Word(self.texts[place], (left, top, left + boxes[2 * size + place], top + boxes[3 * size + place]))


def pack(document: str, entry: PageEntry, keys: bytes) -> bytes:
    """A head of numbers; document, title and texts as UTF-8, keys; left edges, upper edges, widths, heights, starts."""
    words = _plain([word.text for word in entry.words])
    parts = [text.encode("utf-8", "surrogatepass") for text in (document, entry.title, "\n".join(words))] + [keys]
    numbers = _numbers([word.box for word in entry.words], words)
    place = entry.version, entry.page, entry.width, entry.height
    head = _HEAD.pack(*place, len(words), *map(len, parts), numbers.typecode == "i")
    return b"".join([head, *parts, numbers.tobytes()])


def unpack(packed: bytes) -> Packed:
    """The reverse of `pack`."""
    version, page, width, height, count, name, title, texts, keys, wide = _HEAD.unpack_from(packed)
    title_at = _HEAD.size + name
    texts_at = title_at + title
    keys_at = texts_at + texts
    numbers_at = keys_at + keys
    numbers = array("i" if wide else "H")
    numbers.frombytes(packed[numbers_at:])
    return Packed(
        packed[_HEAD.size : title_at].decode("utf-8", "surrogatepass"), version, page, width, height,
        packed[title_at:texts_at].decode("utf-8", "surrogatepass"),
        Texts(packed[texts_at:keys_at].decode("utf-8", "surrogatepass"), numbers[4 * count :]),
        packed[keys_at:numbers_at], numbers,
    )  # fmt: skip


def _numbers(boxes: Sequence[tuple[int, int, int, int]], words: Sequence[str]) -> "array[int]":
    """Alike numbers lie together and compress well; 2 bytes each, or 4 if one needs them."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True) if boxes else ((), (), (), ())
    rows = [lefts, tops, list(map(sub, rights, lefts)), list(map(sub, bottoms, tops)), _starts(words)]
    try:
        return _planes("H", rows)
    except OverflowError:
        return _planes("i", [map(_clamped, row) for row in rows])


def _plain(words: Iterable[str]) -> list[str]:
    return [" ".join(word.split()) for word in words]


def _starts(words: Iterable[str]) -> list[int]:
    return list(accumulate((len(word) + 1 for word in words), initial=0))[:-1]


def _planes(size: str, rows: Iterable[Iterable[int]]) -> "array[int]":
    planes = array(size)
    for row in rows:
        planes.extend(row)
    return planes


def _clamped(number: int) -> int:
    return max(0, min(_FARTHEST, number))
