"""An entry's page as compact bytes: what a hit shows, kept beside the index's terms. About 9 bytes a word."""

import json
import zlib
from array import array
from dataclasses import dataclass

from search.port import PageEntry, Word

_LEVEL = 6
_INT32 = (1 << 31) - 1


@dataclass(frozen=True, slots=True)
class Packed:
    """A page as it was packed; boxes are read only for the words asked for."""

    document: str
    version: int
    page: int
    width: int
    height: int
    title: str
    texts: list[str]
    _boxes: "array[int]"

    def word(self, place: int) -> Word:
        """The word at this place with its box."""
        size = len(self.texts)
        left, top, width, height = (self._boxes[plane * size + place] for plane in range(4))
        return Word(self.texts[place], (left, top, left + width, top + height))


def pack(document: str, entry: PageEntry) -> bytes:
    """Header and texts as JSON, a zero byte, then left edges, upper edges, widths, heights as int32; all deflated."""
    boxes = [word.box for word in entry.words]
    planes = array("i", [_clamped(box[0]) for box in boxes])
    planes.extend(_clamped(box[1]) for box in boxes)
    planes.extend(_clamped(box[2] - box[0]) for box in boxes)
    planes.extend(_clamped(box[3] - box[1]) for box in boxes)
    texts = "\n".join(word.text.replace("\n", " ") for word in entry.words)
    head = [document, entry.version, entry.page, entry.width, entry.height, entry.title, len(boxes), texts]
    return zlib.compress(json.dumps(head).encode() + b"\0" + planes.tobytes(), _LEVEL)


def unpack(packed: bytes) -> Packed:
    """The reverse of `pack`."""
    head, _, rest = zlib.decompress(packed).partition(b"\0")
    document, version, page, width, height, title, count, texts = json.loads(head)
    boxes = array("i")
    boxes.frombytes(rest)
    return Packed(document, version, page, width, height, title, texts.split("\n") if count else [], boxes)


def _clamped(number: int) -> int:
    return max(-_INT32, min(_INT32, number))
