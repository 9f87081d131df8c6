"""veraPDF, the reference validator for PDF/A, from Maven Central.

    python -m tests.services.verapdf install
    python -m tests.services.verapdf check [--flavour 2b] [--why] FILE|FOLDER…

`check` prints a line a file and ends with 0 if all are valid, 1 if some are not, 2 if it could not check. Nearly all of
its time is Java's start, so give it all files at once. Needs Java ≥ 8 and, to install, Maven.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.services.frame import Failed, install, run

VERSION = "1.30.2"
SHA256 = "287cc9c9757f99dcff4a2d39b68268245b48103fb6af443162d5a29df2afa332"
FLAVOURS = ("1a", "1b", "2a", "2b", "2u", "3a", "3b", "3u", "4", "4e", "4f")
NO_CLAIM = "wt1r"  # assumed of a file that claims nothing: no flavour of PDF/A, so that it shows
FEW_FILES = 20
POM = """\
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>fetch</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies><dependency>
    <groupId>org.verapdf.apps</groupId><artifactId>cli</artifactId><version>{version}</version>
    <exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>
  </dependency></dependencies>
</project>
"""


@dataclass(frozen=True)
class Verdict:
    """On one file: the flavours it claims (`2b`, empty: none), the failed rules, or why it was not read."""

    file: Path
    flavours: str
    rules: tuple[dict[str, Any], ...] = ()
    trouble: str = ""

    @property
    def valid(self) -> bool:
        return bool(self.flavours) and not self.rules and not self.trouble

    def __str__(self) -> str:
        failed = " ".join(sorted({f"{rule['clause']}-{rule['testNumber']}" for rule in self.rules}))
        why = self.trouble or failed or ("" if self.flavours else "claims no PDF/A")
        return f"{'PASS' if self.valid else 'FAIL'} {self.flavours or '--'} {self.file}{f': {why}' if why else ''}"


def program() -> Path:
    """The jar, fetched first if need be."""
    return install("verapdf", VERSION, _fetch) / "verapdf.jar"


def _fetch(target: Path) -> None:
    """The jar holds all it needs; its dependencies are left out."""
    (target / "pom.xml").write_text(POM.format(version=VERSION))
    plugin = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
    run("mvn", "-B", "-q", plugin, f"-DoutputDirectory={target}", cwd=target)
    (target / f"cli-{VERSION}.jar").rename(target / "verapdf.jar")
    if hashlib.sha256((target / "verapdf.jar").read_bytes()).hexdigest() != SHA256:
        raise Failed(f"veraPDF {VERSION} was served with other bytes than are known")


def validate(files: list[Path], flavour: str = "0") -> list[Verdict]:
    """The verdicts in the order of the files, from one Java process; flavour `0` is the one each file claims."""
    paths = [Path(os.path.abspath(file)) for file in files]
    # Compiling deeply does not pay for few files.
    quick = ["-XX:TieredStopAtLevel=1"] if len(paths) <= FEW_FILES else []
    options = ["--format", "json", "--nonpdfext", "--maxfailuresdisplayed", "1"]
    asked = ["--flavour", flavour, "--defaultflavour", NO_CLAIM]
    jobs = _reports(["java", "-XX:+UseSerialGC", *quick, "-jar", str(program()), *options, *asked, *map(str, paths)])
    try:
        return [_verdict(file, jobs[str(file)]) for file in paths]
    except KeyError as error:
        raise Failed(f"veraPDF said nothing about {error}") from None


def _reports(argv: list[str]) -> dict[str, dict[str, Any]]:
    """veraPDF's job records by file name."""
    try:
        # Java reads file names by the locale.
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        done = subprocess.run(argv, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        return {job["itemDetails"]["name"]: job for job in json.loads(done.stdout)["report"]["jobs"]}
    except FileNotFoundError:
        raise Failed("java is needed and is not on PATH") from None
    except (ValueError, KeyError) as error:
        raise Failed(f"veraPDF ended with {done.returncode}, no report ({error}):\n{done.stderr[-3000:]}") from None


def _verdict(file: Path, job: dict[str, Any]) -> Verdict:
    if "validationResult" not in job:
        message = job["taskException"]["exceptionMessage"].removeprefix("Exception: ")
        return Verdict(file, "", trouble=f"not read, {message.replace(' caused by exception: ', ': ')}")
    results = [result for result in job["validationResult"] if result["profileName"].startswith("PDF/A-")]
    flavours = "+".join(result["profileName"].split()[0].removeprefix("PDF/A-") for result in results)
    failed = [result for result in results if not result["compliant"]]
    rules = tuple(rule for result in failed for rule in result["details"]["ruleSummaries"])
    return Verdict(file, flavours, rules, "not compliant" if failed and not rules else "")


def _reasons(rules: tuple[dict[str, Any], ...]) -> Iterator[str]:
    for rule in rules:
        yield f"  {rule['clause']}-{rule['testNumber']}, {rule['failedChecks']} times: {rule['description']}"
        for check in rule["checks"]:
            yield f"    {check['context']}: {check.get('errorMessage', '')}"


def _check(paths: list[Path], flavour: str, why: bool) -> int:
    files = list(dict.fromkeys(file for path in paths for file in _pdfs(path)))
    if not files:
        raise Failed("no PDF among what was given")
    verdicts = validate(files, flavour)
    for verdict in verdicts:
        print("\n".join([str(verdict), *(_reasons(verdict.rules) if why else ())]))
    return 0 if all(verdict.valid for verdict in verdicts) else 1


def _pdfs(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.suffix.lower() == ".pdf" and file.is_file())
    if not path.is_file():
        raise Failed(f"{path} is not there")
    return [path]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("install", help="put the program into the cache; nothing to do when it is there")
    checking = verbs.add_parser("check", help="exit status 0 when every file is valid, else 1")
    checking.add_argument("files", nargs="+", type=Path, metavar="FILE")
    checking.add_argument("--flavour", choices=FLAVOURS, default="0", help="instead of the one the file claims")
    checking.add_argument("--why", action="store_true", help="explain each failed rule, with one place")
    return parser.parse_args()


def main() -> int:
    asked = _arguments()
    try:
        if asked.verb == "check":
            return _check(asked.files, asked.flavour, asked.why)
        print(program())
        return 0
    except Failed as failure:
        print(f"verapdf: {failure}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
