"""Who may what: roles as data, tokens, and what one principal sees."""

import hashlib
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from eakte.errors import Forbidden, Problem, Unauthorized
from eakte.journal import act

UNFILED = "eingang"
"""File part of what is not filed yet."""
NORMAL = "normal"
"""The protection mark of what needs no special one."""
ROOT = "haus"
"""Code of the org unit that every tenant begins with."""

KEY_CREATED = act("access:principal:created", "A user or a key for a machine was created.")
KEY_ENDED = act("access:principal:ended", "A user was locked or a key revoked.")
PASSWORD_CHANGED = act("access:user:password-changed", "A user changed the own password.")
SIGNED_IN = act("access:user:signed-in", "A user signed in.")
SIGNED_OUT = act("access:user:signed-out", "A user signed out.")
TENANT_CREATED = act("access:tenant:created", "A tenant was created with its first org unit.")
ORG_UNIT_CREATED = act("access:org-unit:created", "An org unit was created.")


class Permission(StrEnum):
    """What a role may allow."""

    HAND_IN = "hand-in"
    SEE = "see"
    SEE_UNFILED = "see-unfiled"
    FILE = "file"
    OPEN = "open"
    CHANGE = "change"
    FIND = "find"
    READ_JOURNAL = "read-journal"
    EXPORT = "export"
    ADMINISTER = "administer"


_P = Permission
ROLES: dict[str, frozenset[Permission]] = {
    "administrator": frozenset({_P.ADMINISTER}),
    "mailroom": frozenset({_P.HAND_IN, _P.SEE_UNFILED, _P.FILE, _P.OPEN}),
    "scanner": frozenset({_P.HAND_IN}),
    "clerk": frozenset({_P.HAND_IN, _P.SEE, _P.FILE, _P.OPEN, _P.CHANGE, _P.FIND, _P.READ_JOURNAL}),
    "reader": frozenset({_P.SEE, _P.FIND}),
    "auditor": frozenset({_P.SEE, _P.FIND, _P.READ_JOURNAL, _P.EXPORT}),
}


class PasswordChangeRequired(Problem):
    """A generated password opens nothing but its own change."""

    code, status, title = "password-change-required", 403, "Das Kennwort muss zuerst geändert werden"
    remedy = "PUT /v1/me/password mit altem und neuem Kennwort senden."


class TooManyAttempts(Problem):
    """Signing in failed too often for this name."""

    code, status, title = "too-many-attempts", 429, "Zu viele Fehlversuche"
    remedy = "Nach der in Retry-After genannten Zeit erneut versuchen."

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Zu viele Fehlversuche; wieder möglich in {seconds} Sekunden.")
        self.retry_after = seconds


@dataclass(frozen=True)
class Principal:
    """A user or a machine's key, as known for one request. `org_units` None: the whole tenant."""

    tenant: UUID
    tenant_name: str
    id: UUID
    name: str
    roles: tuple[str, ...]
    org_units: tuple[UUID, ...] | None
    session: UUID | None = None
    must_change: bool = False

    def may(self, permission: Permission) -> bool:
        """Whether any of the roles allows it, somewhere."""
        return any(permission in ROLES.get(role, ()) for role in self.roles)

    def need(self, permission: Permission) -> None:
        """Forbidden unless allowed."""
        if not self.may(permission):
            raise Forbidden(f"Dazu fehlt das Recht „{permission}“.")


@dataclass(frozen=True)
class Person:
    """Somebody by name; `principal` where that is, or was, a user or a key here."""

    name: str
    principal: UUID | None


@dataclass(frozen=True)
class Sight:
    """Scopes worked out once per request: `seen` may be read; `within` are all of the own org units."""

    seen: frozenset[UUID]
    within: frozenset[UUID]


def hashed(secret: bytes) -> bytes:
    """What is stored of a random 256-bit secret; needs no slow hash."""
    return hashlib.sha256(secret).digest()


@dataclass(frozen=True)
class Token:
    """A bearer token: kind (`k` API key, `s` session), tenant, id, secret of 32 bytes."""

    kind: str
    tenant: UUID
    id: UUID
    secret: bytes

    @classmethod
    def new(cls, kind: str, tenant: UUID, id_: UUID) -> "Token":
        """A fresh random secret."""
        return cls(kind, tenant, id_, secrets.token_bytes(32))

    @classmethod
    def parse(cls, text: str) -> "Token":
        """Unauthorized when it is no token of ours."""
        try:
            name, kind, body = text.split("_", 2)
            raw = urlsafe_b64decode(body + "==")
        except ValueError:
            raise Unauthorized from None
        if name != "eakte" or kind not in {"k", "s"} or len(raw) != 64:
            raise Unauthorized
        return cls(kind, UUID(bytes=raw[:16]), UUID(bytes=raw[16:32]), raw[32:])

    def __str__(self) -> str:
        body = urlsafe_b64encode(self.tenant.bytes + self.id.bytes + self.secret).decode().rstrip("=")
        return f"eakte_{self.kind}_{body}"


def unknown_roles(roles: Sequence[str]) -> list[str]:
    """Names that are no role."""
    return [role for role in roles if role not in ROLES]
