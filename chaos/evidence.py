"""All that can be known once the dust has settled: what clients were told, handlers noted and the store tells."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from chaos.ledger import Effect, ledger_of
from chaos.load import Receipt
from chaos.notes import Execution, executions
from foliot import Event, Run, Settings
from foliot.domain.event import attempts_of, story
from foliot.domain.job import Job
from foliot.domain.run import Attempt
from foliot.ports import JobFilter, RunFilter, RunRef
from foliot.wiring import System, open_system

_CONNECTIONS: Final = 12
_AT_ONCE: Final = 16
_PAGE: Final = 1_000

Answer = TypeVar("Answer")


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A run with all that the store has of it. `rows` is how many rows say that it is over."""

    number: int
    run: Run
    attempts: Sequence[Attempt]
    events: Sequence[Event]
    rows: int


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """`jobs` are the numbers of all jobs that are stored, a number a job; the cases are by run."""

    receipts: Sequence[Receipt]
    executions: Sequence[Execution]
    effects: Sequence[Effect]
    jobs: Sequence[int]
    cases: Mapping[str, Case]


async def gather(settings: Settings, folder: Path, receipts: Sequence[Receipt]) -> Evidence:
    """Read it all, by the ports that everybody else reads by."""
    system = await open_system(msgspec.structs.replace(settings, redis_url=None, database_connections=_CONNECTIONS))
    try:
        jobs = await _jobs(system)
        numbers = {job.id: number_of(job) for job in jobs}
        runs = await _runs(system)
        results, rows = await _ended(system, [run.id for run in runs])
        cases = await _all(_case(system, numbers[run.job_id], results.get(run.id, run), rows[run.id]) for run in runs)
    finally:
        await system.close()
    return Evidence(
        receipts=receipts, executions=executions(folder), effects=await ledger_of(settings).effects(),
        jobs=list(numbers.values()), cases={case.run.id: case for case in cases},
    )  # fmt: skip


def number_of(job: Job) -> int:
    """The number that a job was ordered by."""
    payload: dict[str, int] = msgspec.json.decode(job.payload)
    return payload["number"]


async def _jobs(system: System) -> list[Job]:
    found: list[Job] = []
    while page := await system.store.jobs(system.identity.tenant_id, JobFilter(), _before(found), _PAGE):
        found += page
    return found


async def _runs(system: System) -> list[Run]:
    found: list[Run] = []
    while page := await system.store.runs(system.identity.tenant_id, RunFilter(), _before(found), _PAGE):
        found += page
    return found


def _before(found: Sequence[Job] | Sequence[Run]) -> str | None:
    return found[-1].id if found else None


async def _ended(system: System, run_ids: Sequence[str]) -> tuple[dict[str, Run], Counter[str]]:
    """The runs that are over, with their results, and in how many rows each is."""
    ended: dict[str, Run] = {}
    rows: Counter[str] = Counter()
    for start in range(0, len(run_ids), _PAGE):
        refs = [RunRef(system.identity.tenant_id, run_id) for run_id in run_ids[start : start + _PAGE]]
        for run in await system.store.ended(refs):
            ended[run.id] = run
            rows[run.id] += 1
    return ended, rows


async def _case(system: System, number: int, run: Run, rows: int) -> Case:
    earlier = await system.store.attempts(run.tenant_id, run.id)
    appended = await system.store.run_events(run.tenant_id, run.id)
    return Case(
        number=number, run=run, attempts=attempts_of(run, earlier), events=story(run, earlier, appended), rows=rows
    )


async def _all(work: Any) -> list[Any]:
    """What all of these return, some at a time."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(waiting: Awaitable[Answer]) -> Answer:
        async with gate:
            return await waiting

    return await asyncio.gather(*(one(waiting) for waiting in work))
