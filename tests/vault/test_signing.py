"""Signatures that others can check from the object and the list of keys alone."""

import base64
import copy
import hashlib
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from eakte.vault.keys import create_master_key
from eakte.vault.signing import PublicKey, SignatureInvalid, fresh_private_key, public_key, verify
from eakte.vault.store import Vault
from tests.blobs.fake import FakeBlobs

RECEIPT: dict[str, Any] = {"received_file": str(uuid4()), "bytes": 20_000_000, "name": "Müller", "items": [1, None, {}]}


@pytest.fixture
def signed(tmp_path: Path) -> tuple[dict[str, Any], list[PublicKey]]:
    create_master_key(tmp_path / "master.key")
    vault, tenant = Vault(FakeBlobs(), tmp_path / "master.key"), uuid4()
    vault.create_tenant(tenant)
    return RECEIPT | {"signature": vault.sign(tenant, RECEIPT)}, vault.public_keys(tenant)


def test_a_signature_is_ed25519_over_jcs_and_needs_nothing_of_ours(
    signed: tuple[dict[str, Any], list[PublicKey]],
) -> None:
    receipt, (key,) = signed
    raw = base64.b64decode(key.public_key)
    assert key.fingerprint == hashlib.sha256(raw).hexdigest()
    assert receipt["signature"]["key"] == str(key.id)
    value = base64.b64decode(receipt["signature"]["value"])
    Ed25519PublicKey.from_public_bytes(raw).verify(value, rfc8785.dumps(RECEIPT))
    verify(receipt, [key])


def test_the_order_of_fields_does_not_matter(signed: tuple[dict[str, Any], list[PublicKey]]) -> None:
    receipt, keys = signed
    verify(dict(reversed(receipt.items())), keys)


@pytest.mark.parametrize(
    "change",
    [{"bytes": 20_000_001}, {"more": 1}, {"signature": None}, {"signature": {}}, {"signature": "x"},
     {"signature": {"key": [], "value": ""}}, {"signature": {"key": "x", "value": ""}}, {"bytes": 1 << 60}],
)  # fmt: skip
def test_a_changed_object_is_refused(signed: tuple[dict[str, Any], list[PublicKey]], change: dict[str, Any]) -> None:
    receipt, keys = signed
    with pytest.raises(SignatureInvalid):
        verify(receipt | change, keys)


@pytest.mark.parametrize("value", ["", "AAAA", "!!", 5, None, "ü"])
def test_a_changed_signature_is_refused(signed: tuple[dict[str, Any], list[PublicKey]], value: object) -> None:
    receipt, keys = copy.deepcopy(signed)
    receipt["signature"]["value"] = value
    with pytest.raises(SignatureInvalid):
        verify(receipt, keys)


def test_an_unsigned_object_and_an_unknown_key_are_refused(signed: tuple[dict[str, Any], list[PublicKey]]) -> None:
    receipt, (key,) = signed
    for unsigned, keys in ((RECEIPT, [key]), (receipt, []), (receipt, [public_key(key.id, fresh_private_key())])):
        with pytest.raises(SignatureInvalid):
            verify(unsigned, keys)
