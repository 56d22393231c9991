"""Health (grpc.health.v1): serving as long as requests can be served, asked when it is asked for."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Final

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health_pb2 import HealthListResponse  # type: ignore[attr-defined]  # newer than the stubs

from foliot.service.services import Services
from foliot.transports.grpc.call import Context

SERVICE: Final = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
LOOK_SECONDS: Final = 1.0

_Response = health_pb2.HealthCheckResponse


class Health(health_pb2_grpc.HealthServicer):
    """Answers for the server as a whole, which is called "", and for each of its services. It needs no key."""

    def __init__(self, services: Services, names: Iterable[str], look_seconds: float = LOOK_SECONDS) -> None:
        self._services = services
        self._names = frozenset({"", *names})
        self._look_seconds = look_seconds
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """From now on it does not serve; whoever watches is told so."""
        self._stopping.set()

    async def Check(self, request: health_pb2.HealthCheckRequest, context: Context) -> _Response:
        if request.service not in self._names:
            await context.abort(grpc.StatusCode.NOT_FOUND, "There is no such service here.")
        return _Response(status=await self._status())

    async def List(self, request: object, context: Context) -> HealthListResponse:
        status = _Response(status=await self._status())
        return HealthListResponse(statuses=dict.fromkeys(self._names, status))

    async def Watch(self, request: health_pb2.HealthCheckRequest, context: Context) -> AsyncIterator[_Response]:
        told = None
        while True:
            stopping = self._stopping.is_set()
            status = await self._status() if request.service in self._names else _Response.SERVICE_UNKNOWN
            if status != told:
                yield _Response(status=status)
                told = status
            if stopping:
                return
            try:
                async with asyncio.timeout(self._look_seconds):
                    await self._stopping.wait()
            except TimeoutError:
                continue

    async def _status(self) -> int:
        if self._stopping.is_set():
            return _Response.NOT_SERVING
        try:
            await self._services.ready()
        except Exception:  # whatever it is, requests cannot be served
            return _Response.NOT_SERVING
        return _Response.SERVING
