"""The worker: leases no more runs than it has free slots for, executes them, and lets none of them end it."""

import asyncio
import math
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import partial
from random import Random
from typing import Final

import msgspec
import structlog

from foliot.domain.priority import WEIGHTS
from foliot.domain.run import Cause, Claimed, Outcome, Queued
from foliot.domain.states import RunState
from foliot.engine.attempt import Attempt
from foliot.engine.completer import Completer
from foliot.engine.context import Context
from foliot.engine.deadlines import Deadlines
from foliot.engine.handler import Handler
from foliot.engine.horizon import Horizon
from foliot.engine.pacing import Pacing
from foliot.engine.processes import Processes
from foliot.engine.threads import Threads
from foliot.ports import Broker, ClaimRequest, Clock, Finished, Held, Meter, Pulse, Store, Topic, Wakeup

_LOG: Final = structlog.get_logger(__name__)
_LARGEST_CLAIM: Final = 500
_STOP_GRACE_SECONDS: Final = 5.0


class WorkerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What one worker serves, and how much at once. `name` is unique among all workers."""

    name: str
    queues: Sequence[str]
    concurrency: int
    processes: int
    lease: timedelta
    pacing: Pacing = Pacing()


class Worker:
    """Its `step` claims; each claimed run gets a task; outcomes go to the completer.

    A run is in hand from its claim until its outcome is written, and its lease is renewed as long.
    """

    name = "worker"
    topic = Topic.QUEUED

    def __init__(
        self,
        settings: WorkerSettings,
        handlers: Iterable[Handler],
        store: Store,
        broker: Broker,
        clock: Clock,
        wakeup: Wakeup,
        meter: Meter,
        random: Random,
    ) -> None:
        self._settings = settings
        self._pacing = settings.pacing
        self._handlers = {handler.job_type.name: handler for handler in handlers}
        self._store = store
        self._broker = broker
        self._clock = clock
        self._wakeup = wakeup
        self._meter = meter
        self._random = random
        self._loop = asyncio.get_running_loop()  # to ask for it each time would cost a system call
        self._time = self._loop.time
        self._slot_freed = asyncio.Event()
        self._threads = Threads(self._slot_freed.set)
        self._processes = Processes(settings.processes)
        self.completer = Completer(store, wakeup, self._settled)
        self.deadlines = Deadlines(self._out_of_time)
        self._in_hand: dict[str, Attempt] = {}
        self._busy: dict[Attempt, None] = {}  # in the order in which they began
        self._claiming = asyncio.Lock()
        self._horizon = Horizon(settings.pacing.whole_look)
        self._is_draining = False
        self._not_before = 0.0

    # -- claiming

    async def step(self) -> float:
        """Claim into the free slots, having waited for one. After a full claim there is no sleep."""
        limit = await self._free_slots()
        await asyncio.sleep(self._not_before - self._time())
        async with self._claiming:
            return math.inf if self._is_draining else await self._claim(limit)

    async def _claim(self, limit: int) -> float:
        now, asked = self._clock.now(), self._time()
        claimed = await self._broker.claim(
            ClaimRequest(
                worker=self._settings.name,
                queues=self._random.sample(self._settings.queues, len(self._settings.queues)),
                limit=limit,
                now=now,
                lease_until=now + self._settings.lease,
                types=list(self._handlers),
                handicaps={priority: (self._random.random(), weight) for priority, weight in WEIGHTS.items()},
                since=self._horizon.look(asked),
            )
        )
        if not claimed:
            return self._horizon.patience(asked, self._broker.patience)
        self._horizon.learn(claimed)
        self._measure_lateness(claimed)
        started = self._time()
        self._not_before = started if len(claimed) == limit else started + max(self._pacing.pause, started - asked)
        for run in claimed:
            self._begin(run, started)
        self._wakeup.notify(Topic.CHANGED, [run.run_id for run in claimed])
        return 0.0 if len(claimed) == limit else self._horizon.patience(started, self._broker.patience)

    async def _free_slots(self) -> int:
        """How many runs may be claimed; at least one. Slots that become free together are filled together."""
        while (free := self._count_free()) < 1:
            self._slot_freed.clear()
            await self._slot_freed.wait()
            await asyncio.sleep(self._pacing.gather)
        return min(free, _LARGEST_CLAIM)

    def _count_free(self) -> int:
        unwritten = max(0, self.completer.backlog - self._settings.concurrency)
        return self._settings.concurrency - len(self._busy) - self._threads.abandoned - unwritten

    # -- executing

    def _begin(self, claimed: Claimed, started: float) -> None:
        handler = self._handlers[claimed.type]
        context = Context(claimed, self._clock, self.completer.note, self._store)
        attempt = Attempt(claimed, handler, context, self._clock, started)
        self._in_hand[claimed.run_id] = attempt
        self._busy[attempt] = None
        attempt.task = self._loop.create_task(self._execute(attempt))

    async def _execute(self, attempt: Attempt) -> None:
        try:
            self._settle(
                attempt,
                await attempt.execute(
                    self._threads,
                    self._processes,
                    self._store,
                    partial(self._start_clock, attempt),
                    self._random.random(),
                ),
            )
        except Exception as error:
            _LOG.error(
                "an attempt has no outcome; its lease will run out", run_id=attempt.claimed.run_id, exc_info=error
            )
            self._let_go(attempt.claimed.run_id, attempt.claimed.lease)
        finally:
            del self._busy[attempt]
            self._slot_freed.set()

    def _start_clock(self, attempt: Attempt) -> None:
        self.deadlines.set(attempt, self._time() + attempt.timeout_seconds)

    def _settle(self, attempt: Attempt, outcome: Outcome | None) -> None:
        """Pass the outcome on, once; an attempt that was given up may still end later, and nobody listens."""
        if attempt.is_settled:
            return
        attempt.is_settled = True
        if outcome is None:
            self._let_go(attempt.claimed.run_id, attempt.claimed.lease)
            return
        self.completer.add(outcome)
        if outcome.error is not None and outcome.state is not RunState.CANCELLED:
            self._log_failure(attempt, outcome)

    def _out_of_time(self, attempt: Attempt) -> None:
        """At the deadline the handler is stopped; if it does not heed that, it is given up a little later."""
        if attempt.stopped is None:
            attempt.stop(Cause.TIMED_OUT)
            if attempt.handler.execution == "thread":
                return
            self.deadlines.set(attempt, self._time() + _STOP_GRACE_SECONDS)
            return
        self._settle(attempt, attempt.outcome_of_stop(self._random.random()))
        if attempt.task is not None:
            attempt.task.cancel()

    @property
    def outside(self) -> int:
        """How many handlers are at work in threads and child processes, those that were given up included."""
        in_hand = sum(attempt.handler.execution != "async" for attempt in self._busy)
        return in_hand + self._threads.abandoned + self._processes.ending

    # -- leases

    @property
    def held(self) -> list[Held]:
        """The leases in hand; safe to ask from another thread."""
        return [
            Held(attempt.claimed.run_id, attempt.claimed.tenant_id, attempt.claimed.lease)
            for attempt in list(self._in_hand.values())
        ]

    def heed(self, held: Sequence[Held], pulse: Pulse) -> None:
        """Stop what is lost or cancelled, of what was held when the store was asked.

        What has ended meanwhile is not lost: whether its outcome came in time, the completer will hear.
        """
        lost = []
        for lease in held:
            attempt = self._in_hand.get(lease.run_id)
            if attempt is None or attempt.is_settled or attempt.claimed.lease != lease.lease:
                continue
            if lease.run_id in pulse.lost:
                del self._in_hand[lease.run_id]
                attempt.stop(Cause.LEASE_LOST)
                lost.append(lease.run_id)
        if lost:
            _LOG.warning("leases lost; their attempts are stopped", count=len(lost), runs=lost[:10])
        for run_id in (lease.run_id for lease in held if lease.run_id in pulse.cancelling):
            attempt = self._in_hand.get(run_id)
            if attempt is not None and attempt.stopped is None:
                attempt.stop(Cause.CANCELLED)
                self.deadlines.set(attempt, self._time() + _STOP_GRACE_SECONDS)

    async def _settled(self, outcomes: Sequence[Outcome], finished: Finished) -> None:
        """The completer wrote these."""
        now = self._time()
        durations: dict[tuple[str, RunState, Cause], list[float]] = {}
        back, dead = [], []
        for outcome in outcomes:
            attempt = self._in_hand.get(outcome.run_id)
            if attempt is None:
                continue
            if outcome.run_id in finished.lost:
                _LOG.warning("outcome came too late; the lease was lost", run_id=outcome.run_id)
            else:
                key = attempt.claimed.type, outcome.state, outcome.cause
                durations.setdefault(key, []).append(now - attempt.started)
                if outcome.state is RunState.QUEUED:
                    back.append(_queued(attempt.claimed))
                elif outcome.state is RunState.FAILED:
                    dead.append(_queued(attempt.claimed))
            self._let_go(outcome.run_id, outcome.lease)
        for (job_type, state, cause), seconds in durations.items():
            self._meter.ended(job_type, state, cause, seconds)
        self._slot_freed.set()
        await self._broker.publish(back)
        await finished.moved.tell(self._broker, self._wakeup)
        await self._broker.bury(dead)

    def _let_go(self, run_id: str, lease: int) -> None:
        attempt = self._in_hand.get(run_id)
        if attempt is not None and attempt.claimed.lease == lease:
            del self._in_hand[run_id]

    # -- stopping

    async def drain(self, grace: timedelta, hurry: asyncio.Event) -> None:
        """Claim no more; let what runs finish within `grace`; hand the rest back, which burns no attempt.

        `hurry` ends the grace.
        """
        self._is_draining = True
        async with self._claiming:  # what is just being claimed belongs to what runs
            pass
        tasks = {attempt.task for attempt in self._busy if attempt.task is not None}
        if tasks:
            _LOG.info("finishing", runs=len(tasks), grace_seconds=grace.total_seconds())
            finishing = asyncio.ensure_future(asyncio.wait(tasks, timeout=grace.total_seconds()))
            hurried = asyncio.create_task(hurry.wait())
            await asyncio.wait({finishing, hurried}, return_when=asyncio.FIRST_COMPLETED)
            finishing.cancel()
            hurried.cancel()
        left = [attempt for attempt in self._busy if not attempt.is_settled]
        for attempt in left:
            attempt.stop(Cause.HANDED_BACK)
        if left:
            _LOG.info("handing back", runs=len(left))
            await asyncio.wait({attempt.task for attempt in left if attempt.task}, timeout=1.0)
        for attempt in left:
            self._settle(attempt, attempt.outcome_of_stop(0.0))
        await self.completer.drained()
        await self._processes.close()

    # -- telling

    def _measure_lateness(self, claimed: Sequence[Claimed]) -> None:
        now = self._clock.now()
        lateness: dict[str, list[float]] = {}
        for run in claimed:
            lateness.setdefault(run.type, []).append((now - run.due_at).total_seconds())
        for job_type, seconds in lateness.items():
            self._meter.started(job_type, seconds)

    def _log_failure(self, attempt: Attempt, outcome: Outcome) -> None:
        claimed, error = attempt.claimed, outcome.error
        _LOG.warning(
            "attempt failed", type=claimed.type, run_id=claimed.run_id, tenant_id=claimed.tenant_id,
            attempt=claimed.attempt, becomes=outcome.state, cause=outcome.cause,
            retry_at=outcome.due_at and outcome.due_at.isoformat(), error=error and error.message,
            exception=error and error.trace,
        )  # fmt: skip


def _queued(claimed: Claimed) -> Queued:
    return Queued(claimed.run_id, claimed.tenant_id, claimed.type, claimed.queue, claimed.priority)
