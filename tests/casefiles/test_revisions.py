"""Laws of revisions, against a plain model of what a case file is."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy.exc import ProgrammingError
from uuid_utils.compat import uuid7

from eakte.casefiles import acts, history
from eakte.casefiles.model import FILED, UNFILED
from eakte.casefiles.tables import lines, proceedings, revisions
from eakte.database import Database
from eakte.documents import acts as documents
from eakte.errors import NotFound, Refused
from eakte.supervise.cluster import Urls
from tests.casefiles.office import BEGINNING, Office

TITLES = st.sampled_from(["Antrag", "Mietvertrag", "Kontoauszug"])
PICK = st.integers(0, 1000)

Snapshot = tuple[tuple[Any, ...], ...]


@dataclass
class Paper:
    """What the model knows of a document."""

    title: str = "Scan"
    type_code: str | None = None
    receipt_date: date = date(2026, 11, 2)
    version: int = 1
    case_file: UUID | None = None
    number: int = 0
    proceeding: UUID | None = None


@dataclass
class Folder:
    """What the model knows of a case file: how it stood after each act, and when that was."""

    last_number: int = 0
    proceedings: list[UUID] = field(default_factory=list)
    revisions: list[tuple[datetime, Snapshot]] = field(default_factory=list)


@dataclass
class Reader:
    """Somebody turning the pages of a revision while others work."""

    case_file: UUID
    revision: int
    seen: list[tuple[Any, ...]] = field(default_factory=list)
    done: bool = False


class CaseFiles(RuleBasedStateMachine):
    """Several actors work on three case files; the clock may be set back."""

    office: Office

    @initialize()
    def begin(self) -> None:
        self.office = self.office.another()
        self.office.now = BEGINNING
        self.papers: dict[UUID, Paper] = {}
        self.folders: dict[UUID, Folder] = {}
        self.readers: list[Reader] = []
        self.actors = [uuid7() for _ in range(3)]
        for number in range(3):
            opened = self.office.open_case(f"05817//000000{number}")
            self.folders[opened.id] = Folder(revisions=[(self.office.now, ())])
        for _ in range(2):
            self.receive()

    @rule()
    def receive(self) -> None:
        self.papers[self.office.hand_in()] = Paper()

    @rule(seconds=st.integers(-90, 90))
    def time_passes(self, seconds: int) -> None:
        self.office.now += timedelta(seconds=seconds)

    @rule(paper=PICK, folder=PICK, proceeding=PICK, actor=PICK)
    def file(self, paper: int, folder: int, proceeding: int, actor: int) -> None:
        document, target = self._pick(self.papers, paper), self._pick(self.folders, folder)
        mine, new = self.papers[document], self.folders[target]
        inside = [None, *new.proceedings][proceeding % (len(new.proceedings) + 1)]
        if (mine.case_file, mine.proceeding) == (target, inside) and mine.case_file:
            with pytest.raises(Refused):
                self._act(actor, document, lambda unit, moment, found: acts.file(unit, moment, found, target, inside))
            return
        self._act(actor, document, lambda unit, moment, found: acts.file(unit, moment, found, target, inside))
        left = mine.case_file if mine.case_file != target else None
        if mine.case_file != target:
            new.last_number += 1
            mine.number = new.last_number
        mine.case_file, mine.proceeding = target, inside
        self._revised(*[each for each in (left, target) if each])

    @rule(paper=PICK, actor=PICK)
    def unfile(self, paper: int, actor: int) -> None:
        document = self._pick(self.papers, paper)
        mine = self.papers[document]
        if mine.case_file is None:
            with pytest.raises(Refused):
                self._act(actor, document, lambda unit, moment, found: acts.unfile(unit, moment, found, "x"))
            return
        self._act(actor, document, lambda unit, moment, found: acts.unfile(unit, moment, found, "x"))
        left, mine.case_file, mine.proceeding = mine.case_file, None, None
        self._revised(left)

    @rule(paper=PICK, actor=PICK, title=TITLES, type_code=st.sampled_from(["MIET", "KTO"]), day=st.integers(1, 28))
    def change(self, paper: int, actor: int, title: str, type_code: str, day: int) -> None:
        document = self._pick(self.papers, paper)
        mine = self.papers[document]
        mine.title, mine.type_code, mine.receipt_date = title, type_code, date(2026, 10, day)
        wanted = {"title": title, "type_code": type_code, "receipt_date": mine.receipt_date}
        self._act(actor, document, lambda unit, moment, found: acts.change(unit, moment, found, wanted, None))
        self._revised(*[each for each in [mine.case_file] if each])

    @rule(paper=PICK, actor=PICK)
    def replace(self, paper: int, actor: int) -> None:
        document = self._pick(self.papers, paper)
        mine = self.papers[document]
        mine.version = self.office.new_version(document, self._actor(actor))
        self._revised(*[each for each in [mine.case_file] if each])

    @rule(folder=PICK)
    def open_proceeding(self, folder: int) -> None:
        target = self._pick(self.folders, folder)
        with self.office.database.unit(self.office.tenant) as unit:
            new = acts.open_proceeding(unit, self.office.moment(), target, "Widerspruch")
        self.folders[target].proceedings.append(new.id)
        self._revised(target)

    @rule(folder=PICK)
    def begin_to_read(self, folder: int) -> None:
        target = self._pick(self.folders, folder)
        self.readers.append(Reader(target, len(self.folders[target].revisions)))

    @precondition(lambda self: self.readers)
    @rule(reader=PICK, limit=st.integers(1, 3))
    def turn_the_page(self, reader: int, limit: int) -> None:
        self._page(self.readers[reader % len(self.readers)], limit)

    def _page(self, reader: Reader, limit: int) -> None:
        after = reader.seen[-1][0] if reader.seen else 0
        with self.office.database.look(self.office.tenant) as unit:
            page = self._lines(unit, reader.case_file, reader.revision, after, limit)
        reader.seen += page
        reader.done = len(page) < limit

    def teardown(self) -> None:
        """Every revision and every moment, at last, as the model has kept them."""
        if not hasattr(self, "folders"):
            return
        with self.office.database.look(self.office.tenant) as unit:
            for id_, folder in self.folders.items():
                self._compare(unit, id_, folder)
        for reader in self.readers:
            while not reader.done:
                self._page(reader, 2)
            assert tuple(reader.seen) == self.folders[reader.case_file].revisions[reader.revision - 1][1]

    def _compare(self, unit: Any, id_: UUID, folder: Folder) -> None:
        now = acts.find(unit, id_)
        assert (now.revision, now.last_number) == (len(folder.revisions), folder.last_number)
        written = history.revision_list(unit, id_, 0, 10_000)
        assert [each.revision for each in written] == list(range(1, len(folder.revisions) + 1))
        assert [each.at for each in written] == [at for at, _ in folder.revisions]
        assert [each.at for each in written] == sorted(each.at for each in written)
        for number, (at, snapshot) in enumerate(folder.revisions, 1):
            assert tuple(self._lines(unit, id_, number, 0, 1000)) == snapshot
            last = max(n for n, (then, _) in enumerate(folder.revisions, 1) if then <= at)
            assert history.as_of(unit, now, at).revision == last
        with pytest.raises(NotFound):
            history.as_of(unit, now, folder.revisions[0][0] - timedelta(microseconds=1))
        with pytest.raises(NotFound):
            history.as_of(unit, now, len(folder.revisions) + 1)

    def _lines(self, unit: Any, id_: UUID, revision: int, after: int, limit: int) -> list[tuple[Any, ...]]:
        return [
            (line.number, line.document, line.version, line.proceeding, line.title, line.type_code, line.receipt_date)
            for line, _ in history.lines_at(unit, id_, revision, after, limit)
        ]

    def _act(self, actor: int, document: UUID, act: Any) -> None:
        with self.office.database.unit(self.office.tenant) as unit:
            act(unit, self.office.moment(self._actor(actor)), documents.find(unit, document, lock=True))

    def _actor(self, actor: int) -> UUID:
        return self.actors[actor % len(self.actors)]

    def _revised(self, *changed: UUID) -> None:
        at = max([self.office.now, *(self.folders[each].revisions[-1][0] for each in changed)])
        for each in changed:
            inside = sorted(
                (p.number, document, p.version, p.proceeding, p.title, p.type_code, p.receipt_date)
                for document, p in self.papers.items()
                if p.case_file == each
            )
            self.folders[each].revisions.append((at, tuple(inside)))

    @staticmethod
    def _pick(among: dict[UUID, Any], number: int) -> UUID:
        return list(among)[number % len(among)]


@pytest.fixture
def quick(database: Urls) -> Iterator[Office]:
    """Without a queue: what follows from acts is not of interest here."""
    founded = Office(Database(database.app, lambda _unit: None, pool=6)).founded()
    yield founded
    founded.database.close()


def test_any_revision_or_moment_is_shown_as_the_model_remembers_it(quick: Office) -> None:
    """Numbers are never given twice, times never go back, pages of a revision add up to it while others work."""

    class Bound(CaseFiles):
        office = replace(quick)

    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Bound,
        settings=settings(
            max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_two_who_move_the_same_documents_back_and_forth_never_lock_each_other_out(quick: Office) -> None:
    """Nor does a revision go missing: every move is one in both case files."""
    cases = [quick.open_case(f"05817//000000{number}").id for number in range(2)]
    papers = [quick.hand_in() for _ in range(2)]
    for paper in papers:
        quick.file(paper, cases[0])
    failures: list[BaseException] = []

    def move(order: int) -> None:
        try:
            for step in range(30):
                _other_side(quick, papers[(step + order) % 2], cases)
        except BaseException as error:  # noqa: BLE001 whatever it is, the test shall tell
            failures.append(error)

    threads = [Thread(target=move, args=(order,)) for order in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with quick.database.look(quick.tenant) as unit:
        for case_file, before in zip(cases, (3, 1), strict=True):
            written = history.revision_list(unit, case_file, 0, 1000)
            assert [each.revision for each in written] == list(range(1, before + 61))
            assert {each.act for each in written[before:]} == {FILED, UNFILED}
            assert [each.at for each in written] == sorted(each.at for each in written)


def _other_side(office: Office, paper: UUID, cases: list[UUID]) -> None:
    with office.database.unit(office.tenant) as unit:
        document = documents.find(unit, paper, lock=True)
        target = cases[1] if document.case_file == cases[0] else cases[0]
        acts.file(unit, office.moment(), document, target)


def test_the_service_itself_cannot_rewrite_what_a_revision_showed(quick: Office) -> None:
    case_file, paper = quick.open_case("05817//0000000").id, quick.hand_in()
    quick.file(paper, case_file)
    for forgery in (
        lines.update().values(title="x"), lines.update().values(from_revision=9), lines.delete(),
        revisions.update().values(title="x"), revisions.delete(), proceedings.update().values(title="x"),
    ):  # fmt: skip
        with pytest.raises(ProgrammingError, match="permission denied"), quick.database.unit(quick.tenant) as unit:
            unit.run(forgery)
