"""Tables of the reference that are written from the code; `python -m tests.check.write` puts them into the pages."""

import argparse
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from eakte.__main__ import _parser
from eakte.access.model import ROLES, Permission
from eakte.app import create_app
from eakte.errors import Problem
from eakte.figures import GAUGES
from eakte.flow import FLOW
from eakte.journal import ACTS
from eakte.watch.measures import MEASURES
from ocr_pipeline.errors import PASSING, SENTENCES
from ocr_pipeline.refusals import REASONS
from tests.check.sources import ROOT, import_everything, problems

REFERENCE = ROOT / "docs" / "reference"
DECISIONS = ROOT / "docs" / "decisions"
OPENAPI = ROOT / "openapi" / "v1.json"


@cache
def described() -> dict[str, Any]:
    """The OpenAPI document of the application."""
    found: dict[str, Any] = create_app(None).openapi()
    return found


def errors() -> str:
    """Every problem with its code, status, title and remedy."""
    import_everything()
    found = sorted(problems(), key=lambda each: (each.status, each.code))
    rows = [(f"`{p.code}`", str(p.status), _when(p), p.title, p.remedy) for p in found]
    return _table(("Code", "Status", "When", "Title", "Remedy"), rows)


def _when(problem: type[Problem]) -> str:
    return (problem.__doc__ or "").split("\n\n")[0].replace("\n", " ").strip()


def parked() -> str:
    """Why a document cannot be read."""
    rows = [(f"`{code}`", sentence) for code, sentence in SENTENCES.items() if code not in PASSING]
    return _table(("Code in the log", "`reason`"), rows)


def conformance() -> str:
    """Why an archival copy is no PDF/A-2b."""
    return _table(("Code", "`conformance_reason`"), [(f"`{code}`", sentence) for code, sentence in REASONS.items()])


def acts() -> str:
    """Every act, what it means, and what follows from it."""
    import_everything()
    rows = [
        (f"`{act}`", meaning, ", ".join(f"`{follows.task}`" for follows in FLOW.get(act, ())) or "–")
        for act, meaning in sorted(ACTS.items())
    ]
    return _table(("Act", "Meaning", "Next jobs"), rows)


def roles() -> str:
    """Which role allows what."""
    rows = [(f"`{role}`", *("✓" if each in may else "" for each in Permission)) for role, may in ROLES.items()]
    return _table(("Role", *(f"`{each}`" for each in Permission)), rows)


def addresses() -> str:
    """Every method and path with its summary."""
    rows = [
        (f"`{method.upper()} {path}`", each["description"].split("\n\n")[0].replace("\n", " "))
        for path, methods in sorted(described()["paths"].items())
        for method, each in methods.items()
    ]
    return _table(("Request", "What"), rows)


def commands() -> str:
    """Every subcommand of `eakte` with its arguments."""
    return _table(("Command", "Does"), sorted(_subcommands(_parser())))


def measures() -> str:
    """Every metric with its labels."""
    rows = [
        (f"`{each.name}`", each.kind, ", ".join(f"`{label}`" for label in each.labels) or "–", each.meaning)
        for each in (*GAUGES, *MEASURES)
    ]
    return _table(("Metric", "Type", "Labels", "Meaning"), rows)


def decisions() -> str:
    """The title of each page."""
    pages = sorted(page for page in DECISIONS.glob("*.md") if page.name != "README.md")
    return "\n".join(f"- [{page.read_text(encoding='utf-8').splitlines()[0][2:]}]({page.name})" for page in pages)


def _subcommands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    for action in below:
        for name in action.choices:
            yield from _subcommands(action.choices[name])
    if not below:
        usage = (
            " ".join(parser.format_usage().split()).removeprefix("usage: ").replace("[-h] ", "").replace(" [-h]", "")
        )
        yield f"`{usage}`", parser.description or ""


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [tuple(head), *(tuple(cell.replace("|", "\\|") for cell in row) for row in rows)]
    lines.insert(1, tuple("---" for _ in lines[0]))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


TABLES = {
    REFERENCE / "errors.md": {"errors": errors, "parked": parked, "conformance": conformance},
    REFERENCE / "acts.md": {"acts": acts},
    REFERENCE / "api.md": {"roles": roles, "addresses": addresses},
    REFERENCE / "commands.md": {"commands": commands},
    REFERENCE / "metrics.md": {"metrics": measures},
    DECISIONS / "README.md": {"decisions": decisions},
}
"""Which tables stand in which page, between `<!-- table NAME -->` and `<!-- end -->`."""


def as_it_should_be(page: Path) -> str:
    """The page with its tables written anew; ValueError where a table has no place in it."""
    text = page.read_text(encoding="utf-8")
    for name, write in TABLES[page].items():
        place = re.compile(rf"(<!-- table {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        table = write()
        text, count = place.subn(lambda found, table=table: f"{found[1]}\n{table}\n\n{found[2]}", text)
        if count != 1:
            raise ValueError(f"{page.name} has no place for the table {name}")
    return text
