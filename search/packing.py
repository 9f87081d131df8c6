"""An entry's page as bytes: what a hit shows, and by which keys its words answer. Laid out to be read in small parts.

The engine compresses its stored pages by itself; inflating a whole page a second time took longer than finding it.
"""

import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate, chain
from operator import add
from typing import overload

from search.port import PageEntry, Word

_FARTHEST = (1 << 31) - 1
# version, page, width, height; words; bytes of document, title, texts and keys; whether numbers are wide
_HEAD = struct.Struct("<9I?")

Box = tuple[int, int, int, int]


class Texts(Sequence[str]):
    """The words of a page, cut out of one text when they are asked for; white space within a word is one blank."""

    __slots__ = ("_starts", "_text")

    def __init__(self, text: str, starts: "memoryview[int]") -> None:
        self._text = text
        self._starts = starts

    @classmethod
    def of(cls, words: Sequence[str]) -> "Texts":
        """Of words that were never packed."""
        plain = _plain(words)
        return cls("\n".join(plain), memoryview(array("i", _starts(plain))))

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> list[str]: ...

    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, int):
            return self.cut(place, place + 1)
        first, last, _ = place.indices(len(self))
        return self.cut(first, last).split("\n") if first < last else []

    def line(self, first: int, last: int, longest: int) -> tuple[str, list[int]]:
        """Words from `first` on in a line of at most `longest` characters, and where in it each begins.

        Ends before the word `last`; behind the last beginning stands that of the word which would follow.
        """
        starts = self._starts[first : last + 1].tolist()
        if len(starts) <= last - first:
            starts.append(len(self._text) + 1)
        begin = starts[0]
        fitting = max(2, bisect_right(starts, begin + longest + 1))
        text = self._text[begin : min(begin + longest, starts[fitting - 1] - 1)]
        return text.replace("\n", " "), [each - begin for each in starts[:fitting]]

    def cut(self, first: int, last: int) -> str:
        """The words from `first` to before `last`, each in a line."""
        starts = self._starts
        return self._text[starts[first] : starts[last] - 1 if last < len(starts) else None]


class Packed:
    """A page as it was packed, read from its bytes as far as it is asked for; `keys` are of `search.answers`.

    ValueError if the bytes are none of `pack`.
    """

    __slots__ = ("_boxes", "_packed", "_texts_at", "_title_at", "height", "keys", "page", "texts", "version", "width")

    def __init__(self, packed: bytes) -> None:
        if len(packed) < _HEAD.size:
            raise ValueError("no packed page")
        head = _HEAD.unpack_from(packed)
        self.version, self.page, self.width, self.height, count, name, title, texts, keys, wide = head
        self._packed = packed
        self._title_at = _HEAD.size + name
        self._texts_at = self._title_at + title
        keys_at = self._texts_at + texts
        numbers_at = keys_at + keys
        if len(packed) != numbers_at + 5 * count * (4 if wide else 2):
            raise ValueError("no packed page")
        self.keys = packed[keys_at:numbers_at]
        self._boxes = memoryview(packed)[numbers_at:].cast("i" if wide else "H")
        self.texts = Texts(packed[self._texts_at : keys_at].decode("utf-8", "surrogatepass"), self._boxes[4 * count :])

    @property
    def document(self) -> str:
        """Its name."""
        return self._packed[_HEAD.size : self._title_at].decode("utf-8", "surrogatepass")

    @property
    def title(self) -> str:
        """Its document's title."""
        return self._packed[self._title_at : self._texts_at].decode("utf-8", "surrogatepass")

    def words(self, places: Iterable[int]) -> tuple[Word, ...]:
        """The words at these places with their boxes."""
        boxes, texts = self._boxes, self.texts
        size = len(texts)
        made = []
        for place in places:
            box = boxes[place], boxes[size + place], boxes[2 * size + place], boxes[3 * size + place]
            made.append(Word(texts.cut(place, place + 1), box))
        return tuple(made)


def pack(document: str, entry: PageEntry, words: Sequence[str], boxes: Sequence[Box], keys: bytes) -> bytes:
    """A head of numbers; document, title and texts as UTF-8, keys; left, upper, right and lower edges, starts.

    `words` and `boxes` are those of the entry.
    """
    texts = "\n".join(words)
    if texts.split() != [*words]:  # a word has white space in itself, or nothing else, as hardly ever
        words = _plain(words)
        texts = "\n".join(words)
    parts = [text.encode("utf-8", "surrogatepass") for text in (document, entry.title, texts)] + [keys]
    numbers = _numbers(boxes, _starts(words))
    place = entry.version, entry.page, entry.width, entry.height
    head = _HEAD.pack(*place, len(words), *map(len, parts), numbers.typecode == "i")
    return b"".join([head, *parts, numbers])


def columns(words: Sequence[Word]) -> tuple[Sequence[str], Sequence[Box], Sequence[bool]]:
    """Texts, boxes and whether they are doubtful, each for itself: to look at every word once is quickest."""
    texts, boxes, doubtful = zip(*words, strict=True) if words else ((), (), ())
    return texts, boxes, doubtful


def _numbers(boxes: Iterable[Box], starts: Iterable[int]) -> "array[int]":
    """Alike numbers lie together and compress well; 2 bytes each, or 4 if one needs them."""
    numbers = [*chain.from_iterable(boxes)]
    try:
        edges, begins = array("H", numbers), array("H", starts)
    except OverflowError:
        edges, begins = array("i", map(_clamped, numbers)), array("i", starts)
    return edges[0::4] + edges[1::4] + edges[2::4] + edges[3::4] + begins


def _plain(words: Iterable[str]) -> list[str]:
    return [" ".join(word.split()) for word in words]


def _starts(words: Sequence[str]) -> list[int]:
    return [*map(add, accumulate(map(len, words), initial=0), range(len(words)))]


def _clamped(number: int) -> int:
    return max(0, min(_FARTHEST, number))
