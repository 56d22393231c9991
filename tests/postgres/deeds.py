"""A scene that can be set again and again, and what can be done there, to the letter the same each time."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

from foliot.adapters.postgres import PostgresStore
from foliot.domain.parents import WaitFor
from foliot.domain.run import Claimed, Run
from foliot.domain.schedule import Calendar
from foliot.domain.states import EventType, JobState
from tests.contract.builders import (
    ACME,
    NOW,
    after,
    asked,
    cancelling,
    child,
    debounced,
    deferred,
    descendant,
    discarding,
    editing,
    event,
    extra,
    failed,
    held,
    occurrence,
    planned_after,
    recurring,
    ref,
    remote_wish,
    replaying,
    retried,
    said,
    steering,
    submission,
    succeeded,
    unique,
    wish,
)

Deed = Callable[[PostgresStore], Awaitable[Any]]

_SUBMITTED: Final = {
    "queued": submission(),
    "waiting": submission(delay=10),
    "running": submission(queue="running"),
    "also running": submission(queue="running"),
    "dead": submission(queue="dead"),
    "recurring": (_ROOT := recurring()),
    "after each run": descendant(_ROOT),
    "outside": submission(queue="outside", remote=True),
    "parent": (_PARENT := submission(queue="parents")),
    "child": child(_PARENT),
    "in a hurry": (_LATE := submission(queue="hurry", expires_at=after(30))),
    "child of one in a hurry": child(_LATE, wait_for=WaitFor.FINISHED),
    "unique": unique("unique", queue="unique"),
    "debounced": debounced(),
    "another child": child(_PARENT, wait_for=WaitFor.FAILED),
}
_GRAPH: Final = [(_HEAD := submission()), child(_HEAD, _PARENT), descendant(_ROOT)]
_HOLIDAYS: Final = Calendar(name="holidays", dates=frozenset({NOW.date()}))
_NEW: Final = {
    "plain": submission(),
    "keyed": submission(key="once"),
    "later": submission(delay=20),
    "the same": unique("unique"),
    "put off": debounced(created_at=after(5)),
    "child": child(_PARENT),
}


async def set_scene(store: PostgresStore) -> tuple[Claimed, Claimed, Claimed]:
    """Two runs run, and one for whose end two others wait; one is queued, one waits, one is a dead letter, and a job
    recurs. Those that run."""
    await store.submit(list(_SUBMITTED.values()))
    await store.save_calendar(ACME, Calendar(name="of no use", dates=frozenset()), NOW)
    [dying] = await store.claim(wish(queues=["dead"]))
    await store.finish([failed(dying)])
    one, other = await store.claim(wish(queues=["running"]))
    [parent] = await store.claim(wish(queues=["parents"]))
    return one, other, parent


async def deeds(store: PostgresStore) -> dict[str, Deed]:
    """What can be done in the scene."""
    one, other, parent = await set_scene(store)
    queued, waiting, dead = [await _run(store, name) for name in ("queued", "waiting", "dead")]
    [due] = await store.due_jobs(after(60), 1)
    planned = occurrence(due.job, following=after(120))
    planned_with_all = planned_after(planned, due.descendants)
    cancel_waiting, cancel_running, cancel_parent = cancelling(waiting), cancelling(one), cancelling(parent)
    retry = (ref(waiting), asked(EventType.RUN_RETRY_REQUESTED, waiting))
    cancelled = event(EventType.JOB_CANCELLED, job_id=due.job.id)
    replay, discard = replaying(dead), discarding(dead)
    edit = editing(due.job, queue="slow", next_at=after(90))
    move, postpone = [editing(_SUBMITTED[name].job, due_at=after(90)) for name in ("waiting", "queued")]
    pause, beside = steering(due.job, JobState.PAUSED), extra(due.job)
    claim = wish(now=after(1))
    claim_outside = remote_wish(queues=["outside"], now=after(1))
    claim_by_name = msgspec.structs.replace(claim, runs=[ref(queued)])
    return {
        "submit": lambda store: store.submit([_NEW["plain"]]),
        "submit the same": lambda store: store.submit([_NEW["the same"], _NEW["put off"]]),
        "submit with a key": lambda store: store.submit([_NEW["keyed"]]),
        "submit all kinds": lambda store: store.submit([_NEW["plain"], _NEW["keyed"], _NEW["later"]]),
        "claim": lambda store: store.claim(claim),
        "claim for a worker outside": lambda store: store.claim(claim_outside),
        "claim by name": lambda store: store.claim(claim_by_name),
        "promote": lambda store: store.promote(after(60), 10),
        "expire": lambda store: store.expire(after(60), 10),
        "plan": lambda store: store.plan([planned]),
        "plan with all that comes after": lambda store: store.plan([planned_with_all]),
        "pulse": lambda store: store.pulse([held(one), held(other)], after(15)),
        "note": lambda store: store.note([said(one, "half", 0.5), said(other, "hello")]),
        "finish": lambda store: store.finish([succeeded(one)]),
        "finish for a while": lambda store: store.finish([retried(one, after(60)), deferred(other, after(60))]),
        "finish both ways": lambda store: store.finish([retried(one, after(60)), succeeded(other)]),
        "finish a parent": lambda store: store.finish([succeeded(parent)]),
        "finish all kinds": lambda store: store.finish([retried(one, after(60)), succeeded(other), failed(parent)]),
        "cancel": lambda store: store.cancel([cancel_waiting, cancel_running]),
        "cancel a parent": lambda store: store.cancel([cancel_parent]),
        "cancel a job": lambda store: store.cancel_jobs([cancelled]),
        "pause": lambda store: store.steer([pause]),
        "edit": lambda store: store.edit([edit]),
        "edit what waits": lambda store: store.edit([move, postpone]),
        "run beside the schedule": lambda store: store.add_runs([beside]),
        "retry now": lambda store: store.retry_now([retry], NOW),
        "replay": lambda store: store.replay([replay]),
        "discard": lambda store: store.discard([discard]),
        "save a calendar": lambda store: store.save_calendar(ACME, _HOLIDAYS, NOW),
        "remove a calendar": lambda store: store.remove_calendar(ACME, "of no use", 5),
        "submit a child": lambda store: store.submit([_NEW["child"]]),
        "submit a graph": lambda store: store.submit(_GRAPH),
    }


async def _run(store: PostgresStore, name: str) -> Run:
    run = await store.run(ACME, _SUBMITTED[name].job.id)
    assert run is not None
    return run
