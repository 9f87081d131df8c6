"""Container images without an engine or an image registry: build the Dockerfile for real, and run what was built.

    python -m tests.services.image base
    python -m tests.services.image build FOLDER [--target STAGE] --tag NAME [--fresh]
    python -m tests.services.image run NAME [--env KEY=VALUE]… [--volume SOURCE:TARGET[:ro]]… [--entrypoint PROGRAM]
        [-- WORDS…]
    python -m tests.services.image config NAME
    python -m tests.services.image drop

`base` makes debian:bookworm-slim from Debian's own packages, once; `build` needs it. `run` is as strict as an engine
that is told `--read-only --cap-drop ALL --security-opt no-new-privileges`: the root file system is read-only, the
image's user has no rights beyond its own, and nothing outlives the run. INT and TERM reach the main process. Only the
network is the machine's. How this machine reaches apt and PyPI is mounted during `build` only; no layer keeps it.

Needs buildah, mmdebstrap, and root, see `as_root`. `drop` deletes all images; the layers of builds stay until then.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.services.frame import Failed, cache_folder, locked
from tests.services.image_reach import MOUNT_POINTS, apt_reach, apt_sources, mounted

SUITE = "bookworm"
STORE = "images-1"  # another number when the base image is made otherwise
TAGS = ("docker.io/library/debian:bookworm-slim", "docker.io/library/debian:12-slim")
# As in the published slim image: no manuals, and services never start during a build.
SLIM = ("man", "info", "locale", "lintian", "groff", "doc")
SLIM_KEPT = ("/usr/share/locale/locale.alias", "/usr/share/doc/*/copyright")
APT_IN_IMAGES = """\
APT::AutoRemove::SuggestsImportant "false";
Acquire::Languages "none";
Acquire::GzipIndexes "true";
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
APT::Update::Post-Invoke { "rm -f /var/cache/apt/*.bin || true"; };
"""
FORGOTTEN = ("/etc/apt/auth.conf", "/etc/apt/auth.conf.d/*", "/etc/apt/apt.conf.d/99mmdebstrap",
             "/etc/apt/sources.list.d/*", "/etc/resolv.conf", "/etc/hostname")  # fmt: skip
KEPT = re.compile(r"(HOME|PATH|EAKTE_SERVICES_CACHE|PIP_\w+|SSL_CERT_\w+|REQUESTS_CA_BUNDLE|\w+_proxy)$", re.IGNORECASE)
CONFINED = """\
set -eu
root=$1 user=$2; shift 2
cp /etc/hosts /etc/resolv.conf "$root/etc/"
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom; do
    touch "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"
done
while [ "$1" != -- ]; do
    case $1 in
    fresh) mkdir -p "$root$3"; mount -t tmpfs -o "mode=700,uid=${user%:*},gid=${user#*:}" tmpfs "$root$3" ;;
    *)
        if [ -d "$2" ]; then mkdir -p "$root$3"; else mkdir -p "$root${3%/*}"; touch "$root$3"; fi
        mount --bind "$2" "$root$3"; mount -o "remount,bind,$1" "$root$3" ;;
    esac
    shift 3
done
mount -o remount,bind,ro "$root"
folder=$2; shift 2
exec chroot "$root" setpriv --reuid "${user%:*}" --regid "${user#*:}" --clear-groups --bounding-set=-all \\
    --inh-caps=-all --no-new-privs --pdeathsig KILL env --chdir "$folder" "$@"
"""


def as_root(*argv: str) -> list[str]:
    """The command line that does it as root: by sudo, for who is not, with what tells where things are fetched from."""
    if os.geteuid() == 0:
        return list(argv)
    kept = [f"{name}={value}" for name, value in os.environ.items() if KEPT.match(name)]
    return ["sudo", "-n", "env", "PYTHONDONTWRITEBYTECODE=1", *kept, *argv]


def missing() -> str | None:
    """Why nothing can be built or run here; None if it can."""
    if subprocess.run(as_root("true"), stdin=subprocess.DEVNULL, capture_output=True).returncode != 0:
        return "root is needed, or sudo that asks for no password"
    lacking = [name for name in ("buildah", "mmdebstrap") if not shutil.which(name)]
    return f"apt-get install --no-install-recommends {' '.join(lacking)}" if lacking else None


def buildah(*words: str) -> list[str]:
    """A command line of buildah on this cache's own store of images."""
    if os.geteuid() != 0:
        raise Failed("must be root")
    if why := missing():
        raise Failed(why)
    store = cache_folder() / STORE
    return ["buildah", "--root", str(store / "store"), "--runroot", str(store / "run"), *words]


def ask(*words: str) -> str:
    return told(*buildah(*words))


def told(*argv: str) -> str:
    """What a command prints; Failed with the end of its complaint."""
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"{' '.join(argv)} failed ({done.returncode}):\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout.strip()


def has(name: str) -> bool:
    return subprocess.run(buildah("images", "--quiet", name), capture_output=True).returncode == 0


def config_of(name: str) -> dict[str, Any]:
    """What the Dockerfile said of user, environment, command, volumes and health, as engines read it."""
    found: dict[str, Any] = json.loads(ask("inspect", "--type", "image", name))["Docker"]["config"]
    return found


# The base image


def base() -> str:
    """The base image's name; it is made first if it is not there."""
    cache_folder().mkdir(parents=True, exist_ok=True)
    with locked(cache_folder() / ".image-base.lock"):
        if not all(map(has, TAGS)):
            with tempfile.TemporaryDirectory(prefix=".image-base-", dir=cache_folder()) as work:
                _import(_bootstrapped(Path(work)))
    return TAGS[0]


def _import(archive: Path) -> None:
    container = ask("from", "scratch")
    ask("add", "--quiet", container, str(archive), "/")
    ask("config", "--cmd", "bash", container)
    ask("commit", "--quiet", "--rm", "--format", "docker", container, TAGS[0])
    for tag in TAGS[1:]:
        ask("tag", TAGS[0], tag)


def _bootstrapped(work: Path) -> Path:
    """A minimal Debian as an archive, slimmed, with the empty mount points and no package sources."""
    texts = {"sources.list": apt_sources(SUITE), "reach": apt_reach(), "images.conf": APT_IN_IMAGES,
             "policy-rc.d": "#!/bin/sh\nexit 101\n"}  # fmt: skip
    for name, text in texts.items():
        (work / name).write_text(text)
    (work / "policy-rc.d").chmod(0o755)
    told(
        "mmdebstrap", "--mode=root", "--variant=minbase", f"--aptopt={work / 'reach'}",
        *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in SLIM),
        *(f"--dpkgopt=path-include={path}" for path in SLIM_KEPT),
        '--setup-hook=for f in /etc/apt/auth.conf /etc/apt/auth.conf.d; do [ ! -e "$f" ] || cp -a "$f" "$1/etc/apt/"; '
        "done",
        *(f'--customize-hook=rm -rf "$1"{path}' for path in FORGOTTEN),
        *(f'--customize-hook=install -D -m 644 /dev/null "$1{path}"' for path in MOUNT_POINTS),
        f"--customize-hook=copy-in {work / 'images.conf'} /etc/apt/apt.conf.d",
        f"--customize-hook=copy-in {work / 'policy-rc.d'} /usr/sbin",
        SUITE, str(work / "root.tar"), str(work / "sources.list"),
    )  # fmt: skip
    return work / "root.tar"


# Build and run


def build(folder: Path, tag: str, target: str = "", *, fresh: bool = False) -> None:
    """Build FOLDER/Dockerfile, or one stage of it; `fresh` reuses no layer. Failed with the end of what was said."""
    base()
    with mounted(SUITE) as mounts:
        told(*buildah(
            "bud", "--isolation", "chroot", "--network", "host", "--pull-never", "--format", "docker",
            "--no-cache" if fresh else "--layers", "--force-rm", *mounts, "--tag", tag,
            *(["--target", target] if target else []), str(folder),
        ))  # fmt: skip


def start(name: str, command: list[str], env: list[str], volumes: list[str], entrypoint: str = "") -> int:
    """Run the image in a container that is gone afterwards; its exit status, 128 + the signal it died of.

    As with other engines `command` stands in for the image's own, and `entrypoint` for both.
    """
    if not has(name):
        raise Failed(f"there is no image {name}; build it first")
    _sweep()
    config = config_of(name)
    own = [*(config.get("Entrypoint") or []), *(command or config.get("Cmd") or [])]
    words = [entrypoint, *command] if entrypoint else own
    container = ask("from", "--pull-never", "--name", f"run-{os.getpid()}", name)
    try:
        environment = dict(pair.split("=", 1) for pair in [*(config.get("Env") or []), *env])
        mounts = _mounts(list(config.get("Volumes") or {}), volumes)
        place = [ask("mount", container), config.get("User") or "0:0"]
        return _contained([*place, *mounts, "--", config.get("WorkingDir") or "/", *words], environment)
    finally:
        subprocess.run(buildah("rm", container), capture_output=True)


def _mounts(own: list[str], given: list[str]) -> list[str]:
    """Words of three: how, source, target; a volume of the image that was not given is fresh."""
    wanted = {}
    for volume in given:
        source, target, *mode = volume.split(":")
        wanted[target] = [mode[0] if mode else "rw", source, target]
    return [word for each in ({own_: ["fresh", "-", own_] for own_ in own} | wanted).values() for word in each]


def _contained(words: list[str], environment: dict[str, str]) -> int:
    """Run in namespaces of its own, so that nothing outlives it; INT and TERM go to its main process."""
    process = subprocess.Popen(
        ["/usr/bin/setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--propagation", "private", "--pid", "--ipc",
         "--uts", "--fork", "--kill-child", "sh", "-c", CONFINED, "eakte", *words],
        env=environment, start_new_session=True,
    )  # fmt: skip

    def pass_on(number: int, _: object) -> None:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        with contextlib.suppress(OSError):
            for child in children.read_text().split():
                os.kill(int(child), number)

    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGINT, pass_on)
    status = process.wait()
    return 128 - status if status < 0 else status


# Clearing away


def _containers() -> list[str]:
    return ask("containers", "--noheading", "--format", "{{.ContainerName}}").split()


def _sweep() -> None:
    """Remove containers whose `run` was killed."""
    for container in _containers():
        owner = re.fullmatch(r"run-(\d+)", container)
        if owner and not Path(f"/proc/{owner[1]}").exists():
            ask("rm", container)


def drop() -> None:
    """Delete the store of images. buildah keeps parts of it mounted; they come off first."""
    store = cache_folder() / STORE
    if not store.exists():
        return
    _sweep()
    if running := [name for name in _containers() if name.startswith("run-")]:
        raise Failed(f"still in use: {' '.join(running)}")
    ask("rm", "--all")  # of builds that were killed
    points = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for point in sorted((point for point in points if Path(point).is_relative_to(store)), reverse=True):
        told("umount", point)
    shutil.rmtree(store)


# The command line


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("base", help="make the base image; nothing to do when it is there")
    building = verbs.add_parser("build", help="build FOLDER/Dockerfile")
    building.add_argument("folder", type=Path, metavar="FOLDER")
    building.add_argument("--target", default="", help="the stage to build, instead of the last")
    building.add_argument("--tag", required=True, metavar="NAME")
    building.add_argument("--fresh", action="store_true", help="reuse no layer of an earlier build")
    running = verbs.add_parser("run", help="run the image, with the words after -- as its command")
    running.add_argument("name", metavar="NAME")
    running.add_argument("--env", action="append", default=[], metavar="KEY=VALUE")
    running.add_argument("--volume", action="append", default=[], metavar="SOURCE:TARGET[:ro]")
    running.add_argument("--entrypoint", default="", metavar="PROGRAM", help="instead of the image's")
    verbs.add_parser("config", help="what the Dockerfile said of it, as JSON").add_argument("name", metavar="NAME")
    verbs.add_parser("drop", help="delete all images, the base image too")
    return parser.parse_args(words)


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    place = words.index("--") if "--" in words else len(words)
    return words[:place], words[place + 1 :]


def _do(asked: argparse.Namespace, command: list[str]) -> int:
    if asked.verb == "run":
        return start(asked.name, command, asked.env, asked.volume, asked.entrypoint)
    if asked.verb == "base":
        print(base())
    elif asked.verb == "config":
        print(json.dumps(config_of(asked.name)))
    elif asked.verb == "build":
        build(asked.folder, asked.tag, asked.target, fresh=asked.fresh)
    else:
        drop()
    return 0


def main() -> int:
    if os.geteuid() != 0:
        return subprocess.run(as_root(sys.executable, "-m", "tests.services.image", *sys.argv[1:])).returncode
    words, command = _split(sys.argv[1:])
    try:
        return _do(_arguments(words), command)
    except Failed as failure:
        print(f"image: {failure}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
