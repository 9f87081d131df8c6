"""An entry's page as bytes: what a hit shows, and by which keys its words answer. Laid out to be read in small parts.

The engine compresses its stored pages by itself; inflating a whole page a second time took longer than finding it.
"""

import struct
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

from search.port import PageEntry, Word

# numbers take two bytes each, or four if one needs them
_NARROW, _WIDE, _MOST_NARROW = "<u2", "<i4", (1 << 16) - 1
# version, page, width, height; words; bytes of document, title, texts and keys; whether numbers are wide
_HEAD = struct.Struct("<9I?")
# White space but line ends, and what begins white space beyond ASCII (and much else): words with such are looked at.
_MAY_BE_BLANK = bytes([0x09, 0x0B, 0x0C, 0x0D, 0x1C, 0x1D, 0x1E, 0x1F, 0x20, 0xC2, 0xE1, 0xE2, 0xE3])


class Texts(Sequence[str]):
    """The words of a page, cut out of one text when they are asked for; white space within a word is one blank."""

    __slots__ = ("_starts", "_text")

    def __init__(self, text: str, starts: "memoryview[int]") -> None:
        self._text = text
        self._starts = starts

    @classmethod
    def of(cls, words: Sequence[str]) -> "Texts":
        """Of words that were never packed."""
        text = "\n".join(_plain(words))
        return cls(text, _starts(text)[: len(words)].data)

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


def pack(document: str, entry: PageEntry, keys: bytes) -> bytes:
    """A head of numbers; document, title and texts as UTF-8, keys; left, upper, right and lower edges, starts."""
    words = entry.words.texts
    texts = "\n".join(words)
    written = _written(texts)
    if len(written.translate(None, _MAY_BE_BLANK)) < len(written) or texts.count("\n") >= len(words):
        texts = "\n".join(_plain(words))
        written = _written(texts)
    parts = _written(document), _written(entry.title), written, keys
    numbers = np.concatenate((entry.words.boxes.T, _starts(texts)[None, : len(words)]))
    wide = bool(numbers.max(initial=0) > _MOST_NARROW)
    place = entry.version, entry.page, entry.width, entry.height
    head = _HEAD.pack(*place, len(words), *map(len, parts), wide)
    # alike numbers lie together and compress well
    return b"".join([head, *parts, numbers.astype(_WIDE if wide else _NARROW).tobytes()])


def _written(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _plain(words: Iterable[str]) -> list[str]:
    return [" ".join(word.split()) for word in words]


def _starts(text: str) -> NDArray[np.int64]:
    """Where each line of the text begins."""
    letters = np.frombuffer(f"\n{text}".encode("latin-1", "replace"), np.uint8)
    return np.flatnonzero(letters == ord("\n"))
