"""Spans to a collector, by OTLP over HTTP; imported only where an endpoint is set."""

import atexit
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from eakte import __version__
from eakte.watch.spans import Facts, Span

EXPORT_SECONDS = 5
"""How long one try to reach the collector may take; requests and jobs never wait for it."""

FLUSH_SECONDS = 2.0
"""How long the end of a process waits for spans that are still to be sent; then they are lost."""

_W3C = TraceContextTextMapPropagator()


class OtlpTracer:
    """Collects spans and sends them from a thread of its own; what cannot be sent is dropped."""

    def __init__(self, endpoint: str, service: str) -> None:
        about = Resource.create({"service.namespace": "eakte", "service.name": service, "service.version": __version__})
        self._provider = TracerProvider(resource=about, shutdown_on_exit=False)
        exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS)
        self._provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=1000))
        self._tracer = self._provider.get_tracer("eakte", __version__)
        self._ending = threading.Event()
        self._last = threading.Thread(target=self._flush, name="last spans", daemon=True)
        self._last.start()  # now, since an interpreter that ends starts no threads any more
        atexit.register(self._end)

    def _flush(self) -> None:
        self._ending.wait()
        self._provider.shutdown()

    def _end(self) -> None:
        self._ending.set()
        self._last.join(FLUSH_SECONDS)

    @contextmanager
    def span(self, name: str, kind: str, parent: str | None, facts: Facts) -> Iterator[Span]:
        """See `Tracer.span`."""
        context = _W3C.extract({"traceparent": parent}) if parent else None
        with self._tracer.start_as_current_span(
            name, context, SpanKind[kind.upper()], dict(facts), record_exception=False, set_status_on_exception=False
        ) as begun:
            try:
                yield _Begun(begun)
            except BaseException as error:
                begun.set_status(StatusCode.ERROR, getattr(error, "code", None) or type(error).__name__)
                raise

    def traceparent(self) -> str | None:
        """See `Tracer.traceparent`."""
        carrier: dict[str, str] = {}
        _W3C.inject(carrier)
        return carrier.get("traceparent")


class _Begun:
    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def note(self, facts: Facts) -> None:
        self._span.set_attributes(dict(facts))

    def rename(self, name: str) -> None:
        self._span.update_name(name)
