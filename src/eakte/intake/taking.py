"""Taking a file that the service reads by itself, from an archive or a folder, into the vault; nothing is entered."""

import contextlib
from typing import BinaryIO
from uuid import UUID

from eakte.blobs.port import BlobClass, StoreFailed
from eakte.intake.acts import Received
from eakte.intake.model import PDF_HEADER_WITHIN, media_type
from eakte.vault import Vault
from eakte.web.forms import display_name


def taken_from(vault: Vault, tenant: UUID, source: BinaryIO, name: str, new_ids: tuple[UUID, UUID]) -> Received:
    """Durable when it returns, under its own data key; on any error nothing stays. `new_ids`: file, blob."""
    watched = _Beginning(source)
    vault.new_data_key(tenant, new_ids[0])
    try:
        stored = vault.put(tenant, BlobClass.ORIGINAL, new_ids[0], watched, new_ids[1])  # type: ignore[arg-type]
    except BaseException:
        with contextlib.suppress(StoreFailed):
            vault.destroy_data_key(tenant, new_ids[0])
        raise
    return Received(new_ids[0], stored, display_name(name), media_type(watched.beginning))


def drop(vault: Vault, tenant: UUID, received: Received) -> None:
    """Remove bytes and key of what was not entered; what an outage leaves is swept after a day."""
    with contextlib.suppress(StoreFailed):
        vault.delete(tenant, BlobClass.ORIGINAL, received.stored.blob_id)
        vault.destroy_data_key(tenant, received.id)


class _Beginning:
    """Remembers the first bytes, which tell what the file is."""

    def __init__(self, source: BinaryIO) -> None:
        self._source, self.beginning = source, b""

    def read(self, size: int) -> bytes:
        """As of the source."""
        piece = self._source.read(size)
        self.beginning += piece[: max(0, PDF_HEADER_WITHIN - len(self.beginning))]
        return piece
