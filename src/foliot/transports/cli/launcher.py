"""What the command line needs from the place where the parts meet."""

from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol

import msgspec

from foliot.domain.identity import Identity
from foliot.service.face import Face
from foliot.settings import Settings


class Opened(msgspec.Struct, frozen=True):
    """The service, opened for one command: whom it acts for, and the system's own identity for what is above tenants.

    `owner` is for `tenant create`, `tenant list` and for acting in a tenant that was named. Who can read the database
    is its owner; with an API key one is no more than the key says, and `owner` is the same as `identity`.
    """

    services: Face
    identity: Identity
    owner: Identity


class Check(msgspec.Struct, frozen=True):
    """One finding of the doctor. `advice` says what to do where all is not well."""

    name: str
    status: Literal["ok", "warning", "error"]
    finding: str
    advice: str = ""


class Launcher(Protocol):
    """Opens and runs Foliot. The command line parses, calls this or the service, and renders."""

    def open(self, settings: Settings) -> AbstractAsyncContextManager[Opened]:
        """The service for one command; the database is made on first use."""
        ...

    def run(self, settings: Settings, *, api: bool, worker: bool, app: str | None) -> int:
        """Serve until SIGTERM or SIGINT; the exit code. `app` is `module:name` of the user's application."""
        ...

    def mcp(self, settings: Settings, *, app: str | None) -> int:
        """Serve one MCP client over standard input and output until it leaves; the exit code. With `app`, run its jobs
        as well."""
        ...

    def migrate(self, settings: Settings, *, to: int | None) -> list[str]:
        """Bring the schema to the newest version, or to `to`; what was applied, a line each."""
        ...

    def migration_sql(self, settings: Settings) -> str:
        """The migrations as one SQL script."""
        ...

    def checks(self, settings: Settings) -> list[Check]:
        """What the doctor finds."""
        ...
