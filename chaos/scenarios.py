"""What can be tried, by name."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Final

import msgspec

from chaos.stage import Stage
from chaos.strikes.api import kill_the_api
from chaos.strikes.disk import fill_the_disk
from chaos.strikes.postgres import (
    exhaust_connections,
    hold_a_transaction_open,
    kill_backends,
    repeat_notifications,
    restart_postgres,
)
from chaos.strikes.redis import duplicate_deliveries, flush_redis, kill_redis, pause_redis
from chaos.strikes.workers import freeze_a_worker, kill_a_worker, kill_one_with_a_hundred_in_hand
from foliot import Settings

Strike = Callable[[Stage], Coroutine[Any, Any, None]]

SHORT_LEASE_SECONDS: Final = 3.0


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """Strikes, one after another with pauses in between, or `together`: in a drawn order and one upon the other.

    `redis_strikes` take the place of `strikes` where Redis is the broker; without `strikes` it has to be.
    `recovers_within` is how long it may take, from the end of a fault, until all is as if it had not been; more on a
    machine that is busy.
    """

    strikes: Sequence[Strike] = ()
    redis_strikes: Sequence[Strike] = ()
    times: int = 1
    together: bool = False
    store: str = "postgres"
    settings: Mapping[str, Any] = {}
    postgres: Mapping[str, str] = {}
    lease_seconds: float | None = SHORT_LEASE_SECONDS
    recovers_within: float = 5.0

    def strikes_on(self, broker: str) -> Sequence[Strike]:
        """What is done where this is the broker; nothing if the scenario is none for it."""
        return (self.redis_strikes or self.strikes) if broker == "redis" else self.strikes

    @property
    def brokers(self) -> Sequence[str]:
        """Those that it can be tried on, the natural one first."""
        if self.store == "sqlite":
            return ("store",)
        return ("store", "redis") if self.strikes else ("redis",)


_ANYWHERE: Final = (kill_a_worker, freeze_a_worker, restart_postgres, kill_backends, kill_the_api, kill_a_worker)

SCENARIOS: Final[Mapping[str, Scenario]] = {
    "worker_sigkill": Scenario(strikes=[kill_a_worker]),
    "worker_sigkill_100": Scenario(strikes=[kill_one_with_a_hundred_in_hand], settings={"queues": "default"}),
    "worker_sigkill_100_default": Scenario(
        strikes=[kill_one_with_a_hundred_in_hand], settings={"queues": "default"},
        lease_seconds=None, recovers_within=Settings().lease_seconds + 5,
    ),
    "worker_sigstop": Scenario(strikes=[freeze_a_worker]),
    "repeated_kills": Scenario(strikes=[kill_a_worker], times=5),
    "postgres_restart": Scenario(strikes=[restart_postgres], times=2),
    "pg_backend_kill": Scenario(strikes=[kill_backends], times=4),
    "pool_exhaustion": Scenario(
        strikes=[exhaust_connections], settings={"database_connections": 2}, postgres={"max_connections": "40"}
    ),
    "idle_in_transaction": Scenario(strikes=[hold_a_transaction_open]),
    "redis_kill": Scenario(redis_strikes=[kill_redis], times=2),
    "redis_flush": Scenario(redis_strikes=[flush_redis], times=4, recovers_within=20.0),
    "redis_pause": Scenario(redis_strikes=[pause_redis]),
    "duplicate_delivery": Scenario(strikes=[repeat_notifications], redis_strikes=[duplicate_deliveries]),
    "sqlite_disk_full": Scenario(strikes=[fill_the_disk], store="sqlite"),
    "api_kill": Scenario(strikes=[kill_the_api], times=3),
    "all_at_once": Scenario(
        strikes=_ANYWHERE, redis_strikes=(*_ANYWHERE, kill_redis, flush_redis), together=True, recovers_within=20.0
    ),
}  # fmt: skip
