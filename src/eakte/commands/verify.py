"""`eakte verify`: checks a receipt, of a file or of a batch, with the tenant's public keys, without a server."""

import json
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from eakte.errors import Problem
from eakte.scanning.receipts import FORMAT, contradiction
from eakte.vault.signing import PublicKey, SignatureInvalid
from eakte.vault.signing import verify as verify_signature


def verify(file: str, keys: str | None) -> int:
    """0 only if one of the keys signed exactly this receipt; else says on stderr what does not hold.

    Of an upload's whole answer its receipt is checked, and what stands beside it must not contradict it.
    """
    key_file = Path(keys) if keys else Path(file).with_name("keys.json")
    try:
        receipt = _receipt(json.loads(Path(file).read_text(encoding="utf-8")))
        items = json.loads(key_file.read_text(encoding="utf-8"))["items"]
        known = {key["id"]: PublicKey(UUID(key["id"]), key["public_key"]) for key in items}
        verify_signature(receipt, known.values())
        if receipt.get("format") == FORMAT and (found := contradiction(receipt)) is not None:
            raise SignatureInvalid(f"Die Unterschrift stimmt, die Summe nicht: {found}")
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        print(f"eakte verify: nicht lesbar: {error}", file=sys.stderr)
        return 2
    except Problem as problem:
        print(f"eakte verify: {problem.detail}. {problem.remedy}", file=sys.stderr)
        return 1
    key_id = receipt["signature"]["key"]
    print(f"gültig, unterschrieben mit Schlüssel {key_id}, Fingerabdruck {known[key_id].fingerprint}:")
    for name, value in receipt.items():
        if name != "signature":
            print(f"  {name}: {_shown(value)}")
    return 0


def _shown(value: Any) -> str:
    """Lists by their length, what has parts by these."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(part)}" for name, part in value.items())
    return str(len(value) if isinstance(value, list) else value)


def _receipt(found: Any) -> dict[str, Any]:
    """The receipt itself, or the one inside an upload's answer; ValueError when that answer says otherwise."""
    receipt: dict[str, Any] = found.get("receipt", found)
    for name, value in receipt.items():
        if found is not receipt and name in found and found[name] != value:
            raise ValueError(f"{name} der Antwort ist {found[name]!r}, in der Eingangsbestätigung {value!r}")
    return receipt
