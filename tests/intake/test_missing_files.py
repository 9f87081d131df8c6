"""What hangs on a document and cannot be taken out is missed where people see it, in whatever order jobs run, once."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pikepdf
import pytest
from uuid_utils.compat import uuid7

from eakte.access import acts as access
from eakte.access.model import UNFILED
from eakte.casefiles import acts as casefiles
from eakte.casefiles.jobs import CaseFileJobs
from eakte.documents import acts as documents
from eakte.documents.model import CLEARING, FILED
from eakte.intake.model import NOT_TAKEN_APART
from eakte.recognition.acts import retry
from eakte.recognition.jobs import RecognitionJobs
from tests.intake.desk import Desk, mail
from tests.intake.test_taking_apart import file, said
from tests.ocr_pipeline.letters import packed
from tests.ocr_pipeline.sheets import drawn, saved
from tests.recognition.test_separation import REFERENCE, delivery, parts


def with_a_bomb(data: bytes) -> bytes:
    """The PDF with a file in it that is never taken out."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.attachments["bombe.bin"] = bytes(70 << 20)
        return saved(pdf)


def deep_mail() -> bytes:
    """A mail so deep in archives that nothing is taken out of it."""
    found = packed({"mail.eml": mail(("brief.txt", b"Ein Brief"))})
    for number in range(3):
        found = packed({f"{number}.zip": found})
    return found


def meanwhile(desk: Desk, document: UUID) -> None:
    """Reads it, and takes it apart at the moment when reading has found that it holds files."""

    class Interrupted(RecognitionJobs):
        def _note_files(self, *given: Any, **more: Any) -> None:
            super()._note_files(*given, **more)
            desk.run(*desk.take("take_apart"))

    jobs = Interrupted(desk.database, desk.vault, desk.pipeline, desk.settings, lambda: datetime.now(UTC), uuid7)
    assert desk.take("read") == ("read", document)
    jobs.read(desk.tenant, document)


def afterwards(desk: Desk, document: UUID) -> None:
    assert desk.take("read") == ("read", document)
    desk.run("read", document)


def decide(desk: Desk, document: UUID) -> None:
    CaseFileJobs(desk.database, lambda: datetime.now(UTC), uuid7).decide(desk.tenant, document)


def open_case_file(desk: Desk) -> UUID:
    with desk.database.unit(desk.tenant) as unit:
        casefiles.install_file_plan(unit)
        scope = casefiles.scope_for(unit, desk.moment(), access.org_unit(unit, "haus"), casefiles.DEFAULT_ENTRY)
        return casefiles.open_case_file(unit, desk.moment(), REFERENCE, "Muster", scope).id


@pytest.mark.parametrize("read", [meanwhile, afterwards])
def test_a_mail_whose_attachments_fail_again_at_another_try_says_so_and_nothing_is_doubled(
    desk: Desk, read: Callable[[Desk, UUID], None]
) -> None:
    document = desk.receive(deep_mail(), "puppe.zip")
    desk.work(times=2)
    desk.assert_parked(document, "zu oft ineinander verpackt")
    with desk.database.unit(desk.tenant) as unit:
        retry(unit, desk.moment(), desk.vault, documents.find(unit, document, lock=True), None)
    read(desk, document)
    desk.work(times=2)
    decide(desk, document)
    found = desk.document(document)
    assert (found.reading_state, found.place) == ("done", CLEARING)
    assert "Anlagen des Dokuments fehlen: " in (found.reason or "")
    assert found.reading_reason == found.reason
    assert "Guten Tag" in desk.rendition(document, "text").decode()
    assert (len(desk.all()), len(said(desk, NOT_TAKEN_APART))) == (1, 1)


@pytest.mark.parametrize("read", [meanwhile, afterwards])
def test_a_letter_with_a_sure_reference_whose_files_are_missing_is_not_filed_over_it(
    desk: Desk, read: Callable[[Desk, UUID], None]
) -> None:
    open_case_file(desk)
    document = desk.receive(with_a_bomb(drawn([f"Aktenzeichen {REFERENCE}"])), "brief.pdf")
    read(desk, document)
    desk.work()
    decide(desk, document)
    found = desk.document(document)
    assert (found.place, found.proposed_reference) == (CLEARING, REFERENCE)
    assert "Anlagen des Dokuments fehlen: " in (found.reason or "")


def test_of_a_letter_that_is_filed_already_the_missing_files_are_told_by_its_reading(desk: Desk) -> None:
    document = desk.receive(with_a_bomb(drawn(["Brief"])), "brief.pdf")
    file(desk, document)
    meanwhile(desk, document)
    desk.work(times=2)
    found = desk.document(document)
    assert (found.place, found.reading_state) == (FILED, "done")
    assert "Anlagen des Dokuments fehlen: " in (found.reading_reason or "")


def test_a_separated_scan_whose_files_are_missing_says_so_and_keeps_its_parts(desk: Desk) -> None:
    document = desk.receive(with_a_bomb(delivery("1T2")), "scan.pdf")
    afterwards(desk, document)
    desk.work(times=2)
    first, second = parts(desk, document)
    assert "Anlagen des Dokuments fehlen: " in (desk.document(first).reason or "")
    assert [desk.document(each).reading_state for each in (first, second)] == ["done", "done"]
    assert desk.document(second).place == "none"
    desk.intake.give_up("take_apart", desk.tenant, document)
    assert (len(desk.all()), len(said(desk, NOT_TAKEN_APART))) == (2, 1)


def test_a_later_version_of_a_separated_scan_has_its_own_files_taken_out(desk: Desk) -> None:
    """Not once more those of the scan."""
    document = desk.receive(delivery("1T2"), "scan.pdf")
    desk.work()
    desk.new_version(document, with_file("neu.txt"))
    desk.work(times=2)
    assert desk.titles() == ["scan.pdf", "scan.pdf (Teil 2)", "neu.txt"]


def test_each_version_has_its_own_files_beside_it_and_they_say_what_they_came_in(desk: Desk) -> None:
    document = desk.receive(with_file("alt.txt"), "brief.pdf")
    desk.work()
    desk.new_version(document, with_file("neu.txt"))
    desk.work(times=2)
    assert desk.titles() == ["brief.pdf", "alt.txt", "neu.txt"]
    with desk.database.look(desk.tenant) as unit:
        came = [sources[0].received_file for _, _, sources, _ in documents.version_list(unit, document)]
    assert [each.received_file for each in desk.all()[1:]] == came
    assert len(set(came)) == 2


def with_file(name: str) -> bytes:
    with pikepdf.open(io.BytesIO(drawn([f"Brief mit {name}"]))) as pdf:
        pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, name.encode(), filename=name)
        return saved(pdf)


def test_a_whole_archive_is_opened_only_by_who_sees_what_is_unfiled_where_it_came_in(desk: Desk) -> None:
    """It holds what is in other case files now; its first file is the document itself."""
    document = desk.receive(packed({"eins.txt": "eins", "zwei.txt": "zwei"}), "post.zip")
    with desk.database.unit(desk.tenant) as unit:
        came_in = access.scope_of(unit, desk.moment(), access.home_unit(unit, desk.principal), UNFILED)
    desk.work(times=2)
    file(desk, document)
    with desk.database.look(desk.tenant) as unit:
        assert [documents.whole_scope(unit, document, version) for version in (1, 2)] == [came_in, None]
        assert documents.find(unit, document).scope != came_in
