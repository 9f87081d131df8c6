"""Words already seen, each by its number: what the index takes of them stands in columns.

A page's words are looked up once, and all else is taken by their numbers. Objects of a word each would lie all over the
memory, where to reach them takes longer than what is done with them, and the garbage collector would go through them.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, overload
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

KEY_BYTES = 4
_FIRST_ROOM = 1 << 10
_HYPHENED, _MORE, _PARTS, _EMPTY = 1, 2, 4, 8
_OTHER = _MORE | _EMPTY
_COLUMNS = ("kinds", "key", "exact", "stem", "part", "more", "parts")


class Form(NamedTuple):
    """One token: folded, stemmed, and the stems of its parts (none for a simple word)."""

    exact: str
    stem: str
    parts: tuple[str, ...] = ()


class Token(NamedTuple):
    """A form at its place: from the first to the last word of the page (two where a line end divides it)."""

    form: Form
    first: int
    last: int


class Spelled(NamedTuple):
    """One written word: its tokens, and whether a hyphen ends it."""

    forms: tuple[Form, ...]
    hyphened: bool = False


class Columns(NamedTuple):
    """What each field of the index takes of the words of a page."""

    exact: list[str]
    stem: list[str]
    part: list[str]


class Vocabulary(dict[str | Form, int]):
    """Numbers of words, 0 for no word; some 500 bytes each. Several threads may use it.

    Words that were not met before are spelled, or taken over from the vocabulary `before` this one.
    """

    def __init__(self, spell: Callable[[str], Spelled], before: "Vocabulary | None" = None) -> None:
        super().__init__()
        self._spell = spell
        self._before = before
        self._adding = threading.Lock()
        self._size = 0
        self._other: dict[int, tuple[Form, ...]] = {}
        self.kinds, self.key = np.zeros(_FIRST_ROOM, np.uint8), np.zeros(_FIRST_ROOM, "<u4")
        self.exact, self.stem, self.part, self.more, self.parts = np.full((5, _FIRST_ROOM), "", object)
        self._add(Spelled(()))

    def __missing__(self, word: str | Form) -> int:
        if isinstance(word, Form):
            return self._added(word, Spelled((word,)))
        before = self._before
        number = None if before is None else before.get(word)
        if before is None or number is None:
            return self._added(word, self._spell(word))
        return self._added(word, Spelled(before.forms(number), bool(before.kinds[number] & _HYPHENED)))

    def renewed(self) -> "Vocabulary":
        """An empty one that knows what stands in this one, but nothing older."""
        self._before = None
        return Vocabulary(self._spell, self)

    def forms(self, number: int) -> tuple[Form, ...]:
        """The tokens of a word. Those of nearly all are made when asked for: kept they would be half of the memory."""
        found = self._other.get(number)
        if found is None:
            part = self.part[number]
            found = (Form(self.exact[number], self.stem[number], tuple(part.split(" ")) if part else ()),)
        return found

    def _added(self, word: str | Form, spelled: Spelled) -> int:
        with self._adding:
            number = self.get(word)
            if number is None:
                number = self[word] = self._add(spelled)
            return number

    def _add(self, spelled: Spelled) -> int:
        """Enter a word; nobody knows its number before all columns have it."""
        number, forms = self._size, spelled.forms
        if number == len(self.kinds):
            for name in _COLUMNS:
                setattr(self, name, _doubled(getattr(self, name)))
        kind = spelled.hyphened * _HYPHENED
        if len(forms) == 1:  # as nearly all
            ((exact, stem, parts),) = forms
            self.exact[number], self.stem[number], self.key[number] = exact, stem, _checksum(stem)
        else:
            stems, parts = [form.stem for form in forms], tuple([part for form in forms for part in form.parts])
            self.exact[number], self.stem[number] = " ".join([form.exact for form in forms]), " ".join(stems)
            self._other[number] = forms
            kind |= _MORE if forms else _EMPTY
            if forms:
                self.key[number], self.more[number] = _checksum(stems[0]), keys_of(stems[1:])
        if parts:
            self.part[number], self.parts[number] = " ".join(parts), keys_of(parts)
            kind |= _PARTS
        self.kinds[number] = kind
        self._size += 1
        return number


@dataclass(frozen=True, slots=True)
class Reading:
    """The words of a page by their numbers. One that a line end divides stands at its first half, none at its second.

    `ends`: the place of the second half by that of the first.
    """

    known: Vocabulary
    numbers: NDArray[np.intp]
    ends: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, words: Sequence[str], known: Vocabulary) -> "Reading":
        """Each word for itself."""
        return cls(known, np.fromiter(map(known.__getitem__, words), np.intp, len(words)))

    def hyphened(self) -> list[int]:
        """The places of words that end with a hyphen."""
        return self._places(_HYPHENED)

    def join(self, place: int, number: int) -> None:
        """Let the word of this number stand for that at the place and the next one."""
        self.numbers[place : place + 2] = number, 0
        self.ends[place] = place + 1

    def tokens(self) -> "Tokens":
        """All of them."""
        return Tokens(self)

    def terms(self) -> Columns:
        """What each field of the index takes of them."""
        known, numbers = self.known, self.numbers
        kinds = known.kinds[numbers]
        having_parts = numbers[kinds & _PARTS > 0]
        if (kinds & _EMPTY).any():
            numbers = numbers[kinds & _EMPTY == 0]
        return Columns(known.exact[numbers].tolist(), known.stem[numbers].tolist(), known.part[having_parts].tolist())

    def keys(self) -> bytes:
        """Those of the first token of each word, one behind the other."""
        return self.known.key[self.numbers].tobytes()

    def more(self) -> list[tuple[bytes, int]]:
        """The keys of further tokens of a word, and its place; of one that is divided all stand at its second half."""
        forms = [(self.known.forms(self.numbers[first]), last) for first, last in self.ends.items()]
        divided = [(keys_of([form.stem for form in each]), last) for each, last in forms]
        return self._kept(self.known.more, _MORE) + divided

    def parts(self) -> list[tuple[bytes, int]]:
        """The keys of the parts of a word's tokens, and its place or its two places."""
        found = self._kept(self.known.parts, _PARTS)
        divided = [(keys, self.ends[place]) for keys, place in found if place in self.ends] if self.ends else []
        return found + divided

    def _kept(self, column: NDArray[Any], kind: int) -> list[tuple[bytes, int]]:
        places = self._places(kind)
        return [*zip(column[self.numbers[places]].tolist(), places, strict=True)] if places else []

    def _places(self, kind: int) -> list[int]:
        found: list[int] = np.flatnonzero(self.known.kinds[self.numbers] & kind).tolist()
        return found


class Tokens(Sequence[Token]):
    """Those of a page in reading order, each made when it is asked for: what is doubtful needs few of them."""

    __slots__ = ("_after", "_ends", "_known", "_numbers", "firsts")

    def __init__(self, reading: Reading) -> None:
        self._known, self._ends, self._numbers = reading.known, reading.ends, reading.numbers.tolist()
        counts = np.ones(len(self._numbers), np.intp)
        for place in np.flatnonzero(self._known.kinds[reading.numbers] & _OTHER).tolist():
            counts[place] = len(self._known.forms(self._numbers[place]))
        self._after: list[int] = counts.cumsum().tolist()
        self.firsts: list[int] = np.arange(len(counts)).repeat(counts).tolist()
        """The first word of each."""

    def __len__(self) -> int:
        return len(self.firsts)

    @overload
    def __getitem__(self, at: int) -> Token: ...

    @overload
    def __getitem__(self, at: slice) -> list[Token]: ...

    def __getitem__(self, at: int | slice) -> Token | list[Token]:
        if isinstance(at, slice):
            return [self[each] for each in range(*at.indices(len(self)))]
        at = range(len(self.firsts))[at]
        first = self.firsts[at]
        form = self._known.forms(self._numbers[first])[at - self._after[first]]
        return Token(form, first, self._ends.get(first, first))

    def standing(self, places: Iterable[int]) -> Iterator[int]:
        """Which of them have their first or last word at these places, in reading order."""
        divided = {last: first for first, last in self._ends.items()}
        for place in sorted({divided.get(place, place) for place in places}):
            yield from range(self._after[place - 1] if place else 0, self._after[place])


def key_of(text: str) -> bytes:
    """By what a stem is looked up on a page."""
    return _checksum(text).to_bytes(KEY_BYTES, "little")


def keys_of(texts: Iterable[str]) -> bytes:
    """The keys of these, one behind the other."""
    return b"".join([key_of(text) for text in texts])


def _checksum(text: str) -> int:
    return crc32(text.encode("utf-8", "surrogatepass"))


def _doubled(column: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate((column, np.full_like(column, column[0])))
