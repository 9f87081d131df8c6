"""What barcodes mean, and where a scan is cut."""

from dataclasses import replace

import pytest

from eakte.recognition.codes import CodeRules
from eakte.recognition.references import DEFAULT_PATTERN
from eakte.recognition.separation import Part, plan
from ocr_pipeline import Barcode, PageReading, Word

RULES = CodeRules("PATCHT", DEFAULT_PATTERN, "AZ:")
BOX = (0, 0, 10, 10)


def page(number: int, *codes: str | None, blank: bool = False) -> PageReading:
    words = () if blank else (Word("Miete", BOX, 1, 0.9),)
    read = PageReading(number, 100, 100, 100, 0, "blank" if blank else "ocr", None if blank else 0.9, words)
    return replace(read, barcodes=tuple(Barcode("QR", text, BOX) for text in codes))


def pages(sheets: str) -> list[PageReading]:
    """`T` a separator sheet, `p` a page, `b` a blank one."""
    return [
        page(number, *["PATCHT"] * (sign == "T"), blank=sign in "Tb") for number, sign in enumerate(sheets, start=1)
    ]


@pytest.mark.parametrize(
    ("text", "separates"),
    [("PATCHT", True), (" PATCHT\n", True), ("PATCHT2", False), ("patcht", False), ("http://jobcenter.digital", False),
     ("S2", False), ("S6", False), ("12345//1234567", False), (None, False)],
)  # fmt: skip
def test_only_a_code_that_is_wholly_the_pattern_makes_a_separator_sheet(text: str | None, separates: bool) -> None:
    assert RULES.separates(page(1, text)) is separates


@pytest.mark.parametrize("text", ["http://jobcenter.digital", "S2", "S3", "S4", "S5", "S6", "4006381333931", None])
def test_codes_of_official_forms_are_no_references(text: str | None) -> None:
    assert RULES.references(page(1, text)) == []


def test_a_reference_may_stand_alone_or_after_the_prefix() -> None:
    found = RULES.occurrences([page(1, "12345//1234567"), page(2, "AZ:12345//1234568", "AZ: 12345//1234568")])
    assert [(each.reference, each.page, each.confidence, each.reads_differently) for each in found] == [
        ("12345//1234567", 1, 1.0, False),
        ("12345//1234568", 2, 1.0, False),
    ]


def test_a_profile_code_is_named_by_its_group_or_wholly() -> None:
    assert RULES.profile_of([page(1, "S2"), page(2, "PROFIL:hauspost"), page(3, "PROFIL:x")]) == "hauspost"
    assert replace(RULES, profile="P[0-9]").profile_of([page(1, "P7")]) == "P7"
    assert RULES.profile_of([page(1, None)]) is None


@pytest.mark.parametrize(
    ("sheets", "parts"),
    [
        ("pp", [(1, 2)]),
        ("ppTp", [(1, 2), (4, 4)]),
        ("TpT", [(2, 2)]),
        ("TTpTTpT", [(3, 3), (6, 6)]),
        ("TbpTb", [(2, 3)]),
        ("TpbTbb", [(2, 3)]),
        ("TTT", []),
        ("TbT", []),
        ("bpTp", [(1, 2), (4, 4)]),
    ],
)
def test_parts_lie_between_separators_and_empty_ones_are_none(sheets: str, parts: list[tuple[int, int]]) -> None:
    found = plan(pages(sheets), RULES)
    assert [(part.first, part.last) for part in found.parts] == parts
    assert (found.pages, len(found.separators)) == (len(sheets), sheets.count("T"))


def test_what_the_sheets_before_a_part_say_is_said_of_this_part_alone() -> None:
    sheets = [
        page(1, "PATCHT", "12345//1234567"),
        page(2, "PATCHT", "PROFIL:eilig"),
        page(3),
        page(4, "PATCHT"),
        page(5),
    ]
    assert plan(sheets, RULES).parts == [Part(3, 3, ("12345//1234567",), "eilig"), Part(5, 5)]
    two = plan([page(1, "PATCHT", "12345//1234567", "12345//7654321"), page(2)], RULES).parts[0]
    assert two.asked is None


def test_a_damaged_code_splits_nothing() -> None:
    assert plan([page(1), page(2, None), page(3)], RULES).parts == [Part(1, 3)]
