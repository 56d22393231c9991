"""Runs whose worker has gone are given to another."""

from datetime import timedelta
from typing import Final

import structlog

from foliot.domain.ending import lease_lost
from foliot.domain.run import Outcome, Queued
from foliot.domain.states import RunState
from foliot.ports import Broker, Clock, EngineStore, Expired, Meter, Topic, Wakeup

_LOG: Final = structlog.get_logger(__name__)
_LARGEST_STEP: Final = 1_000
_GRACE_SECONDS: Final = 0.01


class Reaper:
    """Looks when the first lease runs out, so that a lost run waits hardly longer than its lease.

    It ends the lost attempt as a worker would, under the lease that it saw, and only if that is still over: should the
    worker finish or renew in the meantime, nothing happens.
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
        self._lease = lease.total_seconds()

    async def step(self) -> float:
        now = self._clock.now()
        first = await self._store.next_expiry()
        if first is None:
            return self._lease  # whoever begins after this look cannot be lost before
        if first >= now:
            return min(self._lease, (first - now).total_seconds() + _GRACE_SECONDS)
        expired = await self._store.expired(now, _LARGEST_STEP)
        outcomes = [
            lease_lost(
                run.run_id, run.tenant_id, run.lease, run.worker, now,
                is_last=run.attempt >= run.max_attempts, is_cancelling=run.cancelling,
            )
            for run in expired
        ]  # fmt: skip
        finished = await self._store.finish(outcomes)
        await self._tell([pair for pair in zip(expired, outcomes, strict=True) if pair[1].run_id not in finished.lost])
        await finished.moved.tell(self._broker, self._wakeup)
        return 0.0

    async def _tell(self, ended: list[tuple[Expired, Outcome]]) -> None:
        if not ended:
            return
        _LOG.warning("leases lost", count=len(ended), runs=[run.run_id for run, _ in ended[:10]])
        self._meter.leases_lost(len(ended))
        self._wakeup.notify(Topic.CHANGED, [run.run_id for run, _ in ended])
        for state, tell in ((RunState.QUEUED, self._broker.publish), (RunState.FAILED, self._broker.bury)):
            await tell(
                [
                    Queued(run.run_id, run.tenant_id, run.type, run.queue, run.priority, run.remote)
                    for run, outcome in ended
                    if outcome.state is state
                ]
            )
