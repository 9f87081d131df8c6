"""A disk that fills and is emptied: uploads are refused, reading pauses, nothing is parked, then all goes on."""

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx

from tests.faults.inside import Inside
from tests.faults.sending import Sending
from tests.faults.storm import PEACE, Course, Say, Storm, prepare, tiny_scans
from tests.homes import discard, new_home
from tests.service import Service, until

SIZE = 500 << 20
KEPT_FREE = "64MiB"


def can_mount() -> bool:
    """Whether this user may mount a small file system."""
    with tempfile.TemporaryDirectory() as folder:
        mounted = _mount(Path(folder), 1 << 20)
        if mounted:
            _unmount(Path(folder))
    return mounted


@contextlib.contextmanager
def small_installation(below: str) -> Iterator[Service]:
    """A service whose `below` ("" its whole home, or "blobs") is a disk of its own, and gone afterwards."""
    service = Service(new_home(), settings={"FREE_SPACE_MIN": KEPT_FREE})
    folder = service.home / below
    folder.mkdir(exist_ok=True, mode=0o700)
    assert _mount(folder, SIZE)
    try:
        service.start()
        yield service
    finally:
        if service.process is not None and service.process.poll() is None:
            service.stop()
        if below:
            _unmount(folder)
            discard(service.home)
        else:
            _discard_mounted(service.home)


def _discard_mounted(home: Path) -> None:
    for each in home.iterdir():
        if each.name != "postgres.json":
            subprocess.run(["rm", "-rf", each], check=True)
    note = (home / "postgres.json").read_bytes()
    _unmount(home)
    (home / "postgres.json").write_bytes(note)
    discard(home)


def _mount(folder: Path, size: int) -> bool:
    options = f"size={size},mode=0{folder.stat().st_mode & 0o777:o}"
    command = ["mount", "-t", "tmpfs", "-o", options, "eakte-small", str(folder)]
    return os.geteuid() == 0 and subprocess.run(command, capture_output=True).returncode == 0


def _unmount(folder: Path) -> None:
    subprocess.run(["umount", str(folder)], check=True)


class Ballast:
    """A file that takes room."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "ballast"

    def leave(self, free: int) -> None:
        """Grow until at most so many bytes are free; what others take meanwhile counts."""
        with self._file.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while (room := _free(self._file.parent) - free) > 0:
                file.write(bytes(min(room, 1 << 20)))

    def lift(self) -> None:
        """Give all of it back."""
        self._file.unlink()


def _free(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def fill_and_empty(service: Service, disk: Path, scans: dict[str, Path], say: Say) -> list[str]:
    """Documents are on their way while the disk gets nearly full, then full, then has room again; the complaints."""
    key, course = prepare(service), Course()
    storm, inside, ballast = Storm(service, key, scans, course, say), Inside(service), Ballast(disk)
    first, last = _halves(scans)
    _send(service, key, first, course.acknowledged)
    ballast.leave(32 << 20)
    with service.client(key) as clerk:
        refused = refusal(clerk, last[0])
        say(f"nearly full: uploads get {refused}")
        held = paused(inside)
        say(f"nearly full: {held} on their way, and they wait")
        ballast.leave(0)
        time.sleep(3)
        with contextlib.suppress(httpx.HTTPError):
            say(f"full: uploads get {refusal(clerk, last[0])}")
    ballast.lift()
    _send(service, key, last, course.acknowledged)
    say(f"room again: at rest after {storm.calm():.1f} s")
    return storm.complaints()


def raise_and_lower_the_limit(service: Service, scans: dict[str, Path], say: Say) -> list[str]:
    """The same where nothing may be mounted: the room that must stay free is set above what there is, and back."""
    key, course = prepare(service), Course()
    storm = Storm(service, key, scans, course, say)
    first, last = _halves(scans)
    _send(service, key, first, course.acknowledged)
    service.stop()
    service.settings["FREE_SPACE_MIN"] = "900TiB"
    service.start()
    with service.client(key) as clerk:
        say(f"nearly full: uploads get {refusal(clerk, last[0])}, {paused(Inside(service))} on their way wait")
    service.stop()
    service.settings["FREE_SPACE_MIN"] = KEPT_FREE
    service.start()
    _send(service, key, last, course.acknowledged)
    say(f"room again: at rest after {storm.calm():.1f} s")
    return storm.complaints()


def refusal(clerk: httpx.Client, scan: Path) -> str:
    """What an upload is told; it must be told to come again."""
    answer = clerk.post("/v1/documents", files={"file": (scan.name, scan.read_bytes())})
    assert answer.status_code in {503, 507}, f"{answer.status_code} {answer.text}"
    assert int(answer.headers["Retry-After"]) > 0
    return f"{answer.status_code} {answer.json()['code']}"


def paused(inside: Inside) -> int:
    """Documents on their way once no more of them come to their place; none may have been parked."""

    def still() -> list[Any]:
        before = inside.settled()
        time.sleep(4)
        return [before] if inside.settled() == before else []

    until(still, PEACE)
    assert inside.rows("SELECT title FROM documents WHERE state = 'parked'") == []
    held = inside.unsettled().get("reading", 0)
    assert held, "reading went on"
    return held


def _halves(scans: dict[str, Path]) -> tuple[list[Path], list[Path]]:
    paths = list(scans.values())
    return paths[: len(paths) // 2], paths[len(paths) // 2 :]


def _send(service: Service, key: str, scans: Sequence[Path], acknowledged: dict[str, Any]) -> None:
    sending = Sending(service.url, key, scans, acknowledged, seed=0)
    with sending.running(clients=3):
        until(lambda: all(scan.name in acknowledged for scan in scans), PEACE, service.log)
    assert sending.surprises == []


def full_disk(scans_folder: Path, documents: int, below: str, say: Say) -> list[str]:
    """Fill and empty the disk below an installation of its own; by the limit alone where nothing can be mounted."""
    scans = tiny_scans(scans_folder, documents, seed=2)
    if can_mount():
        with small_installation(below) as service:
            return fill_and_empty(service, service.home / below, scans, say)
    service = Service(new_home())
    try:
        service.start()
        return raise_and_lower_the_limit(service, scans, say)
    finally:
        service.stop()
        discard(service.home)
