"""A process of ours from start to stop: the API, the engine, or both, until a signal."""

import asyncio
import contextlib
import gc
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import structlog

from foliot.domain.errors import InvalidSettings, Unauthenticated
from foliot.domain.identity import Role
from foliot.engine.handler import Handler
from foliot.settings import Settings
from foliot.wiring.mcp import has_sdk
from foliot.wiring.stopping import leave, stop_signals
from foliot.wiring.stores import make_folder
from foliot.wiring.system import System, open_system

_LOG: Final = structlog.get_logger(__name__)
_OBJECTS_A_COLLECTION: Final = 50_000


async def serve(settings: Settings, handlers: Sequence[Handler], *, api: bool, worker: bool) -> None:
    """Run until SIGTERM or SIGINT, then finish or hand back what is in hand.

    Raises:
        Unavailable: the database cannot be opened.
        InvalidSettings: the address cannot be listened on.
    """
    stop, hurry = stop_signals()
    system = await open_system(settings)
    try:
        await system.services.catalogue.register(handler.job_type for handler in handlers)
        async with contextlib.AsyncExitStack() as running:
            queues: Sequence[str] = ()
            if worker:
                queues = await running.enter_async_context(system.working(handlers, hurry))
            if api:
                from foliot.wiring.listening import listening  # a worker needs no web server

                await _make_first_key(system)
                port = await running.enter_async_context(listening(system))
                _LOG.info(
                    "API",
                    url=f"http://{settings.host}:{port}",
                    docs=f"http://{settings.host}:{port}/docs",
                    mcp=f"http://{settings.host}:{port}/mcp" if has_sdk() else "pip install 'foliot[mcp]'",
                )
                if settings.grpc_port is not None:
                    grpc_port = await running.enter_async_context(_listening_to_grpc(system, settings.grpc_port))
                    _LOG.info("gRPC", address=f"{settings.host}:{grpc_port}", tls=settings.grpc_certificate is not None)
            _collect_seldom()
            _LOG.info(
                "ready", pid=os.getpid(), database=settings.database_told, redis=settings.redis_told,
                worker=worker,
                queues=queues, job_types=[h.job_type.name for h in handlers],
            )  # fmt: skip
            await stop.wait()
            _LOG.info("stopping", grace_seconds=settings.grace_seconds, hint="once more to hand back what runs now")
    finally:
        await system.close()
    _LOG.info("stopped")
    await leave()


def _collect_seldom() -> None:
    """Spare the garbage collector what is loaded by now, which stays, and requests and runs that are under way, which
    free themselves. Looking at these again and again takes a fifth of a submit, and stops everybody for 60 ms at times.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_A_COLLECTION)


@asynccontextmanager
async def _listening_to_grpc(system: System, port: int) -> AsyncIterator[int]:
    """The gRPC services, served while the block lasts; the port."""
    from foliot.transports.grpc import GrpcServer  # only where it is asked for: its import takes a moment

    server = GrpcServer(system.services, system.settings)
    bound = await server.start(port)
    try:
        yield bound
    finally:
        await server.stop(system.settings.grace_seconds)


async def _make_first_key(system: System) -> None:
    """A key for the tenant `default`, made on the first start and kept in a file, for its owner only."""
    place = system.settings.key_file()
    keys = await system.services.access.keys(system.identity)
    if place is None:
        raise InvalidSettings(
            "An API on a database in memory has no key that anybody knows; set FOLIOT_DATABASE_URL to another.",
            "FOLIOT_DATABASE_URL",
        )
    if keys:
        if place.exists():
            await _tell_of_key(system, place)
        return
    _, text = await system.services.access.create_key(system.identity, "local", Role.ADMIN)
    make_folder(place.parent)
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
    _LOG.info("made an API key", role="admin", tenant=system.settings.tenant, file=str(place))


async def _tell_of_key(system: System, place: Path) -> None:
    try:
        text = await asyncio.to_thread(place.read_text, errors="replace")
        await system.services.access.authenticate(text.strip())
    except (Unauthenticated, OSError):
        hint = "`foliot key create NAME` makes one for this database"
        _LOG.warning("the key in this file does not open this database", file=str(place), hint=hint)
    else:
        _LOG.info("API key", file=str(place))
