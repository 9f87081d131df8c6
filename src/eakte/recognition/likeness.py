"""Whether two documents are the same sheets of paper, read twice: told by what no two letters share. Pure.

Two letters of one template are nearer to each other, word for word, than two scans of one sheet. So long numbers lead
to what may be the same, and then numbers and sure words must agree one by one; in doubt it is no duplicate.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from hashlib import blake2b
from itertools import chain

from ocr_pipeline import PageReading, Word

LONG = 6
"""Digits from which on a number (a date, a reference, an account) may tell one letter from another."""
MOST_MARKS = 120
FEW_WORDS = 12
"""Words on a page below which its picture is compared, not its text."""
SURE = 0.9
DIFFERENT = 0.08
"""Share of words that recognition may have read differently."""
SIGNATURE = 2
"""Words a page that may be read without any likeness by neither reading surely; more were filled in by another hand."""
LACKING = 0.01
"""Share of words that one reading may lack; what was filled in stands in no empty form."""
FAR = 20
"""Bits of 256 in which two pictures of one page may differ."""
_LIKE = 0.5
_LIKE_NUMBERS = 0.7
_BAND = 4
_EMPTY = "0" * _BAND


def marks(pages: Sequence[PageReading], sha256: str) -> list[int]:
    """Signed 64-bit numbers, at least one of which a duplicate shares: of the bytes, of long numbers, of pictures."""
    found = [f"bytes {sha256}", *dict.fromkeys(f"number {each}" for page in pages for each in _long_numbers(page))]
    found += [
        f"look {len(pages)} {band}" for page in pages[:1] if _is_picture(page) for band in _bands(page.look or "")
    ]
    return [_hashed(each) for each in found[:MOST_MARKS]]


def _hashed(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), signed=True)


def _bands(look: str) -> Iterator[str]:
    """The look in parts of 16 bits: of two that differ in up to 20, one is nearly always whole."""
    for start in range(0, len(look), _BAND):
        if look[start : start + _BAND] != _EMPTY:
            yield f"{start} {look[start : start + _BAND]}"


def _long_numbers(page: PageReading) -> Iterator[str]:
    for word in page.words:
        digits = _digits(word)
        if len(digits) >= LONG:
            yield digits


def _digits(word: Word) -> str:
    return re.sub(r"\D", "", word.text)


def _is_picture(page: PageReading) -> bool:
    return page.look is not None and len(page.words) < FEW_WORDS


def same(one: Sequence[PageReading], other: Sequence[PageReading]) -> bool:
    """Whether these are readings of the same sheets, page by page in order; blank pages must be at the same places."""
    if len(one) != len(other):
        return False
    pairs = [pair for pair in zip(one, other, strict=True) if {page.source for page in pair} != {"blank"}]
    return bool(pairs) and all(_same_page(*pair) for pair in pairs) and _is_told_by_something(pairs)


def _is_told_by_something(pairs: Iterable[tuple[PageReading, PageReading]]) -> bool:
    """Pictures that look alike, or at least two long numbers that both have: a form's own text tells nobody apart."""
    shared: set[str] = set()
    for one, other in pairs:
        if _is_picture(one):
            return True
        shared |= set(_long_numbers(one)) & set(_long_numbers(other))
    return len(shared) >= 2


def _same_page(one: PageReading, other: PageReading) -> bool:
    if _is_picture(one) and _is_picture(other):
        return _distance(one.look or "", other.look or "") <= FAR and not _sure_words(one) ^ _sure_words(other)
    return not _is_picture(one) and not _is_picture(other) and _same_text(one.words, other.words)


def _distance(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def _sure_words(page: PageReading) -> set[str]:
    return {_plain(word) for word in page.words if _is_sure(word) and len(_plain(word)) > 2}


def _same_text(one: Sequence[Word], other: Sequence[Word]) -> bool:
    """Every sure number the same, next to every sure word, and few words read differently at all.

    Printed numbers of a form are on every copy of it, so that what two wrote into it must not pass for misread.
    """
    ours, theirs = _spoken(one), _spoken(other)
    found = _Differences()
    matcher = SequenceMatcher(None, [_plain(word) for word in ours], [_plain(word) for word in theirs], autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            continue
        left, right = ours[a:b], theirs[c:d]
        if _numbers_differ(left, right) or (_are_sure(left) and _are_sure(right) and not _alike(left, right)):
            return False
        found.note(left, right)
    return found.are_few(max(len(ours), len(theirs)))


@dataclass
class _Differences:
    """Words by how two readings differ in them. Of each side: `alone` beside nothing, `others` not like what is there.

    A word that only stands elsewhere in the order of reading is lacking nowhere.
    """

    unlike: int = 0
    surely: int = 0
    by_hand: int = 0
    alone: list[list[str]] = field(default_factory=lambda: [[], []])
    others: list[set[str]] = field(default_factory=lambda: [set(), set()])

    def note(self, left: Sequence[Word], right: Sequence[Word]) -> None:
        if _alike(left, right):
            self.surely += _are_sure(left) and _are_sure(right)
            return
        self.unlike += max(len(left), len(right))
        named = [_names(left), _names(right)]
        for side, words in enumerate(named):
            self.others[side].update(words)
            if not (left and right):
                self.alone[side] += words
        if left and right and not (_are_sure(left) or _are_sure(right)):
            self.by_hand += max(map(len, named))

    def are_few(self, words: int) -> bool:
        lacking = sum(word not in self.others[1 - side] for side in (0, 1) for word in self.alone[side])
        few = self.unlike <= DIFFERENT * words and lacking <= max(SIGNATURE, LACKING * words)
        return few and self.by_hand <= SIGNATURE and self.surely <= max(1, words // 200)


def _names(words: Sequence[Word]) -> list[str]:
    """What may be more than a speck or a cross."""
    return [plain for word in words if len(plain := _plain(word)) > 2]


def _spoken(words: Sequence[Word]) -> list[Word]:
    return [word for word in words if _plain(word)]


def _plain(word: Word) -> str:
    return re.sub(r"[\W_]", "", word.text).casefold()


def _is_sure(word: Word) -> bool:
    return word.confidence is None or word.confidence >= SURE


def _are_sure(words: Sequence[Word]) -> bool:
    return bool(words) and all(_is_sure(word) for word in words)


def _numbers_differ(left: Sequence[Word], right: Sequence[Word]) -> bool:
    """Whether a number was surely read that the other does not have, or has as another one."""
    ours, theirs = "".join(map(_digits, left)), "".join(map(_digits, right))
    if ours == theirs:
        return False
    read = [[word for word in words if _digits(word)] or words for words in (left, right)]
    return all(map(_is_sure, chain(*read))) and max(len(ours), len(theirs)) >= 2


def _alike(left: Sequence[Word], right: Sequence[Word]) -> bool:
    """Whether one may be a misreading of the other."""
    if not left or not right:
        return False
    ours, theirs = "".join(map(_plain, left)), "".join(map(_plain, right))
    are_numbers = all(sum(map(str.isdigit, each)) > 3 for each in (ours, theirs))
    return SequenceMatcher(None, ours, theirs, autojunk=False).ratio() >= (_LIKE_NUMBERS if are_numbers else _LIKE)
