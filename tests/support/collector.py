"""A collector of OpenTelemetry: takes what comes by OTLP, and reads it with the protocol's own messages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Collector:
    """What came; ``status`` is what it answers."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 200
        self.headers: list[Any] = []
        self.resources: list[dict[str, Any]] = []
        self.scopes: list[Any] = []
        self.spans: list[Any] = []
        self.metrics: dict[str, Any] = {}

    async def traces(self, request: web.Request) -> web.Response:
        """``POST /v1/traces``."""
        told = ExportTraceServiceRequest.FromString(await self._read(request))
        for one in told.resource_spans if self.status == 200 else ():
            self.resources.append(attributes(one.resource))
            for scope in one.scope_spans:
                self.scopes.append(scope)
                self.spans += scope.spans
        return self._answer()

    async def readings(self, request: web.Request) -> web.Response:
        """``POST /v1/metrics``; the last reading stands."""
        told = ExportMetricsServiceRequest.FromString(await self._read(request))
        for one in told.resource_metrics if self.status == 200 else ():
            self.resources.append(attributes(one.resource))
            for scope in one.scope_metrics:
                self.metrics |= {metric.name: metric for metric in scope.metrics}
        return self._answer()

    async def _read(self, request: web.Request) -> bytes:
        self.headers.append(request.headers)
        return await request.read()

    def _answer(self) -> web.Response:
        return web.Response(status=self.status, content_type="application/x-protobuf")


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    """Run one."""
    collector = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", collector.traces)
    app.router.add_post("/v1/metrics", collector.readings)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    collector.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[union-attr]
    try:
        yield collector
    finally:
        await runner.cleanup()


def attributes(told: Any) -> dict[str, Any]:
    """Those of a span, a point or a resource."""
    return {one.key: _value(one.value) for one in told.attributes}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(one) for one in value.array_value.values]
    return getattr(value, kind)
