"""The document types of a Jobcenter file, with the words by which each is known; data in `document_types.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class DocumentType:
    """A type: lasting code, German name, code of its file part, and the phrases of its rule by strength."""

    code: str
    name: str
    part: str
    title: tuple[str, ...] = ()
    strong: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    against: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """All types by code in the order of the file plan, the file parts by code, and the type of what no rule knows."""

    types: Mapping[str, DocumentType]
    parts: Mapping[str, str]
    unknown: DocumentType

    def __getitem__(self, code: str) -> DocumentType:
        return self.unknown if code == self.unknown.code else self.types[code]

    def __contains__(self, code: object) -> bool:
        return code == self.unknown.code or code in self.types


@cache
def shipped_catalogue() -> Catalogue:
    """The catalogue that a new tenant begins with; read once in a process."""
    return parse_catalogue(files(__package__).joinpath("document_types.toml").read_text(encoding="utf-8"))


def parse_catalogue(text: str) -> Catalogue:
    """A catalogue from TOML. Raises ValueError for a code given twice or a part that is not listed."""
    data = tomllib.loads(text)
    unknown = _type(data["unknown"])
    types = [_type(entry) for entry in data["types"]]
    codes = [each.code for each in (unknown, *types)]
    if twice := {code for code in codes if codes.count(code) > 1}:
        raise ValueError(f"document types given twice: {sorted(twice)}")
    if strange := {each.part for each in (unknown, *types)} - set(data["parts"]):
        raise ValueError(f"file parts not listed: {sorted(strange)}")
    return Catalogue({each.code: each for each in types}, data["parts"], unknown)


def _type(entry: Mapping[str, Any]) -> DocumentType:
    lists = {key: tuple(entry.get(key, ())) for key in ("title", "strong", "weak", "against")}
    return DocumentType(entry["code"], entry["name"], entry["part"], **lists)


_PAGE = """\
# Document types

The catalogue that a new tenant begins with. Its source, `src/eakte/recognition/document_types.toml`, also holds the
words by which the classifier knows each type; a test keeps this page equal to it.

| Code | Name | File part |
|---|---|---|
{types}

`{unknown}` ({unknown_name}) is what the classifier answers, with score 0, when no rule is sure enough or two are about
equally sure. It never guesses: a person chooses the type then.

| File part | Name |
|---|---|
{parts}
"""


def as_markdown(catalogue: Catalogue) -> str:
    """The page `docs/reference/document-types.md`."""
    unknown = catalogue.unknown
    types = [f"| `{each.code}` | {each.name} | `{each.part}` |" for each in catalogue.types.values()]
    parts = [f"| `{code}` | {name} |" for code, name in catalogue.parts.items()]
    return _PAGE.format(types="\n".join(types), parts="\n".join(parts), unknown=unknown.code, unknown_name=unknown.name)
