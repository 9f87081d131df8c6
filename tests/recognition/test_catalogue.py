"""The catalogue of document types and its page."""

from pathlib import Path

import pytest

from eakte.recognition.catalogue import as_markdown, parse_catalogue, shipped_catalogue
from eakte.recognition.classifier import RuleClassifier

CATALOGUE = shipped_catalogue()
CLASSIFIER = RuleClassifier(CATALOGUE)


def test_the_reference_page_lists_exactly_the_shipped_types():
    page = Path(__file__).parents[2] / "docs/reference/document-types.md"
    assert page.read_text(encoding="utf-8") == as_markdown(CATALOGUE)


def test_a_jobcenter_finds_its_types_and_each_has_words_to_be_known_by():
    assert 55 <= len(CATALOGUE.types) <= 70
    assert {"HA", "WBA", "KDU", "MIET", "KTO", "LOHN", "BEW", "ANH", "WID", "URT", "EIN", "ERST"} <= set(
        CATALOGUE.types
    )
    assert all(each.title and each.strong for each in CATALOGUE.types.values())


def test_unknown_is_a_type_that_can_be_looked_up_and_has_no_rule():
    assert CATALOGUE["UNB"] is CATALOGUE.unknown
    assert "UNB" in CATALOGUE
    assert "XYZ" not in CATALOGUE
    assert CATALOGUE.unknown.title == ()


@pytest.mark.parametrize("code", CATALOGUE.types)
def test_no_heading_of_a_type_is_taken_for_another_type(code):
    for phrase in CATALOGUE.types[code].title:
        heading = " ".join(phrase.replace("*", " ").split())
        assert CLASSIFIER.classify([heading]).code in {code, "UNB"}, heading


@pytest.mark.parametrize(
    "types",
    [
        '[[types]]\ncode="A"\nname="a"\npart="p"\n[[types]]\ncode="A"\nname="b"\npart="p"',
        '[[types]]\ncode="A"\nname="a"\npart="elsewhere"',
    ],
)
def test_a_catalogue_that_contradicts_itself_is_refused(types):
    with pytest.raises(ValueError, match=r"types given twice|parts not listed"):
        parse_catalogue(f'unknown={{code="U", name="u", part="p"}}\n[parts]\np="P"\n{types}')
