"""`python -m tests.faults [--seed N]`: the long form. The same seed again goes on where a run was stopped."""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.faults.batch import deliver, line_blows, service_blows
from tests.faults.delivery import drawn
from tests.faults.disk import full_disk
from tests.faults.line import BadLine
from tests.faults.outages import OUTAGES, proxied_house, suffer
from tests.faults.storm import Course, Storm, plan, prepare, tiny_scans
from tests.homes import discard, new_home
from tests.service import Service, running
from tests.services.frame import serving
from tests.services.opensearch import OpenSearch
from tests.services.postgresql import PostgreSQL
from tests.services.seaweedfs import SeaweedFS
from tests.services.toxiproxy import Proxy, Toxiproxy

BATCH_PAGES, BATCH_CUTS, BATCH_KILLS, BATCH_RATE = 1000, 20, 5, 8
DOCUMENTS, KILLS, DISK_DOCUMENTS, OUTAGE_DOCUMENTS, OUTAGE_SECONDS = 100, 20, 24, 60, 30.0
FOLDER = Path("var/faults")

_begun = time.monotonic()


def say(line: str) -> None:
    print(f"{time.monotonic() - _begun:7.1f} s  {line}", flush=True)


class Notes:
    """The state of one seed's run in a file: where its service lives and how far the import has come."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "state.json"
        self.course, self.home, self.port, self.key = Course(), "", 0, ""
        if self._file.exists():
            noted: dict[str, Any] = json.loads(self._file.read_text())
            self.home, self.port, self.key = noted["home"], noted["port"], noted["key"]
            self.course = Course(**noted["course"])

    def keep(self) -> None:
        """Replace the file whole."""
        noted = {"home": self.home, "port": self.port, "key": self.key, "course": asdict(self.course)}
        part = self._file.with_suffix(".part")
        part.write_text(json.dumps(noted))
        part.replace(self._file)

    def service(self) -> Service:
        """The service of the run, running; its tenant and key are made at the first start."""
        found = Service(Path(self.home), port=self.port) if self.key else Service(new_home())
        for left in found.pids("eakte up"):  # the run before was killed itself
            os.kill(left, signal.SIGKILL)
        found.start()
        if not self.key:
            self.home, self.port = str(found.home), found.port
            self.key = prepare(found)
            self.keep()
        return found


def storm(folder: Path, seed: int) -> list[str]:
    """Kills during an import, then peace; the complaints. A home that nobody complains about is removed."""
    say(f"drawing {DOCUMENTS} documents")
    scans = tiny_scans(folder / "scans", DOCUMENTS, seed)
    notes = Notes(folder)
    if done := len(notes.course.killed):
        say(f"going on: {len(notes.course.acknowledged)} acknowledged, {done} kills done")
    service = notes.service()
    try:
        found = _import(Storm(service, notes.key, scans, notes.course, say, notes.keep), notes.course, seed)
    finally:
        service.stop()
    if not found:
        discard(service.home)
    return found


def _import(raging: Storm, course: Course, seed: int) -> list[str]:
    raging.rage(plan(seed, KILLS), seed)
    say(f"kills by kind: {dict(Counter(course.killed))}")
    say(f"at rest {raging.calm():.1f} s after the last kill and the last answer")
    say(f"figures: {raging.figures()}")
    return raging.complaints()


def batch(seed: int) -> list[str]:
    """A batch of a scanning centre over a line that is cut, into a service that is killed; to the last side."""
    say(f"drawing a batch of {BATCH_PAGES} pages")
    with tempfile.TemporaryDirectory() as desk, running() as service, serving(Toxiproxy()) as toxiproxy:
        delivery = drawn(Path(desk), f"SZ-{seed}", BATCH_PAGES)
        line = BadLine(Proxy(toxiproxy["TOXIPROXY_URL"], "batch", urlsplit(service.url).netloc), BATCH_RATE, seed)
        return deliver(service, line, delivery, line_blows(seed, BATCH_CUTS), service_blows(seed, BATCH_KILLS), say)


def outages(folder: Path, seed: int) -> list[str]:
    """Every kind of outage of the servers of a larger house, some seconds beyond anybody's patience."""
    scans = tiny_scans(folder / "outage-scans", OUTAGE_DOCUMENTS, seed)
    with ExitStack() as servers:
        postgresql, seaweedfs, opensearch, toxiproxy = (
            servers.enter_context(serving(each)) for each in (PostgreSQL(), SeaweedFS(), OpenSearch(), Toxiproxy())
        )
        house = proxied_house(postgresql, seaweedfs, opensearch["OPENSEARCH_URL"], toxiproxy["TOXIPROXY_URL"])
        service, wires = servers.enter_context(house)

        def strike(kind: str) -> None:
            say(f"{kind} for {OUTAGE_SECONDS:g} s")
            suffer(wires, kind, OUTAGE_SECONDS)

        raging = Storm(service, prepare(service), scans, Course(), say, strike=strike)
        raging.rage(plan(seed, len(OUTAGES), OUTAGES), seed)
        say(f"at rest {raging.calm():.1f} s after the last outage and the last answer")
        say(f"figures: {raging.figures()}")
        return raging.complaints()


def main() -> int:
    """0 only if nobody has anything to complain about."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    seed = parser.parse_args().seed
    folder = FOLDER / str(seed)
    folder.mkdir(parents=True, exist_ok=True)
    say(f"seed {seed}; `make faults SEED={seed}` goes on or does the same again")
    complaints = storm(folder, seed)
    for below in ("", "blobs"):
        say(f"a disk of its own for {below or 'the whole home'} fills")
        complaints += full_disk(folder / "disk-scans", DISK_DOCUMENTS, below, say)
    say("a house on servers of its own, each failing in turn")
    complaints += outages(folder, seed)
    complaints += batch(seed)
    for complaint in complaints:
        say(f"FOUND {complaint}")
    say(f"{len(complaints)} complaints" if complaints else "0 lost, 0 doubled, 0 stuck, 0 parked")
    if not complaints:
        (folder / "state.json").unlink()
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
