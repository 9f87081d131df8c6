"""A mailbox on a real server: every mail is received once, then moved; nothing is lost and nothing repeated."""

import imaplib
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from eakte.channels.imap import MessageRefused, signed_in
from eakte.channels.jobs import Poll
from eakte.channels.mails import WatchedMailbox
from eakte.channels.model import REFUSED, Mailbox, MailboxUnusable
from eakte.errors import Problem
from eakte.journal.tables import details, entries
from eakte.vault.keys import MasterKeyMissing
from tests.channels.house import House
from tests.channels.test_folders import Crash, dying_after
from tests.services import frame
from tests.services.imap import Imap
from tests.services.toxiproxy import Proxy


class Post:
    """The account as its owner sees it."""

    def __init__(self, connect: dict[str, str]) -> None:
        self.sign_in(connect)
        for folder in ("INBOX", "Erledigt", "Fehler"):
            if self.count(folder):
                self.mark("1:*", "+FLAGS")
                self.line.expunge()

    def sign_in(self, connect: dict[str, str]) -> None:
        self.line = imaplib.IMAP4(connect["IMAP_HOST"], int(connect["IMAP_PORT"]), timeout=20)
        self.line.login(connect["IMAP_USER"], connect["IMAP_PASSWORD"])

    def deliver(self, subject: str, attached: bytes = b"%PDF-1.4") -> bytes:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "b@example.org", "post@example.org", subject
        message.set_content("Anbei.\n")
        message.add_attachment(attached, "application", "pdf", filename="Anlage.pdf")
        data = message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        assert self.line.append("INBOX", None, None, data)[0] == "OK"  # type: ignore[arg-type]
        return data

    def mark(self, mails: str, how: str) -> None:
        """As deleted (`+FLAGS`), or not (`-FLAGS`)."""
        self.line.store(mails, how, r"(\Deleted)")

    def count(self, folder: str) -> int:
        status, found = self.line.select(folder)
        return int(found[0] or b"0") if status == "OK" else 0

    def counts(self) -> tuple[int, int, int]:
        return self.count("INBOX"), self.count("Erledigt"), self.count("Fehler")


@pytest.fixture
def post(imap: dict[str, str]) -> Iterator[Post]:
    found = Post(imap)
    yield found
    found.line.logout()


@pytest.fixture
def mailbox(house: House, imap: dict[str, str]) -> Mailbox:
    return mailbox_at(house, imap)


def mailbox_at(house: House, imap: dict[str, str]) -> Mailbox:
    password = house.centre.home / "password"
    password.write_text(imap["IMAP_PASSWORD"])
    return Mailbox(
        "poststelle", house.source.tenant, house.source.key_file, imap["IMAP_HOST"], imap["IMAP_USER"], password,
        int(imap["IMAPS_PORT"]), ca_file=Path(imap["IMAP_CA_FILE"]),
    )  # fmt: skip


def received(house: House) -> list[int]:
    """Sizes of all that came in, in order."""
    with house.desk.database.look(house.centre.tenant) as unit:
        return sorted(unit.run(text("SELECT bytes FROM received_files")).scalars())


def given_up(house: House) -> list[str]:
    """Codes of the mails that the journal says were refused."""
    query = select(details.c.details).join(entries, entries.c.no == details.c.entry)
    with house.desk.database.look(house.centre.tenant) as unit:
        return [said["code"] for said in unit.run(query.where(entries.c.act == REFUSED)).scalars()]


@pytest.mark.parametrize("tls", ["ssl", "starttls"])
def test_mails_are_received_byte_by_byte_and_moved(
    house: House, post: Post, mailbox: Mailbox, imap: dict[str, str], tls: str
) -> None:
    sent = [post.deliver("Antrag"), post.deliver("groß", bytes(3 << 20))]
    port = int(imap["IMAPS_PORT" if tls == "ssl" else "IMAP_PORT"])
    WatchedMailbox(replace(mailbox, tls=tls, port=port), house.desk).look()
    assert post.counts() == (0, 2, 0)
    with house.desk.database.look(house.centre.tenant) as unit:
        query = "SELECT bytes, media_type, channel FROM received_files ORDER BY bytes"
        found: list[Any] = [tuple(row) for row in unit.connection.exec_driver_sql(query)]
    assert found == [(len(data), "message/rfc822", "mail") for data in sent]


def test_a_mail_that_could_not_be_moved_is_received_once(house: House, post: Post, mailbox: Mailbox) -> None:
    post.deliver("Antrag")
    with pytest.raises(MailboxUnusable):
        WatchedMailbox(replace(mailbox, done_folder="ver//boten"), house.desk).look()
    assert (post.counts(), house.centre.count("received_files")) == ((1, 0, 0), 1)
    WatchedMailbox(mailbox, house.desk).look()
    assert (post.counts(), house.centre.count("received_files")) == ((0, 1, 0), 1)


def test_a_mail_that_is_too_large_is_moved_to_the_failures_and_the_next_is_received(
    house: House, post: Post, mailbox: Mailbox
) -> None:
    post.deliver("zu groß", bytes(1 << 20))
    post.deliver("Antrag")
    WatchedMailbox(mailbox, replace(house.desk, limit=1 << 20)).look()
    assert (post.counts(), house.centre.count("received_files")) == ((0, 1, 1), 1)


def test_a_server_that_cannot_prove_who_it_is_gets_no_password(house: House, post: Post, mailbox: Mailbox) -> None:
    post.deliver("Antrag")
    with pytest.raises(MailboxUnusable):
        WatchedMailbox(replace(mailbox, ca_file=None), house.desk).look()
    assert post.counts() == (1, 0, 0)


@pytest.fixture
def unreadable(post: Post, imap: dict[str, str]) -> Iterator[Callable[[], Path]]:
    """Takes from the server the right to read the mail that came last."""
    spoiled: list[Path] = []

    def spoil() -> Path:
        assert post.count("INBOX")
        spoiled.append(max(Path(imap["IMAP_MAIL_FOLDER"], "cur").iterdir(), key=lambda file: file.stat().st_ctime_ns))
        spoiled[-1].chmod(0)
        return spoiled[-1]

    yield spoil
    for file in Path(imap["IMAP_MAIL_FOLDER"]).rglob("*"):
        if file.is_file() and file.stat().st_mode & 0o777 == 0:
            file.chmod(0o600)


def test_a_mail_that_the_server_cannot_read_is_set_aside_at_the_fifth_try_and_holds_up_no_other(
    house: House, post: Post, mailbox: Mailbox, unreadable: Callable[[], Path]
) -> None:
    """Dovecot takes leave over such a mail, so each try costs the connection."""
    post.deliver("kaputt")
    unreadable()
    later = [post.deliver(f"Antrag {number}") for number in range(2)]
    watched = WatchedMailbox(mailbox, house.desk)
    for _ in range(5):
        with pytest.raises(MailboxUnusable):
            watched.look()
    assert (post.counts(), received(house)) == ((1, 2, 0), [len(mail) for mail in later])
    watched.look()
    assert (post.counts(), given_up(house)) == ((0, 2, 1), ["channel-message-unusable"])


def test_a_line_that_breaks_over_a_mail_is_not_the_mails_fault(
    house: House, post: Post, mailbox: Mailbox, toxiproxy: str
) -> None:
    small, large = post.deliver("klein"), post.deliver("groß", bytes(3 << 20))
    proxy = Proxy(toxiproxy, "imap", f"{mailbox.host}:{mailbox.port}")
    try:
        watched = WatchedMailbox(replace(mailbox, port=int(proxy.address.rpartition(":")[2])), house.desk, patience=2)
        proxy.fault("limit_data", bytes=1 << 20)
        for _ in range(7):
            with pytest.raises(MailboxUnusable):
                watched.look()
        assert (post.counts(), received(house)) == ((1, 1, 0), [len(small)])
        proxy.mend()
        watched.look()
    finally:
        proxy.close()
    assert (post.counts(), received(house)) == ((0, 2, 0), [len(small), len(large)])


def test_a_line_cut_at_any_byte_loses_no_mail_and_doubles_none(
    house: House, post: Post, mailbox: Mailbox, toxiproxy: str
) -> None:
    chance = random.Random(20)
    sent = [post.deliver(f"Antrag {number}", chance.randbytes(500 * number)) for number in range(8)]
    proxy = Proxy(toxiproxy, "imap-cut", f"{mailbox.host}:{mailbox.port}")
    cuts = 0
    try:
        watched = WatchedMailbox(replace(mailbox, port=int(proxy.address.rpartition(":")[2])), house.desk, patience=0.5)
        while post.count("INBOX") and cuts < 100:
            proxy.fault("limit_data", bytes=chance.randrange(2_000, 12_000))
            if chance.random() < 0.3:
                proxy.fault("limit_data", "upstream", bytes=chance.randrange(800, 2_500))
            with suppress(MailboxUnusable):
                watched.look()
                cuts -= 1
            cuts += 1
            proxy.mend()
    finally:
        proxy.close()
    assert cuts > 3
    assert (post.counts(), received(house)) == ((0, len(sent), 0), sorted(len(mail) for mail in sent))


def test_a_mail_that_somebody_takes_away_while_it_is_read_is_not_received_in_half(
    house: House, post: Post, mailbox: Mailbox
) -> None:
    sent = post.deliver("groß", bytes(2 << 20))
    with signed_in(mailbox) as account:
        message = account.message(account.uids()[0], 1 << 24)
        begun = message.read(1 << 20)
        post.count("INBOX")
        post.mark("1", "+FLAGS")
        post.line.expunge()
        assert len(sent) > len(begun) == 1 << 20
        with pytest.raises(MessageRefused):
            message.read(1 << 20)


def test_mails_whose_numbers_changed_are_neither_lost_nor_doubled(
    house: House, post: Post, mailbox: Mailbox, imap: dict[str, str]
) -> None:
    """As after a mailbox was restored: one mail was received and not moved yet, two are new."""
    before = renumbered(post, mailbox, imap)
    old = post.deliver("Antrag")
    with pytest.raises(MailboxUnusable):
        WatchedMailbox(replace(mailbox, done_folder="ver//boten"), house.desk).look()
    assert renumbered(post, mailbox, imap) != before
    new = [post.deliver("Nachtrag"), post.deliver("Noch ein Nachtrag")]
    WatchedMailbox(mailbox, house.desk).look()
    assert (post.counts(), received(house)) == ((0, 3, 0), sorted(len(mail) for mail in [old, *new]))
    with house.desk.database.look(house.centre.tenant) as unit:
        places = unit.run(text("SELECT uidvalidity, uid FROM collected_messages")).all()
    assert sorted(uid for _, uid in places) == [1, 1, 2, 3]


def renumbered(post: Post, mailbox: Mailbox, imap: dict[str, str]) -> int:
    """The server forgets how it numbered the mails, and begins at 1 again; its new UIDVALIDITY."""
    post.line.logout()
    time.sleep(1.1)  # it is a time in seconds
    for file in Path(imap["IMAP_MAIL_FOLDER"]).glob("dovecot*"):
        file.unlink()
    post.sign_in(imap)
    with signed_in(mailbox) as account:
        return account.uidvalidity


@pytest.fixture(scope="session")
def plain_imap() -> Iterator[dict[str, str]]:
    """A server that can neither MOVE nor expunge one mail alone."""
    try:
        with frame.serving(Imap(can="IMAP4rev1")) as connect:
            yield connect
    except frame.Failed as error:
        pytest.skip(f"imap cannot run here: {error}")


@pytest.mark.parametrize("server", ["imap", "plain_imap"])
def test_moving_a_mail_removes_no_other_that_somebody_marked_as_deleted(
    house: House, request: pytest.FixtureRequest, server: str
) -> None:
    """With MOVE and without: all that lies there is collected first, so that it can be moved itself."""
    connect = request.getfixturevalue(server)
    post, mailbox = Post(connect), mailbox_at(house, connect)
    sent = [post.deliver(subject) for subject in ("eins", "zwei!", "drei!!")]
    post.count("INBOX")
    post.mark("2:3", "+FLAGS")
    WatchedMailbox(mailbox, house.desk, at_once=1).look()
    assert post.counts() == (2, 1, 0)
    WatchedMailbox(mailbox, house.desk).look()
    assert (post.counts(), received(house)) == ((0, 3, 0), [len(mail) for mail in sent])
    post.line.logout()


def test_mails_that_cannot_be_moved_hold_up_none_that_came_after_them(
    house: House, post: Post, mailbox: Mailbox
) -> None:
    watched = WatchedMailbox(replace(mailbox, done_folder="ver//boten"), house.desk, at_once=2)
    for number in range(4):
        post.deliver(f"Antrag {number}")
    for so_far in (2, 4):
        with pytest.raises(MailboxUnusable):
            watched.look()
        assert house.centre.count("received_files") == so_far


def test_a_missing_key_is_no_mails_fault(house: House, post: Post, mailbox: Mailbox) -> None:
    post.deliver("Antrag")
    watched, key = WatchedMailbox(mailbox, house.desk), house.centre.settings.master_key
    key.rename(key.with_suffix(".away"))
    house.desk.vault.__init__(house.centre.blobs, key)  # type: ignore[misc]
    for _ in range(6):
        with pytest.raises(MasterKeyMissing):
            watched.look()
    key.with_suffix(".away").rename(key)
    watched.look()
    assert (post.counts(), given_up(house)) == ((0, 1, 0), [])


def test_a_folder_that_is_not_there_is_told_as_such(house: House, post: Post, mailbox: Mailbox) -> None:
    post.deliver("Antrag")
    source = replace(mailbox, folder="Eingang")
    poll = Poll(source, WatchedMailbox(source, house.desk), house.desk)
    with pytest.raises(Problem) as told:
        poll()
    assert (told.value.code, "Eingang" in told.value.detail) == ("channel-mailbox-unusable", True)


def test_a_crash_anywhere_receives_no_mail_twice_and_loses_none(house: House, post: Post, mailbox: Mailbox) -> None:
    sent = [post.deliver(f"Antrag {number}") for number in range(2)]
    crashes = 0
    while crashes < 100:
        try:
            WatchedMailbox(mailbox, replace(house.desk, new_id=dying_after(crashes))).look()
            break
        except Crash:
            crashes += 1
    assert crashes > 3
    assert (post.counts(), received(house)) == ((0, 2, 0), [len(mail) for mail in sent])


def test_two_that_look_at_once_receive_every_mail_once(house: House, post: Post, mailbox: Mailbox) -> None:
    sent = [post.deliver(f"Antrag {number}") for number in range(8)]

    def look(_: int) -> None:
        with suppress(MailboxUnusable):
            WatchedMailbox(mailbox, house.desk).look()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(look, range(4)))
    WatchedMailbox(mailbox, house.desk).look()
    assert (post.count("INBOX"), received(house)) == (0, [len(mail) for mail in sent])
    assert post.count("Erledigt") >= 8, "Dovecot's own MOVE may copy a mail twice then"
