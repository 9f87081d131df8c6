"""By which keys the words of a page answer, written down when the page is indexed, so that a hit is not analysed again.

A key stands for a stem, or for "=" with a mark: four bytes of its checksum, of which two among the words of one page
are alike once in many thousand pages. The keys of all words follow each other, so that where a key stands says which
word has it; behind them those of further tokens and of marks, then those of compounds' parts and of guesses, and the
places of these words. Last are lines of what doubtful words were read as, which are gone through, and one of "^" and
the places of doubtful words.
"""

import struct
from collections.abc import Iterable, Sequence

import numpy as np

from search.german import Mark
from search.near import Doubt
from search.queries import Clause
from search.vocabulary import KEY_BYTES, Reading, Token, key_of, keys_of

Asked = Sequence[tuple[bytes, bool, int]]
"""Keys; true: compounds that have the stem as a part answer too; what for."""

# words; further keys of words and marks; of parts; whether places are wide
_HEAD = struct.Struct("<3I?")
_NARROW, _WIDE = struct.Struct("<H"), struct.Struct("<I")
_MOST_NARROW = 1 << 16


def written(
    reading: Reading,
    marks: Iterable[Mark],
    doubts: Iterable[Doubt] = (),
    guessed: Iterable[Token] = (),
    doubtful: Iterable[int] = (),
) -> bytes:
    """The keys of a page with their places; guessed tokens answer as parts do."""
    words, (more, more_at), (parts, parts_at) = reading.keys(), reading.more(), reading.parts()
    for value, first, last in marks:
        more += [key_of(f"={value}")] * (last + 1 - first)
        more_at += range(first, last + 1)
    for form, first, last in guessed:
        parts += [keys_of((form.stem, *form.parts))] * (last + 1 - first)
        parts_at += range(first, last + 1)
    each = [len(keys) // KEY_BYTES for keys in (*more, *parts)]
    places = np.array(more_at + parts_at, np.intp).repeat(each)
    further, compounds, count = b"".join(more), b"".join(parts), len(words) // KEY_BYTES
    wide = count > _MOST_NARROW
    head = _HEAD.pack(count, len(further) // KEY_BYTES, len(compounds) // KEY_BYTES, wide)
    numbers = places.astype("<u4" if wide else "<u2").tobytes()
    lines = [f"{text}\t{first}\t{last}" for text, first, last in doubts]
    if unsure := " ".join(map(str, doubtful)):
        lines.append(f"^{unsure}")
    end = "\n".join(lines).encode("utf-8", "surrogatepass")
    return b"".join([head, words, further, compounds, numbers, end])


def places(keys: bytes, asked: Asked) -> dict[int, int]:
    """Place of each word that answers by one of these keys → what for, the last of several."""
    found: dict[int, int] = {}
    words, more, parts, _ = _HEAD.unpack_from(keys)
    whole = _HEAD.size + (words + more) * KEY_BYTES
    for key, compounds, what in asked:
        end = whole + parts * KEY_BYTES if compounds else whole
        start = keys.find(key, _HEAD.size, end)
        while start >= 0:
            number, beside = divmod(start - _HEAD.size, KEY_BYTES)
            if not beside:
                found[number if number < words else _further(keys, number)] = what
            start = keys.find(key, start + 1, end)
    return found


def _further(keys: bytes, number: int) -> int:
    """The place of the word that has this key, which is none of the words' first ones."""
    words, more, parts, wide = _HEAD.unpack_from(keys)
    places = _HEAD.size + (words + more + parts) * KEY_BYTES
    each = _WIDE if wide else _NARROW
    return int(each.unpack_from(keys, places + (number - words) * each.size)[0])


def doubtful(keys: bytes) -> list[Doubt]:
    """What doubtful words were read as."""
    lines = (line.split("\t") for line in _lines(keys) if not line.startswith("^"))
    return [Doubt(text, int(first), int(last)) for text, first, last in lines]


def doubtful_places(keys: bytes) -> list[int]:
    """Places of the doubtful words, if the page may have read otherwise than each word for itself."""
    return [int(place) for line in _lines(keys)[-1:] if line.startswith("^") for place in line[1:].split()]


def _lines(keys: bytes) -> list[str]:
    words, more, parts, wide = _HEAD.unpack_from(keys)
    start = _HEAD.size + (words + more + parts) * KEY_BYTES + (more + parts) * (_WIDE if wide else _NARROW).size
    return keys[start:].decode("utf-8", "surrogatepass").split("\n") if start < len(keys) else []


def has_all(keys: bytes, stems: Iterable[str | None]) -> bool:
    """Whether a phrase of these stems can be there."""
    return all(places(keys, [(key_of(stem), True, 0)]) for stem in stems if stem is not None)


def asked_by(clause: Clause, number: int) -> Asked:
    """The keys by which a word or mark answers the clause of this number, of a phrase none but its mark's."""
    wanted: list[tuple[str, bool]] = []
    if (single := clause.single) is not None:
        wanted = [(single.stem, True), *((part, False) for part in single.parts)]
        if single.exact[-1].isdigit():
            wanted.append((f"={single.exact}", False))  # 12345 is answered by 12.345
    elif clause.mark is not None:
        wanted = [(clause.mark, False), (f"={clause.mark}", False)]
    elif len(clause.forms) == 1:
        wanted = [(clause.forms[0].stem, False)]
    return [(key_of(text), compounds, number) for text, compounds in wanted]
