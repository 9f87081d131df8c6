"""Sealed bytes: data keys over the blob store, so that destroying a key destroys what it sealed."""

from eakte.vault.sealed import Damaged
from eakte.vault.store import BlobWriter, SealedBlob, Stored, Vault

__all__ = ["BlobWriter", "Damaged", "SealedBlob", "Stored", "Vault"]
