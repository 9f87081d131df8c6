"""Words already seen, each by its number: what the index takes of them stands in columns.

A page's words are looked up once, and all else is taken by their numbers. Objects of a word each would lie all over the
memory, where to reach them takes longer than what is done with them, and the garbage collector would go through them.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain, pairwise, repeat
from typing import Any, NamedTuple, overload
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

KEY_BYTES = 4
_HYPHENED, _MORE, _PARTS, _EMPTY = 1, 2, 4, 8
_OTHER = _MORE | _EMPTY


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
    """Words spelled, by columns of their tokens, as many of a word as `counts` says; `part`: stems of its parts.

    No object of a word or token each: the garbage collector would go through all that is there again and again.
    """

    exact: list[str]
    stem: list[str]
    part: list[str]
    counts: list[int]
    hyphened: list[bool]


class Columns(NamedTuple):
    """What each field of the index takes of the words of a page."""

    exact: list[str]
    stem: list[str]
    part: list[str]


class _Columns(NamedTuple):
    """What is known of words, each at its number; `other`: the tokens of a word that has none or several."""

    kinds: NDArray[Any]
    key: NDArray[Any]
    exact: NDArray[Any]
    stem: NDArray[Any]
    part: NDArray[Any]
    more: NDArray[Any]
    parts: NDArray[Any]
    other: NDArray[Any]

    @classmethod
    def of(cls, spelled: Spelled) -> "_Columns":
        """Those of words as they were spelled."""
        columns: list[list[Any]] = [[] for _ in cls._fields]
        kinds, key, exact, stem, part, more, parts, other = columns
        for count, end, hyphened in zip(spelled.counts, accumulate(spelled.counts), spelled.hyphened, strict=True):
            tokens = slice(end - count, end)
            stems, has = spelled.stem[tokens], " ".join(filter(None, spelled.part[tokens]))
            one = count == 1  # as nearly always
            kinds.append(hyphened * _HYPHENED | (count > 1) * _MORE | (has != "") * _PARTS | (count == 0) * _EMPTY)
            key.append(_checksum(stems[0]) if stems else 0)
            exact.append(" ".join(spelled.exact[tokens]))
            stem.append(" ".join(stems))
            part.append(has)
            more.append(b"" if one else keys_of(stems[1:]))
            parts.append(keys_of(has.split(" ")) if has else b"")
            other.append(None if one else tuple(map(_form, spelled.exact[tokens], stems, spelled.part[tokens])))
        objects = [np.fromiter(column, object, len(kinds)) for column in columns[2:]]
        return cls(np.array(kinds, np.uint8), np.array(key, "<u4"), *objects)

    def at(self, numbers: list[int]) -> "_Columns":
        """Those of the words of these numbers."""
        return _Columns(*[column[numbers] for column in self])


class Vocabulary:
    """Numbers of words, 0 for no word; some 500 bytes each. Several threads may use it.

    Words that were not met before are spelled, many together, or taken over from the vocabulary `before` this one.
    """

    def __init__(self, spell: Callable[[Sequence[str]], Spelled], before: "Vocabulary | None" = None) -> None:
        self._spell = spell
        self._before = before
        self._adding = threading.Lock()
        self._numbers: dict[str | Form, int] = {}
        self._size = 1
        self.columns = _Columns.of(Spelled([], [], [], [0], [False]))

    def __len__(self) -> int:
        return len(self._numbers)

    def numbers(self, words: Sequence[str]) -> NDArray[np.intp]:
        """That of each of these words."""
        found = np.fromiter(map(self._numbers.get, words, repeat(0)), np.intp, len(words))
        if not found.all():
            unknown: list[int] = np.flatnonzero(found == 0).tolist()
            new = [words[place] for place in unknown]
            self._learn(list(dict.fromkeys(new)))
            found[unknown] = [self._numbers[word] for word in new]
        return found

    def number(self, word: str) -> int:
        """That of one word."""
        if word not in self._numbers:
            self._learn([word])
        return self._numbers[word]

    def number_of(self, form: Form) -> int:
        """That of a word which only this form makes."""
        if form not in self._numbers:
            spelled = Spelled([form.exact], [form.stem], [" ".join(form.parts)], [1], [False])
            self._add([form], _Columns.of(spelled))
        return self._numbers[form]

    def renewed(self) -> "Vocabulary":
        """An empty one that knows what stands in this one, but nothing older."""
        self._before = None
        return Vocabulary(self._spell, self)

    def forms(self, number: int) -> tuple[Form, ...]:
        """The tokens of a word. Those of nearly all are made when asked for: kept they would be half of the memory."""
        known = self.columns
        if known.kinds[number] & _OTHER:
            found: tuple[Form, ...] = known.other[number]
            return found
        return (_form(known.exact[number], known.stem[number], known.part[number]),)

    def _learn(self, words: Sequence[str]) -> None:
        before = self._before
        if before is not None:
            old = {word: number for word in words if (number := before._numbers.get(word))}
            self._add([*old], before.columns.at([*old.values()]))
            words = [word for word in words if word not in old]
        if words:
            self._add(words, _Columns.of(self._spell(words)))

    def _add(self, words: Sequence[str | Form], columns: _Columns) -> None:
        """Enter what is not there; nobody knows a number before all columns have it."""
        with self._adding:
            new = [place for place, word in enumerate(words) if word not in self._numbers]
            start, end = self._size, self._size + len(new)
            while end > len(self.columns.kinds):
                self.columns = _Columns(*[_doubled(column) for column in self.columns])
            added = columns if len(new) == len(words) else columns.at(new)
            for column, more in zip(self.columns, added, strict=True):
                column[start:end] = more
            self._size = end
            self._numbers.update(zip([words[place] for place in new], range(start, end), strict=True))


@dataclass(frozen=True, slots=True)
class Reading:
    """The words of a page by their numbers. One that a line end divides stands at its first half, none at its second.

    `ends`: the place of the second half by that of the first.
    """

    known: Vocabulary
    numbers: NDArray[np.intp]
    ends: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, pages: Sequence[Sequence[str]], known: Vocabulary) -> "list[Reading]":
        """Those of pages, each word for itself."""
        numbers = known.numbers([*chain.from_iterable(pages)])
        ends = accumulate(map(len, pages), initial=0)
        return [cls(known, numbers[start:end]) for start, end in pairwise(ends)]

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
        known, numbers = self.known.columns, self.numbers
        kinds = known.kinds[numbers]
        having_parts = numbers[kinds & _PARTS > 0]
        if (kinds & _EMPTY).any():
            numbers = numbers[kinds & _EMPTY == 0]
        return Columns(known.exact[numbers].tolist(), known.stem[numbers].tolist(), known.part[having_parts].tolist())

    def keys(self) -> bytes:
        """Those of the first token of each word, one behind the other."""
        return self.known.columns.key[self.numbers].tobytes()

    def more(self) -> tuple[list[bytes], list[int]]:
        """The keys of further tokens of a word, and its place; of one that is divided all stand at its second half."""
        keys, places = self._kept(self.known.columns.more, _MORE)
        for first, last in self.ends.items():
            keys.append(keys_of([form.stem for form in self.known.forms(self.numbers[first])]))
            places.append(last)
        return keys, places

    def parts(self) -> tuple[list[bytes], list[int]]:
        """The keys of the parts of a word's tokens, and its place or its two places."""
        keys, places = self._kept(self.known.columns.parts, _PARTS)
        if self.ends:
            divided = [(each, self.ends[place]) for each, place in zip(keys, places, strict=True) if place in self.ends]
            keys += [each for each, _ in divided]
            places += [place for _, place in divided]
        return keys, places

    def _kept(self, column: NDArray[np.object_], kind: int) -> tuple[list[bytes], list[int]]:
        places = self._places(kind)
        return column[self.numbers[places]].tolist() if places else [], places

    def _places(self, kind: int) -> list[int]:
        found: list[int] = np.flatnonzero(self.known.columns.kinds[self.numbers] & kind).tolist()
        return found


class Tokens(Sequence[Token]):
    """Those of a page in reading order, each made when it is asked for: what is doubtful needs few of them."""

    __slots__ = ("_after", "_ends", "_known", "_numbers", "firsts")

    def __init__(self, reading: Reading) -> None:
        self._known, self._ends, self._numbers = reading.known, reading.ends, reading.numbers.tolist()
        counts = np.ones(len(self._numbers), np.intp)
        for place in np.flatnonzero(self._known.columns.kinds[reading.numbers] & _OTHER).tolist():
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


def _form(exact: str, stem: str, part: str) -> Form:
    return Form(exact, stem, tuple(part.split(" ")) if part else ())


def _checksum(text: str) -> int:
    return crc32(text.encode("utf-8", "surrogatepass"))


def _doubled(column: NDArray[Any]) -> NDArray[Any]:
    """What stands in the second half is written over before anybody knows its numbers."""
    return np.concatenate((column, column))
