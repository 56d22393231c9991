"""A worker's deeds, done by hand on a system that stands still."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from foliot.domain.event import Event
from foliot.domain.instant import EPOCH, LATEST
from foliot.domain.job import Job
from foliot.domain.policy import Overrides
from foliot.domain.priority import Priority
from foliot.domain.retry import RetryPolicy
from foliot.domain.run import Attempt, Cause, Claimed, Outcome, Queued, Run
from foliot.domain.schedule import Schedule
from foliot.domain.states import RunState
from foliot.ports import ClaimRequest, JobFilter, Occurrence, RunFilter, RunRef
from foliot.service.admission import JobRequest
from foliot.service.jobs import Ticket
from foliot.wiring import System

LEASE: Final = timedelta(seconds=15)


class CountingBroker:
    """Counts what is published."""

    def __init__(self) -> None:
        self.published = 0
        self.buried = 0
        self.patience = 1.0

    async def publish(self, runs: Sequence[Queued]) -> None:
        self.published += len(runs)

    async def claim(self, request: ClaimRequest) -> list[Claimed]:
        raise NotImplementedError

    async def bury(self, runs: Sequence[Queued]) -> None:
        self.buried += len(runs)

    async def dig_up(self, runs: Sequence[RunRef]) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError


async def submit(system: System, delay: float = 0.0, max_attempts: int = 3) -> str:
    """The run of a new job of the type `rest`."""
    overrides = Overrides(retry=RetryPolicy(max_attempts=max_attempts))
    request = JobRequest(type="rest", delay_seconds=delay, overrides=overrides)
    run_id = (await system.services.jobs.submit(system.identity, request)).run_id
    assert run_id is not None
    return run_id


async def recur(system: System, schedule: Schedule, **overrides: Any) -> Ticket:
    """A new job that recurs."""
    request = JobRequest(type="rest", schedule=schedule, overrides=Overrides(**overrides))
    return await system.services.jobs.submit(system.identity, request)


async def promote(system: System) -> None:
    """Queue what is due."""
    await system.store.promote(system.clock.now(), 1_000)


async def occurrences(system: System) -> list[Occurrence]:
    """What became of the planned instants of the only job."""
    job = await the_job(system)
    return await system.store.occurrences(job.tenant_id, job.id, EPOCH, LATEST, 1_000)


async def claim(system: System, worker: str = "worker-1", limit: int = 100) -> list[Claimed]:
    """Lease what is queued."""
    now = system.clock.now()
    return await system.store.claim(
        ClaimRequest(
            worker=worker, queues=["default"], limit=limit, now=now, lease_until=now + LEASE,
            handicaps=dict.fromkeys(Priority, (0.5, 1.0)),
        )
    )  # fmt: skip


async def succeed(system: System, claimed: Sequence[Claimed]) -> frozenset[str]:
    """Let attempts succeed; whose lease was lost."""
    finished = await system.store.finish(
        [
            Outcome(
                run_id=run.run_id, tenant_id=run.tenant_id, lease=run.lease, state=RunState.SUCCEEDED,
                cause=Cause.RETURNED, at=system.clock.now(), result=b"null",
            )
            for run in claimed
        ]
    )  # fmt: skip
    return finished.lost


async def run_of(system: System, run_id: str) -> Run:
    """How a run stands."""
    return await system.services.runs.get(system.identity, run_id)


async def runs(system: System) -> list[Run]:
    """All runs, oldest first."""
    return (await system.store.runs(system.identity.tenant_id, RunFilter(), None, 500))[::-1]


async def the_next(system: System, job_id: str) -> datetime | None:
    """The next planned instant of a job."""
    return (await system.services.jobs.get(system.identity, job_id)).next_at


async def the_job(system: System) -> Job:
    """The only job."""
    [job] = await system.store.jobs(system.identity.tenant_id, JobFilter(), None, 10)
    return job


async def events(system: System, run_id: str) -> list[Event]:
    """What happened to a run."""
    return await system.services.runs.events(system.identity, run_id)


async def attempts(system: System, run_id: str) -> list[Attempt]:
    """The tries of a run."""
    return await system.services.runs.attempts(system.identity, run_id)
