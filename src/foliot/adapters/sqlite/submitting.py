"""Taking work in: `ports.SubmitStore` on SQLite."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from foliot.adapters import graph
from foliot.adapters.graph import Graph
from foliot.adapters.sorting import sort
from foliot.adapters.sqlite import documents, rows
from foliot.adapters.sqlite.borrowed import borrowed
from foliot.adapters.sqlite.database import Database
from foliot.adapters.sqlite.editing import edit
from foliot.adapters.sqlite.following import append_events, settle
from foliot.adapters.sqlite.keys import take_keys
from foliot.adapters.sqlite.statements import statement
from foliot.domain.errors import Conflict
from foliot.domain.event import Event
from foliot.domain.instant import to_microseconds
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

_states = msgspec.json.Decoder(list[tuple[str, str, RunState]])
_refs = msgspec.json.Decoder(list[tuple[str, str]])


class Submitting:
    """The writes that callers ask for."""

    _database: Database

    async def submit(self, batch: Sequence[Submission]) -> list[Submitted]:
        return await self._database.write(lambda connection: _submit(connection, batch))

    async def submit_in(self, connection: object, batch: Sequence[Submission]) -> list[Submitted]:
        return _submit(borrowed(connection), batch)

    async def cancel(self, batch: Sequence[CancelRequest]) -> Cancelled:
        return await self._database.write(lambda connection: _cancel(connection, batch))

    async def cancel_jobs(self, batch: Sequence[Event]) -> list[JobState | None]:
        return await self._database.write(lambda connection: [_cancel_job(connection, event) for event in batch])

    async def steer(self, batch: Sequence[Steering]) -> list[bool]:
        def work(connection: sqlite3.Connection) -> list[bool]:
            steered = [connection.execute(statement("steer"), rows.steering(item)).rowcount == 1 for item in batch]
            append_events(connection, [item.event for item, done in zip(batch, steered, strict=True) if done])
            return steered

        return await self._database.write(work)

    async def edit(self, batch: Sequence[Edit]) -> list[Edited]:
        return await self._database.write(lambda connection: edit(connection, batch))

    async def add_runs(self, batch: Sequence[ExtraRun]) -> Added:
        def work(connection: sqlite3.Connection) -> Added:
            stored = [
                connection.execute(
                    statement("recurring"), {"tenant_id": item.run.tenant_id, "job_id": item.run.job_id}
                ).fetchone()
                is not None
                for item in batch
            ]
            kept = [item for item, fits in zip(batch, stored, strict=True) if fits]
            if taken := [rows.backfill_row(item.run) for item in kept if item.run.planned_at is not None]:
                backfilled = connection.execute(statement("backfill"), {"rows": rows.as_json(taken)})
                if backfilled.rowcount < len(taken):
                    raise Conflict("Another run stands for one of these occurrences by now; look again.")
            runs = [each for item in kept for each in (PlannedRun(item.run, item.after), *item.followed_by)]
            moved = store_runs(connection, runs)
            append_events(connection, [item.event for item in kept])
            return Added(stored, moved)

        return await self._database.write(work)

    async def retry_now(self, batch: Sequence[tuple[RunRef, Event]], now: datetime) -> list[RunState | None]:
        def work(connection: sqlite3.Connection) -> list[RunState | None]:
            refs = [ref for ref, _ in batch]
            states = live_states(connection, refs)
            asked = rows.as_json([(ref.tenant_id, ref.run_id) for ref in refs])
            connection.execute(statement("retry_now"), {"rows": asked, "now": to_microseconds(now)})
            append_events(
                connection,
                [event for ref, event in batch if states.get(ref) in (RunState.PENDING, RunState.RETRYING)],
            )
            return [states.get(ref) for ref in refs]

        return await self._database.write(work)

    async def replay(self, batch: Sequence[Replay]) -> list[bool]:
        def work(connection: sqlite3.Connection) -> list[bool]:
            was_dead = _bring_back(connection, batch)
            dead = [replay for replay, was in zip(batch, was_dead, strict=True) if was]
            fresh = rows.as_json([rows.live_row(each.run) for each in dead])
            connection.execute(statement("insert_live"), {"rows": fresh})
            connection.executemany(statement("replay_links"), map(rows.replay, dead))
            return was_dead

        return await self._database.write(work)

    async def discard(self, batch: Sequence[Discard]) -> list[bool]:
        return await self._database.write(lambda connection: _bring_back(connection, batch))


def live_states(connection: sqlite3.Connection, refs: Sequence[RunRef]) -> dict[RunRef, RunState]:
    """The states of those of the runs that are not over."""
    asked = rows.as_json([(ref.tenant_id, ref.run_id) for ref in refs])
    found = _states.decode(connection.execute(statement("cancel_states"), {"rows": asked}).fetchone()[0])
    return {RunRef(tenant_id, run_id): state for tenant_id, run_id, state in found}


def cancel_waiting(connection: sqlite3.Connection, when: Mapping[RunRef, datetime]) -> None:
    """Cancel those of the runs that no worker has in hand."""
    asked = {"rows": rows.as_json([(ref.tenant_id, ref.run_id, to_microseconds(at)) for ref, at in when.items()])}
    if connection.execute(statement("cancel_append"), asked).rowcount:
        connection.execute(statement("cancel_remove"), asked)


def _submit(connection: sqlite3.Connection, batch: Sequence[Submission]) -> list[Submitted]:
    keyed = [submission for submission in batch if submission.key is not None]
    keyring = take_keys(connection, keyed) if keyed else None
    found = sort(batch, keyring)
    if found.has_parents:
        return _submit_graph(connection, *graph.submitted(batch, found.fresh, found.answers), found.answers)
    if found.fresh:
        jobs = rows.as_json([rows.job_row(submission.job) for submission in found.fresh])
        stored = connection.execute(statement("submit_jobs"), {"rows": jobs})
        if found.plain:
            connection.execute(statement("submit_runs"), {"before": (stored.lastrowid or 0) - len(found.plain)})
        if runs := [rows.live_row(submission.run) for submission in found.others if submission.run is not None]:
            connection.execute(statement("insert_live"), {"rows": rows.as_json(runs)})
    return found.answers


def _submit_graph(
    connection: sqlite3.Connection, jobs: Sequence[Job], runs: Graph, answers: Sequence[Submitted]
) -> list[Submitted]:
    """Store jobs some of which have parents; those that need not wait are free."""
    _look_outside(connection, runs)
    connection.execute(statement("submit_jobs"), {"rows": rows.as_json([rows.job_row(job) for job in jobs])})
    _store_graph(connection, runs)
    return graph.told(answers, runs)


def store_runs(connection: sqlite3.Connection, batch: Sequence[PlannedRun]) -> Moved:
    """Store runs of stored jobs; those that need not wait for others are queued, or wait for their time."""
    runs = Graph(batch)
    _look_outside(connection, runs, forgotten=True)
    _store_graph(connection, runs)
    return graph.moved(runs.runs)


def _look_outside(connection: sqlite3.Connection, runs: Graph, *, forgotten: bool = False) -> None:
    if runs.outside:
        asked = {"rows": rows.as_json(runs.outside)}
        standing = documents.standing(connection.execute(statement("standing"), asked).fetchone()[0])
        runs.know(standing, forgotten=forgotten)
        connection.execute(statement("submit_parents"), asked)


def _store_graph(connection: sqlite3.Connection, runs: Graph) -> None:
    live = [rows.live_row(run, runs.waits_for(run), runs.has_children(run)) for run in runs.runs]
    if live:
        connection.execute(statement("insert_live"), {"rows": rows.as_json(live)})
    if runs.links:
        connection.execute(statement("submit_links"), {"rows": rows.as_json(list(map(rows.link_row, runs.links)))})


def _cancel(connection: sqlite3.Connection, batch: Sequence[CancelRequest]) -> Cancelled:
    refs = [RunRef(request.tenant_id, request.run_id) for request in batch]
    before = live_states(connection, refs)
    asked = rows.as_json([(r.tenant_id, r.run_id, to_microseconds(r.at)) for r in batch])
    connection.execute(statement("cancel_ask"), {"rows": asked})
    append_events(connection, [request.event for ref, request in zip(refs, batch, strict=True) if ref in before])
    # A run may be named twice: whoever asked first has cancelled it.
    first = dict(zip(reversed(refs), reversed(batch), strict=True))
    cancel_waiting(connection, {ref: request.at for ref, request in first.items()})
    moved = settle(
        connection,
        Ripple(
            {
                (ref.tenant_id, ref.run_id): End(RunState.CANCELLED, first[ref].at)
                for ref, state in before.items()
                if state is not RunState.RUNNING
            },
            {(ref.tenant_id, ref.run_id): request.event for ref, request in first.items()},
        ),
    )
    gone = [ref for ref in refs if ref not in before]
    if gone:
        asked = rows.as_json([(ref.tenant_id, ref.run_id) for ref in gone])
        over = documents.runs_with_results(connection.execute(statement("ended"), {"rows": asked}).fetchone()[0])
        before |= {RunRef(run.tenant_id, run.id): run.state for run in over}
    return Cancelled([before.get(ref) for ref in refs], moved)


def _cancel_job(connection: sqlite3.Connection, event: Event) -> JobState | None:
    asked = {"tenant_id": event.tenant_id, "job_id": event.job_id}
    found = connection.execute(statement("job"), asked).fetchone()
    if found is None:
        return None
    before = documents.job(found[0]).state
    if before in (JobState.ACTIVE, JobState.PAUSED):
        connection.execute(statement("cancel_job"), asked)
        append_events(connection, [event])
    return before


def _bring_back(connection: sqlite3.Connection, batch: Sequence[Replay] | Sequence[Discard]) -> list[bool]:
    """Take runs off the dead letters; whether each was one. The first of two that name the same run has it."""
    asked = {"rows": rows.as_json([(item.tenant_id, item.dead_id) for item in batch])}
    events = [item.event for item in batch]
    dead = set(_refs.decode(connection.execute(statement("dead_among"), asked).fetchone()[0]))
    connection.execute(statement("dead_remove"), asked)
    was_dead = []
    for item in batch:
        was_dead.append((item.tenant_id, item.dead_id) in dead)
        dead.discard((item.tenant_id, item.dead_id))
    append_events(connection, [events[position] for position, was in enumerate(was_dead) if was])
    return was_dead
