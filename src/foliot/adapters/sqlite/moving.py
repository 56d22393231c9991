"""Moving work on: `ports.EngineStore` on SQLite."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from foliot.adapters.graph import followed
from foliot.adapters.sqlite import documents, rows
from foliot.adapters.sqlite.borrowed import borrowed
from foliot.adapters.sqlite.calendars import observed
from foliot.adapters.sqlite.database import Database
from foliot.adapters.sqlite.following import append_events, settle
from foliot.adapters.sqlite.statements import statement
from foliot.adapters.sqlite.submitting import cancel_waiting, store_runs
from foliot.domain.errors import LeaseLost
from foliot.domain.ids import IdSequence
from foliot.domain.instant import from_microseconds, to_microseconds
from foliot.domain.priority import Priority
from foliot.domain.ripple import End, Key, Ripple
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
    RunRef,
    Waiting,
    Wanted,
)

_flags = msgspec.json.Decoder(list[tuple[str, bool]], strict=False)
_positions = msgspec.json.Decoder(list[int])
_ids = msgspec.json.Decoder(list[str])
_expired = msgspec.json.Decoder(list[Expired], strict=False)
_late = msgspec.json.Decoder(list[tuple[str, str, int, str, bool]], strict=False)
_pruned = msgspec.json.Decoder(list[tuple[int, str, str, str]])

_BEFORE_ALL_TIMES: Final = -(2**62)
_KEYS_PER_PRUNE: Final = 1_000
_PRUNED: Final = (
    "prune_runs", "prune_links", "prune_attempts", "prune_events", "prune_jobs", "prune_descendants",
    "prune_job_events", "prune_job_keys",
)  # fmt: skip


class Moving:
    """The writes of the loops."""

    _database: Database
    _ids: IdSequence

    async def claim(self, request: ClaimRequest) -> list[Claimed]:
        texts = await self._database.write(lambda connection: _claim(connection, request))
        return [claimed for text in texts for claimed in documents.claimed(text)]

    async def sought(self, wanted: Sequence[Wanted]) -> list[Wanted]:
        asked = {"wanted": rows.as_json([(w.tenant_id, w.type, w.queue) for w in wanted])}
        return documents.wanted(
            await self._database.read(lambda connection: connection.execute(statement("sought"), asked).fetchone()[0])
        )

    async def in_hand(self, held: Sequence[Held]) -> list[InHand]:
        asked = {"held": rows.as_json([(h.tenant_id, h.run_id, h.lease) for h in held])}
        return documents.in_hand(
            await self._database.read(lambda connection: connection.execute(statement("in_hand"), asked).fetchone()[0])
        )

    async def pulse(self, held: Sequence[Held], lease_until: datetime | None) -> Pulse:
        asked = rows.as_json([(h.tenant_id, h.run_id, h.lease) for h in held])

        def read(connection: sqlite3.Connection) -> str:
            text: str = connection.execute(statement("pulse_read"), {"held": asked}).fetchone()[0]
            return text

        def renew(connection: sqlite3.Connection) -> str:
            connection.execute(statement("pulse_renew"), {"held": asked, "lease_until": rows.micro(lease_until)})
            return read(connection)

        text = await (self._database.read(read) if lease_until is None else self._database.write(renew))
        flags = _flags.decode(text)
        return Pulse(
            lost=frozenset(h.run_id for h in held).difference(run_id for run_id, _ in flags),
            cancelling=frozenset(run_id for run_id, cancelling in flags if cancelling),
        )

    async def finish(self, outcomes: Sequence[Outcome]) -> Finished:
        # Should a batch end an attempt twice, the first to say so is right.
        once = list({(o.run_id, o.tenant_id, o.lease): o for o in reversed(outcomes)}.values())[::-1]
        over = [rows.outcome_row(outcome) for outcome in once if outcome.state.is_over]
        going_on = [outcome for outcome in once if not outcome.state.is_over]
        failed = any(outcome.state is RunState.FAILED for outcome in outcomes)
        asked = frozenset(outcome.run_id for outcome in outcomes)

        def work(connection: sqlite3.Connection) -> Finished:
            ended, parents = _end(connection, over, failed) if over else (frozenset[str](), dict[Key, End]())
            continued, cancelled = _continue(connection, going_on) if going_on else (frozenset[str](), {})
            parents |= cancelled
            moved = settle(connection, Ripple(parents)) if parents else Moved()
            return Finished(asked - ended - continued, moved)

        return await self._database.write(work)

    async def finish_in(self, connection: object, outcome: Outcome) -> None:
        ours = borrowed(connection)
        kept, parents = _end(ours, [rows.outcome_row(outcome)], failed=False)
        if not kept:
            raise LeaseLost("This attempt has lost its lease; another has the run, or it is over.")
        if parents:
            settle(ours, Ripple(parents))

    async def has_ended(self, outcome: Outcome) -> bool:
        asked = {"tenant_id": outcome.tenant_id, "run_id": outcome.run_id, "lease": outcome.lease,
                 "cause": outcome.cause, "at": to_microseconds(outcome.at)}  # fmt: skip
        found = await self._database.read(
            lambda connection: connection.execute(statement("finish_known"), asked).fetchone()
        )
        return found is not None

    async def note(self, notes: Sequence[Note]) -> None:
        if not notes:
            return
        ids = self._ids.take(notes[-1].at, len(notes))
        said = rows.as_json([_note_row(note, identifier) for note, identifier in zip(notes, ids, strict=True)])
        latest = {
            note.run_id: (note.tenant_id, note.run_id, note.lease, rows.as_json(note.progress))
            for note in sorted(notes, key=lambda note: note.at)
            if note.fraction is not None
        }

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(statement("note_events"), {"notes": said})
            if latest:
                connection.execute(statement("note_progress"), {"progress": rows.as_json(list(latest.values()))})

        await self._database.write(work)

    async def backlogs(self) -> list[tuple[str, Priority]]:
        found = await self._database.read(lambda connection: connection.execute(statement("backlogs")).fetchall())
        return [(queue, Priority(priority)) for queue, priority in found]

    async def waiting(self, queue: str, priority: Priority, gap: Gap, limit: int) -> list[Waiting]:
        due_at, run_id = (to_microseconds(gap.after[0]), gap.after[1]) if gap.after else (_BEFORE_ALL_TIMES, "")
        asked = {
            "queue": queue, "priority": priority, "due_at": due_at, "run_id": run_id, "limit": limit,
            "before": to_microseconds(gap.before), "other_than": rows.as_json(gap.other_than),
        }  # fmt: skip
        found = await self._database.read(lambda connection: connection.execute(statement("waiting"), asked).fetchall())
        return [
            Waiting(run, from_microseconds(row[6])) for run, row in zip(documents.queued(found), found, strict=True)
        ]

    async def count_dead(self) -> int:
        found: int = await self._database.read(
            lambda connection: connection.execute(statement("dead_count")).fetchone()[0]
        )
        return found

    async def dead_runs(self, after: str | None, limit: int) -> list[Queued]:
        asked = {"after": after or "", "limit": limit}
        found = await self._database.read(
            lambda connection: connection.execute(statement("dead_runs"), asked).fetchall()
        )
        return documents.queued(found)

    async def promote(self, now: datetime, limit: int) -> Promoted:
        def due(connection: sqlite3.Connection) -> int | None:
            found: int | None = connection.execute(statement("promote_next")).fetchone()[0]
            return found

        def work(connection: sqlite3.Connection) -> tuple[list[rows.Row], int | None]:
            asked = {"now": to_microseconds(now), "limit": limit}
            return connection.execute(statement("promote"), asked).fetchall(), due(connection)

        first = await self._database.read(due)
        if first is None or first > to_microseconds(now):
            return Promoted([], rows.instant(first))
        promoted, following = await self._database.write(work)
        return Promoted(documents.queued(promoted), rows.instant(following))

    async def due_jobs(self, now: datetime, limit: int) -> list[DueJob]:
        asked = {"now": to_microseconds(now), "limit": limit, "most": MOST_LIVE}

        def read(connection: sqlite3.Connection) -> list[DueJob]:
            found = documents.due_jobs(connection.execute(statement("due_jobs"), asked).fetchone()[0])
            roots = rows.as_json([(each.job.tenant_id, each.job.id) for each in found])
            text = connection.execute(statement("descendants"), {"rows": roots}).fetchone()[0]
            return followed(observed(connection, found), documents.descendants(text))

        return await self._database.read(read)

    async def next_planned_at(self) -> datetime | None:
        found = await self._database.read(
            lambda connection: connection.execute(statement("next_planned")).fetchone()[0]
        )
        return rows.instant(found)

    async def zoned_jobs(self, after: tuple[datetime, str] | None, limit: int) -> list[PlacedJob]:
        next_at, job_id = (to_microseconds(after[0]), after[1]) if after else (_BEFORE_ALL_TIMES, "")
        asked = {"next_at": next_at, "job_id": job_id, "limit": limit}

        def read(connection: sqlite3.Connection) -> list[PlacedJob]:
            found = connection.execute(statement("zoned_jobs"), asked).fetchone()[0]
            return observed(connection, documents.placed_jobs(found))

        return await self._database.read(read)

    async def fact(self, name: str) -> str | None:
        found = await self._database.read(
            lambda connection: connection.execute(statement("fact"), {"name": name}).fetchone()
        )
        return None if found is None else found[0]

    async def note_fact(self, name: str, value: str) -> None:
        asked = {"name": name, "value": value}
        await self._database.write(lambda connection: connection.execute(statement("fact_note"), asked))

    async def plan(self, batch: Sequence[Plan]) -> Laid:
        return await self._database.write(lambda connection: _plan(connection, batch))

    async def expired(self, now: datetime, limit: int) -> list[Expired]:
        asked = {"now": to_microseconds(now), "limit": limit}
        return _expired.decode(
            await self._database.read(lambda connection: connection.execute(statement("expired"), asked).fetchone()[0])
        )

    async def next_expiry(self) -> datetime | None:
        found = await self._database.read(lambda connection: connection.execute(statement("next_expiry")).fetchone()[0])
        return rows.instant(found)

    async def expire(self, now: datetime, limit: int) -> Lapsed:
        def first(connection: sqlite3.Connection) -> int | None:
            found: int | None = connection.execute(statement("expire_next")).fetchone()[0]
            return found

        def work(connection: sqlite3.Connection) -> tuple[list[tuple[str, str]], Moved, int | None]:
            return *_expire(connection, now, limit), first(connection)

        following = await self._database.read(first)
        if following is None or following > to_microseconds(now):
            return Lapsed(next_at=rows.instant(following))
        late, moved, following = await self._database.write(work)
        return Lapsed(late, rows.instant(following), moved)

    async def prune(self, before: datetime, limit: int) -> int:
        return await self._database.write(lambda connection: _prune(connection, before, limit))


def _claim(connection: sqlite3.Connection, request: ClaimRequest) -> list[str]:
    handicaps = rows.as_json([(priority, draw, weight) for priority, (draw, weight) in request.handicaps.items()])
    lease = {
        "worker": request.worker,
        "lease_until": to_microseconds(request.lease_until),
        "now": to_microseconds(request.now),
    }
    types = None if request.types is None else rows.as_json(request.types)
    if request.runs is not None:
        asked = rows.as_json([(ref.tenant_id, ref.run_id) for ref in request.runs])
        these = {"rows": asked, "types": types, "now": lease["now"]}
        chosen = connection.execute(statement("claim_these"), these).fetchone()[0]
        connection.execute(statement("claim_lease"), lease | {"chosen": chosen})
        return [connection.execute(statement("claim_read"), {"chosen": chosen}).fetchone()[0]]
    if request.tenant_id is not None:
        remote = {"cells": rows.remote_cells(request), "limit": request.limit, "tenant_id": request.tenant_id} | lease
        chosen = connection.execute(statement("claim_remote"), remote).fetchone()[0]
        connection.execute(statement("claim_lease"), lease | {"chosen": chosen})
        return [connection.execute(statement("claim_read"), {"chosen": chosen}).fetchone()[0]]
    left, texts = request.limit, []
    for queue in request.queues:
        ready = {"queue": queue, "limit": left, "handicaps": handicaps, "types": types, "now": lease["now"]}
        chosen = connection.execute(statement("claim_ready"), ready).fetchone()[0]
        count = connection.execute(statement("claim_lease"), lease | {"chosen": chosen}).rowcount
        if count:
            texts.append(connection.execute(statement("claim_read"), {"chosen": chosen}).fetchone()[0])
            left -= count
        if not left:
            break
    return texts


def _end(
    connection: sqlite3.Connection, over: Sequence[rows.Row], failed: bool
) -> tuple[frozenset[str], dict[Key, End]]:
    """The runs that are over now: those whose lease was held. And those among them that have children."""
    asked = {"outcomes": rows.as_json(over)}
    appended = connection.execute(statement("finish_append"), asked)
    count, before = appended.rowcount, (appended.lastrowid or 0) - appended.rowcount
    parents: dict[Key, End] = {}
    if count:
        if connection.execute(statement("finish_any_parents")).fetchone()[0]:
            parents = documents.ends(connection.execute(statement("finish_parents"), {"before": before}).fetchone()[0])
        if failed:
            connection.execute(statement("finish_bury"), {"before": before})
        connection.execute(statement("finish_remove"), {"before": before})
    if count == len(over):
        return frozenset(row[1] for row in over), parents
    kept = _ids.decode(connection.execute(statement("finish_ids"), {"before": before}).fetchone()[0]) if count else []
    return frozenset(kept), parents


def _continue(connection: sqlite3.Connection, going_on: Sequence[Outcome]) -> tuple[frozenset[str], dict[Key, End]]:
    """The runs that go on: those whose lease was held. And those that were to, but that somebody wanted cancelled."""
    asked = {"outcomes": rows.as_json([rows.outcome_row(outcome) for outcome in going_on])}
    held = dict(_flags.decode(connection.execute(statement("finish_held"), asked).fetchone()[0]))
    connection.execute(statement("finish_attempts"), asked)
    connection.execute(statement("finish_continue"), asked)
    cancelling = {RunRef(o.tenant_id, o.run_id): o.at for o in going_on if held.get(o.run_id)}
    if cancelling:  # the worker did not hear of it in time; there shall be no further attempt
        cancel_waiting(connection, cancelling)
    ended = {(ref.tenant_id, ref.run_id): End(RunState.CANCELLED, at) for ref, at in cancelling.items()}
    return frozenset(held), ended


def _note_row(note: Note, identifier: str) -> rows.Row:
    return (
        note.tenant_id, note.run_id, note.lease, identifier, note.kind, to_microseconds(note.at),
        rows.as_json(note.data),
    )  # fmt: skip


def _plan(connection: sqlite3.Connection, batch: Sequence[Plan]) -> Laid:
    asked = [
        (p.tenant_id, p.job_id, to_microseconds(p.expected), rows.micro(p.following), p.count,
         rows.as_json(p.decided) if p.decided else None, p.revision)
        for p in batch
    ]  # fmt: skip
    positions = connection.execute(statement("plan_expected"), {"rows": rows.as_json(asked)}).fetchone()[0]
    # Should a batch plan an occurrence twice, the first is stored.
    kept = sorted({batch[n].job_id: n for n in sorted(_positions.decode(positions), reverse=True)}.values())
    if not kept:
        return Laid(kept)
    plans = [batch[position] for position in kept]
    accounts = [row for plan in plans for row in rows.account_rows(plan)]
    connection.execute(statement("plan_occurrences"), {"rows": rows.as_json(accounts)})
    connection.execute(statement("plan_advance"), {"rows": rows.as_json([asked[position] for position in kept])})
    moved = store_runs(connection, [item for plan in plans for item in plan.runs if not item.run.state.is_over])
    skipped = [rows.skipped_row(item.run) for plan in plans for item in plan.runs if item.run.state.is_over]
    if skipped:
        connection.execute(statement("plan_skipped"), {"rows": rows.as_json(skipped)})
    append_events(connection, [event for plan in plans for event in plan.events])
    return Laid(kept, moved)


def _expire(connection: sqlite3.Connection, now: datetime, limit: int) -> tuple[list[tuple[str, str]], Moved]:
    """The runs that had not started in time, with their types, and what their end meant for others."""
    asked = {"now": to_microseconds(now), "limit": limit}
    text: str = connection.execute(statement("expire_choose"), asked).fetchone()[0]
    chosen = _late.decode(text)
    if chosen:
        connection.execute(statement("expire_append"), {"rows": text, "now": asked["now"]})
        connection.execute(statement("cancel_remove"), {"rows": text})
    ends = {(tenant, run): End(RunState.EXPIRED, now) for tenant, run, _, _, is_parent in chosen if is_parent}
    return [(run, type_) for _, run, _, type_, _ in chosen], settle(connection, Ripple(ends)) if ends else Moved()


def _prune(connection: sqlite3.Connection, before: datetime, limit: int) -> int:
    cutoff = to_microseconds(before)
    keys = {"now": cutoff, "limit": _KEYS_PER_PRUNE}
    connection.execute(statement("prune_keys"), keys)
    connection.execute(statement("prune_occurrences"), {"before": cutoff, "limit": limit})
    text = connection.execute(statement("prune_choose"), {"before": cutoff, "limit": limit}).fetchone()[0]
    count = len(_pruned.decode(text))
    if count:
        for name in _PRUNED:
            connection.execute(statement(name), {"rows": text})
    return count
