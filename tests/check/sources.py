"""What the checks look at: the code that is shipped, the pages, and every text of the repository."""

import ast
import importlib
import pkgutil
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import eakte
from eakte.errors import Problem

ROOT = Path(__file__).parents[2]
CODE = ("src/eakte", "ocr_pipeline", "search")
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

Function = ast.FunctionDef | ast.AsyncFunctionDef
Named = Function | ast.ClassDef


@dataclass(frozen=True)
class Definition:
    """A function, method or class of the shipped code; `place` is file and line."""

    place: str
    name: str
    node: Named

    @property
    def docstring(self) -> str | None:
        return ast.get_docstring(self.node)

    @property
    def lines(self) -> int:
        """From its first to its last line, without the docstring."""
        assert self.node.end_lineno is not None
        spoken = self.node.body[0] if self.docstring is not None else None
        docstring = (spoken.end_lineno or 0) - spoken.lineno + 1 if spoken else 0
        return self.node.end_lineno - self.node.lineno + 1 - docstring


def files() -> list[Path]:
    return sorted(path for folder in CODE for path in (ROOT / folder).rglob("*.py"))


@cache
def trees() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in files()}


def functions() -> Iterator[Definition]:
    """All of them, also nested and private ones."""
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, Function):
                yield Definition(f"{path.relative_to(ROOT)}:{node.lineno}", node.name, node)


def public() -> Iterator[Definition]:
    """Public functions, classes and methods, as they can be reached from outside of their file."""
    for path, tree in trees().items():
        yield from _public(path, tree.body)


def _public(path: Path, body: list[ast.stmt]) -> Iterator[Definition]:
    for node in body:
        if isinstance(node, Named) and not node.name.startswith("_"):
            yield Definition(f"{path.relative_to(ROOT)}:{node.lineno}", node.name, node)
            if isinstance(node, ast.ClassDef):
                yield from _public(path, node.body)


def import_everything() -> None:
    """Declares every act and every problem there is."""
    for module in pkgutil.walk_packages(eakte.__path__, "eakte."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def problems(of: type[Problem] = Problem) -> set[type[Problem]]:
    """The problem itself and all below it."""
    return {of}.union(*(problems(below) for below in of.__subclasses__()))


def texts() -> Iterator[tuple[str, str]]:
    """Path and text of every text file that belongs to the repository, new ones too."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in sorted(set(filter(None, listed.stdout.decode().split("\0")))):
        try:
            yield name, (ROOT / name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue


def commands(page: Path) -> Iterator[str]:
    """What a page tells people to type: plain blocks, and in blocks of text what stands behind a `$`."""
    for kind, block in re.findall(
        r"^```([^\n]*)\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    ):
        lines = block.replace("\\\n", " ").splitlines() if kind in {"", "text"} else []
        yield from (line.removeprefix("$ ") for line in lines if not kind or line.startswith("$ "))
