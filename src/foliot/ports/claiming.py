"""Asking for runs, and what is said of those that wait."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from foliot.domain.priority import Priority
from foliot.domain.run import Queued


class RunRef(msgspec.Struct, frozen=True):
    """A run of a tenant."""

    tenant_id: str
    run_id: str


class ClaimRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A worker's wish: at most `limit` queued runs of these queues, of the types that it has handlers for (None: any).

    `handicaps` order the priorities against one another (ADR 6): the k-th oldest run of a priority comes at
    `(k - draw) / weight`, for which the pair `(draw, weight)` is given. Where all else is equal the queue that is named
    first may get all, so they are named in another order each time. With `runs`, only these are looked at, in whichever
    queue they are. Runs of a queue and priority that were due before `since` may be overlooked (ADR 15).

    With a `tenant_id` it is the wish of a worker outside: for remote runs of that tenant, of these types and queues.
    All others are for runs that are not remote.
    """

    worker: str
    queues: Sequence[str]
    limit: int
    now: datetime
    lease_until: datetime
    handicaps: Mapping[Priority, tuple[float, float]]
    types: Sequence[str] | None = None
    runs: Sequence[RunRef] | None = None
    since: Mapping[tuple[str, Priority], datetime] = {}
    tenant_id: str | None = None


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Of the runs of a queue and priority those that a broker must have lost, if they still wait.

    They were due and queued before `before`, come after `after` in the order of (due_at, id), and are of no type in
    `other_than`. There is `room` for so many of them at present.
    """

    before: datetime
    room: int
    after: tuple[datetime, str] | None = None
    other_than: Sequence[str] = ()


class Waiting(msgspec.Struct, frozen=True):
    """A queued run, and when it was due."""

    run: Queued
    due_at: datetime
