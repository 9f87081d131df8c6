"""Dates, months, amounts, IBANs and references: each recognised in running text and brought to one spelling."""

import re
from collections.abc import Iterator

_MONTHS = ("jan", "feb", "mär", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez")
_NAMES = (
    "Jan(?:uar)?|Feb(?:ruar)?|März|Mär|Apr(?:il)?|Mai|Juni?|Juli?|Aug(?:ust)?|Sept?(?:ember)?|Okt(?:ober)?|"
    "Nov(?:ember)?|Dez(?:ember)?"
)
_SHORTEST_REFERENCE = 6

_CURRENCY = r"\ ?(?:Euro|EUR|€)(?![^\W_])"

# Numbers of a form of their own are found even where the space to the next word was lost.
_FOUND = re.compile(
    rf"""(?P<case> (?<![0-9])[0-9]{{5}}(?:\ ?[B8][G6]\ ?|[^0-9/]{{0,4}}/{{1,2}}[^0-9/]{{0,4}}|[/\\|fIl!17]{{1,3}}
              |\ (?=[0-9]{{7}}(?![.,]?[0-9])))[0-9]{{7}}(?![0-9]) )
    | (?P<glued> (?<![0-9.,])(?P<gd>[0-9]{{1,2}})\.(?P<gm>[0-9]{{1,2}})\.(?P<gy>[0-9]{{4}})(?![0-9]) )
    | (?P<sum> (?<![0-9.,])(?:[0-9]{{1,3}}(?:\.[0-9]{{3}})+|[0-9]{{1,12}}),[0-9]{{2}}(?![.,]?[0-9]) )
    | (?<![^\W_])(?:
    (?P<iban> DE\W?[0-9](?:\W{{0,3}}[0-9]){{19}} | (?!BG[0-9]{{5}}B)[A-Z]{{2}}[0-9]{{2}}[A-Z0-9]{{11,30}} )
    | (?P<date> (?P<d>[0-9]{{1,2}})(?:[.,]\ ?(?P<m>[0-9]{{1,2}})[.,:]\ ?(?P<y>[0-9]{{4}}|[0-9]{{2}})
              |[.,:]{{0,2}}\ ?(?P<name>{_NAMES})[.,]{{0,2}}\ ?(?P<ny>[0-9]{{4}})) )
    | (?P<iso> [0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} )
    | (?P<month> (?:(?P<mname>{_NAMES})[.,]{{0,2}}\ | (?P<mm>0?[1-9]|1[0-2])\ ?[/.]\ ?)(?P<my>(?:19|20)[0-9]{{2}}) )
    | (?P<round> (?:[0-9]{{1,3}}(?:\.[0-9]{{3}})+|[0-9]{{1,12}})(?:,--?(?![^\W_])|\ ?,?(?={_CURRENCY})) )
    | (?P<amount> [0-9]{{1,3}}(?:\.[0-9]{{3}})+(?:\.[0-9]{{2}})? (?![.,]?[0-9]) )
    | (?P<reference> [0-9]+(?:(?:\ ?//?\ ?|[-.])[0-9]+)+ )
    )(?:(?![^\W_])|(?={_CURRENCY}))""",
    re.VERBOSE | re.IGNORECASE,
)
# Each of them begins with a digit, or with DE, two letters or the name of a month right before one.
_IS_DIGIT = bytes(0x31 if chr(code) in "0123456789" else 0x30 for code in range(256))
_HEAD = re.compile(r"(?<![^\W_])[^\W\d_]{2,9}\.?\ ?\Z")
_LONGEST_HEAD = 11
# What stands beside a number only to say what it is.
_BEFORE = re.compile(r"(?<![^\W_])BG(?:[-\s]?(?:Nr|Nummer))?[.:]?\s*$", re.IGNORECASE)
_BEHIND = re.compile(_CURRENCY, re.IGNORECASE)
# A number in which letters were read for digits: at least two digits are left. The first is quick to say no.
_MIXED = re.compile(r"[0-9](?:[.,/]?[OoQIlSB]|(?<=[OoQIlSB][0-9])|(?<=[OoQIlSB][.,/][0-9]))")
_MISREAD = re.compile(
    r"(?<![^\W_])(?:DE)?(?=[OoQIlSB.,/]{0,20}[0-9][OoQIlSB.,/]{0,20}[0-9])[0-9OoQIlSB.,/]{2,40}(?![^\W_])"
)
_DIGITS = str.maketrans("OoQIlSB", "0001158")


def marks(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, spelling) of each, left to right, without overlaps.

    Dates become 2024-03-01, months 2024-03, amounts 1234,56, IBANs small letters without blanks, references their
    digits; letters read for digits count as these.
    """
    runs = _runs(text)
    if mixed := [run for run in runs if _MIXED.match(text, run[0]) or _MIXED.match(text, run[1] - 1)]:
        text = _righted(text, mixed)
        runs = _runs(text)
    for found in _found(text, runs):
        value = _spelling(found)
        if value is not None:
            yield found.start(), found.end(), value


def _runs(text: str) -> list[tuple[int, int]]:
    """Where digits stand in a row. A pattern takes four times as long to go through a page."""
    digits, runs = text.encode("latin-1", "replace").translate(_IS_DIGIT), []
    start = digits.find(b"1")
    while start >= 0:
        end = digits.find(b"0", start)
        runs.append((start, end if end >= 0 else len(digits)))
        start = digits.find(b"1", end) if end >= 0 else -1
    return runs


def _righted(text: str, mixed: list[tuple[int, int]]) -> str:
    """With digits for the letters in numbers, looked for only between the blanks around these."""
    pieces, done = [], 0
    for start, end in mixed:
        if start >= done:
            begin = max(done, text.rfind(" ", done, start))
            pieces.append(text[done:begin])
            done = text.find(" ", end)
            done = len(text) if done < 0 else done
            pieces.append(_MISREAD.sub(lambda number: number[0].translate(_DIGITS), text[begin:done]))
    return "".join([*pieces, text[done:]])


def _found(text: str, runs: list[tuple[int, int]]) -> Iterator[re.Match[str]]:
    """What `_FOUND.finditer` finds, tried only at first digits and at a short word before them: none begins within."""
    done = 0
    for first, _ in runs:
        head = _HEAD.search(text, max(0, first - _LONGEST_HEAD), first)
        for start in (head.start(), first) if head else (first,):
            if start >= done and (found := _FOUND.match(text, start)):
                yield found
                done = found.end()


def without_label(before: str) -> str:
    """The text before a number without a last word that only says it is a case's number: BG, BG-Nummer."""
    return _BEFORE.sub("", before)


def end_of_currency(text: str, end: int) -> int:
    """Behind the currency that follows a number which ends there, if one does."""
    found = _BEHIND.match(text, end)
    return found.end() if found else end


def _spelling(found: re.Match[str]) -> str | None:
    text = found.group()
    match found.lastgroup:
        case "iban":
            return re.sub(r"\W", "", text).lower()
        case "iso":
            return _day(*(int(number) for number in text.split("-")))
        case "date":
            return _written_day(found)
        case "glued":
            return _day(int(found["gy"]), int(found["gm"]), int(found["gd"]))
        case "month":
            return f"{found['my']}-{int(found['mm'] or _month(found['mname'])):02}"
        case "sum" | "amount":
            cents = re.search(r"[.,]([0-9]{2})$", text)
            whole = re.sub(r"\D", "", text[: cents.start()] if cents else text)
            return f"{whole.lstrip('0') or 0},{cents[1]}" if cents else whole
        case "round":
            return re.sub(r"\D", "", text) + ",00"
        case "case":
            return text[:5] + text[-7:]
        case _:
            digits = re.sub(r"\D", "", text)
            return digits if len(digits) >= _SHORTEST_REFERENCE else None


def _month(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1


def _written_day(found: re.Match[str]) -> str | None:
    if found["name"]:
        return _day(int(found["ny"]), _month(found["name"]), int(found["d"]))
    year = int(found["y"])
    if len(found["y"]) == 2:
        year += 2000 if year < 50 else 1900
    return _day(year, int(found["m"]), int(found["d"]))


def _day(year: int, month: int, day: int) -> str:
    """Also of a day that no calendar has: it may have been misread, and answers then to what is near."""
    return f"{year:04}-{month:02}-{day:02}"
