"""One batch by `eakte upload`, while the line is cut and the service killed; then a reckoning, side by side."""

import contextlib
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence

import httpx
import psycopg

from tests.faults.delivery import Delivery
from tests.faults.inside import Inside
from tests.faults.kills import KINDS, kill, revive
from tests.faults.line import CUTS, BadLine
from tests.faults.storm import PEACE, Blow, Say
from tests.service import Service

TENANT = "stapel"
SENDER = "sender"
LONGEST = 1800.0
"""Seconds after which a delivery is taken for stuck."""
AGAIN = {-9, 1, 3}
"""Ends of `eakte upload` after which it is started again: killed, no line, not settled in time."""


def line_blows(seed: int, cuts: int) -> list[Blow]:
    """So many cuts of all kinds at random shares of what was sent; every tenth kills the sending command instead."""
    chance = random.Random(f"cuts {seed}")
    points = sorted(chance.uniform(0.02, 0.97) for _ in range(cuts + cuts // 10))
    kinds = [SENDER] * (cuts // 10) + [CUTS[number % len(CUTS)] for number in range(cuts)]
    chance.shuffle(kinds)
    return [Blow(at, kind, chance.uniform(0, 0.4)) for at, kind in zip(points, kinds, strict=True)]


def service_blows(seed: int, kills: int) -> list[Blow]:
    """So many kills of all kinds at random shares of what was sent and read."""
    chance = random.Random(f"batch kills {seed}")
    kinds = chance.sample(list(KINDS), len(KINDS)) * -(-kills // len(KINDS))
    points = sorted(chance.uniform(0.05, 0.9) for _ in range(kills))
    return [Blow(at, kind, chance.uniform(0, 0.5)) for at, kind in zip(points, kinds[:kills], strict=True)]


def deliver(service: Service, line: BadLine, delivery: Delivery, cuts: Sequence[Blow], kills: Sequence[Blow], say: Say,
            ) -> list[str]:  # fmt: skip
    """A batch under these blows, the broken file replaced, the receipts checked offline; the complaints."""
    storm, found = BatchStorm(service, line, delivery, say), list[str]()
    storm.rage(cuts, kills)
    say(f"at rest {storm.calm():.1f} s after the receipts")
    found += storm.complaints(mended=False)
    storm.replace_the_broken_file()
    say(f"the broken file replaced; at rest {storm.calm():.1f} s after the new receipts")
    found += storm.complaints(mended=True)
    say(f"figures: {storm.figures()}")
    service.stop()
    return found + list(storm.receipts_complaints())


class BatchStorm:
    """One delivery under blows. `key`: of a scanner."""

    def __init__(self, service: Service, line: BadLine, delivery: Delivery, say: Say) -> None:
        self._service, self._line, self._delivery, self._say = service, line, delivery, say
        service.run("tenant", "create", TENANT, "--title", "Jobcenter am Scanzentrum")
        self._key = service.key(TENANT, "scanner")
        (delivery.folder.parent / "key").write_text(self._key)
        self._receipts = delivery.folder.parent / "belege"
        self._inside = Inside(service)
        self._came, self._read, self._looked = 0.0, 0.0, 0.0
        self._command: subprocess.Popen[str] | None = None
        self.starts, self.killed = 0, list[str]()
        self.surprises: list[str] = []

    def rage(self, cuts: Sequence[Blow], kills: Sequence[Blow]) -> None:
        """Send, cut, kill, and send again until the command says that all is accounted for."""
        on_line, on_service, begun, done = list(cuts), list(kills), time.monotonic(), False
        try:
            while on_line or on_service or not done:
                assert time.monotonic() - begun < LONGEST, f"not delivered: {self.surprises}\n{self._service.log()}"
                done = self._delivered() or done
                self._look()
                revive(self._service)
                if on_line and self._came >= on_line[0].at:
                    self._strike_line(on_line.pop(0))
                if on_service and (self._came + self._read) / 2 >= on_service[0].at:
                    self._strike_service(on_service.pop(0))
                time.sleep(0.05)
        finally:
            self._end_command()
        self._say(
            f"{self._delivery.pages} pages in {len(self._delivery.plans) + 1} files: {self._line.cuts} cuts, "
            f"{dict(Counter(self.killed))} killed, eakte upload started {self.starts} times, "
            f"{time.monotonic() - begun:.0f} s"
        )

    def replace_the_broken_file(self) -> None:
        """In peace, as a centre does: the same command over a mended folder."""
        self._delivery.mend()
        while not self._delivered():
            time.sleep(0.05)

    def calm(self) -> float:
        """Seconds until nothing is on its way any more; fails after `PEACE`."""
        begun = time.monotonic()
        while waiting := self._inside.unsettled():
            if time.monotonic() - begun > PEACE:
                raise AssertionError(f"not at rest: {waiting}\n{self._service.log()}")
            time.sleep(0.2)
        return time.monotonic() - begun

    def complaints(self, *, mended: bool) -> list[str]:
        """All that is wrong, seen by the centre, in the database and on the disk."""
        with self._service.client(self._key) as centre:
            seen = [*self.surprises, *self._ledger(centre, mended=mended)]
        return [*seen, *self._counts(mended=mended), *self._inside.aftermath()]

    def figures(self) -> dict[str, int]:
        """Counts for the report."""
        return self._inside.figures()

    def receipts_complaints(self) -> Iterator[str]:
        """What an offline check says against the receipts; the service may be stopped."""
        for kind in ("delivery", "reconciliation"):
            path = self._receipts / f"{self._delivery.reference}.{kind}.json"
            told = self._service.run("verify", str(path), "--key", str(self._receipts / "keys.json"), check=False)
            if "gültig" not in told:
                yield f"{kind} receipt: {told or 'refused'}"

    def _delivered(self) -> bool:
        """Whether the command has ended well; one that ended otherwise is started again."""
        if self._command is None:
            self._command = self._upload()
        status = self._command.poll()
        if status is None:
            return False
        told = self._command.communicate()[0]
        self._command = None
        if (status != 0 and (status not in AGAIN or "Traceback" in told)) or "abgelehnt" in told:
            self.surprises.append(f"eakte upload ended with {status}: {told[-2000:]}")
        return status == 0 or status not in AGAIN

    def _upload(self) -> subprocess.Popen[str]:
        self.starts += 1
        folder = self._delivery.folder
        said = {"url": self._line.url, "patience": "5", "timeout": "900", "key-file": str(folder.parent / "key"),
                "receipts": str(self._receipts)}  # fmt: skip
        command = [sys.executable, "-m", "eakte", "upload", str(folder)]
        command += [part for name, value in said.items() for part in (f"--{name}", value)]
        environment = {"PATH": "/usr/bin:/bin", "EAKTE_HOME": str(folder.parent / "nothing-here")}
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def _end_command(self) -> None:
        if self._command is not None:
            self._command.kill()
            self._command.communicate()
            self._command = None

    def _strike_line(self, planned: Blow) -> None:
        time.sleep(planned.delay)
        if planned.kind == SENDER:
            if self._command is not None:
                self._command.kill()
            self.killed.append(SENDER)
        else:
            self._line.cut(planned.kind)
        self._say(f"at {self._came:.0%} sent, {self._read:.0%} read: {planned.kind}")

    def _strike_service(self, planned: Blow) -> None:
        time.sleep(planned.delay)
        kill(self._service, planned.kind)
        self.killed.append(planned.kind)
        self._say(f"at {self._came:.0%} sent, {self._read:.0%} read: {planned.kind} killed")

    def _look(self) -> None:
        """Shares of files that came and of pages that are accounted for."""
        if time.monotonic() - self._looked < 0.2:
            return
        with contextlib.suppress(psycopg.Error):
            found = self._inside.rows("""SELECT (SELECT count(*) FROM batch_items) AS items,
                (SELECT count(*) FROM received_pages) AS pages""")[0]
            self._came = found["items"] / (len(self._delivery.plans) + 1)
            self._read = found["pages"] / self._delivery.pages
        self._looked = time.monotonic()

    def _ledger(self, centre: httpx.Client, *, mended: bool) -> Iterator[str]:
        found = centre.get("/v1/batches").json()["items"]
        if [each["reference"] for each in found] != [self._delivery.reference]:
            yield f"batches: {[each['reference'] for each in found]}"
            return
        batch = centre.get(f"/v1/batches/{found[0]['id']}").json()
        if (batch["state"], batch["differences"]) != ("reconciled", []):
            yield f"the batch is {batch['state']}: {batch['differences']}"
        if batch["ledger"] != (wanted := self._delivery.ledger(mended=mended)):
            yield f"the ledger says {batch['ledger']} for {wanted}"
        if any(each["settled_at"] is None for each in batch["refusals"]):
            yield f"refused: {batch['refusals']}"

    def _counts(self, *, mended: bool) -> Iterator[str]:
        files = len(self._delivery.plans) + 1 + mended
        found = self._inside.rows("""SELECT (SELECT count(*) FROM batch_items) AS items,
            (SELECT count(*) FROM received_files) AS files, (SELECT count(*) FROM documents) AS documents,
            (SELECT count(*) FROM uploads WHERE result IS NULL) AS open_uploads,
            (SELECT count(*) FROM upload_parts) AS parts,
            (SELECT count(*) FROM blobs WHERE blob_class = 'scratch') AS scratch,
            (SELECT count(*) FROM received_pages) AS pages""")[0]
        pages = self._delivery.pages - (0 if mended else 2)
        wanted = {"items": files, "files": files, "documents": self._delivery.documents + mended, "open_uploads": 0,
                  "parts": 0, "scratch": 0, "pages": pages}  # fmt: skip
        yield from (f"{found[name]} {name} for {count}" for name, count in wanted.items() if found[name] != count)
