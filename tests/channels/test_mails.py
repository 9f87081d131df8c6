"""A mailbox on a real server: every mail is received once, then moved; nothing is lost and nothing repeated."""

import imaplib
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from eakte.channels.mails import WatchedMailbox
from eakte.channels.model import Mailbox, MailboxUnusable
from tests.channels.house import House


class Post:
    """The account as its owner sees it."""

    def __init__(self, connect: dict[str, str]) -> None:
        self.line = imaplib.IMAP4(connect["IMAP_HOST"], int(connect["IMAP_PORT"]), timeout=20)
        self.line.login(connect["IMAP_USER"], connect["IMAP_PASSWORD"])
        for folder in ("INBOX", "Erledigt", "Fehler"):
            if self.count(folder):
                self.line.store("1:*", "+FLAGS", r"\Deleted")
                self.line.expunge()

    def deliver(self, subject: str, attached: bytes = b"%PDF-1.4") -> bytes:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "b@example.org", "post@example.org", subject
        message.set_content("Anbei.\n")
        message.add_attachment(attached, "application", "pdf", filename="Anlage.pdf")
        data = message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        assert self.line.append("INBOX", None, None, data)[0] == "OK"  # type: ignore[arg-type]
        return data

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
def mailbox(house: House, imap: dict[str, str], tmp_path: Path) -> Mailbox:
    password = tmp_path / "password"
    password.write_text(imap["IMAP_PASSWORD"])
    return Mailbox(
        "poststelle", house.source.tenant, house.source.key_file, imap["IMAP_HOST"], imap["IMAP_USER"], password,
        int(imap["IMAPS_PORT"]), ca_file=Path(imap["IMAP_CA_FILE"]),
    )  # fmt: skip


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
