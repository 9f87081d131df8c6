"""When a document files itself, and what a clerk is told when not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eakte.casefiles.rule import SURE, Clearing, FileInto, Reason, decide, one_away, variants
from eakte.recognition.references import Occurrence

A, B = "12345//1234567", "54321//7654321"
NEXT_TO_A = "12345//1234568"

references = st.from_regex(r"[0-9]{5}//[0-9]{7}", fullmatch=True)
occurrences = st.builds(
    Occurrence,
    as_read=st.just("so gelesen"),
    reference=st.sampled_from([A, B, NEXT_TO_A]),
    confidence=st.floats(0, 1),
    page=st.integers(1, 9),
    reads_differently=st.booleans(),
)


def seen(reference=A, confidence=0.95, differs=False):
    return Occurrence(reference, reference, confidence, 1, differs)


def in_files(hits, files):
    return decide(hits, files.get, lambda reference: [other for other in files if one_away(reference, other)])


def test_one_sure_reference_of_an_open_case_file_files_the_document():
    assert in_files([seen(), seen(confidence=0.3)], {A: "open", B: "open"}) == FileInto(A)


@pytest.mark.parametrize(
    ("hits", "files", "reason", "proposal", "open_new"),
    [
        ([], {A: "open"}, Reason.NO_REFERENCE, None, False),
        ([seen(A), seen(B)], {A: "open", B: "open"}, Reason.SEVERAL_REFERENCES, None, False),
        ([seen(A), seen(B)], {A: "open"}, Reason.SEVERAL_REFERENCES, A, False),
        ([seen(), seen(differs=True)], {A: "open"}, Reason.READS_DIFFERENTLY, A, False),
        ([seen(confidence=0.84)], {A: "open"}, Reason.UNSURE_READING, A, False),
        ([seen()], {}, Reason.UNKNOWN_REFERENCE, A, True),
        ([seen()], {A: "closed"}, Reason.CLOSED_CASE_FILE, A, False),
        ([seen()], {A: "open", NEXT_TO_A: "open"}, Reason.SIMILAR_REFERENCE, A, False),
        ([seen()], {A: "open", NEXT_TO_A: "closed"}, Reason.SIMILAR_REFERENCE, A, False),
        ([seen()], {NEXT_TO_A: "open"}, Reason.SIMILAR_REFERENCE, NEXT_TO_A, False),
    ],
)
def test_every_doubt_goes_to_clearing_with_a_reason_and_a_proposal(hits, files, reason, proposal, open_new):
    decision = in_files(hits, files)
    assert isinstance(decision, Clearing)
    assert (decision.reason, decision.proposal, decision.open_new) == (reason, proposal, open_new)
    assert decision.sentence.endswith(".")


@given(
    st.lists(occurrences, max_size=5),
    st.dictionaries(st.sampled_from([A, B, NEXT_TO_A]), st.sampled_from(["open", "closed"])),
)
def test_whatever_files_itself_meets_every_condition(hits, files):
    decision = in_files(hits, files)
    if isinstance(decision, FileInto):
        assert {hit.reference for hit in hits} == {decision.reference}
        assert max(hit.confidence for hit in hits) >= SURE
        assert not any(hit.reads_differently for hit in hits)
        assert files[decision.reference] == "open"
        assert not any(one_away(decision.reference, other) for other in files)


@given(st.lists(occurrences, min_size=1, max_size=5), st.data())
def test_a_further_doubtful_occurrence_never_makes_a_document_file_itself(hits, data):
    files = {A: "open"}
    doubtful = data.draw(occurrences.filter(lambda hit: hit.reads_differently or hit.reference != A))
    assert isinstance(in_files([*hits, doubtful], files), Clearing)


@given(references, st.data())
def test_the_variants_of_a_reference_are_exactly_what_is_one_character_away(reference, data):
    found = variants(reference)
    other = data.draw(st.sampled_from(sorted(found)))
    assert one_away(reference, other)
    assert reference in variants(other)
    assert reference not in found
    assert len(found) < 400


@given(references, references)
def test_two_references_one_character_apart_are_variants_of_each_other(one, other):
    assert one_away(one, other) == (other in variants(one))
