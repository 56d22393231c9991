"""Moving work on: `ports.EngineStore` on PostgreSQL."""

import asyncio
from collections.abc import Sequence, Set
from datetime import datetime
from operator import itemgetter
from typing import Final

from foliot.adapters.graph import followed
from foliot.adapters.postgres import records, rows
from foliot.adapters.postgres.borrowed import session_on
from foliot.adapters.postgres.calendars import Calendars
from foliot.adapters.postgres.channel import CHANNEL, SUBMITTED, spoken
from foliot.adapters.postgres.database import Database
from foliot.adapters.postgres.following import append_events, settle
from foliot.adapters.postgres.plans import Plans
from foliot.adapters.postgres.pruning import Pruning
from foliot.adapters.postgres.session import Row, Session
from foliot.adapters.postgres.submitting import store_runs
from foliot.domain.errors import LeaseLost
from foliot.domain.ids import IdSequence
from foliot.domain.priority import Priority
from foliot.domain.ripple import End, Ripple
from foliot.domain.run import Claimed, Note, Outcome, Queued
from foliot.domain.states import RunState
from foliot.ports import (
    MOST_LIVE,
    ClaimRequest,
    DueJob,
    Expired,
    Finished,
    Gap,
    Held,
    InHand,
    Laid,
    Lapsed,
    Moved,
    PlacedJob,
    Plan,
    Promoted,
    Pulse,
    Topic,
    Waiting,
    Wanted,
)

_RENEW_PAUSES: Final = (0.02, 0.1, 0.3)


class Moving(Pruning, Calendars):
    """The writes of the loops. Rows are locked in the order of their ids, so that nobody waits in a ring."""

    _database: Database
    _ids: IdSequence

    async def claim(self, request: ClaimRequest) -> list[Claimed]:
        async def work(session: Session) -> Sequence[Row]:
            lease = request.worker, request.now, request.lease_until
            if session.may_be_stored and (
                found := await session.fetch("claim_found", *lease, request.limit, request.tenant_id)
            ):
                return found
            if request.tenant_id is not None:
                remote = rows.remote_cells(request)
                return await session.fetch("claim_remote", request.limit, *remote, *lease, request.tenant_id)
            if request.runs is not None:
                refs = rows.refs(sorted(request.runs, key=rows.by_run))
                return await session.fetch("claim_these", *refs, request.types, *lease)
            return await session.fetch("claim", request.limit, *cells, request.types, *lease, since)

        *cells, since = rows.cells(request)
        plans = Plans.WALK if request.runs is None else Plans.SEEK
        return records.claimed(await self._database.run(work, plans=plans))

    async def sought(self, wanted: Sequence[Wanted]) -> list[Wanted]:
        found = await self._database.fetch("sought", *rows.wanted(wanted))
        return [Wanted(*row) for row in found]

    async def in_hand(self, held: Sequence[Held]) -> list[InHand]:
        found = await self._database.fetch("in_hand", *rows.held(held), plans=Plans.SEEK)
        return [records.in_hand(row) for row in found]

    async def pulse(self, held: Sequence[Held], lease_until: datetime | None) -> Pulse:
        if lease_until is None:
            found = await self._database.run(lambda session: session.fetch("pulse_read", *rows.held(held)))
        else:
            found = await self._renew(held, lease_until)
        return Pulse(
            lost=frozenset(h.run_id for h in held).difference(row[0] for row in found),
            cancelling=frozenset(row[0] for row in found if row[1]),
        )

    async def _renew(self, held: Sequence[Held], lease_until: datetime) -> Sequence[Row]:
        """Renew leases. Those of locked runs are tried again for a moment, and then left: whoever completes a run in a
        transaction of the application must not keep the others from being renewed."""
        found: list[Row] = []
        left = sorted(held, key=rows.by_run)
        for pause in (*_RENEW_PAUSES, None):
            found += await self._database.fetch("pulse_renew", *rows.held(left), lease_until, plans=Plans.SEEK)
            are_renewed = {row[0]: row[2] for row in found}
            left = [h for h in left if not are_renewed.get(h.run_id, True)]
            if not left or pause is None:
                break
            await asyncio.sleep(pause)
        return found

    async def finish(self, outcomes: Sequence[Outcome]) -> Finished:
        # Should a batch end an attempt twice, the first to say so is right.
        once = list({(o.run_id, o.tenant_id, o.lease): o for o in reversed(outcomes)}.values())
        kept, moved = await self._finish(once), Moved()
        if len(kept) < len(once):
            those, moved = await self._finish_parents([outcome for outcome in once if outcome.run_id not in kept])
            kept |= those
        return Finished(frozenset(outcome.run_id for outcome in outcomes) - kept, moved)

    async def _finish(self, batch: Sequence[Outcome]) -> frozenset[str]:
        """End attempts, but for those whose end others wait for: which ones."""
        over, going_on = _by_end(batch)

        async def work(session: Session) -> frozenset[str]:
            if over and going_on:
                await session.fetch("live_lock", *rows.refs(sorted(batch, key=rows.by_run)))
            ended = await _end(session, over) if over else frozenset()
            continued = await _continue(session, going_on) if going_on else {}
            return await _kept(session, batch, ended | continued.keys())

        return await self._database.run(work, atomic=bool(over and going_on), when=[outcome.at for outcome in batch])

    async def _finish_parents(self, batch: Sequence[Outcome]) -> tuple[frozenset[str], Moved]:
        """End attempts, and see to those that wait for them, in one transaction: which ones, and what came of it."""
        over, going_on = _by_end(batch)

        async def work(session: Session) -> tuple[frozenset[str], Moved]:
            if over and going_on:
                await session.fetch("live_lock", *rows.refs(sorted(batch, key=rows.by_run)))
            ended = await _end(session, over, with_parents=True) if over else frozenset()
            continued = await _continue(session, going_on, with_parents=True) if going_on else {}
            ends = {(o.tenant_id, o.run_id): End(o.state, o.at) for o in over if o.run_id in ended}
            for outcome in going_on:
                if continued.get(outcome.run_id):
                    ends[outcome.tenant_id, outcome.run_id] = End(RunState.CANCELLED, outcome.at)
            moved = await settle(session, Ripple(ends)) if ends else Moved()
            return await _kept(session, batch, ended | continued.keys()), moved

        return await self._database.run(work, atomic=True, when=[outcome.at for outcome in batch])

    async def finish_in(self, connection: object, outcome: Outcome) -> None:
        session = session_on(connection)
        await self._pieces.ensure(session, outcome.at)
        ended = await session.fetch(
            "finish_one", outcome.tenant_id, outcome.run_id, outcome.lease, outcome.state, outcome.cause, outcome.at,
            None if outcome.result is None else outcome.result.decode(),
        )  # fmt: skip
        if not ended:
            raise LeaseLost("This attempt has lost its lease; another has the run, or it is over.")
        over = [outcome.run_id]
        if ended[0][0]:
            moved = await settle(session, Ripple({(outcome.tenant_id, outcome.run_id): End(outcome.state, outcome.at)}))
            over += moved.over
            if moved.queued or moved.has_pending:
                await session.fetch("notify", CHANNEL, SUBMITTED)
        await session.fetch("notify", CHANNEL, spoken({Topic.CHANGED: over}))

    async def has_ended(self, outcome: Outcome) -> bool:
        return bool(
            await self._database.run(
                lambda session: session.fetch("finish_known", *rows.outcomes([outcome]), [outcome.cause], [outcome.at])
            )
        )

    async def note(self, notes: Sequence[Note]) -> None:
        if not notes:
            return
        ids = self._ids.take(notes[-1].at, len(notes))
        said = [
            [n.tenant_id for n in notes], [n.run_id for n in notes], [n.lease for n in notes], ids,
            [n.kind for n in notes], [n.at for n in notes], [rows.as_json(n.data) for n in notes],
        ]  # fmt: skip
        latest = {n.run_id: n for n in sorted(notes, key=lambda n: n.at) if n.fraction is not None}
        progress = sorted(latest.values(), key=rows.by_run)

        async def work(session: Session) -> None:
            await session.execute("note_events", *said)
            if progress:
                await session.execute(
                    "note_progress", [n.tenant_id for n in progress], [n.run_id for n in progress],
                    [n.lease for n in progress], [rows.as_json(n.progress) for n in progress],
                )  # fmt: skip

        await self._database.run(work, atomic=True, when=[note.at for note in notes])

    async def backlogs(self) -> list[tuple[str, Priority]]:
        found = await self._database.fetch("backlogs")
        return [(queue, Priority(priority)) for queue, priority in found]

    async def waiting(self, queue: str, priority: Priority, gap: Gap, limit: int) -> list[Waiting]:
        due_at, run_id = gap.after or (rows.BEFORE_ALL_TIMES, rows.NOBODY)
        asked = queue, priority, due_at, run_id, gap.before, gap.other_than, limit
        found = await self._database.fetch("waiting", *asked)
        return [Waiting(run, row[6]) for run, row in zip(records.queued(found), found, strict=True)]

    async def count_dead(self) -> int:
        found = await self._database.fetch("stats_dead")
        count: int = found[0][0]
        return count

    async def dead_runs(self, after: str | None, limit: int) -> list[Queued]:
        found = await self._database.run(
            lambda session: session.fetch("dead_runs", after or rows.NOBODY, limit), plans=Plans.WALK
        )
        return records.queued(found)

    async def promote(self, now: datetime, limit: int) -> Promoted:
        async def work(session: Session) -> Sequence[Row]:
            return await session.fetch("promote", now, limit)

        following = await self._next_waiting()  # nearly always it has not come yet, and a look needs no transaction
        if following is None or following > now:
            return Promoted([], following)
        promoted = records.queued(await self._database.run(work, plans=Plans.WALK, atomic=True))
        return Promoted(promoted, await self._next_waiting())

    async def _next_waiting(self) -> datetime | None:
        found = await self._database.fetch("promote_next")
        return found[0][0] if found else None

    async def due_jobs(self, now: datetime, limit: int) -> list[DueJob]:
        found = records.due_jobs(await self._database.fetch("due_jobs", now, limit, MOST_LIVE))
        keys = rows.keys([(each.job.tenant_id, each.job.id) for each in found])
        after = await self._database.fetch("descendants", *keys) if found else []
        return followed(await self._observed(found), records.descendants(after))

    async def next_planned_at(self) -> datetime | None:
        found = await self._database.fetch("next_planned")
        return found[0][0] if found else None

    async def zoned_jobs(self, after: tuple[datetime, str] | None, limit: int) -> list[PlacedJob]:
        place = after or (rows.BEFORE_ALL_TIMES, rows.NOBODY)
        return await self._observed(records.placed_jobs(await self._database.fetch("zoned_jobs", *place, limit)))

    async def fact(self, name: str) -> str | None:
        found = await self._database.fetch("fact", name)
        return found[0][0] if found else None

    async def note_fact(self, name: str, value: str) -> None:
        await self._database.run(lambda session: session.execute("fact_note", name, value))

    async def plan(self, batch: Sequence[Plan]) -> Laid:
        when = [item.run.finished_at for p in batch for item in p.runs if item.run.finished_at is not None]
        when += [event.at for p in batch for event in p.events]
        return await self._database.run(lambda session: _plan(session, batch), atomic=True, when=when)

    async def expired(self, now: datetime, limit: int) -> list[Expired]:
        return records.expired(await self._database.fetch("expired", now, limit))

    async def next_expiry(self) -> datetime | None:
        found = await self._database.fetch("next_expiry")
        return found[0][0] if found else None

    async def expire(self, now: datetime, limit: int) -> Lapsed:
        following = await self._first_to_expire()
        if following is None or following > now:
            return Lapsed(next_at=following)
        chosen = sorted(await self._database.fetch("expire_choose", now, limit), key=itemgetter(1))

        async def work(session: Session) -> tuple[Sequence[Row], Moved]:
            keys = rows.keys([(tenant_id, run_id) for tenant_id, run_id in chosen])
            late = await session.fetch("expire", *keys, now)
            ends = {(row[0], row[1]): End(RunState.EXPIRED, now) for row in late if row[3]}
            return late, await settle(session, Ripple(ends)) if ends else Moved()

        late, moved = await self._database.run(work, atomic=True, when=[now])
        return Lapsed([(row[1], row[2]) for row in late], await self._first_to_expire(), moved)

    async def _first_to_expire(self) -> datetime | None:
        found = await self._database.fetch("expire_next")
        return found[0][0] if found else None


def _by_end(batch: Sequence[Outcome]) -> tuple[list[Outcome], list[Outcome]]:
    """The outcomes with which a run is over, and those after which it goes on; each in the order of the runs' ids."""
    ordered = sorted(batch, key=rows.by_run)
    return [o for o in ordered if o.state.is_over], [o for o in ordered if not o.state.is_over]


async def _end(session: Session, over: Sequence[Outcome], *, with_parents: bool = False) -> frozenset[str]:
    """End runs whose lease is held, those that have children only if asked to; which ones they are."""
    found = await session.fetch(
        "finish_end", *rows.outcomes(over), [o.state for o in over], [o.cause for o in over], [o.at for o in over],
        [None if o.result is None else o.result.decode() for o in over], rows.errors(over), with_parents,
    )  # fmt: skip
    return frozenset(run_id for (run_id,) in found)


async def _continue(session: Session, going_on: Sequence[Outcome], *, with_parents: bool = False) -> dict[str, bool]:
    """End attempts that another follows, of runs whose lease is held; which ones, and whether somebody wanted them
    cancelled: these are over, but for those that have children unless asked to."""
    found = await session.fetch(
        "finish_continue", *rows.outcomes(going_on), [o.state for o in going_on], [o.cause for o in going_on],
        [o.at for o in going_on], rows.errors(going_on), [o.due_at for o in going_on],
        [0 if o.burns_attempt else 1 for o in going_on], with_parents,
    )  # fmt: skip
    return {row[0]: row[1] for row in found}


async def _kept(session: Session, batch: Sequence[Outcome], written: Set[str]) -> frozenset[str]:
    """The runs whose outcomes are stored: just written, or by a try of which nobody heard."""
    kept = frozenset(written)
    if session.may_be_stored and len(kept) < len(batch):
        found = await session.fetch(
            "finish_known", *rows.outcomes(batch), [o.cause for o in batch], [o.at for o in batch]
        )
        kept |= {run_id for (run_id,) in found}
    return kept


async def _plan(session: Session, batch: Sequence[Plan]) -> Laid:
    asked = sorted(enumerate(batch), key=lambda each: each[1].job_id)
    found = await session.fetch(
        "plan_expected", [p.tenant_id for _, p in asked], [p.job_id for _, p in asked], [p.expected for _, p in asked],
        [p.revision for _, p in asked],
    )  # fmt: skip
    # Should a batch plan an occurrence twice, the first is stored.
    places = sorted((asked[row[0] - 1][0] for row in found), reverse=True)
    kept = sorted({batch[place].job_id: place for place in places}.values())
    if not kept:
        return Laid(kept)
    plans = [batch[place] for place in kept]
    await session.execute("plan_occurrences", *rows.accounts(plans))
    await session.execute(
        "plan_advance", [p.tenant_id for p in plans], [p.job_id for p in plans], [p.following for p in plans],
        [p.count for p in plans], [rows.decided(p.decided) for p in plans],
    )  # fmt: skip
    moved = await store_runs(session, [item for p in plans for item in p.runs if not item.run.state.is_over])
    skipped = [item.run for p in plans for item in p.runs if item.run.state.is_over]
    if skipped:
        await session.execute("plan_skipped", *rows.skipped(skipped))
    await append_events(session, [event for p in plans for event in p.events])
    return Laid(kept, moved)
