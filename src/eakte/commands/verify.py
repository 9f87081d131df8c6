"""`eakte verify`: checks a receipt with the tenant's public keys, without a server."""

import json
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from eakte.errors import Problem
from eakte.vault.signing import PublicKey
from eakte.vault.signing import verify as verify_signature


def verify(file: str, keys: str) -> int:
    """0 only if one of the keys signed exactly this object; says on stderr what does not hold."""
    try:
        signed = _receipt(json.loads(Path(file).read_text(encoding="utf-8")))
        items = json.loads(Path(keys).read_text(encoding="utf-8"))["items"]
        verify_signature(signed, [PublicKey(UUID(key["id"]), key["public_key"]) for key in items])
    except (OSError, ValueError, LookupError, TypeError) as error:
        print(f"eakte verify: nicht lesbar: {error}", file=sys.stderr)
        return 2
    except Problem as problem:
        print(f"eakte verify: {problem.detail}. {problem.remedy}", file=sys.stderr)
        return 1
    print(f"gültig: {signed['signature']['key']}")
    return 0


def _receipt(found: Any) -> dict[str, Any]:
    """The receipt itself, or the one inside an upload's answer."""
    receipt: dict[str, Any] = found.get("receipt", found)
    return receipt
