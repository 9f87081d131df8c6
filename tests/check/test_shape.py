"""How the code is written: short functions, small files, and docstrings that say something."""

import re
from statistics import median, quantiles

from tests.check.sources import ROOT, files, functions, public


def test_functions_are_short():
    lengths = [function.lines for function in functions()]
    assert median(lengths) <= 8
    assert quantiles(lengths, n=10)[-1] <= 25


def test_files_are_small():
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in files()}
    written = [length for length in lengths.values() if length > 1]
    assert [name for name, length in lengths.items() if length > 500] == []
    assert median(written) <= 120
    assert quantiles(written, n=10)[-1] <= 350


def test_what_is_public_has_a_docstring_that_adds_to_its_name():
    silent = [
        f"{each.place} {each.name}"
        for each in public()
        if not _words(each.docstring or "") - _words(each.name) - _words("a an the of this that its it is to and in on")
    ]
    assert silent == []


def test_no_module_has_a_name_that_says_nothing():
    named = {path.stem for path in files()} | {path.parent.name for path in files()}
    assert named & {"utils", "helpers", "common", "core", "lib", "services", "misc", "base"} == set()


def _words(text: str) -> set[str]:
    apart = re.sub(r"([a-z])([A-Z])", r"\1 \2", text).lower()
    return {word.rstrip("s") for word in re.findall(r"[a-zäöüß0-9]+", apart)}
