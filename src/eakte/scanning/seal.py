"""The port that seals transfer notes and release lists: shipped is the tenant's advanced seal, a qualified one fits."""

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

from eakte.vault import Vault


class Seal(Protocol):
    """Makes a statement stand on its own. `level` is `advanced` or `qualified` (eIDAS Art. 36, 38)."""

    level: str

    def sealed(self, tenant: UUID, said: Mapping[str, Any]) -> dict[str, Any]:
        """What was said (plain JSON), with `signature` and, where there is one, `qualified_seal`.

        A service that seals may be slow or away: call it outside of any transaction. Raises Unavailable.
        """
        ...


class TenantSeal:
    """The tenant's own Ed25519 key over the JCS of the object; an advanced seal, checked by `eakte verify`."""

    level = "advanced"

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def sealed(self, tenant: UUID, said: Mapping[str, Any]) -> dict[str, Any]:
        """With `signature` as receipts have it."""
        return {**said, "signature": self._vault.sign(tenant, said)}
