"""Moving the index: the rows speak about one index at a time, and what another one lacks is found out by asking it."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest

from eakte.documents import acts as documents
from eakte.finding import acts
from eakte.finding.indexes import Indexes
from eakte.finding.jobs import FindingJobs
from eakte.vault import Vault
from tests.blobs.fake import FakeBlobs
from tests.casefiles.office import Office


class Dying(Indexes):
    """The process ends while the index is asked what it has."""

    def stamps(self, tenant: UUID, documents: object) -> dict[UUID, int]:
        raise SystemExit(f"{tenant}: {documents}")


def withdrawn(office: Office) -> UUID:
    document = office.hand_in()
    office.read(document)
    with office.database.unit(office.tenant) as unit:
        documents.withdraw(unit, office.moment(), documents.find(unit, document, lock=True), "Irrläufer")
    return document


def jobs(office: Office, indexes: Indexes, folder: Path) -> FindingJobs:
    return FindingJobs(office.database, Vault(FakeBlobs(), folder / "master.key"), indexes)


def standing(office: Office) -> tuple[int, str | None]:
    with office.database.look(office.tenant) as unit:
        return acts.lag(unit), acts.place(unit)


@pytest.fixture(params=["embedded", "opensearch"])
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Indexes:
    """Where the house moves to."""
    if request.param == "embedded":
        return Indexes(tmp_path / "new")
    return Indexes(tmp_path, f"{request.getfixturevalue('opensearch')}/test-{uuid4()}")


def test_what_changed_between_filling_the_new_index_and_the_restart_is_caught_up(
    office: Office, other: Indexes, tmp_path: Path
) -> None:
    old = Indexes(tmp_path / "old")
    old.create(office.tenant)
    before, after = withdrawn(office), withdrawn(office)
    jobs(office, old, tmp_path).catch_up(office.tenant)
    assert jobs(office, other, tmp_path).reindex(office.tenant) == 2
    with office.database.unit(office.tenant) as unit:
        documents.update(unit, after)
    jobs(office, old, tmp_path).catch_up(office.tenant)
    assert standing(office) == (0, old.place)
    assert other.stamps(office.tenant, [after]) != old.stamps(office.tenant, [after])
    jobs(office, other, tmp_path).catch_up(office.tenant)
    assert standing(office) == (0, other.place)
    assert other.stamps(office.tenant, [before, after]) == old.stamps(office.tenant, [before, after])
    other.close()


def test_a_move_that_dies_half_way_leaves_rows_that_speak_about_no_index_and_is_made_again(
    office: Office, tmp_path: Path
) -> None:
    folder = tmp_path / "new"
    Indexes(folder).create(office.tenant)
    withdrawn(office)
    with pytest.raises(SystemExit):
        jobs(office, Dying(folder), tmp_path).catch_up(office.tenant)
    assert standing(office) == (1, "")
    jobs(office, Indexes(folder), tmp_path).catch_up(office.tenant)
    assert standing(office) == (0, str(folder))


def test_a_house_that_goes_back_to_its_old_index_catches_up_there_too(office: Office, tmp_path: Path) -> None:
    old, new = Indexes(tmp_path / "old"), Indexes(tmp_path / "new")
    old.create(office.tenant)
    new.create(office.tenant)
    for indexes in (old, new, old):
        document = withdrawn(office)
        jobs(office, indexes, tmp_path).index(office.tenant, document)
        jobs(office, indexes, tmp_path).catch_up(office.tenant)
        assert standing(office) == (0, indexes.place)
        assert indexes.stamps(office.tenant, [document])[document] > 0
    with office.database.look(office.tenant) as unit:
        everything = acts.read_documents(unit, None, 10)
    assert min(old.stamps(office.tenant, everything).values()) > 0
