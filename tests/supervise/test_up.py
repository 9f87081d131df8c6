"""The supervisor, as a process of its own over small programs and a real database."""

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from eakte.supervise.takeover import answers, within

Start = Callable[..., "House"]


class House:
    """A running supervisor and what it says."""

    def __init__(self, home: Path, *options: str) -> None:
        self.home, self.port = home, free_port()
        command = [sys.executable, "-m", "tests.supervise.small_house", str(home), str(self.port), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.lines: list[str] = []
        self._coming: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._coming.put(line.rstrip("\n"))
        self._coming.put(None)

    def await_line(self, part: str, seconds: float = 30) -> str:
        """The next line that holds the part; earlier ones are kept in `lines`."""
        while (line := self._coming.get(timeout=seconds)) is not None:
            self.lines.append(line)
            if part in line:
                return line
        raise AssertionError(f"{part!r} was not said, but {self.lines}")

    def await_ready(self) -> None:
        self.await_line("eakte is ready at")

    def family(self) -> dict[str, int]:
        """Pids of the supervisor's children by what they are."""
        found = {}
        for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            words = Path(f"/proc/{pid}/cmdline").read_text()
            kind = "database" if "postgres" in words else "API" if "http.server" in words else "worker"
            found[kind] = int(pid)
        return found

    def database_answers(self) -> bool:
        return answers(Path(json.loads((self.home / "postgres.json").read_text())["socket"]))

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.finish()

    def finish(self) -> int:
        code = self.process.wait(40)
        self._reader.join()
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def none_lives(pids: list[int]) -> bool:
    return not any(map(lives, pids))


@pytest.fixture
def start(home: Path) -> Iterator[Start]:
    houses: list[House] = []

    def _start(*options: str) -> House:
        houses.append(House(home, *options))
        return houses[-1]

    yield _start
    for house in houses:
        if house.process.poll() is None:
            house.end()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_ready_last_and_stops_all_when_told(start: Start, number: signal.Signals) -> None:
    """Migrations, then programs, then the caller's part, then `ready`; a signal ends all of it with 0."""
    house = start()
    house.await_ready()
    address = f"http://127.0.0.1:{house.port}"
    assert house.lines[-2:] == [f"handed in at {address}", f"eakte is ready at {address}"]
    assert house.lines.index("prepared") < house.lines.index("API: starting")
    family = house.family()
    assert family.keys() == {"database", "API", "worker"}
    assert house.end(number) == 0
    assert none_lives(list(family.values()))


def test_a_killed_supervisor_takes_its_children_with_it(start: Start) -> None:
    """After kill -9 API, worker and database end by themselves, and the next start goes on in the same home."""
    house = start()
    house.await_ready()
    family = house.family()
    assert house.end(signal.SIGKILL) == -signal.SIGKILL
    again = start()
    assert within(10, lambda: none_lives(list(family.values())))
    again.await_ready()
    assert again.database_answers()


@pytest.mark.parametrize("victim", ["database", "API", "worker"])
def test_what_is_killed_comes_back(start: Start, victim: str) -> None:
    """Whichever of the three is killed runs again within seconds, the others go on."""
    house = start()
    house.await_ready()
    before = house.family()
    os.kill(before[victim], signal.SIGKILL)
    assert within(15, lambda: house.family().get(victim, before[victim]) != before[victim])
    assert within(10, house.database_answers)
    after = house.family()
    assert {name for name in before if before[name] != after[name]} == {victim}


def test_a_second_supervisor_of_a_home_is_refused(start: Start) -> None:
    """It says who is there and ends with 1; the first goes on."""
    house = start()
    house.await_ready()
    second = start()
    assert str(house.process.pid) in second.await_line("already runs")
    assert second.finish() == 1
    assert house.process.poll() is None


def test_a_program_that_ends_at_once_is_tried_again_more_and_more_slowly(start: Start) -> None:
    """Each line says how it ended, what it said last, and when it is tried again."""
    house = start("crash")
    pauses = [house.await_line("worker ended with 1").split("\n")[0] for _ in range(3)]
    assert [line.split("again in ")[1] for line in pauses] == ["0.5 s", "1 s", "2 s"]
    assert "no engine found" in house.await_line("no engine found")
