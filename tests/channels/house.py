"""A centre's Jobcenter that looks into folders and mailboxes; time and crashes are the test's."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from eakte.channels.desk import Desk
from eakte.channels.folders import WatchedFolder
from eakte.channels.model import Folder
from tests.scanning.centre import Centre


@dataclass
class Clock:
    """A clock that only tests move."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class House:
    """The centre, a watched folder `incoming`, and the desk that takes from it."""

    def __init__(self, centre: Centre, folder: Path, url: str) -> None:
        self.centre, self.clock, self.incoming, self.url = centre, Clock(), folder, url
        folder.mkdir(exist_ok=True)
        key = centre.home / "scanner.key"
        key.write_text(f"{centre.scanner}\n")
        self.source = Folder("zentrum", f"t-{centre.tenant}", key, folder)
        self.desk = Desk(
            centre.database, centre.vault, 1 << 24, centre.home / "work" / "channels", lambda _path: 1, self.clock,
            uuid7, lambda: False,
        )  # fmt: skip

    def watched(self, new_id: Callable[[], UUID] = uuid7, **said: Any) -> WatchedFolder:
        return WatchedFolder(replace(self.source, **said), replace(self.desk, new_id=new_id))

    def result(self, where: str, name: str = "S-1") -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.incoming / where / name / "ergebnis.json").read_text())
        return found

    def set_aside(self) -> dict[str, list[str]]:
        """Names in the folders for what is done and failed, and of what still lies about."""
        places = {"done": "done", "failed": "failed", "taken": ".taken"}
        found = {name: sorted(path.name for path in (self.incoming / at).glob("*")) for name, at in places.items()}
        waiting = [path.name for path in self.incoming.iterdir() if path.name not in places.values()]
        return {name: names for name, names in (found | {"waiting": sorted(waiting)}).items() if names}
