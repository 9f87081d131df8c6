"""The command line. Each subcommand imports what it needs when it runs."""

import argparse
import sys
from collections.abc import Callable, Sequence

from eakte.errors import Problem
from eakte.settings import Settings

Command = Callable[[argparse.Namespace, Settings], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand; 0 when it did what was asked, else a sentence on stderr."""
    asked = _parser().parse_args(arguments)
    try:
        run: Command = asked.run
        return run(asked, _settings())
    except Problem as problem:
        print(f"eakte: {problem.detail}\n{problem.remedy}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _settings() -> Settings:
    from pydantic import ValidationError

    try:
        return Settings()
    except ValidationError as error:
        for found in error.errors(include_input=False, include_url=False):
            print(f"EAKTE_{str(found['loc'][0]).upper()}: {found['msg']}", file=sys.stderr)
        raise SystemExit(2) from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("eakte", description="Electronic case files for Jobcenters.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    up = _command(commands, "up", "database, API and worker on this machine, until Ctrl-C", _up)
    up.add_argument("--no-demo", action="store_true", help="the demo tenant, but without its documents")
    up.add_argument("--empty", action="store_true", help="no demo tenant either: for real use")
    up.add_argument("--only-database", action="store_true", help="neither API nor worker: for a restore")
    _command(commands, "serve", "one API process", _serve)
    work = _command(commands, "work", "one worker process", _work)
    work.add_argument("--jobs", type=_positive, help="reading processes (default: cores)")
    _command(commands, "migrate", "bring the database to head", _migrate)
    _administration(commands)
    status = _command(commands, "status", "documents by state, what waits, index lag", _status)
    status.add_argument("--json", action="store_true", help="as JSON")
    blobs = _group(commands, "blobs", "the object store")
    _command(blobs, "verify", "open every blob that the database knows and compare its hash", _blobs_verify)
    copy = _command(blobs, "copy", "everything into another store, while the service runs", _blobs_copy)
    copy.add_argument("--to", required=True, type=_store, help="like EAKTE_BLOBS_URL; from there, or its fallback")
    reindex = _command(commands, "reindex", "build a fresh search index and swap it in", _reindex)
    reindex.add_argument(
        "--to", type=_search_address, metavar="URL",
        help="in another engine, as EAKTE_SEARCH_URL names it (embedded: on this machine's disk); the service stays",
    )  # fmt: skip
    _delivery(_command(commands, "upload", "a scanning centre's delivery as one batch, over HTTP alone", _upload))
    _command(commands, "doctor", "what is wrong and how to mend it", _doctor)
    sheet = _command(commands, "separator-sheet", "prints a sheet that parts documents in a scan", _separator_sheet)
    sheet.add_argument("-o", "--output", required=True, metavar="FILE.pdf")
    sheet.add_argument("--reference", metavar="R", help="case file of the document behind the sheet")
    verify = _command(commands, "verify", "check a receipt without a server", _verify)
    verify.add_argument("file", help="the receipt as JSON")
    verify.add_argument(
        "--key", metavar="KEYS", help="the answer of GET /v1/keys as a file (default: keys.json beside it)"
    )
    return parser


def _administration(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    tenant = _group(commands, "tenant", "Jobcenters")
    create = _command(tenant, "create", "a new Jobcenter", _tenant_create)
    create.add_argument("name", type=_name)
    create.add_argument("--title", required=True)
    unit = _group(commands, "org-unit", "branch offices and teams")
    create = _command(unit, "create", "a new org unit", _org_unit_create)
    create.add_argument("code", type=_name)
    create.add_argument("--tenant", required=True)
    create.add_argument("--title", required=True)
    create.add_argument("--above", default="haus", help="code of the org unit above (default: haus)")
    user = _group(commands, "user", "people")
    _principal(_command(user, "create", "prints a one-time password", _user_create))
    _named(_command(user, "lock", "ends all sessions", _user_lock))
    key = _group(commands, "key", "API keys for machines")
    _principal(_command(key, "create", "prints the key, and nothing else", _key_create))
    _named(_command(key, "revoke", "ends a key at once", _key_revoke))
    listed = _command(key, "list", "names, roles, dates", _key_list)
    listed.add_argument("--tenant", required=True)


def _delivery(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH", help="folder, ZIP or files")
    parser.add_argument("--url", required=True, help="address of the service")
    parser.add_argument("--key-file", required=True, metavar="FILE", help="holds the API key of a scanner")
    parser.add_argument("--reference", help="the centre's name of the batch")
    parser.add_argument("--profile", help="scan profile, such as simplex or duplex")
    parser.add_argument("--operator", metavar="NAME", help="who scanned")
    parser.add_argument("--sheets", type=_positive, metavar="N", help="sheets of paper; these four or a manifest")
    parser.add_argument("--manifest", metavar="FILE", help="JSON, CSV or XML (default: manifest.* inside the delivery)")
    parser.add_argument("--receipts", metavar="DIR", help="keep both receipts and the keys to check them there")
    parser.add_argument("--jobs", type=_positive, default=4, metavar="N", help="files sent at the same time (4)")
    parser.add_argument("--no-wait", action="store_true", help="do not wait until all is read and counted")
    parser.add_argument("--timeout", type=_positive, default=3600, metavar="SECONDS", help="wait so long (3600)")
    parser.add_argument("--patience", type=_positive, default=600, metavar="SECONDS", help="bear a bad line (600)")


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, about: str, run: Command
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=about, description=about)
    parser.set_defaults(run=run)
    return parser


def _group(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, about: str
) -> "argparse._SubParsersAction[argparse.ArgumentParser]":
    return commands.add_parser(name, help=about).add_subparsers(required=True, metavar="COMMAND")


def _named(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", type=_name)
    parser.add_argument("--tenant", required=True)


def _principal(parser: argparse.ArgumentParser) -> None:
    _named(parser)
    parser.add_argument("--role", action="append", required=True, dest="roles")
    parser.add_argument("--org-unit", action="append", default=[], dest="org_units", help="default: the whole tenant")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no positive number")
    return int(text)


def _store(text: str) -> str:
    import re

    from eakte.settings import BLOBS_URL

    if not text or not re.fullmatch(BLOBS_URL, text):
        raise argparse.ArgumentTypeError("file:///folder, s3+http://host:port/bucket or s3+https://host/bucket")
    return text


def _search_address(text: str) -> str:
    from eakte.settings import is_search_url

    url = "" if text == "embedded" else text
    if not is_search_url(url):
        raise argparse.ArgumentTypeError("an address like https://user:password@host:9200/prefix, or embedded")
    return url


def _name(text: str) -> str:
    import re

    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", text):
        raise argparse.ArgumentTypeError("lower-case letters, digits and hyphens")
    return text


def _separator_sheet(asked: argparse.Namespace, settings: Settings) -> int:
    from eakte.commands.separator_sheet import separator_sheet

    return separator_sheet(asked.output, asked.reference, settings)


def _up(asked: argparse.Namespace, settings: Settings) -> int:
    from eakte.supervise.up import up

    def say(line: str) -> None:
        print(line, flush=True)

    if asked.only_database:
        return up(settings, say, only_database=True)
    return up(settings, say, None if asked.empty else _demo(settings, documents=not asked.no_demo))


def _demo(settings: Settings, *, documents: bool) -> Callable[[str], None]:
    from eakte.demo.house import demo

    return lambda url: demo(settings, url, documents=documents)


def _serve(_asked: argparse.Namespace, settings: Settings) -> int:
    _be_watched(settings, "eakte-api")
    from eakte.commands.running import serve

    return serve(settings)


def _be_watched(settings: Settings, service: str) -> None:
    """Before anything that measures is imported."""
    from eakte.watch import logs, shared, spans

    logs.begin(settings.log)
    if not shared.share(settings.metrics_folder):
        print("no room for shared metrics: this process measures for itself", file=sys.stderr)
    if settings.otlp_endpoint:
        from eakte.watch.otlp import OtlpTracer

        spans.use(OtlpTracer(settings.otlp_endpoint, service))


def _work(asked: argparse.Namespace, settings: Settings) -> int:
    _be_watched(settings, "eakte-worker")
    from eakte.commands.running import work

    return work(settings, asked.jobs)


def _migrate(_asked: argparse.Namespace, settings: Settings) -> int:
    from eakte.commands.preparing import bring_to_head

    return bring_to_head(settings)


def _tenant_create(asked: argparse.Namespace, settings: Settings) -> int:
    from eakte.commands.administration import create_tenant

    return create_tenant(settings, asked.name, asked.title)


def _org_unit_create(asked: argparse.Namespace, settings: Settings) -> int:
    from eakte.commands.administration import create_org_unit

    return create_org_unit(settings, asked.tenant, asked.code, asked.title, asked.above)


def _user_create(asked: argparse.Namespace, settings: Settings) -> int:
    from eakte.commands.administration import create_user

    return create_user(settings, asked.tenant, asked.name, asked.roles, asked.org_units)


def _user_lock(asked: argparse.Namespace, settings: Settings) -> int:
    from eakte.commands.administration import end

    return end(settings, asked.tenant, "user", asked.name)


def _key_create(asked: argparse.Namespace, settings: Settings) -> int:
    from eakte.commands.administration import create_key

    return create_key(settings, asked.tenant, asked.name, asked.roles, asked.org_units)


def _key_revoke(asked: argparse.Namespace, settings: Settings) -> int:
    from eakte.commands.administration import end

    return end(settings, asked.tenant, "key", asked.name)


def _key_list(asked: argparse.Namespace, settings: Settings) -> int:
    from eakte.commands.administration import list_keys

    return list_keys(settings, asked.tenant)


def _status(asked: argparse.Namespace, settings: Settings) -> int:
    from eakte.commands.status import status

    return status(settings, as_json=asked.json)


def _blobs_verify(_asked: argparse.Namespace, settings: Settings) -> int:
    from eakte.commands.verify_blobs import verify_blobs

    return verify_blobs(settings)


def _blobs_copy(asked: argparse.Namespace, settings: Settings) -> int:
    from eakte.commands.copy_blobs import copy_blobs

    return copy_blobs(settings, asked.to)


def _reindex(asked: argparse.Namespace, settings: Settings) -> int:
    from eakte.commands.preparing import reindex

    return reindex(settings, asked.to)


def _upload(asked: argparse.Namespace, settings: Settings) -> int:
    from eakte.commands.upload import upload

    return upload(settings, asked)


def _doctor(_asked: argparse.Namespace, settings: Settings) -> int:
    from eakte.doctor import doctor

    return doctor(settings)


def _verify(asked: argparse.Namespace, _settings: Settings) -> int:
    from eakte.commands.verify import verify

    return verify(asked.file, asked.key)


if __name__ == "__main__":
    sys.exit(main())
