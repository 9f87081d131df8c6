"""An entry's page as bytes: what a hit shows, and by which keys its words answer. Laid out to be read in small parts.

The engine compresses its stored pages by itself; inflating a whole page a second time took longer than finding it.
"""

import json
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from operator import sub
from struct import Struct

from search.port import PageEntry, Word

_FARTHEST = (1 << 31) - 1
# bytes of head, texts and keys
_SIZES = Struct("<3I")
_NARROW = "H"
_WIDE = "i"


@dataclass(frozen=True, slots=True)
class Packed:
    """A page as it was packed; `keys` are of `search.answers`, `values` those of `facets`, in their order."""

    document: str
    version: int
    page: int
    width: int
    height: int
    title: str
    values: tuple[str | None, ...]
    texts: list[str]
    keys: str
    _boxes: "array[int]"

    def word(self, place: int) -> Word:
        """The word at this place with its box."""
        boxes, size = self._boxes, len(self.texts)
        left, top = boxes[place], boxes[size + place]
        return Word(self.texts[place], (left, top, left + boxes[2 * size + place], top + boxes[3 * size + place]))


def facets(entry: PageEntry) -> tuple[str | None, ...]:
    """The values that facets count: document type, case file, state."""
    return entry.document_type, entry.case_file, entry.state


def pack(document: str, entry: PageEntry, keys: str) -> bytes:
    """Three sizes; head as JSON, texts and keys as UTF-8; left edges, upper edges, widths, heights as 2 or 4 bytes."""
    head = [document, entry.version, entry.page, entry.width, entry.height, entry.title, *facets(entry)]
    texts = "\n".join([word.text.replace("\n", " ") for word in entry.words])
    parts = [json.dumps(head).encode(), texts.encode("utf-8", "surrogatepass"), keys.encode("utf-8", "surrogatepass")]
    return b"".join([_SIZES.pack(*map(len, parts)), *parts, _planes([word.box for word in entry.words]).tobytes()])


def unpack(packed: bytes) -> Packed:
    """The reverse of `pack`."""
    head_size, texts_size, keys_size = _SIZES.unpack_from(packed)
    texts_at = _SIZES.size + head_size
    keys_at = texts_at + texts_size
    boxes_at = keys_at + keys_size
    document, version, page, width, height, title, *values = json.loads(packed[_SIZES.size : texts_at])
    size = len(packed) - boxes_at
    texts = packed[texts_at:keys_at].decode("utf-8", "surrogatepass").split("\n") if size else []
    boxes = array(_NARROW if size == 8 * len(texts) else _WIDE)
    boxes.frombytes(packed[boxes_at:])
    keys = packed[keys_at:boxes_at].decode("utf-8", "surrogatepass")
    return Packed(document, version, page, width, height, title, tuple(values), texts, keys, boxes)


def _planes(boxes: Sequence[tuple[int, int, int, int]]) -> "array[int]":
    """All left edges, then all upper edges, widths, heights: alike numbers lie together and deflate well."""
    try:
        return _plane(_NARROW, boxes)
    except OverflowError:
        return _plane(_WIDE, [(_clamped(x0), _clamped(y0), _clamped(x1), _clamped(y1)) for x0, y0, x1, y1 in boxes])


def _plane(size: str, boxes: Sequence[tuple[int, int, int, int]]) -> "array[int]":
    lefts, tops, rights, bottoms = zip(*boxes, strict=True) if boxes else ((), (), (), ())
    planes = array(size, lefts)
    for plane in (tops, map(sub, rights, lefts), map(sub, bottoms, tops)):
        planes.extend(plane)
    return planes


def _clamped(number: int) -> int:
    return max(0, min(_FARTHEST, number))
