"""Dates, amounts, IBANs and references: each recognised in running text and brought to one spelling."""

import re
from collections.abc import Iterator
from datetime import date

_MONTHS = ("jan", "feb", "mär", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez")
_NAMES = (
    "Jan(?:uar)?|Feb(?:ruar)?|März|Mär|Apr(?:il)?|Mai|Juni?|Juli?|Aug(?:ust)?|Sept?(?:ember)?|Okt(?:ober)?|"
    "Nov(?:ember)?|Dez(?:ember)?"
)
_SHORTEST_REFERENCE = 6

_FOUND = re.compile(
    rf"""(?<![^\W_])(?:
    (?P<iban> DE\ ?[0-9](?:\ ?[0-9]){{19}} | [A-Z]{{2}}[0-9]{{2}}[A-Z0-9]{{11,30}} )
    | (?P<date> (?P<d>[0-9]{{1,2}})\.\ ?(?:(?P<m>[0-9]{{1,2}})\.\ ?(?P<y>[0-9]{{4}}|[0-9]{{2}})
              |(?P<name>{_NAMES})\.?\ (?P<ny>[0-9]{{4}})) )
    | (?P<iso> [0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} )
    | (?P<amount> (?:[0-9]{{1,3}}(?:\.[0-9]{{3}})+(?:,[0-9]{{2}})?|[0-9]{{1,12}},[0-9]{{2}}) (?![.,]?[0-9]) )
    | (?P<reference> [0-9]+(?:(?:\ ?//?\ ?|[-.])[0-9]+)+ )
    )(?![^\W_])""",
    re.VERBOSE | re.IGNORECASE,
)


def marks(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, spelling) of each, left to right, without overlaps.

    Dates become 2024-03-01, amounts 1234,56, IBANs small letters without blanks, references their digits.
    """
    for found in _FOUND.finditer(text):
        value = _spelling(found)
        if value is not None:
            yield found.start(), found.end(), value


def _spelling(found: re.Match[str]) -> str | None:
    match found.lastgroup:
        case "iban":
            return found.group().replace(" ", "").lower()
        case "iso":
            return _day(*(int(number) for number in found.group().split("-")))
        case "date":
            return _written_day(found)
        case "amount":
            return found.group().replace(".", "")
        case _:
            digits = re.sub(r"\D", "", found.group())
            return digits if len(digits) >= _SHORTEST_REFERENCE else None


def _written_day(found: re.Match[str]) -> str | None:
    if found["name"]:
        return _day(int(found["ny"]), _MONTHS.index(found["name"][:3].lower()) + 1, int(found["d"]))
    year = int(found["y"])
    if len(found["y"]) == 2:
        year += 2000 if year < 50 else 1900
    return _day(year, int(found["m"]), int(found["d"]))


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
