"""`python -m tests.check.write`: puts what the code says into openapi/v1.json and the tables of docs/reference."""

import json

from tests.check.pages import OPENAPI, TABLES, as_it_should_be, described
from tests.check.sources import ROOT


def openapi() -> str:
    """The text of openapi/v1.json."""
    return json.dumps(described(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> None:
    written = {OPENAPI: openapi(), **{page: as_it_should_be(page) for page in TABLES}}
    for file, text in written.items():
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            print(f"written: {file.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
