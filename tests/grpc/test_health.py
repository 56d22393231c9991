"""Health, as probes ask for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
from grpc.aio import EOF  # type: ignore[attr-defined]  # the stubs have only its type
from grpc_health.v1 import health_pb2, health_pb2_grpc

from foliot.domain.errors import InvalidSettings, Unavailable
from foliot.settings import Settings
from foliot.transports.grpc import GrpcServer
from tests.grpc.client import SERVICE
from tests.grpc.conftest import House

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


class Readiness:
    """Ready, or not."""

    def __init__(self) -> None:
        self.is_ready = True

    async def __call__(self) -> None:
        if not self.is_ready:
            raise Unavailable("The database is away.")


@asynccontextmanager
async def probing(target: str) -> AsyncIterator[Any]:
    async with grpc.aio.insecure_channel(target) as channel:
        yield health_pb2_grpc.HealthStub(channel)


def asked(service: str = "") -> health_pb2.HealthCheckRequest:
    return health_pb2.HealthCheckRequest(service=service)


@pytest.mark.parametrize("service", ["", SERVICE.full_name])
async def test_it_follows_readiness(house: House, service: str) -> None:
    ready = Readiness()
    async with house.serving(ready=ready) as target, probing(target) as health:
        assert (await health.Check(asked(service))).status == SERVING
        ready.is_ready = False
        assert (await health.Check(asked(service))).status == NOT_SERVING
        assert {each.status for each in (await health.List(health_pb2.HealthListRequest())).statuses.values()} == {  # type: ignore[attr-defined]  # newer than the stubs
            NOT_SERVING
        }


async def test_an_unknown_service_is_not_found(house: House) -> None:
    async with probing(house.target) as health:
        with pytest.raises(grpc.aio.AioRpcError) as told:
            await health.Check(asked("nothing"))
    assert told.value.code() is grpc.StatusCode.NOT_FOUND


async def test_changes_are_told_to_who_watches(house: House) -> None:
    ready = Readiness()
    async with house.serving(ready=ready) as target, probing(target) as health, asyncio.timeout(20):
        watching = health.Watch(asked())
        assert (await watching.read()).status == SERVING
        ready.is_ready = False
        assert (await watching.read()).status == NOT_SERVING
        ready.is_ready = True
        assert (await watching.read()).status == SERVING
        stopping = asyncio.create_task(house.server.stop(10))
        assert (await watching.read()).status == NOT_SERVING
        assert await watching.read() is EOF
        await stopping


async def test_two_servers_do_not_share_a_port(house: House) -> None:
    port = int(house.target.rpartition(":")[2])
    with pytest.raises(InvalidSettings, match=r"--grpc-port") as told:
        await GrpcServer(house.services, Settings()).start(port)
    assert told.value.field == "FOLIOT_GRPC_PORT"
