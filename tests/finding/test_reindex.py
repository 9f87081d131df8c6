"""Feeding the index: what is behind stays known as behind until the index that is searched has it."""

from pathlib import Path
from uuid import UUID

import pytest

from eakte.documents import acts as documents
from eakte.finding.acts import lag
from eakte.finding.indexes import Indexes
from eakte.finding.jobs import FindingJobs
from eakte.vault import Vault
from search.embedded import EmbeddedIndex
from search.port import Build
from tests.blobs.fake import FakeBlobs
from tests.casefiles.office import Office


class Dying(EmbeddedIndex):
    """An engine whose process ends just before the swap."""

    def swap(self, build: Build) -> None:
        raise SystemExit(f"before {build} was swapped in")


class DyingIndexes(Indexes):
    def of(self, tenant: UUID) -> EmbeddedIndex:
        return Dying(Path(self.place) / str(tenant))


@pytest.fixture
def behind(office: Office, tmp_path: Path) -> Office:
    """An office with one document that the index still has to let go of."""
    document = office.hand_in()
    office.read(document)
    with office.database.unit(office.tenant) as unit:
        documents.withdraw(unit, office.moment(), documents.find(unit, document, lock=True), "Irrläufer")
    Indexes(tmp_path).create(office.tenant)
    assert left(office) == 1
    return office


def left(office: Office) -> int:
    with office.database.look(office.tenant) as unit:
        return lag(unit)


def jobs(office: Office, indexes: Indexes, folder: Path) -> FindingJobs:
    return FindingJobs(office.database, Vault(FakeBlobs(), folder / "master.key"), indexes)


def test_a_build_that_dies_before_the_swap_leaves_nothing_marked_as_indexed(behind: Office, tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        jobs(behind, DyingIndexes(tmp_path), tmp_path).reindex(behind.tenant)
    assert left(behind) == 1


def test_catching_up_ends_with_nothing_behind(behind: Office, tmp_path: Path) -> None:
    jobs(behind, Indexes(tmp_path), tmp_path).catch_up(behind.tenant)
    assert left(behind) == 0
