"""The same documents through the whole service against bare tesseract: `python -m benchmarks.service [--rounds N]`.

Ten PDFs of nine scanned pages are handed in, one after the other; the time ends when all have been read, are PDF/A and
lie in a case file or the clearing basket. Two reading processes against two of tesseract, as in `benchmarks.ocr`; the
service runs already, as it does. Rounds alternate. Exit status 1 if the bound is missed.
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, bars, conclude
from benchmarks.house import Connection, Wire, form
from benchmarks.ocr import PAGES, Side, Texts, bare_side, compare, corpus, documents, options, own_corpus, report
from tests.service import Service, running

BOUND = 0.95
LOOK = 0.5
LONGEST = 1200.0
TENANT = "bench"
TICKS = 100.0


@dataclass
class Office:
    """A running service with one tenant, whose clerk hands in."""

    service: Service
    wire: Wire

    def run(self, folder: Path) -> Texts:
        """Hand in all PDFs of the folder and wait for the last; what was read stays in the service."""
        handed = [self._hand_in(path) for path in sorted(folder.glob("*.pdf"))]
        for id_ in handed:
            self._settle(id_)
        return {}

    def _hand_in(self, path: Path) -> str:
        with self.wire.connected() as connection:
            id_: str = json.loads(connection.post("/v1/documents", form(path.read_bytes())))["id"]
        return id_

    def _settle(self, id_: str) -> None:
        end = time.monotonic() + LONGEST
        with self.wire.connected() as connection:
            while not _settled(document := _document(connection, id_)):
                if time.monotonic() > end:
                    raise TimeoutError(f"{document}\n{self.service.log()}")
                time.sleep(LOOK)
        archival = [each for each in document["versions"][-1]["renditions"] if each["kind"] == "archival"]
        if not archival or archival[0]["conformance"] is None:
            raise RuntimeError(f"no PDF/A was made of {document}")

    def spent(self) -> float:
        """CPU seconds of everything the service runs and ran, its database included."""
        assert self.service.process is not None
        return family_seconds(self.service.process.pid)


def _document(connection: Connection, id_: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(connection.get(f"/v1/documents/{id_}"))
    return found


def _settled(document: dict[str, Any]) -> bool:
    return document["reading"]["state"] in {"done", "failed"} and document["place"] != "none"


def family_seconds(pid: int) -> float:
    """CPU of a process, its living descendants, and the ended ones that somebody waited for."""
    times, parents = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parts = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(parts[1])
        times[int(stat.parent.name)] = sum(map(int, parts[11:15])) / TICKS
    family = {pid}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(times.get(member, 0.0) for member in family)


@contextmanager
def office() -> Iterator[Office]:
    """A fresh service, gone afterwards; `--jobs` of its worker is the number of cores."""
    with running() as service:
        service.run("tenant", "create", TENANT, "--title", "Jobcenter Messlatte")
        yield Office(service, Wire(service.port, service.key(TENANT, "clerk")))


def side(place: Office) -> Side:
    return Side("whole service", place.run, place.spent)


def figures_of(speed: tuple[float, float], ours: Side, pages: int) -> list[Figure]:
    return [
        Figure("whole service with PDF/A against tesseract, wall", speed[0], bound=BOUND),
        Figure("  the same, CPU", speed[1]),
        Figure("  the same, pages a second", pages / min(ours.wall), "pages/s"),
    ]


def draw(figures: list[Figure]) -> None:
    values = {name: figure.value for name, figure in zip(("wall", "CPU"), figures[:2], strict=True)}
    bars("service", "whole service, times as fast as bare tesseract", values, BOUND)


def main() -> int:
    given = options("service", __doc__)
    nines = documents(corpus(given.corpus or own_corpus()), given.documents, PAGES)
    bare = bare_side()
    with office() as place:
        ours = side(place)
        compare(nines, given.rounds, bare, ours)
    figures = figures_of(report("PDFs of nine pages", nines, ours, bare), ours, sum(map(len, nines)))
    draw(figures)
    return conclude(figures)


if __name__ == "__main__":
    sys.exit(main())
