"""One command's surroundings: its settings, the service in whose tenant it acts, and where it writes."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter

from foliot.domain.identity import Identity, Role
from foliot.service.face import Face
from foliot.settings import Settings
from foliot.transports.cli.launcher import Launcher
from foliot.transports.cli.render import Output


class Acting(msgspec.Struct, frozen=True):
    """The service, whom a command acts for, and the system's own identity for what is above tenants."""

    services: Face
    identity: Identity
    owner: Identity


class Session:
    """What every command gets. Its options are what the command line says, None where it does not."""

    def __init__(
        self,
        launcher: Launcher,
        output: Output,
        environ: Mapping[str, str],
        *,
        tenant: str | None = None,
        database_url: str | None = None,
        url: str | None = None,
        key: str | None = None,
    ) -> None:
        self.launcher = launcher
        self.output = output
        self.now = datetime.now(UTC)
        self._environ = environ
        self._tenant = tenant
        self._database_url = database_url
        self._url = url
        self._key = key

    def settings(self, **overrides: Any) -> Settings:
        """The environment's settings; options that are not None win over it.

        Raises:
            InvalidSettings: naming what cannot be used.
        """
        settings = Settings.from_environment(
            self._environ, database_url=self._database_url, url=self._url, api_key=self._key, **overrides
        )
        if self._database_url is not None and self._url is None:
            return msgspec.structs.replace(settings, url=None)  # what is said now wins over FOLIOT_URL
        return settings

    def serving_settings(self, **overrides: Any) -> Settings:
        """The settings of a process that goes on: its own tenant is the named one, its log is JSON where output is.

        Raises:
            InvalidSettings: naming what cannot be used.
        """
        log_format = "json" if self.output.json else None
        return self.settings(tenant=self._tenant, log_format=log_format, **overrides)

    @asynccontextmanager
    async def acting(self) -> AsyncIterator[Acting]:
        """The service, opened: that of a server if its URL is known, else over the database; for the key of the
        environment, or as an admin of the tenant that was named.

        Raises:
            NotFound: there is no such tenant.
        """
        async with self.launcher.open(self.settings()) as opened:
            identity = opened.identity
            if self._tenant is not None:
                tenant = await opened.services.access.tenant_named(opened.owner, self._tenant)
                identity = Identity(tenant.id, opened.owner.user_id, Role.ADMIN)
            yield Acting(opened.services, identity, opened.owner)


Here = Annotated[Session, Parameter(parse=False)]
"""How a command declares that it wants its session."""
