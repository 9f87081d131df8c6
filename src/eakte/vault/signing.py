"""Signatures over JSON objects: Ed25519 (RFC 8032) over the JCS (RFC 8785) of the object without `signature`."""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from eakte.errors import Invalid


class SignatureInvalid(Invalid):
    """The object was changed, is not signed, or the key is none of those given."""

    code, title = "signature-invalid", "Signatur ungültig"
    remedy = "Objekt und Schlüsselliste (GET /v1/keys) unverändert vom Absender holen."


@dataclass(frozen=True)
class PublicKey:
    """One key that signatures of a tenant can be checked with; `public_key` is base64 of the 32 bytes."""

    id: UUID
    public_key: str

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the 32 bytes, 64 hexadecimal digits."""
        return hashlib.sha256(base64.b64decode(self.public_key)).hexdigest()


def signing_key_id(tenant: UUID) -> UUID:
    """Id of the tenant's signing key; fixed, so that of several who make it at once one wins."""
    return uuid5(tenant, "signing-key")


def fresh_private_key() -> bytes:
    """32 bytes that sign."""
    return Ed25519PrivateKey.generate().private_bytes_raw()


def public_key(key_id: UUID, private: bytes) -> PublicKey:
    """The half that may be shown."""
    raw = Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
    return PublicKey(key_id, base64.b64encode(raw).decode())


def _signed_bytes(signed: Mapping[str, Any]) -> bytes:
    return rfc8785.dumps({name: value for name, value in signed.items() if name != "signature"})


def sign(key_id: UUID, private: bytes, signed: Mapping[str, Any]) -> dict[str, str]:
    """`{key, value}` for the object's field `signature`; values must be plain JSON (no dates, UUIDs, big integers)."""
    value = Ed25519PrivateKey.from_private_bytes(private).sign(_signed_bytes(signed))
    return {"key": str(key_id), "value": base64.b64encode(value).decode()}


def verify(signed: Mapping[str, Any], keys: Iterable[PublicKey]) -> None:
    """Raises SignatureInvalid unless one of `keys` has signed exactly this object."""
    try:
        signature = signed["signature"]
        known = {str(key.id): key for key in keys}
        raw = base64.b64decode(known[signature["key"]].public_key)
        value = base64.b64decode(signature["value"], validate=True)
        Ed25519PublicKey.from_public_bytes(raw).verify(value, _signed_bytes(signed))
    except (InvalidSignature, LookupError, TypeError, ValueError, binascii.Error) as error:
        raise SignatureInvalid from error
