"""Redis: in memory only, unless settings say otherwise."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import redis

from servers.programs import redis_programs
from servers.server import Server

_SETTINGS: Final = {"bind": "127.0.0.1", "save": "", "appendonly": "no"}


class Redis(Server):
    """A Redis, empty at every start."""

    name = "Redis"

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        """`settings` are those of redis.conf, such as `{"appendonly": "yes"}`."""
        super().__init__(folder, redis_programs)
        self._settings = _SETTINGS | dict(settings or {}) | {"port": str(self.port), "dir": str(self.folder)}

    @property
    def url(self) -> str:
        """Where it is."""
        return f"redis://127.0.0.1:{self.port}/0"

    def flush(self) -> None:
        """Forget everything."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def _prepare(self, programs: Path) -> Sequence[str | Path]:
        settings = [part for name, value in self._settings.items() for part in (f"--{name}", value)]
        return [programs / "redis-server", *settings]

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2, retry=None) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False
