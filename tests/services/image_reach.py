"""How this machine reaches apt and PyPI, mounted into a build so that no layer keeps it."""

import configparser
import contextlib
import io
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.services.frame import Failed

CERTIFICATES = "/etc/ssl/reach.crt"
# Empty files of the base image, so that no layer gets them.
MOUNT_POINTS = (CERTIFICATES, "/etc/pip.conf", "/etc/apt/sources.list", "/etc/apt/apt.conf.d/90reach",
                "/etc/apt/auth.conf.d/reach.conf")  # fmt: skip
APT_REACH = re.compile(r"Acquire::((https?|socks5h?|ftp)::|Check-|Retries|ForceIPv)", re.IGNORECASE)
PIP_REACH = ("INDEX_URL", "EXTRA_INDEX_URL", "TRUSTED_HOST", "PROXY", "DEFAULT_TIMEOUT")
PIP_FILES = ("/etc/xdg/pip/pip.conf", "/etc/pip.conf", "~/.pip/pip.conf", "~/.config/pip/pip.conf")
BUNDLES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


@contextlib.contextmanager
def mounted(suite: str) -> Iterator[list[str]]:
    """buildah's words that mount the configuration; its files live only as long as the build."""
    bundle = next((os.environ[name] for name in BUNDLES if os.environ.get(name)), "/etc/ssl/certs/ca-certificates.crt")
    certified = f'{apt_reach()}Acquire::https::CAInfo "{CERTIFICATES}";\n'
    texts = (Path(bundle).read_text(), _pip_reach(), apt_sources(suite), certified, _apt_logins())
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        words = []
        for number, (point, text) in enumerate(zip(MOUNT_POINTS, texts, strict=True)):
            file = Path(folder, str(number))
            file.touch(0o600 if "auth" in point else 0o644)
            file.write_text(text)
            words += ["--volume", f"{file}:{point}:ro"]
        yield words


def apt_sources(suite: str) -> str:
    """The suite's one-line sources, as this machine's apt is told to reach them."""
    found = _known_sources(suite)
    if not found:
        _said("apt-get", "update")
        found = _known_sources(suite)
    if not found:
        raise Failed(f"apt on this machine knows no sources of {suite}")
    return "".join(f"{line}\n" for line in found)


def _known_sources(suite: str) -> list[str]:
    form = "$(ORIGIN)|$(CODENAME)|deb $(REPO_URI) $(RELEASE) $(COMPONENT)"
    told = _said("apt-get", "indextargets", "--format", form, "Created-By: Packages")
    rows = [row.split("|") for row in told.splitlines()]
    return sorted({row[2] for row in rows if row[0] == "Debian" and row[1].startswith(suite)})


def apt_reach() -> str:
    """apt's own options on how to reach and trust a mirror."""
    return "".join(f"{line}\n" for line in _said("apt-config", "dump").splitlines() if APT_REACH.match(line))


def _apt_logins() -> str:
    files = [Path("/etc/apt/auth.conf"), *sorted(Path("/etc/apt/auth.conf.d").glob("*.conf"))]
    return "".join(file.read_text() for file in files if file.is_file())


def _pip_reach() -> str:
    """pip's settings of this machine and user, with the certificates where the build finds them."""
    settings = configparser.RawConfigParser(strict=False)
    settings.read([Path(name).expanduser() for name in PIP_FILES])
    if not settings.has_section("global"):
        settings.add_section("global")
    for name in PIP_REACH:
        if value := os.environ.get(f"PIP_{name}"):
            settings.set("global", name.lower().replace("_", "-"), value)
    for section in settings.sections():
        settings.remove_option(section, "client-cert")
        settings.remove_option(section, "cert")
    settings.set("global", "cert", CERTIFICATES)
    text = io.StringIO()
    settings.write(text)
    return text.getvalue()


def _said(*argv: str) -> str:
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"{' '.join(argv)} failed ({done.returncode}):\n{done.stderr[-3000:]}")
    return done.stdout
