"""One scenario from start to end: build it up, load it, strike, let it settle, judge."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from chaos.application import Application
from chaos.clients import HttpClient, SdkClient
from chaos.evidence import gather
from chaos.judge import judge
from chaos.load import Load
from chaos.notes import executions
from chaos.recovery import on_time_after, punctuality, recoveries, slowest_start
from chaos.report import Report
from chaos.scenarios import SCENARIOS, Scenario
from chaos.site import Layout, Site
from chaos.stage import Stage
from foliot import Unavailable
from foliot.ports import Store

USUAL_SECONDS: Final = 20.0
USUAL_RATE: Final = 300.0
USUAL_WORKERS: Final = 3

_CALM_SHARE: Final = 0.2
_STRIKES_SHARE: Final = 0.5
_RECOVERY_SECONDS: Final = 30.0
_SETTLE_SECONDS: Final = 90.0
_LOOK_SECONDS: Final = 0.25


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How a scenario is tried: `seconds` is about how long the load lasts, `rate` is in jobs a second."""

    scenario: str
    broker: str
    seconds: float = USUAL_SECONDS
    rate: float = USUAL_RATE
    workers: int = USUAL_WORKERS
    seed: int = 0
    lease_seconds: float | None = None
    """Instead of the scenario's own."""


class Unsettled(RuntimeError):
    """Runs do not come to an end."""


async def drill(plan: Plan, folder: Path, say: Callable[[str], None] = lambda _: None) -> Report:
    """Try a scenario, in an empty folder that is open to all; what came of it."""
    begun = time.monotonic()
    scenario = SCENARIOS[plan.scenario]
    async with Site(folder, _layout(plan, scenario)) as site:
        say(f"{plan.scenario}: {len(site.workers)} workers, an API, {plan.rate:g} jobs/s, seed {plan.seed}")
        async with _loaded(site, plan) as stage:
            await _strike(stage, scenario, plan)
            await _until_on_time(stage)
        say(f"{plan.scenario}: the load has ended, waiting for what is left")
        remarks = await _settled(site)
        remarks += await site.stop_processes()
        evidence = await gather(site.settings, folder, stage.load.receipts)
        logged = Counter(
            f"{line['level']}: {line['event']}" for process in [*site.processes, *site.gone]
            for line in process.log if line.get("level") in ("error", "critical")
        )  # fmt: skip
    return Report(
        scenario=plan.scenario,
        broker=plan.broker,
        seed=plan.seed,
        accepted=sum(receipt.answer.run_id is not None for receipt in evidence.receipts),
        answers=Counter(receipt.answer.fate.value for receipt in evidence.receipts),
        executed=len(evidence.executions),
        verdict=judge(evidence),
        remarks=remarks,
        recoveries=recoveries(stage.faults, evidence.receipts, evidence.executions, evidence.cases),
        recovers_within=scenario.recovers_within,
        slowest_start=slowest_start(evidence.executions),
        logged=logged,
        seconds=time.monotonic() - begun,
    )


def _layout(plan: Plan, scenario: Scenario) -> Layout:
    lease = plan.lease_seconds or scenario.lease_seconds
    settings = dict(scenario.settings) | ({} if lease is None else {"lease_seconds": lease})
    return Layout(
        store=scenario.store, broker=plan.broker, workers=plan.workers, settings=settings, postgres=scenario.postgres
    )


@asynccontextmanager
async def _loaded(site: Site, plan: Plan) -> AsyncIterator[Stage]:
    """The site under load, for as long as the block lasts."""
    random = Random(plan.seed)
    application = Application(site.settings, site.folder)
    http = HttpClient(site.api_port, site.api_key)
    async with application.app as app:
        system = await app.system()
        sdk = SdkClient(application) if site.postgres is not None else None
        load = Load(plan.rate, random, http, sdk)
        offering = asyncio.create_task(load.run(), name="load")
        try:
            yield Stage(site, load, system.store, system.identity, random, plan.seconds / USUAL_SECONDS)
            load.stop()
            await offering
        finally:
            offering.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await offering
            http.close()


async def _strike(stage: Stage, scenario: Scenario, plan: Plan) -> None:
    """Let it run undisturbed for a while, then do what the scenario says, in the time that there is."""
    begun = time.monotonic()
    strikes = list(scenario.strikes_on(plan.broker)) * scenario.times
    if scenario.together:
        stage.random.shuffle(strikes)
    async with asyncio.TaskGroup() as group:
        for place, strike in enumerate(strikes):
            at = plan.seconds * (_CALM_SHARE + _STRIKES_SHARE * place / len(strikes))
            await asyncio.sleep(begun + at - time.monotonic())
            if scenario.together:
                group.create_task(strike(stage))
            else:
                await strike(stage)
    await asyncio.sleep(begun + plan.seconds - time.monotonic())


async def _until_on_time(stage: Stage) -> None:
    """Keep the load up until it is seen that jobs start on time again, but not for ever."""
    last = max(fault.ended or fault.began for fault in stage.faults)
    deadline = time.monotonic() + _RECOVERY_SECONDS
    while on_time_after(last, punctuality(stage.load.receipts, executions(stage.site.folder))) is None:
        if time.monotonic() > deadline:
            return
        await asyncio.sleep(_LOOK_SECONDS)


async def _settled(site: Site) -> list[str]:
    """Wait until no run is left that is not over; what is to be said if that takes too long."""
    application = Application(site.settings, site.folder)
    async with application.app as app:
        store = (await app.system()).store
        deadline = time.monotonic() + _SETTLE_SECONDS
        while left := await _left(store):
            if time.monotonic() > deadline:
                return [f"after {_SETTLE_SECONDS:g} s there are still runs that are not over: {left}"]
            await asyncio.sleep(_LOOK_SECONDS)
    return []


async def _left(store: Store) -> str:
    try:
        depths = (await store.stats()).depths
    except Unavailable as error:
        return error.message
    return ", ".join(f"{depth.count} {depth.state}" for depth in depths)
