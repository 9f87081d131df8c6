"""Programs of Debian packages that are not installed: unpacked into the cache, for one process alone. Tests only."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.services.frame import Failed, run


def unpack(target: Path, *packages: str) -> None:
    """The packages, and what they need and the machine lacks, unpacked into `target/root`; nothing is installed."""
    folder, root = target / "debs", target / "root"
    folder.mkdir()
    folder.chmod(0o777)  # the account that downloads writes here
    root.mkdir()
    _fetch(folder, packages)
    for deb in sorted(folder.glob("*.deb")):
        run("dpkg-deb", "--extract", str(deb), str(root), cwd=folder)
    for name in ("bin", "sbin", "lib"):  # / and /usr are one tree
        if (root / name).is_dir():
            shutil.copytree(root / name, root / "usr" / name, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(root / name)
    shutil.rmtree(folder)


def _fetch(folder: Path, packages: tuple[str, ...]) -> None:
    if os.geteuid() == 0:
        run("apt-get", "update", cwd=folder)
    plan = _plan(packages)
    wanted = {line.split()[1] for line in plan.splitlines() if line.startswith("Inst ")}
    run("apt-get", "download", *sorted(wanted | set(packages)), cwd=folder)


def _plan(packages: tuple[str, ...]) -> str:
    command = ["apt-get", "install", "--simulate", "--no-install-recommends", *packages]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return done.stdout


def laid_over(root: Path, own: Path, *argv: str, over: Mapping[str, str] | None = None) -> list[str]:
    """`argv` where `root` lies over /usr and the folder `own` is /mnt; `over` lays files of `own` over others.

    For programs with built-in paths. Only the program and its children see it, and the pid stays the program's.
    """
    if os.geteuid() != 0:
        raise Failed("root is needed: the program sees its files through private mounts")
    steps = [
        'mount -t overlay overlay -o "lowerdir=$0/usr:/usr" /usr', 'mount --bind "$1" /mnt', "shift",
        *(f"mount --bind /mnt/{name} {target}" for name, target in (over or {}).items()), 'exec "$@"',
    ]  # fmt: skip
    private = ["unshare", "--mount", "--propagation", "private", "sh", "-c", " && ".join(steps)]
    return [*private, str(root), str(own), *argv]
