"""The gRPC server: every service on one port, in the event loop that is running."""

from collections.abc import Sequence
from itertools import chain
from typing import Final

import grpc
from grpc_health.v1 import health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from foliot.domain.errors import InvalidSettings
from foliot.service.services import Services
from foliot.settings import Settings
from foliot.transports.grpc import (
    calendars,
    dead_letters,
    health,
    jobs,
    keys,
    preview,
    runs,
    submission,
    types,
    updating,
    watch,
    worker,
)
from foliot.transports.grpc.credentials import credentials_of
from foliot.transports.grpc.generated.foliot.worker.v1 import worker_pb2
from foliot.transports.grpc.generated.scheduler.v1 import scheduler_pb2
from foliot.transports.grpc.rpc import Servicer
from foliot.transports.grpc.streams import Streams

SERVICERS: Final = (
    Servicer(
        scheduler_pb2.DESCRIPTOR.services_by_name["SchedulerService"],
        chain.from_iterable(
            module.OPERATIONS
            for module in (submission, jobs, updating, watch, runs, dead_letters, preview, types, calendars, keys)
        ),
    ),
    Servicer(worker_pb2.DESCRIPTOR.services_by_name["WorkerService"], worker.OPERATIONS),
)
"""All services; one more is one line."""

_OPTIONS: Final = (
    # Two processes on one port would share its connections, and each would hide that the other is there.
    ("grpc.so_reuseport", 0),
    # A dead peer is noticed within a minute; clients may ping as often as every ten seconds.
    ("grpc.keepalive_time_ms", 40_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.max_send_message_length", -1),
)


class GrpcServer:
    """Serves from `start` to `stop`."""

    def __init__(self, services: Services, settings: Settings, servicers: Sequence[Servicer] = SERVICERS) -> None:
        self._settings = settings
        self._streams = Streams()
        self._server = grpc.aio.server(
            options=(*_OPTIONS, ("grpc.max_receive_message_length", settings.largest_request_bytes))
        )
        names = [servicer.name for servicer in servicers]
        self._server.add_generic_rpc_handlers([each.handler(services, self._streams) for each in servicers])
        self._health = health.Health(services, names)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection([*names, health.SERVICE, reflection.SERVICE_NAME], self._server)

    async def start(self, port: int) -> int:
        """Listen; the port, which is any free one for 0.

        Raises:
            InvalidSettings: it cannot be listened on, or the certificate cannot be used.
        """
        host = self._settings.host
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        credentials = credentials_of(self._settings)
        try:
            if credentials is None:
                bound = self._server.add_insecure_port(address)
            else:
                bound = self._server.add_secure_port(address, credentials)
        except RuntimeError:
            await self._server.stop(None)
            raise InvalidSettings(
                f"Cannot listen on {address}; choose another with --grpc-port or FOLIOT_GRPC_PORT, and look at the "
                "certificate, if there is one.",
                "FOLIOT_GRPC_PORT",
            ) from None
        await self._server.start()
        return bound

    async def stop(self, grace: float) -> None:
        """Refuse new calls, end streams at once, and let other calls finish within `grace` seconds."""
        self._health.stop()
        self._streams.end()
        await self._server.stop(grace)
