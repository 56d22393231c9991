"""Taking work in: `ports.SubmitStore` on PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter

from foliot.adapters import graph
from foliot.adapters.graph import Graph
from foliot.adapters.postgres import records, rows
from foliot.adapters.postgres.borrowed import session_on
from foliot.adapters.postgres.channel import CHANNEL, SUBMITTED, SUBMITTED_TO_EXPIRE
from foliot.adapters.postgres.database import Database
from foliot.adapters.postgres.editing import edit
from foliot.adapters.postgres.following import append_events, settle
from foliot.adapters.postgres.keys import take_keys
from foliot.adapters.postgres.pieces import Pieces
from foliot.adapters.postgres.session import Session
from foliot.adapters.sorting import is_plain, sort
from foliot.domain.errors import Conflict
from foliot.domain.event import Event
from foliot.domain.job import Job
from foliot.domain.ripple import End, Ripple
from foliot.domain.states import JobState, RunState
from foliot.ports import (
    Added,
    Cancelled,
    CancelRequest,
    Discard,
    Edit,
    Edited,
    ExtraRun,
    Moved,
    PlannedRun,
    Replay,
    RunRef,
    Steering,
    Submission,
    Submitted,
)


class Submitting:
    """The writes that callers ask for."""

    _database: Database
    _pieces: Pieces

    async def submit(self, batch: Sequence[Submission]) -> list[Submitted]:
        is_one_statement = all(is_plain(item) and item.key is None for item in batch)
        when = [] if is_one_statement else [item.debounced.event.at for item in batch if item.debounced is not None]
        return await self._database.run(lambda session: submit(session, batch), atomic=not is_one_statement, when=when)

    async def submit_in(self, connection: object, batch: Sequence[Submission]) -> list[Submitted]:
        session = session_on(connection)
        for at in {item.debounced.event.at for item in batch if item.debounced is not None}:
            await self._pieces.ensure(session, at)
        answers = await submit(session, batch)
        expires = any(item.run is not None and item.run.expires_at is not None for item in batch)
        await session.fetch(
            "notify", CHANNEL, SUBMITTED_TO_EXPIRE if expires else SUBMITTED
        )  # heard when the transaction is committed
        return answers

    async def cancel(self, batch: Sequence[CancelRequest]) -> Cancelled:
        return await self._database.run(
            lambda session: _cancel(session, batch),
            atomic=True, when=[moment for request in batch for moment in (request.at, request.event.at)],
        )  # fmt: skip

    async def cancel_jobs(self, batch: Sequence[Event]) -> list[JobState | None]:
        async def work(session: Session) -> list[JobState | None]:
            return [await _cancel_job(session, event) for event in batch]

        return await self._database.run(work, atomic=True, when=[event.at for event in batch])

    async def steer(self, batch: Sequence[Steering]) -> list[bool]:
        async def work(session: Session) -> list[bool]:
            found = await session.fetch("steer", *rows.steerings(batch))
            steered = {place - 1 for (place,) in found}
            await append_events(session, [item.event for place, item in enumerate(batch) if place in steered])
            return [place in steered for place in range(len(batch))]

        return await self._database.run(work, atomic=True, when=[item.event.at for item in batch])

    async def edit(self, batch: Sequence[Edit]) -> list[Edited]:
        events = [event for item in batch for event in (item.event, item.retiming and item.retiming.event) if event]
        when = [event.at for event in events]
        return await self._database.run(lambda session: edit(session, batch), atomic=True, when=when)

    async def add_runs(self, batch: Sequence[ExtraRun]) -> Added:
        async def work(session: Session) -> Added:
            jobs = sorted({(item.run.tenant_id, item.run.job_id) for item in batch}, key=itemgetter(1))
            places = [rows.known(tenant_id) for tenant_id, _ in jobs], [rows.known(job_id) for _, job_id in jobs]
            recurring = {(tenant_id, job_id) for tenant_id, job_id in await session.fetch("recurring", *places)}
            stored = [(item.run.tenant_id, item.run.job_id) in recurring for item in batch]
            kept = [item for item, fits in zip(batch, stored, strict=True) if fits]
            if taken := [item.run for item in kept if item.run.planned_at is not None]:
                found = await session.fetch("backfill", *rows.backfills(taken))
                if len(found) < len(taken):
                    raise Conflict("Another run stands for one of these occurrences by now; look again.")
            runs = [each for item in kept for each in (PlannedRun(item.run, item.after), *item.followed_by)]
            moved = await store_runs(session, runs)
            await append_events(session, [item.event for item in kept])
            return Added(stored, moved)

        return await self._database.run(work, atomic=True, when=[item.event.at for item in batch])

    async def retry_now(self, batch: Sequence[tuple[RunRef, Event]], now: datetime) -> list[RunState | None]:
        async def work(session: Session) -> list[RunState | None]:
            asked = [ref for ref, _ in batch]
            states = await live_states(session, asked)
            waiting = {ref for ref, state in states.items() if state in (RunState.PENDING, RunState.RETRYING)}
            await session.execute("retry_now", *rows.refs(sorted(waiting, key=rows.by_run)), now)
            await append_events(session, [event for ref, event in batch if ref in waiting])
            return [states.get(ref) for ref in asked]

        return await self._database.run(work, atomic=True, when=[event.at for _, event in batch])

    async def replay(self, batch: Sequence[Replay]) -> list[bool]:
        async def work(session: Session) -> list[bool]:
            was_dead = await _bring_back(session, batch)
            dead = [replay for replay, was in zip(batch, was_dead, strict=True) if was]
            await session.execute("insert_live", *rows.live([replay.run for replay in dead]))
            await session.execute("replay_links", *rows.replays(dead))
            return was_dead

        return await self._database.run(work, atomic=True, when=[item.event.at for item in batch])

    async def discard(self, batch: Sequence[Discard]) -> list[bool]:
        return await self._database.run(
            lambda session: _bring_back(session, batch), atomic=True, when=[item.event.at for item in batch]
        )


async def submit(session: Session, batch: Sequence[Submission]) -> list[Submitted]:
    """Store a batch in the transaction of the session; if all are plain and none has a key, it needs none."""
    keyed = [submission for submission in batch if submission.key is not None]
    keyring = await take_keys(session, keyed) if keyed else None
    found = sort(batch, keyring)
    if found.has_parents:
        return await _submit_graph(session, *graph.submitted(batch, found.fresh, found.answers), found.answers)
    plain, others = found.plain, found.others
    if session.may_be_stored:
        stored = await _known(session, found.fresh)
        plain = [submission for submission in plain if submission.job.id not in stored]
        others = [submission for submission in others if submission.job.id not in stored]
    if plain:
        await session.execute("submit_plain", *rows.jobs([item.job for item in plain])[:-5])
    if others:
        await session.execute("submit_jobs", *rows.jobs([item.job for item in others]))
        await session.execute("insert_live", *rows.live([item.run for item in others if item.run is not None]))
    return found.answers


async def _submit_graph(
    session: Session, jobs: Sequence[Job], runs: Graph, answers: Sequence[Submitted]
) -> list[Submitted]:
    """Store jobs some of which have parents; those that need not wait are free."""
    await _look_outside(session, runs)
    await session.execute("submit_jobs", *rows.jobs(jobs))
    await _store_graph(session, runs)
    return graph.told(answers, runs)


async def store_runs(session: Session, batch: Sequence[PlannedRun]) -> Moved:
    """Store runs of stored jobs; those that need not wait for others are queued, or wait for their time."""
    runs = Graph(batch)
    await _look_outside(session, runs, forgotten=True)
    await _store_graph(session, runs)
    return graph.moved(runs.runs)


async def _look_outside(session: Session, runs: Graph, *, forgotten: bool = False) -> None:
    """Parents that are not over are locked, and noted to have children: whoever ends one comes before us, and then we
    see how it ended, or after us, and then sees who waits for it."""
    if runs.outside:
        outside = rows.keys(runs.outside)
        await session.fetch("live_lock", *outside)
        await session.execute("submit_parents", *outside)
        runs.know(map(records.standing, await session.fetch("standing", *outside)), forgotten=forgotten)


async def _store_graph(session: Session, runs: Graph) -> None:
    if runs.runs:
        await session.execute("insert_live", *rows.live(runs.runs, runs))
    if runs.links:
        await session.execute("submit_links", *rows.links(runs.links))


async def live_states(session: Session, asked: Sequence[RunRef]) -> dict[RunRef, RunState]:
    """The states of those of the runs that are not over; nobody else changes them before this transaction ends."""
    found = await session.fetch("live_lock", *rows.refs(sorted(set(asked), key=rows.by_run)))
    return {RunRef(tenant_id, run_id): RunState(state) for tenant_id, run_id, state in found}


async def _known(session: Session, batch: Sequence[Submission]) -> set[str]:
    found = await session.fetch("jobs_known", [s.job.tenant_id for s in batch], [s.job.id for s in batch])
    return {identifier for (identifier,) in found}


async def _cancel(session: Session, batch: Sequence[CancelRequest]) -> Cancelled:
    asked = [RunRef(request.tenant_id, request.run_id) for request in batch]
    before = await live_states(session, asked)
    # A run may be named twice: whoever asked first has cancelled it.
    first = dict(zip(reversed(asked), reversed(batch), strict=True))
    running = sorted((ref for ref in before if before[ref] is RunState.RUNNING), key=rows.by_run)
    waiting = sorted((ref for ref in before if before[ref] is not RunState.RUNNING), key=rows.by_run)
    if running:
        await session.execute("cancel_ask", *rows.refs(running), [first[ref].at for ref in running])
    if waiting:
        await session.execute("cancel_waiting", *rows.refs(waiting), [first[ref].at for ref in waiting])
    await append_events(session, [item.event for ref, item in zip(asked, batch, strict=True) if ref in before])
    ends = {(ref.tenant_id, ref.run_id): End(RunState.CANCELLED, first[ref].at) for ref in waiting}
    called_off = {(ref.tenant_id, ref.run_id): request.event for ref, request in first.items()}
    moved = await settle(session, Ripple(ends, called_off))
    gone = [ref for ref in asked if ref not in before]
    if gone:
        over = [records.run(row) for row in await session.fetch("ended", *rows.refs(gone))]
        before |= {RunRef(run.tenant_id, run.id): run.state for run in over}
    return Cancelled([before.get(ref) for ref in asked], moved)


async def _cancel_job(session: Session, event: Event) -> JobState | None:
    place = rows.known(event.tenant_id), rows.known(event.job_id)
    await session.fetch("job_lock", *place)
    found = await session.fetch("job_state", *place)  # as those left it who had the lock before
    if not found:
        return None
    before = JobState(found[0][0])
    if before in (JobState.ACTIVE, JobState.PAUSED):
        await session.execute("cancel_job", *place)
        await append_events(session, [event])
    return before


async def _bring_back(session: Session, batch: Sequence[Replay] | Sequence[Discard]) -> list[bool]:
    """Take runs off the dead letters; whether each was one. The first of two that name the same run has it."""
    asked = sorted({RunRef(item.tenant_id, item.dead_id) for item in batch}, key=rows.by_run)
    dead = {(tenant_id, run_id) for tenant_id, run_id in await session.fetch("dead_remove", *rows.refs(asked))}
    events = [item.event for item in batch]
    was_dead = []
    for item in batch:
        was_dead.append((item.tenant_id, item.dead_id) in dead)
        dead.discard((item.tenant_id, item.dead_id))
    await append_events(session, [event for event, was in zip(events, was_dead, strict=True) if was])
    return was_dead
