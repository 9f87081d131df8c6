"""ClamAV's daemon from Debian's packages, with signatures of its own: it knows the EICAR test string and a marker.

python -m tests.services.clamd install
python -m tests.services.clamd start --data FOLDER [--port N]
python -m tests.services.clamd stop --data FOLDER
"""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from tests.services.frame import LOOPBACK, Failed, Launch, Service, main, run

# In two parts, so that no scanner takes this file for a test file.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
MARKER = b"EAKTE-TEST-ONLY-" + b"MALWARE"
PACKAGES = ("clamav-daemon", "clamav-base", "libclamav12")
STREAM_LIMIT = "100M"


class Clamd(Service):
    """Finds both anywhere in a file; the real signatures would need hundreds of MB and are not fetched."""

    name, version = "clamd", "debian"

    def build(self, target: Path) -> None:
        unpack(target, *PACKAGES)
        program = target / "root/usr/sbin/clamd"
        run(str(program), "--help", cwd=target, env={"LD_LIBRARY_PATH": library_path(target / "root")})

    def launch(self, home: Path, data: Path, port: int) -> Launch:
        signatures = data / "signatures"
        signatures.mkdir(exist_ok=True)
        (signatures / "test.ndb").write_text(
            f"Eicar-Test-Signature:0:*:{EICAR.hex()}\nEakte-Test-Only-Marker:0:*:{MARKER.hex()}\n"
        )
        settings = data / "clamd.conf"
        settings.write_text(
            f"TCPSocket {port}\nTCPAddr {LOOPBACK}\nDatabaseDirectory {signatures}\nTemporaryDirectory {data}\n"
            f"Foreground yes\nLogTime yes\nMaxThreads 4\nStreamMaxLength {STREAM_LIMIT}\nAlertExceedsMax yes\n"
            f"SelfCheck 3600\nLocalSocket {data / 'clamd.socket'}\nFixStaleSocket yes\n"
        )
        return Launch(
            [str(home / "root/usr/sbin/clamd"), "--config-file", str(settings)],
            lambda: answers(port),
            {"CLAMD": f"{LOOPBACK}:{port}", "CLAMD_SOCKET": str(data / "clamd.socket")},
            env={"LD_LIBRARY_PATH": library_path(home / "root")},
        )


def answers(port: int) -> bool:
    with socket.create_connection((LOOPBACK, port), timeout=5) as line:
        line.sendall(b"zPING\0")
        return line.recv(16) == b"PONG\0"


def unpack(target: Path, *packages: str) -> None:
    """Debian packages, and what they need and the machine lacks, in `target/root`; nothing is installed."""
    folder, root = target / "debs", target / "root"
    folder.mkdir()
    folder.chmod(0o777)  # apt's download user writes here
    root.mkdir()
    try:
        _fetch(folder, packages)
    except Failed:
        if os.geteuid() != 0:
            raise
        run("apt-get", "update", cwd=target)  # no package lists yet, or old ones
        _fetch(folder, packages)
    for deb in sorted(folder.glob("*.deb")):
        run("dpkg-deb", "--extract", str(deb), str(root), cwd=target)
    for name in ("bin", "sbin", "lib"):  # Debian's / and /usr are one tree
        if (root / name).is_dir():
            shutil.copytree(root / name, root / "usr" / name, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(root / name)
    shutil.rmtree(folder)


def _fetch(folder: Path, packages: tuple[str, ...]) -> None:
    asked = ["apt-get", "install", "--simulate", "--no-install-recommends", *packages]
    try:
        plan = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise Failed(f"apt-get knows no such packages: {error}") from None
    wanted = {line.split()[1] for line in plan.splitlines() if line.startswith("Inst ")}
    run("apt-get", "download", *sorted(wanted | set(packages)), cwd=folder)


def library_path(root: Path) -> str:
    """LD_LIBRARY_PATH for programs below an unpacked root."""
    return ":".join(map(str, [root / "usr/lib", *(root / "usr/lib").glob("*-linux-gnu*")]))


if __name__ == "__main__":
    sys.exit(main(Clamd()))
