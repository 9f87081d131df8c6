"""One look into a mailbox: every mail is received once, whole, and then moved away."""

import logging
from collections import Counter
from typing import Any, cast

from eakte.access.model import Principal
from eakte.channels import messages
from eakte.channels.desk import Desk
from eakte.channels.imap import BROKEN_LINE, SECONDS, Account, HungUp, MessageRefused, signed_in
from eakte.channels.messages import Place
from eakte.channels.model import OUTAGES, Mailbox, MailboxUnusable, MessageUnusable
from eakte.errors import Problem, Unavailable
from eakte.intake.acts import receive
from eakte.intake.taking import drop, taken_from
from eakte.jobs import HandedBack
from eakte.watch import measures

AT_ONCE = 200
"""Mails that are received in one look; the others wait for the next."""

logger = logging.getLogger(__name__)


class WatchedMailbox:
    """Looks again and again; what was collected is remembered in the database.

    What it remembers itself is over which mails a look ended: those come last the next time, and hold up no others.
    """

    def __init__(self, source: Mailbox, desk: Desk, at_once: int = AT_ONCE, patience: float = SECONDS) -> None:
        self.source, self._desk, self._at_once, self._patience = source, desk, at_once, patience
        self._ended_over: Counter[tuple[int, int]] = Counter()

    def look(self) -> None:
        """Mails are settled one by one; what fails for one of them holds up no other."""
        principal = self._desk.principal(self.source)
        with signed_in(self.source, self._patience) as account:
            stuck = self._look(principal, account)
        if stuck:
            raise MailboxUnusable("Eine Nachricht lässt sich nicht lesen oder verschieben.")

    def _look(self, principal: Principal, account: Account) -> bool:
        """Whether a mail stays where it is."""
        stuck, left = False, self._at_once
        for place in self._places(account):
            self._ended_over[place.uidvalidity, place.uid] += 1
            try:
                code, new = self._outcome(principal, account, place)
                left -= new
                account.move(place.uid, self.source.failed_folder if code else self.source.done_folder)
            except HungUp:
                return True
            except MessageRefused:
                stuck = True
            del self._ended_over[place.uidvalidity, place.uid]
            if not left:
                break
        return stuck

    def _places(self, account: Account) -> list[Place]:
        known = {uid: self._ended_over[account.uidvalidity, uid] for uid in account.uids()}
        self._ended_over = Counter({(account.uidvalidity, uid): times for uid, times in known.items() if times})
        in_order = sorted(known, key=lambda uid: (known[uid], uid))
        return [Place(self.source.name, self.source.folder, account.uidvalidity, uid) for uid in in_order]

    def _outcome(self, principal: Principal, account: Account, place: Place) -> tuple[str, bool]:
        """Empty, or the code of why it is given up; and whether that was settled only now."""
        self._desk.now(principal)
        with self._desk.database.look(principal.tenant) as unit:
            known = messages.outcome(unit, place)
        return (self._collected(principal, account, place), True) if known is None else (known, False)

    def _collected(self, principal: Principal, account: Account, place: Place) -> str:
        """Empty, or the code of why it is not received. Outages and broken lines are raised and count as nothing."""
        try:
            self._receive(principal, account, place)
        except (Unavailable, HandedBack, *BROKEN_LINE):
            raise
        except Exception as error:
            if isinstance(error, Problem) and error.status in OUTAGES:
                raise
            problem = self._blamed(error)
            with self._desk.database.unit(principal.tenant) as unit:
                given_up = messages.failed(unit, self._desk.now(principal), place, problem)
            if not given_up:
                raise (error if isinstance(error, MessageRefused) else MessageRefused()) from error
            logger.warning("source %s: a mail is set aside: %s", self.source.name, problem.code)
            measures.SET_ASIDE.labels(self.source.kind, self.source.name).inc()
            return problem.code
        return ""

    def _blamed(self, error: Exception) -> Problem:
        if isinstance(error, Problem):
            return error
        if not isinstance(error, MessageRefused):
            logger.error("source %s: a mail cannot be received", self.source.name, exc_info=error)
        return MessageUnusable()

    def _receive(self, principal: Principal, account: Account, place: Place) -> None:
        desk, moment = self._desk, self._desk.now(principal)
        source = cast("Any", account.message(place.uid, desk.limit))
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
