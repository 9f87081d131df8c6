"""OpenSSH's server as an SFTP drop: an account locked into one folder, from Debian's packages; needs root. Tests only.

python -m tests.services.sftp install
python -m tests.services.sftp start --data FOLDER [--port N]
python -m tests.services.sftp stop --data FOLDER
"""

import shutil
import socket
import sys
from pathlib import Path

from tests.services.debian import laid_over, unpack
from tests.services.frame import LOOPBACK, Launch, Service, main, run

USER, UID = "scanner", 64101
# Below /mnt lies the instance's folder.
_SETTINGS = """
ListenAddress {loopback}
Port {port}
HostKey /mnt/host_key
AuthorizedKeysFile /mnt/user_key.pub
PidFile none
UsePAM no
PasswordAuthentication no
PubkeyAuthentication yes
KbdInteractiveAuthentication no
PermitRootLogin no
AllowUsers {user}
Subsystem sftp internal-sftp -f AUTHPRIV -l INFO
ForceCommand internal-sftp
ChrootDirectory /mnt/box
AllowTcpForwarding no
AllowAgentForwarding no
X11Forwarding no
PermitTunnel no
MaxStartups 50
"""
_OVER = {"passwd": "/etc/passwd", "group": "/etc/group", "run": "/run"}
_ACCOUNTS = (
    "root:x:0:0::/root:/bin/sh\nsshd:x:64100:65534::/run/sshd:/usr/sbin/nologin\n"
    f"{USER}:*:{UID}:{UID}::/incoming:/bin/sh\n"
)


class Sftp(Service):
    """The account signs in with a key; it sees `incoming/`, which is the watched folder, and has no shell."""

    name, version = "sftp", "debian"

    def build(self, target: Path) -> None:
        unpack(target, "openssh-server", "openssh-client", "openssh-sftp-server")
        run(*laid_over(target / "root", target, "sh", "-c", "command -v sshd ssh-keygen"), cwd=target)

    def launch(self, home: Path, data: Path, port: int) -> Launch:
        own = data / "sshd"
        for folder in (own, own / "run" / "sshd", own / "box", own / "box" / "incoming"):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o755)  # the folder to be locked into must be root's alone
        shutil.chown(own / "box" / "incoming", UID, UID)
        (own / "passwd").write_text(_ACCOUNTS)
        (own / "group").write_text(f"root:x:0:\n{USER}:x:{UID}:\n")
        (own / "sshd_config").write_text(_SETTINGS.format(loopback=LOOPBACK, port=port, user=USER))
        for key in ("host_key", "user_key"):
            if not (own / key).exists():
                make = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"/mnt/{key}")
                run(*laid_over(home / "root", own, *make), cwd=own)
        return Launch(
            laid_over(home / "root", own, "/usr/sbin/sshd", "-D", "-e", "-f", "/mnt/sshd_config", over=_OVER),
            lambda: _greets(port),
            {
                "SFTP_HOST": LOOPBACK, "SFTP_PORT": str(port), "SFTP_USER": USER,
                "SFTP_KEY_FILE": str(own / "user_key"), "SFTP_HOST_KEY_FILE": str(own / "host_key.pub"),
                "SFTP_WATCHED_FOLDER": str(own / "box" / "incoming"),
            },
        )  # fmt: skip


def _greets(port: int) -> bool:
    with socket.create_connection((LOOPBACK, port), timeout=5) as line:
        return line.recv(50).startswith(b"SSH-2.0-")


if __name__ == "__main__":
    sys.exit(main(Sftp()))
