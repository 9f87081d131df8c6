"""The engine of a house of one machine: its own disk."""

from pathlib import Path
from uuid import UUID

from eakte.finding.engine import TenantIndex
from search import embedded
from search.embedded import EmbeddedIndex


class Embedded:
    """Indexes below one folder, named by tenant."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def place(self) -> str:
        """The folder and the format."""
        return f"{self._folder}#{embedded.FORMAT}"

    def index(self, tenant: UUID) -> TenantIndex:
        """Of the tenant's folder."""
        return EmbeddedIndex(self._folder / str(tenant))

    def check(self) -> None:
        """Make the folder if need be."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def close(self) -> None:
        """There is nothing to let go of."""
