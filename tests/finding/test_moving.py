"""Moving the index: the rows speak about one index at a time, and what another one lacks is found out by asking it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from eakte.documents import acts as documents
from eakte.finding import acts
from eakte.finding.indexes import Indexes
from eakte.finding.jobs import FindingJobs
from eakte.finding.model import SearchDown
from eakte.vault import Vault
from search import embedded
from search import opensearch as served
from search.port import Replacement
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
    assert standing(office)[0] == 1
    assert str(standing(office)[1]).startswith("moving ")
    jobs(office, Indexes(folder), tmp_path).catch_up(office.tenant)
    assert standing(office) == (0, Indexes(folder).place)


class Overtaken(Indexes):
    """While the index is asked what it has, something else happens."""

    def __init__(self, folder: Path, meanwhile: Callable[[], object]) -> None:
        super().__init__(folder)
        self._meanwhile = meanwhile

    def stamps(self, tenant: UUID, documents: Sequence[UUID]) -> dict[UUID, int]:
        found = super().stamps(tenant, documents)
        self._meanwhile()
        return found


def test_a_move_that_another_one_overtakes_ends_and_changes_no_row_of_that_one(office: Office, tmp_path: Path) -> None:
    mine, theirs = tmp_path / "mine", Indexes(tmp_path / "theirs")
    Indexes(mine).create(office.tenant)
    theirs.create(office.tenant)
    withdrawn(office)
    slow = Overtaken(mine, lambda: jobs(office, theirs, tmp_path).catch_up(office.tenant))
    with pytest.raises(SearchDown):
        jobs(office, slow, tmp_path).catch_up(office.tenant)
    assert standing(office) == (0, theirs.place)


def test_what_an_index_has_that_the_rows_do_not_know_after_a_restore_is_written_over(
    office: Office, other: Indexes, tmp_path: Path
) -> None:
    other.create(office.tenant)
    document = withdrawn(office)
    other.of(office.tenant).replace_many([Replacement(str(document), 90)])
    jobs(office, other, tmp_path).catch_up(office.tenant)
    assert standing(office) == (0, other.place)
    assert other.stamps(office.tenant, [document]) == {document: 91}
    other.close()


def test_one_server_is_one_place_however_its_address_is_written(opensearch: str, tmp_path: Path) -> None:
    spelled = [opensearch, opensearch.replace("127.0.0.1", "localhost"), f"{opensearch}/eakte"]
    assert len({Indexes(tmp_path, url).place for url in spelled}) == 1
    assert Indexes(tmp_path, f"{opensearch}/haus-b").place != Indexes(tmp_path, opensearch).place


def test_an_index_of_another_format_is_another_place(opensearch: str, tmp_path: Path) -> None:
    assert Indexes(tmp_path).place.endswith(f"#{embedded.FORMAT}")
    assert Indexes(tmp_path, opensearch).place.endswith(f"#{served.FORMAT}")


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
