"""Feeding the index: what is behind stays known as behind until the index that is searched has it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from eakte.blobs.port import Missing
from eakte.documents import acts as documents
from eakte.documents.tables import documents as table
from eakte.finding.acts import described, lag, lag_seconds, read_documents
from eakte.finding.indexes import Indexes
from eakte.finding.jobs import FindingJobs
from eakte.finding.model import IndexBeingBuilt, SearchDown
from eakte.jobs import HandedBack
from eakte.vault import Vault
from search.errors import EngineDown
from search.port import Build, Index, Replacement
from tests.blobs.fake import FakeBlobs
from tests.casefiles.office import Office

IDLE = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'"


class Dying(Indexes):
    """The process ends just before the swap."""

    def swap(self, tenant: UUID, build: Build) -> None:
        raise SystemExit(f"before {build} was swapped in for {tenant}")


class Stalling(Indexes):
    """Each step of a build fails the first time, or always."""

    def __init__(self, folder: Path, *, always: bool = False) -> None:
        super().__init__(folder)
        self._always, self._failed = always, set[str]()

    def _stall(self, step: str) -> None:
        if self._always or step not in self._failed:
            self._failed.add(step)
            raise SearchDown from EngineDown(step)

    def fresh(self, tenant: UUID) -> Build:
        if not self._always:
            self._stall("fresh")
        return super().fresh(tenant)

    def write(self, target: Index | Build, replacements: Sequence[Replacement]) -> None:
        self._stall("write")
        super().write(target, replacements)

    def swap(self, tenant: UUID, build: Build) -> None:
        self._stall("swap")
        super().swap(tenant, build)


class Blank(Vault):
    """Every reading in it is one of no page."""

    def open(self, *_asked: Any, **_more: Any) -> Iterator[bytes]:
        yield b'{"pages": []}'


class Meeting(Indexes):
    """Something happens in the middle of a build; counts builds."""

    builds = 0

    def __init__(self, folder: Path, meanwhile: Callable[[], object] = lambda: None) -> None:
        super().__init__(folder)
        self._meanwhile = meanwhile

    def fresh(self, tenant: UUID) -> Build:
        self.builds += 1
        return super().fresh(tenant)

    def swap(self, tenant: UUID, build: Build) -> None:
        self._meanwhile()
        super().swap(tenant, build)


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


def jobs(office: Office, indexes: Indexes, folder: Path, **more: Any) -> FindingJobs:
    return FindingJobs(office.database, Vault(FakeBlobs(), folder / "master.key"), indexes, **more)


def begun(office: Office, folder: Path) -> bool:
    return (folder / str(office.tenant) / "building").exists()


def test_a_build_that_dies_before_the_swap_leaves_nothing_marked_as_indexed(behind: Office, tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        jobs(behind, Dying(tmp_path), tmp_path).reindex(behind.tenant)
    assert left(behind) == 1


def test_the_lag_is_as_old_as_the_last_change_of_what_is_behind_though_no_job_is_left(
    behind: Office, tmp_path: Path
) -> None:
    def seconds() -> float:
        with behind.database.look(behind.tenant) as unit:
            return lag_seconds(unit)

    with behind.database.unit(behind.tenant) as unit:
        unit.run(text("DELETE FROM procrastinate_jobs"))
    assert 0 < seconds() < 60
    with behind.database.unit(behind.tenant) as unit:
        unit.run(text("UPDATE documents SET changed_at = changed_at - interval '1 hour'"))
    assert seconds() > 3600
    jobs(behind, Indexes(tmp_path), tmp_path).catch_up(behind.tenant)
    assert seconds() == 0


def test_catching_up_ends_with_nothing_behind(behind: Office, tmp_path: Path) -> None:
    jobs(behind, Indexes(tmp_path), tmp_path).catch_up(behind.tenant)
    assert left(behind) == 0


def test_a_build_outlives_an_outage_in_each_of_its_steps(behind: Office, tmp_path: Path) -> None:
    assert jobs(behind, Stalling(tmp_path), tmp_path).reindex(behind.tenant) == 1


def test_a_build_that_is_given_up_leaves_nothing_on_the_disk(behind: Office, tmp_path: Path) -> None:
    with pytest.raises(SearchDown):
        jobs(behind, Stalling(tmp_path, always=True), tmp_path, patience=0).reindex(behind.tenant)
    assert not begun(behind, tmp_path)


def test_a_build_ends_soon_when_the_process_shall_stop(behind: Office, tmp_path: Path) -> None:
    asked = iter([False, False])
    with pytest.raises(HandedBack):
        jobs(behind, Indexes(tmp_path), tmp_path, stopping=lambda: next(asked, True)).reindex(behind.tenant)
    assert not begun(behind, tmp_path)


def test_of_two_processes_that_find_the_index_lost_one_builds_it_and_the_other_leaves_it_to_that_one(
    behind: Office, tmp_path: Path
) -> None:
    folder = tmp_path / "lost"
    second = Meeting(folder)
    first = Meeting(folder, lambda: jobs(behind, second, tmp_path).catch_up(behind.tenant))
    jobs(behind, first, tmp_path).catch_up(behind.tenant)
    assert (first.builds, second.builds) == (1, 0)
    assert (first.lost(behind.tenant), left(behind)) == (False, 0)


def test_who_asks_for_a_build_while_another_is_being_made_is_told_so(behind: Office, tmp_path: Path) -> None:
    def again() -> None:
        with pytest.raises(IndexBeingBuilt):
            jobs(behind, Indexes(tmp_path), tmp_path).reindex(behind.tenant)

    jobs(behind, Meeting(tmp_path, again), tmp_path).reindex(behind.tenant)
    assert jobs(behind, Indexes(tmp_path), tmp_path).reindex(behind.tenant) == 1


def test_an_index_that_another_process_mended_between_the_look_and_the_lock_is_not_built_again(
    behind: Office, tmp_path: Path
) -> None:
    class Late(Meeting):
        looks = 0

        def lost(self, tenant: UUID) -> bool:
            self.looks += 1
            return self.looks == 1 or super().lost(tenant)

    late = Late(tmp_path)
    jobs(behind, late, tmp_path).catch_up(behind.tenant)
    assert (late.looks, late.builds, left(behind)) == (2, 0, 0)


@pytest.mark.parametrize("written", [False, True])
def test_a_death_before_or_behind_a_write_leaves_what_is_not_noted_behind_and_the_next_job_brings_it(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: bool
) -> None:
    class Mortal(Indexes):
        """The process ends at its second write: just before, or before it is noted in the database."""

        writes = 0

        def write(self, target: Index | Build, replacements: Sequence[Replacement]) -> None:
            self.writes += 1
            if self.writes == 1 or written:
                super().write(target, replacements)
            if self.writes == 2:
                raise SystemExit

    ids = [office.hand_in() for _ in range(2)]
    for id_ in ids:
        office.read(id_)
    Indexes(tmp_path).create(office.tenant)
    monkeypatch.setattr("eakte.finding.jobs.PAGES", 1)
    vault = Blank(FakeBlobs(), tmp_path / "master.key")
    with pytest.raises(SystemExit):
        FindingJobs(office.database, vault, Mortal(tmp_path)).catch_up(office.tenant)
    assert left(office) == 1
    FindingJobs(office.database, vault, Indexes(tmp_path)).catch_up(office.tenant)
    assert left(office) == 0
    with office.database.look(office.tenant) as unit:
        stamps = {id_: unit.run(select(table.c.stamp).where(table.c.id == id_)).scalar_one() for id_ in ids}
    assert Indexes(tmp_path).stamps(office.tenant, ids) == stamps


def test_documents_of_many_pages_are_held_in_memory_a_few_at_a_time_whatever_became_of_their_newest_version(
    office: Office,
) -> None:
    ids = [office.hand_in() for _ in range(5)]
    for id_, pages in zip(ids, (700, 500, 600, 1300, 1), strict=True):
        office.read(id_, pages=pages)
    office.new_version(ids[0])
    with office.database.look(office.tenant) as unit:
        together = [[each.row.id for each in described(unit, ids[first:], 1200)] for first in range(6)]
    assert together == [ids[:2], ids[1:3], ids[2:3], ids[3:4], ids[4:], []]


def test_what_changes_between_being_read_and_being_written_by_a_build_is_in_it_as_it_is_now(
    behind: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Overtaken(Indexes):
        """Both documents are read before the first is written; then the second changes, and is written live."""

        def write(self, target: Index | Build, replacements: Sequence[Replacement]) -> None:
            if not changed:
                assert ahead.wait(10)
                with behind.database.unit(behind.tenant) as unit:
                    documents.update(unit, second, title="Neu")
                changed.append(second)
                jobs(behind, Indexes(tmp_path), tmp_path).catch_up(behind.tenant)
            super().write(target, replacements)

    def read(*asked: Any) -> list[UUID]:
        found = read_documents(*asked)
        if found == [second]:
            ahead.set()
        return found

    second, changed, ahead = behind.hand_in(), list[UUID](), Event()
    behind.read(second)
    with behind.database.unit(behind.tenant) as unit:
        documents.withdraw(unit, behind.moment(), documents.find(unit, second, lock=True), "Irrläufer")
    monkeypatch.setattr("eakte.finding.jobs.BUILD_BATCH", 1)
    monkeypatch.setattr("eakte.finding.acts.read_documents", read)
    assert jobs(behind, Overtaken(tmp_path), tmp_path).reindex(behind.tenant) == 2
    with behind.database.look(behind.tenant) as unit:
        stamp = unit.run(select(table.c.stamp).where(table.c.id == second)).scalar_one()
    assert Indexes(tmp_path).stamps(behind.tenant, [second]) == {second: stamp}


def test_no_transaction_is_open_while_the_store_is_read(office: Office, tmp_path: Path) -> None:
    """The server ends one in which nothing is asked for half a minute, and a store may take longer."""

    class Looking(Blank):
        looks = idle = 0

        def open(self, *asked: Any, **more: Any) -> Iterator[bytes]:
            self.looks += 1
            with office.database.look(office.tenant) as unit:
                self.idle += unit.run(text(IDLE)).scalar_one()
            yield from super().open(*asked, **more)

    vault = Looking(FakeBlobs(), tmp_path / "master.key")
    work = FindingJobs(office.database, vault, Indexes(tmp_path))
    office.read(office.hand_in())
    work.reindex(office.tenant)
    office.read(office.hand_in())
    work.catch_up(office.tenant)
    assert (vault.looks, vault.idle) == (2, 0)


@pytest.mark.parametrize(("moments", "survives"), [(1, True), (2, False)])
def test_a_build_looks_again_at_what_was_taken_away_while_it_read(
    office: Office, tmp_path: Path, moments: int, survives: bool
) -> None:
    class Fleeting(Blank):
        opened = 0

        def open(self, *asked: Any, **more: Any) -> Iterator[bytes]:
            self.opened += 1
            if self.opened <= moments:
                raise Missing
            yield from super().open(*asked, **more)

    office.read(office.hand_in())
    Indexes(tmp_path).create(office.tenant)
    work = FindingJobs(office.database, Fleeting(FakeBlobs(), tmp_path / "master.key"), Indexes(tmp_path))
    with nullcontext() if survives else pytest.raises(Missing):
        assert work.reindex(office.tenant) == 1
    assert not begun(office, tmp_path)
