"""An import under kills: clients send, processes die at points of its progress; then peace, and a reckoning."""

import contextlib
import random
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import img2pdf
import psycopg

from eakte.demo.scans import tiny_pages
from tests.faults import outside
from tests.faults.inside import Inside
from tests.faults.kills import KINDS, kill, revive
from tests.faults.sending import Sending
from tests.service import Service

TENANT = "sturm"
REFERENCES = ("12345//1234567", "12345//7654321", "35502//0067890")
UNKNOWN = "99999//1111111"
PEACE = 60.0
"""Seconds without a kill after which nothing may be on its way any more."""
BACKLOG = 12
"""Documents that clients let wait, fewer in a small import: so sending lasts as long as reading, and both are hit."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Blow:
    """Falls when this share of the import is done, and a little later; by default a process of this kind is killed."""

    at: float
    kind: str
    delay: float


@dataclass
class Course:
    """How far a storm has come; all that a second start needs to go on."""

    acknowledged: dict[str, Any] = field(default_factory=dict)
    killed: list[str] = field(default_factory=list)
    seconds: float = 0.0


def plan(seed: int, blows: int, kinds_of: Collection[str] = KINDS) -> list[Blow]:
    """So many blows at random points, every kind as often as every other, in random order."""
    chance = random.Random(f"kills {seed}")
    rounds = -(-blows // len(kinds_of))
    kinds = [kind for _ in range(rounds) for kind in chance.sample(list(kinds_of), len(kinds_of))][:blows]
    points = sorted(chance.uniform(0.03, 0.95) for _ in kinds)
    return [Blow(at, kind, chance.uniform(0, 1.5)) for at, kind in zip(points, kinds, strict=True)]


def tiny_scans(folder: Path, documents: int, seed: int) -> dict[str, Path]:
    """Every eighth is a PDF of ten pages, every twentieth has three, the others are single; whole or not at all."""
    if not folder.exists():
        part = folder.with_name(f"{folder.name}.part")
        for number in range(documents):
            _scan(part, number, seed)
        part.rename(folder)
    return {path.name: path for path in sorted(folder.iterdir())}


def _scan(folder: Path, number: int, seed: int) -> None:
    pages = 10 if number % 8 == 3 else 3 if number % 20 == 5 else 1
    reference = [*REFERENCES, UNKNOWN][number % 4]
    desk = folder.with_name(f"{folder.name}-desk")
    folder.mkdir(parents=True, exist_ok=True)
    sheets = tiny_pages(desk, [reference], pages, seed=seed * 1000 + number)
    if pages == 1:
        sheets[0].rename(folder / f"scan-{number:03d}.tif")
    else:
        (folder / f"scan-{number:03d}.pdf").write_bytes(img2pdf.convert([str(sheet) for sheet in sheets]))
    for sheet in desk.iterdir():
        sheet.unlink()
    desk.rmdir()


def prepare(service: Service) -> str:
    """A tenant with the case files that most scans name; its key."""
    service.run("tenant", "create", TENANT, "--title", "Jobcenter im Sturm")
    key = service.key(TENANT, "clerk")
    with service.client(key) as clerk:
        for reference in REFERENCES:
            clerk.post("/v1/casefiles", json={"reference": reference, "title": "Muster"}).raise_for_status()
    return key


class Storm:
    """One import under blows. `strike` deals one of a kind; `keep` is called whenever the course has changed."""

    def __init__(
        self, service: Service, key: str, scans: dict[str, Path], course: Course, say: Say,
        keep: Callable[[], None] = lambda: None, strike: Callable[[str], object] | None = None,
    ) -> None:  # fmt: skip
        self._service, self._key, self._scans, self._course = service, key, scans, course
        self._say, self._keep = say, keep
        self._deal = strike or partial(kill, service)
        self._inside = Inside(service)
        self._settled = 0
        self._looked = 0.0
        self.surprises: list[str] = []

    def rage(self, kills: Sequence[Blow], seed: int) -> None:
        """Send everything; kill as planned, beginning behind what an earlier start killed already."""
        left = list(kills[len(self._course.killed) :])
        sending = Sending(
            self._service.url, self._key, list(self._scans.values()), self._course.acknowledged, seed, self._may_send
        )
        with sending.running(clients=3), self._timed():
            while left or len(self._course.acknowledged) < len(self._scans):
                self._look()
                revive(self._service)
                if left and self._progress() >= left[0].at:
                    self._strike(left.pop(0))
                time.sleep(0.05)
        self._say(
            f"{len(self._scans)} documents acknowledged after {sending.tries} tries, {self._course.seconds:.0f} s"
        )
        self.surprises += sending.surprises
        self._keep()

    def calm(self) -> float:
        """Seconds until nothing is on its way any more, counted from now; fails after `PEACE`."""
        begun = time.monotonic()
        while waiting := self._waiting():
            revive(self._service)
            if time.monotonic() - begun > PEACE:
                raise AssertionError(f"not at rest after {PEACE:g} s: {waiting}\n{self._service.log()}")
            time.sleep(0.2)
        return time.monotonic() - begun

    def complaints(self) -> list[str]:
        """All that is wrong, seen from the database, the disk, and a client."""
        found = [*self.surprises, *self._inside.complaints(self._course.acknowledged)]
        with self._service.client(self._key) as clerk:
            return found + outside.complaints(clerk, self._scans, self._course.acknowledged)

    def figures(self) -> dict[str, int]:
        """Counts for the report."""
        return self._inside.figures()

    def _strike(self, planned: Blow) -> None:
        time.sleep(planned.delay)
        self._deal(planned.kind)
        self._course.killed.append(planned.kind)
        done = f"{len(self._course.acknowledged)} acknowledged, {self._settled} settled"
        self._say(f"kill {len(self._course.killed)} at {self._progress():.0%}: {planned.kind} ({done})")
        self._keep()

    def _look(self) -> None:
        if time.monotonic() - self._looked > 0.5:
            with contextlib.suppress(psycopg.Error):
                self._settled = self._inside.settled()
            self._looked = time.monotonic()

    def _progress(self) -> float:
        return (len(self._course.acknowledged) + self._settled) / (2 * len(self._scans))

    def _may_send(self) -> bool:
        return len(self._course.acknowledged) - self._settled < min(BACKLOG, len(self._scans) // 3)

    def _waiting(self) -> dict[str, Any]:
        try:
            return self._inside.unsettled()
        except psycopg.Error as error:
            return {"database": str(error)}

    @contextlib.contextmanager
    def _timed(self) -> Iterator[None]:
        begun = time.monotonic()
        try:
            yield
        finally:
            self._course.seconds += time.monotonic() - begun
