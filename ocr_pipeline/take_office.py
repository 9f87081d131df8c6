"""Takes in letters and tables of office programs: LibreOffice prints them, without macros, links or a network.

Each document gets an empty profile of its own, written here, so nothing that one leaves behind meets the next. What it
prints is foreign too and goes the way of any PDF.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from ocr_pipeline import take_pdf
from ocr_pipeline.errors import Unreadable
from ocr_pipeline.kinds import OFFICE
from ocr_pipeline.run import run_inside
from ocr_pipeline.workplace import Workplace

PROGRAM = Path("/usr/lib/libreoffice/program/soffice.bin")
RESTART = 81  # what it ends with when it only made its profile
_COMMON, _SECURITY = "/org.openoffice.Office.Common", "/org.openoffice.Office.Common/Security/Scripting"
OPTIONS = '{"SelectPdfVersion":{"type":"long","value":"2"}}'  # PDF/A-2b, all fonts inside
SETTINGS = (
    (_SECURITY, "DisableMacrosExecution", "true"),
    (_SECURITY, "MacroSecurityLevel", "3"),
    (_SECURITY, "BlockUntrustedRefererLinks", "true"),
    (_SECURITY, "DisableActiveContent", "true"),
    ("/org.openoffice.Office.Writer/Content/Update", "Link", "0"),
    ("/org.openoffice.Office.Calc/Content/Update", "Link", "2"),
    (f"{_COMMON}/Misc", "FirstRun", "false"),
    (f"{_COMMON}/Misc", "UseLocking", "false"),
    (f"{_COMMON}/Save/Document", "AutoSave", "false"),
    ("/org.openoffice.Office.Update/Update", "Enabled", "false"),
)
"""Path, name and value; links of texts are never updated (0), nor those of tables (2), and none reaches the disk."""


def prepare(place: Workplace, source: str, target: str, media_type: str) -> dict[str, Any]:
    """Pages, media type; as `take_pdf.prepare`."""
    if not PROGRAM.is_file():
        raise Unreadable("no-office", str(PROGRAM))
    if not place.offline:
        raise Unreadable("failed", "the kernel cannot keep a program from the network")
    with tempfile.TemporaryDirectory() as folder:
        printed = _printed(Path(source), Path(folder), OFFICE[media_type])
        found = take_pdf.prepare(place, str(printed), target, None)
    return found | {"media_type": media_type, "signed": False, "files": 0}


def _printed(source: Path, folder: Path, ending: str) -> Path:
    copy, out = folder / f"document.{ending}", folder / "out"
    shutil.copyfile(source, copy)
    _write_profile(folder / "profile" / "user")
    kind = "calc" if ending in {"xlsx", "xls", "ods"} else "writer"
    argv = [str(PROGRAM), f"-env:UserInstallation=file://{folder}/profile", "--headless", "--norestore", "--nologo",
            "--nodefault", "--nolockcheck", "--convert-to", f"pdf:{kind}_pdf_Export:{OPTIONS}", "--outdir", str(out),
            str(copy)]  # fmt: skip
    env = {"HOME": str(folder), "TMPDIR": str(folder), "SAL_USE_VCLPLUGIN": "svp", "PATH": "/usr/bin:/bin"}
    code = run_inside(argv, env, folder)
    if code == RESTART:
        code = run_inside(argv, env, folder)
    printed = out / "document.pdf"
    if not printed.is_file():
        raise Unreadable("damaged" if code == 0 else "crashed", f"soffice {code}")
    return printed


def _write_profile(user: Path) -> None:
    items = "".join(
        f'<item oor:path="{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
        for path, name, value in SETTINGS
    )
    user.mkdir(parents=True)
    (user / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"{items}</oor:items>",
        encoding="utf-8",
    )
