"""Traces that follow a package (OpenTelemetry), where an endpoint is set.

Nothing of it is loaded elsewhere.

A package's GUID is its trace's id: what different processes do with it on different days is one
trace, and nobody has to keep or pass on a context.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

from gateway import __version__
from gateway.settings.model import SettingsError, TelemetrySettings
from gateway.text import running as messages

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Tracer

#: The tracer of this process, once `start` has been called.
_tracer: "Tracer | None" = None


def start(settings: TelemetrySettings) -> "TracerProvider":
    """Start to send the spans of this process to an endpoint (OTLP over HTTP); return the provider.

    Raises SettingsError where the extra is missing.
    """
    global _tracer  # noqa: PLW0603
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError:
        raise SettingsError.of(messages.telemetry_not_installed()) from None
    resource = Resource.create({"service.name": "creditgate", "service.version": __version__})
    provider = TracerProvider(resource=resource)
    headers = {name: value.get_secret_value() for name, value in settings.headers.items()}
    exporter = OTLPSpanExporter(settings.endpoint, headers=headers, timeout=10)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _tracer = provider.get_tracer("creditgate", __version__)
    return provider


def stop(provider: "TracerProvider") -> None:
    """Send what is left, and trace no more."""
    global _tracer  # noqa: PLW0603
    _tracer = None
    provider.shutdown()


@contextmanager
def package_span(guid: str, name: str, **about: str | int) -> Iterator[dict[str, Any]]:
    """Trace the block as work on a package; yield a dictionary for further attributes."""
    further: dict[str, Any] = {}
    if _tracer is None:
        yield further
        return
    from opentelemetry import trace  # noqa: PLC0415

    trace_number = UUID(guid).int
    root = trace.SpanContext(
        trace_id=trace_number,
        span_id=(trace_number & 0xFFFFFFFFFFFFFFFF) or 1,
        is_remote=True,
        trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED),
    )
    context = trace.set_span_in_context(trace.NonRecordingSpan(root))
    with _tracer.start_as_current_span(
        name, context=context, attributes={"package.guid": guid, **about}
    ) as span:
        yield further
        span.set_attributes(further)


def note(guid: str, name: str, **about: str | int) -> None:
    """Trace that something happened to a package."""
    with package_span(guid, name, **about):
        pass
