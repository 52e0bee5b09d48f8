"""Traces follow a package from fetch to receipt, to a real collector over HTTP."""

from flask import Flask, Response, request
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from pydantic import SecretStr

from gateway import tracing
from gateway.serving.server import WsgiServer
from gateway.settings.model import TelemetrySettings
from tests.support.world import World, put


def test_all_that_is_done_with_a_package_is_one_trace_under_its_guid(world: World) -> None:
    spans: list[tuple[str, str, dict[str, str]]] = []
    tokens: set[str] = set()
    app = Flask("collector")

    @app.post("/v1/traces")
    def take() -> Response:
        tokens.add(request.headers["Authorization"])
        for part in ExportTraceServiceRequest.FromString(request.data).resource_spans:
            for scope in part.scope_spans:
                spans.extend(
                    (
                        span.name,
                        span.trace_id.hex(),
                        {a.key: a.value.string_value for a in span.attributes},
                    )
                    for span in scope.spans
                )
        return Response(status=200)

    server = WsgiServer(app).start()
    settings = TelemetrySettings(
        endpoint=f"http://127.0.0.1:{server.port}/v1/traces",
        headers={"Authorization": SecretStr("Bearer x")},
    )
    provider = tracing.start(settings)
    put(world)
    world.deliver()
    tracing.stop(provider)
    server.stop()
    [package] = world.messages()
    put(world, 4)

    assert tokens == {"Bearer x"}
    assert [name for name, _, _ in spans] == ["package.put", "package.deliver", "package.settle"]
    assert {trace for _, trace, _ in spans} == {package.guid.replace("-", "")}
    assert spans[1][2]["outcome"] == "settled"
    assert package.state == "settled"
