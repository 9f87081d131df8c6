"""Reading the file of the sources (docs/reference/channels-file.md)."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from eakte.channels.model import ChannelsFileInvalid, Folder, Mailbox

AnySource = Folder | Mailbox
_KINDS: dict[str, type[AnySource]] = {"folder": Folder, "mailbox": Mailbox}
_PATHS = {"path", "key_file", "password_file", "ca_file"}
_NUMBERS = {
    "quiet_seconds": (1, 86_400),
    "patience_seconds": (1, 2_592_000),
    "keep_days": (0, 36_500),
    "port": (1, 65_535),
}
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_MAIL_FOLDER = re.compile(r'[^\x00-\x1f\x7f-\U0010ffff"\\]{1,200}')
"""Plain ASCII: what else a folder is called stands in the account's own notation (modified UTF-7)."""


def read_sources(file: Path | None) -> list[AnySource]:
    """Every source in the order of the file; none without a file. Raises ChannelsFileInvalid."""
    if file is None:
        return []
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ChannelsFileInvalid(f"{file} ist nicht zu lesen oder kein TOML.") from error
    if unknown := set(said) - set(_KINDS):
        raise ChannelsFileInvalid(f"Unbekannt: {', '.join(sorted(unknown))}.")
    found = [_source(kind, number, each) for kind in _KINDS for number, each in enumerate(_tables(said, kind), 1)]
    names = [source.name for source in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ChannelsFileInvalid(f"Der Name {min(twice)} kommt mehrmals vor.")
    return found


def _tables(said: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    tables = said.get(kind, [])
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        raise ChannelsFileInvalid(f"{kind} steht als [[{kind}]].")
    return tables


def _source(kind: str, number: int, said: Mapping[str, Any]) -> AnySource:
    place, known = f"{kind} {number}", {field.name: field for field in fields(_KINDS[kind])}
    if unknown := set(said) - set(known):
        raise ChannelsFileInvalid(f"{place}: unbekannte Angabe {min(unknown)}.")
    if missing := [name for name, field in known.items() if field.default is MISSING and name not in said]:
        raise ChannelsFileInvalid(f"{place}: es fehlt {', '.join(missing)}.")
    return _KINDS[kind](**{name: _value(place, name, value) for name, value in said.items()})


def _value(place: str, name: str, value: Any) -> Any:
    if name in _NUMBERS:
        least, most = _NUMBERS[name]
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not least <= value <= most:
            raise ChannelsFileInvalid(f"{place}: {name} ist keine Zahl von {least} bis {most}.")
        return value
    if not isinstance(value, str) or not _fits(name, value):
        raise ChannelsFileInvalid(f"{place}: {name} ist so nicht möglich.")
    return Path(value) if name in _PATHS else value


def _fits(name: str, value: str) -> bool:
    if name in _PATHS:
        return Path(value).is_absolute()
    if name == "tls":
        return value in {"ssl", "starttls"}
    if name in {"name", "tenant"}:
        return _NAME.fullmatch(value) is not None
    if name.endswith("folder"):
        return _MAIL_FOLDER.fullmatch(value) is not None
    return 0 < len(value) <= 200 and value.isprintable()
