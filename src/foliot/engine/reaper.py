"""Runs whose worker has gone are given to another."""

from datetime import timedelta
from typing import Final

import structlog

from foliot.domain.ending import lease_lost
from foliot.domain.run import Outcome
from foliot.domain.states import RunState
from foliot.ports import Broker, Clock, EngineStore, Meter, Topic, Wakeup

_LOG: Final = structlog.get_logger(__name__)
_LARGEST_STEP: Final = 1_000


class Reaper:
    """Looks for leases that ran out, often enough that a lost run waits little longer than its lease.

    It ends the lost attempt as a worker would, under the lease that it saw: should the worker finish in the meantime,
    nothing happens. A renewal that comes in that very moment is lost, and the attempt with it; nothing else is.
    """

    name = "reaper"
    topic = Topic.IDLE

    def __init__(
        self, store: EngineStore, broker: Broker, clock: Clock, wakeup: Wakeup, meter: Meter, lease: timedelta
    ) -> None:
        self._store = store
        self._broker = broker
        self._clock = clock
        self._wakeup = wakeup
        self._meter = meter
        self._pause = min(1.0, lease.total_seconds() / 5)

    async def step(self) -> float:
        now = self._clock.now()
        expired = await self._store.expired(now, _LARGEST_STEP)
        if not expired:
            return self._pause
        outcomes = [
            lease_lost(
                run.run_id, run.tenant_id, run.lease, run.worker, now,
                is_last=run.attempt >= run.max_attempts, is_cancelling=run.cancelling,
            )
            for run in expired
        ]  # fmt: skip
        kept = await self._store.finish(outcomes)
        await self._tell([outcome for outcome in outcomes if outcome.run_id not in kept])
        return 0.0 if len(expired) == _LARGEST_STEP else self._pause

    async def _tell(self, ended: list[Outcome]) -> None:
        if not ended:
            return
        _LOG.warning("leases lost", count=len(ended), runs=[outcome.run_id for outcome in ended[:10]])
        self._meter.leases_lost(len(ended))
        self._wakeup.notify(Topic.CHANGED, [outcome.run_id for outcome in ended])
        queued = sum(outcome.state is RunState.QUEUED for outcome in ended)
        if queued:
            await self._broker.publish(queued)
