"""The documents cannot lie: what they say of settings, errors, acts, addresses and commands is what the code has."""

import argparse
import re
import shlex
from pathlib import Path

import pytest

import ocr_pipeline.__main__
import search.__main__
from eakte.__main__ import _parser
from eakte.settings import Settings
from tests.check.pages import OPENAPI, TABLES, as_it_should_be, described
from tests.check.sources import PAGES, ROOT, commands, texts
from tests.check.write import openapi

WRITE = "run `python -m tests.check.write` and look at what changed"
SETTINGS = ROOT / "docs" / "reference" / "settings.md"


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_openapi_is_what_the_application_says():
    assert OPENAPI.read_text(encoding="utf-8") == openapi(), WRITE


@pytest.mark.parametrize("page", TABLES, ids=_name)
def test_the_reference_is_what_the_code_says(page):
    assert page.read_text(encoding="utf-8") == as_it_should_be(page), WRITE


def test_every_setting_stands_in_the_reference_with_its_default(monkeypatch):
    """A default, set as the page gives it, changes nothing."""
    rows = dict(re.findall(r"^\| `EAKTE_(\w+)` \| `?([^|`]*)`? \|", SETTINGS.read_text(encoding="utf-8"), re.MULTILINE))
    assert {name.lower() for name in rows} == set(Settings.model_fields)
    for name in rows:
        monkeypatch.delenv(f"EAKTE_{name}", raising=False)
    default = Settings()
    for name, value in rows.items():
        monkeypatch.setenv(f"EAKTE_{name}", "" if value == "empty" else value.replace("\\|", "|"))
    assert Settings() == default


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_somewhere(page):
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in _anchors(file)):
            dead.append(target)
    assert dead == []


def test_every_page_can_be_reached_from_the_readme():
    reached, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        reached.add(page)
        linked = re.findall(r"\]\(([^)\s#]+\.md)", page.read_text(encoding="utf-8"))
        ahead += [found for each in linked if (found := (page.parent / each).resolve()) not in reached]
    assert set(PAGES) - reached == set()


def _anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_files_that_a_page_names_are_there(page):
    named = re.findall(
        r"`((?:src|tests|docs|migrations|ocr_pipeline|search|bootstrap|benchmarks|openapi)/[\w./-]*)`",
        page.read_text(encoding="utf-8"),
    )
    made = {"benchmarks/out/"}
    assert [name for name in named if name not in made and not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_addresses_that_a_page_names_are_served(page):
    known = [re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + "/?") for path in described()["paths"]]
    asked = re.findall(r"/v1/[^\s'\"`?)|,;]+", page.read_text(encoding="utf-8"))
    unknown = [address for address in asked if not any(each.fullmatch(address.rstrip(".…")) for each in known)]
    later = {"/v1/uploads"}
    assert [address for address in unknown if address not in later] == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_commands_that_a_page_shows_can_be_run(page):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    parsers = {
        "eakte": _parser(), "ocr_pipeline": ocr_pipeline.__main__._parser(), "search": search.__main__._parser(),
    }  # fmt: skip
    for line in commands(page):
        for name, rest in _commands(line):
            if name == "make":
                assert {word for word in rest if re.fullmatch(r"[a-z]+", word)} <= targets, line
            else:
                _parse(parsers[name], rest, line)
    inline = re.findall(r"`make ([a-z]+)", page.read_text(encoding="utf-8"))
    assert set(inline) <= targets


def _commands(line: str) -> list[tuple[str, list[str]]]:
    """Name and arguments of each of our commands in a line of a shell."""
    begins = r"(?:^|[|(;&] ?|^\w+=\S+ )(?:\.venv/bin/)?"
    ours = r"(make|eakte|python -m ocr_pipeline|python -m search)(?![\w.])"
    found = re.finditer(begins + ours + r"([^|;&()<>]*)", line.split(" #")[0])
    return [(each[1].split()[-1], shlex.split(each[2])) for each in found]


def _parse(parser: argparse.ArgumentParser, arguments: list[str], line: str) -> None:
    try:
        parser.parse_args(arguments)
    except SystemExit as error:
        assert error.code == 0, line


def test_the_changelog_has_a_place_for_what_comes_next():
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


_KNOWN_HOSTS = re.compile(
    r"s3|opensearch|"  # of compose.yaml
    r"127\.0\.0\.1|localhost|test|\[::1\]|.*\.example|example\.(org|com)|www\.w3\.org|ns\.adobe\.com|www\.aiim\.org|host|"
    r"openoffice\.org|schemas\.openxmlformats\.org|"  # names of vocabularies, never visited
    r"(www\.)?rfc-editor\.org|keepachangelog\.com|tus\.io|semver\.org|json-schema\.org|\W.*|github\.com|jobcenter\.digital|repo\.maven\.apache\.org"
)
_ELSEWHERE = ("/wo" + "rk/", "DESIGN" + " §", "CONTRACT" + ".md", "DESIGN" + ".md", "DOS" + "SIER", "-notes" + ".md")


def test_the_repository_needs_nothing_of_the_place_where_it_was_made():
    """No private host, no path of a machine, no page that is not here."""
    strange = [
        f"{name}: {host}"
        for name, text in texts()
        for host in re.findall(r"(?:https?|ftp)://(?:[^/\s'\"`@]+@)?([^/\s:'\"`<>)\\]+)", text)
        if not name.endswith((".svg", ".lock")) and not _KNOWN_HOSTS.fullmatch(host)
    ]
    strange += [f"{name}: {word}" for name, text in texts() for word in _ELSEWHERE if word in text]
    locks = [(name, text) for name, text in texts() if name.endswith(".lock")]
    strange += [f"{name}: options" for name, text in locks if re.search(r"^--", text, re.MULTILINE)]
    assert strange == []
