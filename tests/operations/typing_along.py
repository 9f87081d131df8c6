"""Somebody who follows a page: its commands, typed in a folder like a checkout."""

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.service import Service, until

ROOT = Path(__file__).parents[2]


def blocks(page: str, section: str) -> list[str]:
    """The commands below a heading of a how-to, a text a block."""
    text = (ROOT / "docs" / "how-to" / page).read_text(encoding="utf-8").split(f"## {section}\n")[1].split("\n## ")[0]
    return re.findall(r"^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


class Operator:
    """Types commands in a folder like a checkout, whose home is `var`, as the page assumes."""

    def __init__(self, folder: Path, service: Service) -> None:
        self.folder, self.service = folder, service

    def type(self, commands: str, **variables: str) -> str:
        """In one shell, with these variables; its stdout. Addresses of the page are those of the service."""
        typed = commands.replace("http://127.0.0.1:8000", self.service.url)
        done = subprocess.run(
            ["sh", "-euc", typed], cwd=self.folder, env=self._environment() | variables, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout}{done.stderr}"
        return done.stdout

    @contextmanager
    def leaving_open(self, command: str, ready: str) -> Iterator[None]:
        """A command that stays in the foreground of a first shell, until Ctrl-C."""
        log = self.folder / "first-shell.log"
        with log.open("w") as out:
            shell = subprocess.Popen(
                ["sh", "-c", f"exec {command.strip()}"],
                cwd=self.folder,
                env=self._environment(),
                stdout=out,
                stderr=out,
            )
        try:
            until(lambda: ready in log.read_text(), 90, log.read_text)
            yield
        finally:
            shell.send_signal(signal.SIGINT)
            assert shell.wait(60) == 0, log.read_text()

    def _environment(self) -> dict[str, str]:
        return {name: value for name, value in self.service.environment().items() if name != "EAKTE_HOME"}
