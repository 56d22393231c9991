"""The one place where the environment is read."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from foliot.domain.errors import InvalidSettings
from foliot.domain.time.zone import zone_names

_PREFIX: Final = "FOLIOT_"
_PASSWORD: Final = re.compile(r"(://[^:/@]*:|[?&]password=)[^@&]*")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How this process runs. Each member is set by the environment variable of its name, `FOLIOT_PORT` for `port`.

    Members ending in `_seconds`, `_bytes` or `_days` say their unit.
    """

    database_url: str = "sqlite:///.foliot/foliot.db"
    """`sqlite:///relative/path.db`, `sqlite:////absolute/path.db`, `sqlite://:memory:`, or
    `postgresql://user:password@host:port/database`."""
    database_connections: int = 5
    """How many connections to PostgreSQL one process keeps at most; one more listens."""
    database_pooler: str = "none"
    """`transaction` where FOLIOT_DATABASE_URL is that of a pooler in transaction mode, such as PgBouncer."""
    sqlite_synchronous: str = "normal"
    """`normal` survives any crash of the process; `full` also a loss of power, at about half the speed."""
    redis_url: str | None = None
    """`redis://user:password@host:port/0` hands out runs by Redis Streams; without one, the store does."""
    redis_prefix: str = "foliot"
    """Of all keys in Redis; installations that share one have one each."""
    url: str | None = None
    """`https://foliot.example.com` of a server that the command line and `foliot.Client` ask, instead of a database."""
    api_key: str | None = None
    """Whose key the command line acts with; without one it acts as admin of the tenant `default`."""
    tenant: str = "default"
    """The tenant that the SDK and the command line act in where no key says otherwise."""
    host: str = "127.0.0.1"
    port: int = 7070
    grpc_port: int | None = None
    """Where gRPC listens, on the same host; without one it does not. 0 is any free one."""
    grpc_certificate: str | None = None
    """The file of the server's certificate chain, in PEM; without one gRPC is in plain text."""
    grpc_key: str | None = None
    """The file of that certificate's private key, in PEM."""
    grpc_client_ca: str | None = None
    """The file of the authorities, in PEM, one of which must have signed the certificate of each client."""
    concurrency: int = 100
    """How many runs one worker has in hand at most."""
    processes: int = 4
    """How many child processes one worker keeps for handlers that run in one."""
    queues: str = ""
    """The queues that a worker serves, separated by commas; if empty, `default` and those of its job types."""
    lease_seconds: float = 15.0
    """How long a dead worker's runs stay with it. A live worker renews its leases."""
    grace_seconds: float = 10.0
    """How long a stopping process lets its runs finish before it hands them back."""
    retention_days: float = 7.0
    """How long ended runs are kept."""
    largest_payload_bytes: int = 256 * 1024
    largest_request_bytes: int = 32 * 1024 * 1024
    timezone: str | None = None
    """The IANA zone of local times that an MCP client gives without one; without it such times are refused."""
    mcp_hosts: str = ""
    """The host names, separated by commas, under which /mcp is reached; those of this machine itself always work. Pages
    of other origins are refused."""
    mcp_tool_names: str = "underscored"
    """How MCP tools are listed: `underscored` as task_create, `dotted` as task.create, which some hosts refuse."""
    log_level: str = "info"
    log_format: str = "auto"
    """`json`, `text`, or `auto`: text on a terminal, json elsewhere."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], **overrides: Any) -> "Settings":
        """The settings that the environment asks for; `overrides` that are not None win.

        Raises:
            InvalidSettings: naming the variable, what it holds and what it should.
        """
        values: dict[str, Any] = {}
        for field in msgspec.structs.fields(cls):
            name = _PREFIX + field.name.upper()
            if (text := environ.get(name, "").strip()) == "":
                continue
            try:
                values[field.name] = msgspec.convert(text, field.type, strict=False)
            except msgspec.ValidationError as error:
                raise InvalidSettings(f"{name}={text!r} cannot be used: {error}.", name) from None
        values |= {name: value for name, value in overrides.items() if value is not None}
        return cls(**values).checked()

    def checked(self) -> "Settings":
        """These settings, if they can be used.

        Raises:
            InvalidSettings: naming the variable and what it should hold.
        """
        _expect(self.sqlite_synchronous in ("normal", "full"), "sqlite_synchronous", "normal or full")
        _expect(1 <= self.database_connections <= 1000, "database_connections", "1 to 1000")
        _expect(self.database_pooler in ("none", "transaction"), "database_pooler", "none or transaction")
        _expect(self.log_format in ("auto", "json", "text"), "log_format", "auto, json or text")
        _expect(self.log_level in ("debug", "info", "warning", "error"), "log_level", "debug, info, warning or error")
        _expect(0 <= self.port <= 65535, "port", "0 (any free one) to 65535")
        _expect(0 <= (self.grpc_port or 0) <= 65535, "grpc_port", "0 (any free one) to 65535")
        _expect(
            (self.grpc_certificate is None) == (self.grpc_key is None), "grpc_key",
            "given together with FOLIOT_GRPC_CERTIFICATE",
        )  # fmt: skip
        _expect(
            self.grpc_client_ca is None or self.grpc_certificate is not None, "grpc_client_ca",
            "given together with FOLIOT_GRPC_CERTIFICATE and FOLIOT_GRPC_KEY",
        )  # fmt: skip
        _expect(1 <= self.concurrency <= 100_000, "concurrency", "1 to 100000")
        _expect(1 <= self.processes <= 1000, "processes", "1 to 1000")
        _expect(0.5 <= self.lease_seconds <= 3600, "lease_seconds", "0.5 to 3600")
        _expect(0 <= self.grace_seconds <= 3600, "grace_seconds", "0 to 3600")
        _expect(0 < self.retention_days <= 36500, "retention_days", "above 0, at most 36500")
        _expect(2 <= self.largest_payload_bytes <= 16 * 2**20, "largest_payload_bytes", "2 to 16777216")
        _expect(self.url is None or self.url.startswith(("http://", "https://")), "url", "https://… or http://…")
        _expect(self.mcp_tool_names in ("underscored", "dotted"), "mcp_tool_names", "underscored or dotted")
        _expect(
            self.timezone is None or self.timezone in zone_names(), "timezone", "an IANA timezone, as Europe/Berlin"
        )
        if not self.is_postgres:
            self.sqlite_path()
        return self

    @property
    def is_postgres(self) -> bool:
        """Whether the database is PostgreSQL."""
        return self.database_url.startswith(("postgresql://", "postgres://"))

    @property
    def database_told(self) -> str:
        """The database's URL, without a password."""
        return _PASSWORD.sub(r"\1***", self.database_url)

    @property
    def redis_told(self) -> str | None:
        """The URL of Redis, without a password."""
        return None if self.redis_url is None else _PASSWORD.sub(r"\1***", self.redis_url)

    def key_file(self) -> Path | None:
        """Where the first API key is kept: beside a database file, else in `.foliot`; None for one in memory.

        That of a server has another name than that of a file, so that whoever tries both loses neither.
        """
        if self.is_postgres:
            return Path(".foliot/postgres.key")
        path = self.sqlite_path()
        return None if path is None else path.with_name("key")

    @property
    def queue_names(self) -> tuple[str, ...]:
        """The queues that a worker is to serve, if it was told."""
        return tuple(name for name in (part.strip() for part in self.queues.split(",")) if name)

    @property
    def mcp_host_names(self) -> tuple[str, ...]:
        """The host names under which /mcp is reached, if any were told."""
        return tuple(name for name in (part.strip() for part in self.mcp_hosts.split(",")) if name)

    def sqlite_path(self) -> Path | None:
        """The database file, or None for one in memory.

        Raises:
            InvalidSettings: the URL is not one of SQLite.
        """
        if self.database_url == "sqlite://:memory:":
            return None
        scheme, _, path = self.database_url.partition(":///")
        _expect(
            scheme == "sqlite" and bool(path), "database_url",
            "sqlite:///path/to/file.db, sqlite://:memory: or postgresql://user@host/database",
        )  # fmt: skip
        return Path(path)


def _expect(holds: bool, name: str, wanted: str) -> None:
    if not holds:
        variable = _PREFIX + name.upper()
        raise InvalidSettings(f"{variable} must be {wanted}.", variable)
