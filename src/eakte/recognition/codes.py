"""What a page's barcodes mean: a separator sheet, a case reference, a scan profile. Pure.

Whatever is none of these means nothing here: the address on official forms, their page codes, a parcel's number. A
damaged code (its text is None) means nothing either; it is only flagged in the reading.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from eakte.recognition.references import Occurrence
from eakte.settings import Settings

SURE = 1.0
"""A code has check digits, or start and stop signs and a quiet zone: what is read is what was printed."""
ON_THE_SHEET = 0
"""The page of what stood on a separator sheet, which is no page of the document."""


class Barcode(Protocol):
    """A code of a page's reading."""

    @property
    def text(self) -> str | None:
        """None where it is damaged."""
        ...


class Page(Protocol):
    """A page of a reading."""

    @property
    def number(self) -> int:
        """Counted from 1."""
        ...

    @property
    def barcodes(self) -> Sequence[Barcode]:
        """From top to bottom."""
        ...


@dataclass(frozen=True)
class CodeRules:
    """Regular expressions, matched by a whole code; a reference may have a prefix before it."""

    separator: str
    reference: str
    reference_prefix: str = ""
    profile: str = r"PROFIL:(\w+)"

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """As the operator set them."""
        return cls(
            settings.separator_pattern, settings.reference_pattern, settings.code_reference_prefix,
            settings.profile_code_pattern,
        )  # fmt: skip

    def separates(self, page: Page) -> bool:
        """Whether the page is a separator sheet."""
        return any(re.fullmatch(self.separator, text) for text in _texts(page))

    def references(self, page: Page) -> list[str]:
        """The distinct references among the codes, in their order."""
        found = (self._reference(text) for text in _texts(page))
        return list(dict.fromkeys(reference for reference in found if reference))

    def profile_of(self, pages: Iterable[Page]) -> str | None:
        """The first profile code: its group, or all of it where the pattern has none."""
        for page in pages:
            for text in _texts(page):
                if match := re.fullmatch(self.profile, text):
                    return match[1] if match.re.groups else match[0]
        return None

    def occurrences(self, pages: Iterable[Page]) -> list[Occurrence]:
        """Where the codes of a document's pages name a reference."""
        return [
            Occurrence(reference, reference, SURE, page.number, reads_differently=False)
            for page in pages
            for reference in self.references(page)
        ]

    def _reference(self, text: str) -> str | None:
        for said in dict.fromkeys((text, text.removeprefix(self.reference_prefix).strip())):
            if re.fullmatch(self.reference, said):
                return said
        return None


def _texts(page: Page) -> Iterable[str]:
    return (code.text.strip() for code in page.barcodes if code.text)
