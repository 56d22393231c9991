"""What the command line starts: `transports.cli.launcher.Launcher`, for real."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import uvloop

from foliot.domain.errors import InvalidSettings
from foliot.handlers.basic import HANDLERS
from foliot.settings import Settings
from foliot.transports.cli.launcher import Check, Opened
from foliot.wiring.stores import migration_script, open_store
from foliot.wiring.system import OWNER, open_system


class ProcessLauncher:
    """Opens the store that the settings name, in this process; or asks the server that they name."""

    @asynccontextmanager
    async def open(self, settings: Settings) -> AsyncIterator[Opened]:
        if settings.url is not None:
            async with _asking(settings.url, settings.api_key) as opened:
                yield opened
            return
        system = await open_system(settings)
        try:
            if settings.api_key is None:
                yield Opened(system.services, system.identity, OWNER)
            else:
                identity = await system.services.access.authenticate(settings.api_key)
                yield Opened(system.services, identity, identity)
        finally:
            await system.close()

    def run(self, settings: Settings, *, api: bool, worker: bool, app: str | None) -> int:
        from foliot.wiring.application import handlers_of
        from foliot.wiring.logging import set_up_logging
        from foliot.wiring.serving import serve

        set_up_logging(settings)
        handlers = [*HANDLERS, *(handlers_of(app) if app is not None else ())]
        uvloop.run(serve(settings, handlers, api=api, worker=worker))
        return 0

    def mcp(self, settings: Settings, *, app: str | None) -> int:
        from foliot.wiring.application import handlers_of
        from foliot.wiring.logging import set_up_logging
        from foliot.wiring.mcp import serve_client

        set_up_logging(settings)
        uvloop.run(serve_client(settings, None if app is None else [*HANDLERS, *handlers_of(app)]))
        return 0

    def migrate(self, settings: Settings, *, to: int | None) -> list[str]:
        async def work() -> list[str]:
            store = open_store(settings)
            try:
                return await store.migrate(datetime.now(UTC), to)
            finally:
                await store.close()

        return asyncio.run(work())

    def migration_sql(self, settings: Settings) -> str:
        return migration_script(settings)

    def checks(self, settings: Settings) -> list[Check]:
        from foliot.wiring.doctor import checks

        return checks(settings)


@asynccontextmanager
async def _asking(url: str, key: str | None) -> AsyncIterator[Opened]:
    from foliot.remote import Link, RemoteServices, identity_over

    if key is None:
        raise InvalidSettings(f"{url} is asked with an API key; give --key, or set FOLIOT_API_KEY.", "FOLIOT_API_KEY")
    link = Link(url, key)
    try:
        identity = await identity_over(link)
        yield Opened(RemoteServices.over(link), identity, identity)
    finally:
        await link.close()
