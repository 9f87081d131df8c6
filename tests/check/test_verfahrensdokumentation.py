"""The template of the Verfahrensdokumentation answers every line of TR-03138 that concerns a software."""

import re

import pytest

from tests.check.sources import ROOT

PAGE = (ROOT / "docs" / "explanation" / "verfahrensdokumentation.md").read_text(encoding="utf-8")
ANSWERED = (
    "A.O.1e", "A.O.1g", "A.O.1i", "A.O.1j", "A.O.5", "A.DV.1", "A.DV.2", "A.SC.6", "A.SC.7", "A.SC.8", "A.SC.10",
    "A.SC.11", "A.SC.12", "A.NB.1", "A.NB.2", "A.NB.3", "A.NB.4", "A.NB.4 a", "A.NB.4 b", "A.NB.4 c", "A.NB.4 d",
    "A.NB.4 e", "A.NB.4 f", "A.IS.1", "A.AM.IN.H.1", "A.AM.G.2",
)  # fmt: skip
"""Kennungen der Anlage P (V1.5, 21.11.2024)."""


@pytest.mark.parametrize("requirement", ANSWERED)
def test_each_requirement_is_answered_by_what_eakte_does_and_what_is_left_to_the_jobcenter(requirement: str) -> None:
    rows = re.findall(rf"^\| {re.escape(requirement)} \|(.*)\|$", PAGE, re.MULTILINE)
    assert len(rows) == 1
    assert [len(cell.strip()) > 0 for cell in rows[0].split(" | ")] == [True] * 3


def test_there_is_something_to_fill_in_for_whoever_answers_for_it() -> None:
    blanks = re.findall(r"`\[[^\]]+\]`", PAGE)
    assert len(blanks) > 40
