"""Dovecot: an IMAP server with one mailbox, from Debian's packages; needs root. Tests only.

python -m tests.services.imap install
python -m tests.services.imap start --data FOLDER [--port N]
python -m tests.services.imap stop --data FOLDER
"""

import shutil
import socket
import sys
from pathlib import Path

from tests.services.debian import laid_over, unpack
from tests.services.frame import LOOPBACK, Launch, Service, kept_ports, main, run

USER, TEST_ONLY_PASSWORD = "post@example.org", "test-only-post"
# Below /mnt lies the instance's folder: short enough for the names of sockets.
# Logins and mail need other accounts than root: two that every Debian has.
_SETTINGS = """
protocols = imap
listen = {loopback}
base_dir = /mnt/run
state_dir = /mnt/run
log_path = /dev/stderr
default_login_user = nobody
default_internal_user = root
default_internal_group = root
first_valid_uid = 1
first_valid_gid = 1
disable_plaintext_auth = no
auth_failure_delay = 0 secs
ssl = yes
ssl_cert = </mnt/certificate.pem
ssl_key = </mnt/key.pem
mail_location = maildir:/mnt/maildir
mail_fsync = always
protocol imap {{
  mail_max_userip_connections = 100
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
passdb {{
  driver = passwd-file
  args = /mnt/users
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home=/mnt/maildir
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
"""
_CERTIFICATE = (
    "openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-days", "3650", "-subj", "/CN=localhost",
    "-addext", f"subjectAltName=DNS:localhost,IP:{LOOPBACK}", "-keyout", "key.pem", "-out", "certificate.pem",
)  # fmt: skip


class Imap(Service):
    """The port speaks plain IMAP and STARTTLS, a second one IMAPS, with a certificate of its own."""

    name, version = "imap", "debian"

    def __init__(self, *, can: str = "") -> None:
        """`can`: all that it says to be able to do."""
        self._can = f"protocol imap {{\n  imap_capability = {can}\n}}\n" if can else ""

    def build(self, target: Path) -> None:
        unpack(target, "dovecot-imapd", "dovecot-core")
        run(*laid_over(target / "root", target, "dovecot", "--version"), cwd=target)

    def launch(self, home: Path, data: Path, port: int) -> Launch:
        own, imaps = data / "dovecot", kept_ports(data, "imaps")["imaps"]
        own.mkdir(exist_ok=True)
        own.chmod(0o755)
        for folder in ("maildir", "maildir/new", "maildir/cur", "maildir/tmp"):
            (own / folder).mkdir(exist_ok=True)
            shutil.chown(own / folder, "mail", "mail")
        shutil.rmtree(own / "run", ignore_errors=True)  # sockets of a killed server
        (own / "run").mkdir()
        (own / "users").write_text(f"{USER}:{{PLAIN}}{TEST_ONLY_PASSWORD}\n")
        (own / "dovecot.conf").write_text(_SETTINGS.format(loopback=LOOPBACK, port=port, imaps=imaps) + self._can)
        if not (own / "certificate.pem").exists():
            run(*_CERTIFICATE, cwd=own)
        return Launch(
            laid_over(home / "root", own, "dovecot", "-F", "-c", "/mnt/dovecot.conf"),
            lambda: _greets(port),
            {
                "IMAP_HOST": LOOPBACK, "IMAP_PORT": str(port), "IMAPS_PORT": str(imaps),
                "IMAP_CA_FILE": str(own / "certificate.pem"), "IMAP_USER": USER, "IMAP_PASSWORD": TEST_ONLY_PASSWORD,
                "IMAP_MAIL_FOLDER": str(own / "maildir"),
            },
        )  # fmt: skip


def _greets(port: int) -> bool:
    with socket.create_connection((LOOPBACK, port), timeout=5) as line:
        return line.recv(200).startswith(b"* OK")


if __name__ == "__main__":
    sys.exit(main(Imap()))
