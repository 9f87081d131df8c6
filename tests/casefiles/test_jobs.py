"""Filing without a hand."""

import uuid
from typing import Any

import pytest
from sqlalchemy import select
from uuid_utils.compat import uuid7

from eakte.casefiles.jobs import CaseFileJobs
from eakte.casefiles.tables import case_files
from eakte.documents import acts as documents
from eakte.journal.model import SERVICE
from eakte.journal.tables import entries
from eakte.recognition.references import Occurrence
from tests.casefiles.office import Office

REFERENCE, OTHER = "05817//0093412", "05817//7000001"


def reads(reference: str, confidence: float = 0.95, *, differs: bool = False) -> Occurrence:
    return Occurrence(reference, reference, confidence, 1, differs)


def jobs(office: Office) -> CaseFileJobs:
    return CaseFileJobs(office.database, lambda: office.now, uuid7)


def decided(office: Office, document: uuid.UUID, *found: Occurrence) -> Any:
    office.read(document, *found)
    jobs(office).decide(office.tenant, document)
    return office.document(document)


def as_asked(office: Office, asked: str, *roles: str, units: tuple[str, ...] = (), unit: str = "haus") -> Any:
    token = office.key(*roles, units=units)
    document = office.hand_in(unit, by=token.id, asked=asked)
    jobs(office).file_as_asked(office.tenant, document)
    return office.document(document)


def acts_on(office: Office, document: uuid.UUID) -> list[tuple[str, uuid.UUID]]:
    with office.database.look(office.tenant) as unit:
        found = select(entries.c.act, entries.c.actor).where(entries.c.subject == document).order_by(entries.c.no)
        return [(row.act, row.actor) for row in unit.all(found)]


def test_what_is_beyond_doubt_is_filed_by_the_service(office: Office) -> None:
    case_file = office.open_case(REFERENCE)
    document = decided(office, office.hand_in(), reads(REFERENCE), reads(REFERENCE, 0.4))
    assert (document.place, document.case_file, document.scope) == ("filed", case_file.id, case_file.scope)
    assert acts_on(office, document.id)[-1] == ("casefiles:document:filed", SERVICE)


@pytest.mark.parametrize(
    ("found", "proposed", "words"),
    [
        ([], None, "kein Aktenzeichen"),
        ([reads(REFERENCE), reads(OTHER)], REFERENCE, "mehrere"),
        ([reads(REFERENCE, 0.5)], REFERENCE, "nicht sicher"),
        ([reads(REFERENCE), reads(REFERENCE, differs=True)], REFERENCE, "nicht überall gleich"),
        ([reads(OTHER)], OTHER, "noch keine Akte"),
    ],
)
def test_everything_else_goes_to_clearing_with_reason_and_proposal(
    office: Office, found: list[Occurrence], proposed: str | None, words: str
) -> None:
    case_file = office.open_case(REFERENCE)
    document = decided(office, office.hand_in(), *found)
    assert (document.place, document.proposed_reference) == ("clearing", proposed)
    assert document.proposed_case_file == (case_file.id if proposed == REFERENCE else None)
    assert words in document.reason


@pytest.mark.parametrize("known", ["05817//0093413", "05817//009341", "05817//00934412", "05871//0093412"])
def test_a_known_reference_one_character_away_is_a_doubt_and_is_not_named(office: Office, known: str) -> None:
    office.open_case(REFERENCE)
    office.open_case(known)
    document = decided(office, office.hand_in(), reads(REFERENCE))
    assert (document.place, document.proposed_reference) == ("clearing", REFERENCE)
    assert known not in document.reason


def test_a_closed_case_file_is_no_place_for_mail(office: Office) -> None:
    office.open_case(REFERENCE)
    with office.database.unit(office.tenant) as unit:
        unit.run(case_files.update().values(state="closed"))
    document = decided(office, office.hand_in(), reads(REFERENCE))
    assert (document.place, "geschlossen" in document.reason) == ("clearing", True)
    asked = as_asked(office, REFERENCE, "clerk")
    assert (asked.place, asked.proposed_reference) == ("none", REFERENCE)


def test_what_could_not_be_read_lies_in_clearing_with_that_reason(office: Office) -> None:
    document = office.hand_in(reading_state="failed", reading_reason="Das Kennwort fehlt.", asked=REFERENCE)
    jobs(office).decide(office.tenant, document)
    found = office.document(document)
    assert (found.place, found.state, found.reason) == ("clearing", "parked", "Das Kennwort fehlt.")
    assert found.proposed_reference == REFERENCE


def test_what_was_asked_for_is_filed_in_the_name_of_who_asked(office: Office) -> None:
    case_file = office.open_case(REFERENCE)
    document = as_asked(office, REFERENCE, "mailroom")
    assert (document.place, document.case_file) == ("filed", case_file.id)
    assert acts_on(office, document.id)[-1] == ("casefiles:document:filed", document.handed_in_by)


@pytest.mark.parametrize(
    ("asked", "role", "units"),
    [(OTHER, "clerk", ()), (REFERENCE, "scanner", ()), (REFERENCE, "clerk", ("sued",)), ("???", "clerk", ())],
    ids=["unknown", "role may not file", "other org unit", "no reference at all"],
)
def test_what_was_asked_for_in_vain_becomes_the_proposal(
    office: Office, asked: str, role: str, units: tuple[str, ...]
) -> None:
    office.open_case(REFERENCE, "nord")
    document = as_asked(office, asked, role, units=units, unit="sued")
    assert (document.place, document.proposed_reference) == ("none", asked)
    document = decided(office, document.id)
    assert (document.place, document.proposed_reference) == ("clearing", asked)


def test_a_key_that_was_revoked_meanwhile_files_nothing(office: Office) -> None:
    document = office.hand_in(by=uuid7(), asked=REFERENCE)
    office.open_case(REFERENCE)
    jobs(office).file_as_asked(office.tenant, document)
    assert office.document(document).place == "none"


def test_reading_against_what_was_asked_for_is_a_doubt(office: Office) -> None:
    office.open_case(REFERENCE)
    document = as_asked(office, OTHER, "clerk")
    document = decided(office, document.id, reads(REFERENCE))
    assert (document.place, "mehrere" in document.reason) == ("clearing", True)


def test_reading_what_a_scanner_asked_for_files_it(office: Office) -> None:
    case_file = office.open_case(REFERENCE)
    document = as_asked(office, REFERENCE, "scanner")
    assert decided(office, document.id, reads(REFERENCE)).case_file == case_file.id


def test_the_same_job_again_changes_nothing(office: Office) -> None:
    office.open_case(REFERENCE)
    for found in ([], [reads(REFERENCE)]):
        document = decided(office, office.hand_in(), *found)
        before = acts_on(office, document.id)
        jobs(office).decide(office.tenant, document.id)
        jobs(office).file_as_asked(office.tenant, document.id)
        assert (office.document(document.id), acts_on(office, document.id)) == (document, before)


def test_what_a_person_did_stays(office: Office) -> None:
    """Filed elsewhere, taken out again, withdrawn: no late job undoes it."""
    office.open_case(REFERENCE)
    other = office.open_case(OTHER)
    filed, unfiled, withdrawn = (office.hand_in(asked=REFERENCE) for _ in range(3))
    office.file(filed, other.id)
    office.file(unfiled, other.id)
    office.unfile(unfiled)
    with office.database.unit(office.tenant) as unit:
        documents.withdraw(unit, office.moment(), documents.find(unit, withdrawn), "doppelt")
    for document in (filed, unfiled, withdrawn):
        office.read(document, reads(REFERENCE))
        before = office.document(document)
        jobs(office).file_as_asked(office.tenant, document)
        jobs(office).decide(office.tenant, document)
        now = office.document(document)
        assert (now.place, now.case_file, now.reason) == (before.place, before.case_file, before.reason)


def test_a_document_read_again_after_unfiling_is_back_in_clearing(office: Office) -> None:
    """A retry takes it out of the basket; it may not be lost, nor file itself against a person's will."""
    case_file, document = office.open_case(REFERENCE), office.hand_in()
    office.file(document, case_file.id)
    office.unfile(document)
    with office.database.unit(office.tenant) as unit:
        documents.update(unit, document, place="none", reason=None)
    assert decided(office, document, reads(REFERENCE)).place == "clearing"


def test_a_document_filed_before_it_was_read_gets_its_type_as_a_revision(office: Office) -> None:
    case_file, document = office.open_case(REFERENCE), office.hand_in()
    office.file(document, case_file.id)
    decided(office, document)
    client, address = office.role("clerk"), f"/v1/casefiles/{case_file.id}/documents"
    types = [client.get(f"{address}?as_of={revision}").json()["items"][0]["document_type"] for revision in (2, 3)]
    assert types == [None, {"code": "MIET", "name": "Mietvertrag", "score": 0.9}]
    jobs(office).decide(office.tenant, document)
    assert client.get(address).json()["revision"] == 3


def test_nothing_is_decided_while_reading_goes_on(office: Office) -> None:
    document = office.hand_in(reading_state="running")
    jobs(office).decide(office.tenant, document)
    assert office.document(document).place == "none"
