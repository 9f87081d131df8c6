"""One look into a mailbox: every mail is received once, whole, and then moved away."""

from typing import Any, cast

from eakte.access.model import Principal
from eakte.blobs.port import StoreFull
from eakte.channels import messages
from eakte.channels.desk import Desk
from eakte.channels.imap import Account, MessageRefused, signed_in
from eakte.channels.messages import Place
from eakte.channels.model import CollectedTooLarge, Mailbox, MailboxUnusable, MessageUnusable
from eakte.errors import Problem, Unavailable
from eakte.intake.acts import receive
from eakte.intake.taking import drop, taken_from

AT_ONCE = 200
"""Mails of one look; the others wait for the next."""


class WatchedMailbox:
    """Looks again and again; what was collected is remembered in the database."""

    def __init__(self, source: Mailbox, desk: Desk) -> None:
        self.source, self._desk = source, desk

    def look(self) -> None:
        """Mails are settled one by one; what fails for one of them holds up no other."""
        principal, stuck = self._desk.principal(self.source), False
        with signed_in(self.source) as account:
            for uid in account.uids()[:AT_ONCE]:
                try:
                    self._settle(principal, account, uid)
                except MessageRefused:
                    stuck = True
        if stuck:
            raise MailboxUnusable("Eine Nachricht lässt sich nicht lesen oder verschieben.")

    def _settle(self, principal: Principal, account: Account, uid: int) -> None:
        place = Place(self.source.name, self.source.folder, account.uidvalidity, uid)
        with self._desk.database.look(principal.tenant) as unit:
            code = messages.outcome(unit, place)
        if code is None:
            code = self._collected(principal, account, place)
        account.move(uid, self.source.failed_folder if code else self.source.done_folder)

    def _collected(self, principal: Principal, account: Account, place: Place) -> str:
        """Empty, or the code of why it is not received. Outages are raised and count as nothing."""
        try:
            if account.size(place.uid) > self._desk.limit:
                raise CollectedTooLarge
            self._receive(principal, account, place)
        except (Unavailable, StoreFull):
            raise
        except (Problem, MessageRefused) as error:
            problem = error if isinstance(error, Problem) else MessageUnusable()
            with self._desk.database.unit(principal.tenant) as unit:
                given_up = messages.failed(unit, self._desk.now(principal), place, problem)
            if not given_up:
                raise MessageRefused from error
            return problem.code
        return ""

    def _receive(self, principal: Principal, account: Account, place: Place) -> None:
        desk, moment = self._desk, self._desk.now(principal)
        source = cast("Any", account.message(place.uid))
        received = taken_from(
            desk.vault, principal.tenant, source, f"{place.uid}.eml", (moment.new_id(), moment.new_id())
        )
        try:
            with desk.database.unit(principal.tenant) as unit:
                fresh = messages.is_fresh(unit, place, received.stored.sha256)
                document = receive(unit, moment, desk.vault, principal, received, "mail") if fresh else None
                messages.collected(unit, moment, place, received, document)
        except Unavailable:
            raise  # perhaps it was entered
        except Problem:
            drop(desk.vault, principal.tenant, received)
            raise
        if not fresh:
            drop(desk.vault, principal.tenant, received)
