"""The file of the sources: what is wrong in it is told with its place, and what to do."""

from pathlib import Path

import pytest

from eakte.channels.model import ChannelsFileInvalid, Folder, Mailbox
from eakte.channels.sources import read_sources

FOLDER = """
[[folder]]
name = "zentrum"
tenant = "musterkreis"
path = "/srv/incoming"
key_file = "/etc/eakte/key"
"""
MAILBOX = """
[[mailbox]]
name = "poststelle"
tenant = "musterkreis"
key_file = "/etc/eakte/key"
host = "imap.example.org"
user = "post@example.org"
password_file = "/etc/eakte/password"
"""
WRONG = {
    "folder 1: es fehlt key_file, path.": '[[folder]]\nname = "a"\ntenant = "b"\n',
    "folder 2: unbekannte Angabe passwort.": FOLDER + FOLDER.replace("zentrum", "b") + 'passwort = "x"\n',
    "folder 1: path ist so nicht möglich.": FOLDER.replace("/srv", "srv"),
    "folder 1: name ist so nicht möglich.": FOLDER.replace("zentrum", "../zentrum"),
    "folder 1: quiet_seconds ist keine Zahl von 1 bis 86400.": FOLDER + "quiet_seconds = true\n",
    "folder 1: keep_days ist keine Zahl von 0 bis 36500.": FOLDER + 'keep_days = "30"\n',
    "folder 1: operator ist so nicht möglich.": FOLDER + 'operator = "a\\nb"\n',
    "mailbox 1: tls ist so nicht möglich.": MAILBOX + 'tls = "none"\n',
    "mailbox 1: port ist keine Zahl von 1 bis 65535.": MAILBOX + "port = 0\n",
    "mailbox 1: port ist keine ganze Zahl.": MAILBOX + "port = 993.5\n",
    "mailbox 1: failed_folder ist so nicht möglich.": MAILBOX + "failed_folder = 'a\"b'\n",
    "mailbox 1: folder, done_folder und failed_folder müssen verschieden sein.": MAILBOX + 'done_folder = "INBOX"\n',
    "folder 1: profile und operator stehen nur zusammen.": FOLDER + 'profile = "simplex"\n',
    "Der Name zentrum kommt mehrmals vor.": FOLDER + FOLDER,
    "Der Ordner /srv/incoming kommt mehrmals vor.": FOLDER + FOLDER.replace("zentrum", "b"),
    "folder steht als [[folder]].": FOLDER.replace("[[folder]]", "[folder]"),
    "Unbekannt: ordner.": FOLDER.replace("[[folder]]", "[[ordner]]"),
    "ist nicht zu lesen oder kein TOML.": "[[folder]]\nname = zentrum\n",
}


@pytest.mark.parametrize("said", WRONG)
def test_what_is_wrong_is_told_with_its_place_and_what_to_do(tmp_path: Path, said: str) -> None:
    file = tmp_path / "sources.toml"
    file.write_text(WRONG[said])
    with pytest.raises(ChannelsFileInvalid) as told:
        read_sources(file)
    assert told.value.detail.endswith(said)
    assert "docs/reference/channels-file.md" in told.value.remedy


def test_a_line_that_is_no_toml_is_named(tmp_path: Path) -> None:
    file = tmp_path / "sources.toml"
    file.write_text(FOLDER + "keep_days = dreißig\n")
    with pytest.raises(ChannelsFileInvalid) as told:
        read_sources(file)
    assert "line 7" in str(told.value.__cause__), "doctor prints it"
    for gone in (tmp_path / "fehlt.toml", tmp_path):
        with pytest.raises(ChannelsFileInvalid):
            read_sources(gone)


def test_sources_are_read_in_order_with_their_defaults(tmp_path: Path) -> None:
    file = tmp_path / "sources.toml"
    file.write_text(FOLDER + MAILBOX)
    folder, mailbox = read_sources(file)
    assert isinstance(folder, Folder) and isinstance(mailbox, Mailbox)
    assert (folder.keep_days, folder.needs_manifest, mailbox.port, mailbox.tls) == (30, True, 993, "ssl")
    assert read_sources(None) == []
