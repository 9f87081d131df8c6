"""What a copy remembers of the keys of a house, on disk: there may be tens of millions."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from eakte.errors import Refused


class AlreadyCopying(Refused):
    """Another `eakte blobs copy` of this home has the same target."""

    code, title = "already-copying", "Es wird schon dorthin kopiert"
    remedy = "Das Ende abwarten, oder das andere eakte blobs copy beenden."


class Keys:
    """A set of keys in a table."""

    def __init__(self, database: sqlite3.Connection, table: str) -> None:
        self._database, self._table = database, table
        with database:
            database.execute(f"CREATE TABLE IF NOT EXISTS {table} (key TEXT PRIMARY KEY) WITHOUT ROWID")

    def add(self, keys: Iterable[str]) -> None:
        """Durable when it returns."""
        with self._database:
            into = f"INSERT OR IGNORE INTO {self._table} VALUES (?)"  # noqa: S608 (a name of ours)
            self._database.executemany(into, ((key,) for key in keys))

    def among(self, keys: list[str]) -> set[str]:
        """Which of at most some thousand keys are in it."""
        places = ",".join("?" * len(keys))
        query = f"SELECT key FROM {self._table} WHERE key IN ({places})"  # noqa: S608 (places of values)
        return {key for (key,) in self._database.execute(query, keys)}

    def clear(self) -> None:
        """Nothing is in it any more."""
        with self._database:
            self._database.execute(f"DELETE FROM {self._table}")  # noqa: S608 (a name of ours)


class Notes:
    """`proved` outlasts a run; `there`, what the target lists, and `asked` are of this run. Raises AlreadyCopying."""

    def __init__(self, file: Path) -> None:
        self._file, self._database = file, sqlite3.connect(file, timeout=0)
        self._database.execute("PRAGMA locking_mode = EXCLUSIVE")  # from the first write until the end
        try:
            self.proved, self.there, self.asked = (Keys(self._database, name) for name in ("proved", "there", "asked"))
            self.asked.clear()
        except sqlite3.OperationalError as error:
            self.close()
            raise AlreadyCopying from error

    def close(self) -> None:
        """What was proved stays."""
        self._database.close()

    def remove(self) -> None:
        """Nothing stays."""
        self.close()
        self._file.unlink()
