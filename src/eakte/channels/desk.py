"""What taking from any source needs, and who it is done for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from eakte.access import acts as access
from eakte.access.model import Permission, Principal
from eakte.channels.loose import CountPages
from eakte.channels.model import ChannelKeyUnusable, Source
from eakte.database import Database
from eakte.errors import Forbidden, NotFound, Unauthorized
from eakte.jobs import HandedBack
from eakte.journal import Moment
from eakte.vault import Vault


@dataclass(frozen=True)
class Desk:
    """`limit`: bytes of a file; `work`: for plaintext while its pages are counted; `stopping`: told to end."""

    database: Database
    vault: Vault
    limit: int
    work: Path
    count: CountPages
    clock: Callable[[], datetime]
    new_id: Callable[[], UUID]
    stopping: Callable[[], bool]

    def principal(self, source: Source) -> Principal:
        """Who the key of the source stands for, at this moment. Raises ChannelKeyUnusable."""
        try:
            token = source.key_file.read_text().strip()
            found = access.bearer(self.database, token, self.clock())
            tenant = access.tenant_named(self.database, source.tenant)
            found.need(Permission.HAND_IN)
        except (OSError, UnicodeDecodeError, Unauthorized, NotFound, Forbidden) as error:
            raise ChannelKeyUnusable from error
        if found.tenant != tenant:
            raise ChannelKeyUnusable
        return found

    def now(self, principal: Principal) -> Moment:
        """A fresh moment of this principal; raises HandedBack once the worker is to end."""
        if self.stopping():
            raise HandedBack
        return Moment(principal.id, self.clock(), self.new_id)
