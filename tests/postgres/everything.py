"""All that can be asked of a store, asked once."""

from typing import Final
from uuid import UUID

import msgspec

from foliot.adapters.postgres import PostgresStore
from foliot.domain.access import ApiKey, Tenant
from foliot.domain.identity import Role
from foliot.domain.job_type import JobType
from foliot.domain.parents import After, Parent, WaitFor
from foliot.domain.policy import Policy
from foliot.domain.priority import Priority
from foliot.domain.schedule import Calendar
from foliot.domain.states import EventType, JobState, RunState
from foliot.domain.unique import Until
from foliot.ports import Gap, JobFilter, RunFilter, RunRef, Topic, Wanted
from tests.contract.builders import (
    ACME,
    NOW,
    after,
    asked,
    buried,
    cancelling,
    child,
    debounced,
    descendant,
    discarding,
    editing,
    event,
    extra,
    failed,
    found,
    held,
    job,
    job_with,
    new_id,
    occurrence,
    planned_after,
    pruned,
    recurring,
    ref,
    remote_wish,
    replaying,
    retried,
    said,
    started,
    steering,
    submission,
    submitted,
    succeeded,
    unique,
    wish,
)
from tests.postgres.line import Line


async def _commit_unheard(store: PostgresStore, line: Line) -> None:
    line.cut_after(b"COMMIT")
    await store.submit([submission(key="unheard")])


async def _access(store: PostgresStore, _: Line) -> None:
    await store.create_tenant(Tenant(ACME, "acme", NOW))
    await store.tenants()
    key = ApiKey(
        id=new_id(), tenant_id=ACME, name="key", role=Role.OPERATOR, prefix="prefix", hash="hash", created_at=NOW
    )
    await store.create_key(key)
    await store.keys(ACME)
    await store.key_by_prefix("prefix")
    await store.revoke_key(ACME, key.id, NOW)
    await store.save_types([JobType(name="mail", policy=Policy())], NOW)
    await store.types(ACME)


async def _submit_unheard(store: PostgresStore, line: Line) -> None:
    await submitted(store)
    unheard = submission()
    line.cut_after(UUID(unheard.job.id).bytes)
    await store.submit([unheard])


async def _claim_unheard(store: PostgresStore, line: Line) -> None:
    await store.claim(wish(limit=1))
    line.cut_after(b"unheard")
    await store.claim(wish(worker="unheard"))


async def _claim_these_unheard(store: PostgresStore, line: Line) -> None:
    these, those = [ref(await submitted(store)) for _ in range(2)]
    await store.claim(msgspec.structs.replace(wish(), runs=[these]))
    line.cut_after(b"unheard")
    await store.claim(msgspec.structs.replace(wish(worker="unheard"), runs=[those]))


async def _claim_outside_unheard(store: PostgresStore, line: Line) -> None:
    await submitted(store, remote=True)
    line.cut_after(b"unheard")
    await store.claim(remote_wish(worker="unheard"))


async def _outside(store: PostgresStore, _: Line) -> None:
    await submitted(store, remote=True)
    await store.sought([Wanted(ACME, "mail.send", "default")])
    await store.in_hand([held(claimed) for claimed in await store.claim(remote_wish())])


async def _submit(store: PostgresStore, _: Line) -> None:
    await store.submit([submission(), submission(delay=1), submission(key="once"), recurring()])


async def _submit_the_same(store: PostgresStore, _: Line) -> None:
    recurs = msgspec.structs.replace(recurring(first=after(1e6)), key="recurs", fingerprint="", key_until=Until.ENDED)
    await store.submit([unique(queue="same"), recurs, debounced()])
    await store.submit([unique(), msgspec.structs.replace(recurs, job=job()), debounced()])
    await store.finish([succeeded(run) for run in await store.claim(wish(queues=["same"]))])
    await store.submit([unique()])


async def _work(store: PostgresStore, _: Line) -> None:
    first, *others = await store.claim(wish())
    await store.pulse([held(first)], None)
    await store.pulse([held(first)], after(15))
    await store.note([said(first, "half", 0.5)])
    await store.finish([retried(first, after(60)), *(succeeded(each) for each in others)])
    await store.has_ended(succeeded(first))
    await store.claim(msgspec.structs.replace(wish(), runs=[ref(await submitted(store))]))
    await store.promote(after(3600), 100)
    await store.expired(after(3600), 100)
    await store.next_expiry()
    late = submission(queue="late", expires_at=after(60))
    await store.submit([late, child(late)])
    await store.expire(after(60), 100)
    await store.backlogs()
    await store.waiting("default", Priority.DEFAULT, Gap(before=after(3600), room=100), 100)


async def _plan(store: PostgresStore, _: Line) -> None:
    await store.next_planned_at()
    await store.zoned_jobs(None, 100)
    await store.note_fact("zones", "some")
    assert await store.fact("zones") == "some"
    [due] = await store.due_jobs(after(60), 100)
    skipped = occurrence(due.job, state=RunState.SKIPPED, following=after(120))
    later = occurrence(job_with(due.job, next_at=after(120)), following=after(180))
    assert (await store.plan([skipped])).kept == [0]
    first = (await store.plan([later])).moved.queued[0]
    behind = After((Parent(first.run_id, WaitFor.FINISHED),))
    last = occurrence(job_with(due.job, next_at=after(180)), state=RunState.BLOCKED, following=after(240), after=behind)
    assert (await store.plan([last])).kept == [0]


async def _call_off(store: PostgresStore, _: Line) -> None:
    over = succeeded(await started(store, queue="soon over"))
    await store.finish([over])
    waiting, retried_now = await submitted(store, delay=10), await submitted(store, delay=10)
    running = await started(store, queue="running")
    ended = await store.ended([RunRef(over.tenant_id, over.run_id)])
    await store.cancel([cancelling(waiting), cancelling(running), *map(cancelling, ended)])
    await store.retry_now([(ref(retried_now), asked(EventType.RUN_RETRY_REQUESTED, retried_now))], after(1))
    [due] = await store.due_jobs(after(600), 100)
    beside, backfilled = extra(due.job), extra(due.job)
    made_good = msgspec.structs.replace(backfilled.run, planned_at=after(599))
    await store.add_runs([beside, msgspec.structs.replace(backfilled, run=made_good)])
    await store.edit([editing(due.job, queue="edited")])
    await store.steer([steering(job_with(due.job, revision=2), JobState.ACTIVE)])
    await store.cancel_jobs([event(EventType.JOB_CANCELLED, job_id=due.job.id)])
    await store.replay([replaying(await buried(store, queue="replayed"))])
    await store.discard([discarding(await buried(store, queue="discarded"))])


async def _chain(store: PostgresStore, _: Line) -> None:
    parent = submission(queue="parents")
    await store.submit([parent, child(parent)])
    await store.submit([child(parent), child(parent, delay=60)])
    await store.children([RunRef(ACME, parent.job.id)])
    await store.standing([RunRef(ACME, parent.job.id)])
    await store.finish([failed(run) for run in await store.claim(wish(queues=["parents"]))])
    parent = submission(queue="parents")
    await store.submit([parent, child(parent)])
    await store.finish([succeeded(run) for run in await store.claim(wish(queues=["parents"]))])


async def _lineage(store: PostgresStore, _: Line) -> None:
    root = recurring(queue="roots")
    last = descendant(root, queue="roots")
    await store.submit([root, last])
    await store.roots(ACME, [last.job.id])
    descendants = await store.descendants(ACME, root.job.id)
    await store.plan([planned_after(occurrence(root.job, following=after(120)), descendants)])
    await store.finish([succeeded(run) for run in await store.claim(wish(queues=["roots"]))])
    dead = await store.claim(wish(queues=["roots"]))
    await store.links_to([RunRef(ACME, run.run_id) for run in dead])
    await store.finish([failed(run) for run in dead])
    await store.replay([replaying(await found(store, run)) for run in dead])
    await store.latest(ACME, [root.job.id, last.job.id])
    await store.cancel_jobs([event(EventType.JOB_CANCELLED, job_id=root.job.id)])


async def _read(store: PostgresStore, _: Line) -> None:
    dead = await buried(store, queue="dead")
    await store.job(ACME, dead.job_id)
    await store.jobs(ACME, JobFilter(), None, 100)
    await store.runs(ACME, RunFilter(), None, 100)
    await store.runs(ACME, RunFilter(job_id=dead.job_id), None, 100)
    await store.known_runs([RunRef(ACME, dead.id)])
    await store.marks([RunRef(ACME, dead.id)])
    await store.job_of_key(ACME, "nobody's")
    await store.live_runs(ACME, dead.job_id)
    await store.occurrences(ACME, dead.job_id, NOW, after(60), 100)
    await store.look_up([ref(dead)])
    await store.ends([ACME], await store.end_mark(NOW), NOW, 100)
    await store._sum_up()
    await store.attempts(ACME, dead.id)
    await store.run_events(ACME, dead.id)
    await store.job_events(ACME, dead.job_id)
    await store.dead_letters(ACME, RunFilter(), None, 100)
    await store.dead_runs(None, 100)
    await store.stats()


async def _exclude(store: PostgresStore, _: Line) -> None:
    holidays = Calendar(name="holidays", dates=frozenset({NOW.date()}))
    assert await store.save_calendar(ACME, holidays, NOW)
    await store.calendars(ACME)
    await store.calendars_named(ACME, ["holidays"])
    await store.jobs_excluding(ACME, "holidays", "", 100)
    await store.remove_calendar(ACME, "holidays", 5)


async def _keep_house(store: PostgresStore, _: Line) -> None:
    await store.ping()
    store.wakeup().notify(Topic.QUEUED)
    await store.wakeup().close()
    await pruned(store, after(7200))


EVERYTHING: Final = (
    _submit_unheard, _claim_unheard, _claim_these_unheard, _claim_outside_unheard, _commit_unheard,
    _access, _submit, _submit_the_same, _outside, _work, _plan, _call_off, _chain, _lineage, _read, _exclude,
    _keep_house,
)  # fmt: skip
