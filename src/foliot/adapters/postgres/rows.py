"""How domain values go into this database: an array for each column of a batch."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Final

import msgspec

from foliot.adapters.editing import WaitingRun
from foliot.adapters.graph import Graph
from foliot.domain.event import Event
from foliot.domain.ids import is_id
from foliot.domain.job import Job
from foliot.domain.policy import NO_OVERRIDES
from foliot.domain.ripple import Key, Link, Step
from foliot.domain.run import Outcome, Run
from foliot.domain.schedule import Decision
from foliot.ports import (
    ClaimRequest,
    Held,
    Plan,
    Replay,
    RunRef,
    Steering,
    Submission,
    Wanted,
)

NOBODY: Final = "00000000-0000-0000-0000-000000000000"
BEFORE_ALL_TIMES: Final = datetime(1, 1, 1, tzinfo=UTC)
AFTER_ALL: Final = "ffffffff-ffff-ffff-ffff-ffffffffffff"

Columns = list[list[Any]]

_encode = msgspec.json.Encoder().encode


def as_json(value: Any) -> str:
    """A document as it is stored."""
    return _encode(value).decode()


def known(identifier: str) -> str:
    """The id, if it can be one; else that of nobody, which finds nothing."""
    return identifier if is_id(identifier) else NOBODY


by_run: Final = attrgetter("run_id")
"""Who locks rows does so in the order of ids, so that nobody waits in a ring."""


def refs(batch: Iterable[RunRef | Outcome]) -> Columns:
    """For the statements that name runs, in the order of their ids."""
    pairs = [(known(ref.tenant_id), known(ref.run_id)) for ref in batch]
    return [[pair[0] for pair in pairs], [pair[1] for pair in pairs]]


def keys(batch: Sequence[Key]) -> Columns:
    """The same for runs that are named by their jobs."""
    return [[known(tenant_id) for tenant_id, _ in batch], [known(run_id) for _, run_id in batch]]


def cells(request: ClaimRequest) -> Columns:
    """For claim: each queue and priority, its handicap, and since when its runs were due that are looked at."""
    found = [(queue, priority) for queue in request.queues for priority in request.handicaps]
    return [
        [queue for queue, _ in found], [priority for _, priority in found],
        [request.handicaps[priority][0] for _, priority in found],
        [request.handicaps[priority][1] for _, priority in found],
        [request.since.get(cell, BEFORE_ALL_TIMES) for cell in found],
    ]  # fmt: skip


def remote_cells(request: ClaimRequest) -> Columns:
    """For claim_remote: each type, queue and priority, and its handicap."""
    found = [
        (kind, queue, priority, draw, weight)
        for kind in request.types or ()
        for queue in request.queues
        for priority, (draw, weight) in request.handicaps.items()
    ]
    return [[cell[column] for cell in found] for column in range(5)]


def wanted(batch: Sequence[Wanted]) -> Columns:
    """For sought."""
    return [[w.tenant_id for w in batch], [w.type for w in batch], [w.queue for w in batch]]


def held(batch: Sequence[Held]) -> Columns:
    """For the pulse statements, and in_hand."""
    return [[known(h.tenant_id) for h in batch], [known(h.run_id) for h in batch], [h.lease for h in batch]]


def jobs(batch: Sequence[Job]) -> Columns:
    """For submit_plain; with the last five for submit_jobs."""
    return [
        [job.tenant_id for job in batch], [job.id for job in batch], [job.user_id for job in batch],
        [job.type for job in batch], [job.queue for job in batch], [job.priority for job in batch],
        [job.payload.decode() for job in batch],
        _sparse([None if job.schedule is None else as_json(job.schedule) for job in batch]),
        _sparse([None if job.overrides is NO_OVERRIDES else as_json(job.overrides) for job in batch]),
        [job.max_attempts for job in batch], [job.created_at for job in batch],
        [job.state for job in batch], [job.next_at for job in batch],
        [None if job.after is None else as_json(job.after) for job in batch],
        [decided(job.decided) for job in batch], [job.root_id for job in batch],
    ]  # fmt: skip


def decided(decisions: Sequence[Decision]) -> str | None:
    """What was decided about an instant, if anything was."""
    return as_json(decisions) if decisions else None


def debounced_runs(runs: Sequence[Run]) -> Columns:
    """For debounce_runs."""
    return [
        [run.tenant_id for run in runs], [run.id for run in runs], [run.queue for run in runs],
        [run.priority for run in runs], [run.due_at for run in runs], [run.max_attempts for run in runs],
        [run.expires_at for run in runs],
    ]  # fmt: skip


def key_claims(batch: Sequence[Submission]) -> Columns:
    """For keys_claim and keys_take; the first two for keys_read."""
    return [
        [item.job.tenant_id for item in batch], [item.key for item in batch], [item.fingerprint for item in batch],
        [item.job.id for item in batch], [None if item.run is None else item.run.id for item in batch],
        [item.key_expires_at for item in batch],
    ]  # fmt: skip


def live(runs: Sequence[Run], graph: Graph | None = None) -> Columns:
    """For insert_live; in a graph with whom they wait for."""
    return [
        [run.tenant_id for run in runs], [run.id for run in runs], [run.job_id for run in runs],
        [run.type for run in runs], [run.queue for run in runs], [run.priority for run in runs],
        [run.state for run in runs], [run.due_at for run in runs], [run.queued_at for run in runs],
        [run.max_attempts for run in runs], [run.replay_of for run in runs],
        [graph and graph.waits_for(run) for run in runs],
        [(graph and graph.has_children(run)) or None for run in runs],
        _sparse([run.expires_at for run in runs]), _sparse([run.planned_at for run in runs]),
        _sparse([run.remote or None for run in runs]),
    ]  # fmt: skip


def skipped(runs: Sequence[Run]) -> Columns:
    """For plan_skipped."""
    return [
        [run.tenant_id for run in runs], [run.id for run in runs], [run.job_id for run in runs],
        [run.type for run in runs], [run.queue for run in runs], [run.priority for run in runs],
        [run.state for run in runs], [run.cause for run in runs], [run.due_at for run in runs],
        [run.finished_at for run in runs], [run.max_attempts for run in runs], [run.planned_at for run in runs],
    ]  # fmt: skip


def steerings(batch: Sequence[Steering]) -> Columns:
    """For steer."""
    return [
        [known(s.tenant_id) for s in batch], [known(s.job_id) for s in batch], [s.expected_revision for s in batch],
        [s.expected for s in batch], [s.expected_next for s in batch], [s.state for s in batch],
        [s.next_at for s in batch], [s.planned for s in batch], [decided(s.decided) for s in batch],
        [s.raises_revision for s in batch],
    ]  # fmt: skip


def seen(batch: Sequence[Job]) -> Columns:
    """For edit_expected."""
    return [
        [known(job.tenant_id) for job in batch], [known(job.id) for job in batch], [job.revision for job in batch],
        [job.state for job in batch], [job.next_at for job in batch], [job.planned for job in batch],
    ]  # fmt: skip


def edited_jobs(batch: Sequence[Job]) -> Columns:
    """For edit_jobs."""
    return [
        [job.tenant_id for job in batch], [job.id for job in batch], [job.payload.decode() for job in batch],
        [None if job.schedule is None else as_json(job.schedule) for job in batch], [job.queue for job in batch],
        [job.priority for job in batch],
        [None if job.overrides == NO_OVERRIDES else as_json(job.overrides) for job in batch],
        [job.max_attempts for job in batch], [job.next_at for job in batch], [job.planned for job in batch],
        [decided(job.decided) for job in batch],
    ]  # fmt: skip


def edited_runs(batch: Sequence[WaitingRun]) -> Columns:
    """For edit_runs."""
    return [
        [run.tenant_id for run in batch], [run.id for run in batch], [run.queue for run in batch],
        [run.priority for run in batch], [run.max_attempts for run in batch], [run.state for run in batch],
        [run.due_at for run in batch], [run.queued_at for run in batch], [run.expires_at for run in batch],
    ]  # fmt: skip


def links(batch: Sequence[Link]) -> Columns:
    """For submit_links."""
    return [
        [link.tenant_id for link in batch], [link.parent_id for link in batch], [link.child_id for link in batch],
        [link.wait_for for link in batch], [link.join for link in batch], [link.parent_job_id for link in batch],
    ]  # fmt: skip


def replays(batch: Sequence[Replay]) -> Columns:
    """For replay_links."""
    return [
        [item.tenant_id for item in batch], [item.dead_id for item in batch], [item.run.id for item in batch],
    ]  # fmt: skip


def backfills(runs: Sequence[Run]) -> Columns:
    """For backfill."""
    return [[run.job_id for run in runs], [run.planned_at for run in runs], [run.id for run in runs]]


def accounts(plans: Sequence[Plan]) -> Columns:
    """For plan_occurrences."""
    found = [(plan.job_id, account) for plan in plans for account in plan.accounts]
    return [
        [job_id for job_id, _ in found], [account.planned_at for _, account in found],
        [account.fate for _, account in found], [account.run_id for _, account in found],
    ]  # fmt: skip


def steps(batch: Sequence[Step]) -> Columns:
    """For follow."""
    return [
        [step.run.tenant_id for step in batch], [step.run.run_id for step in batch], [step.state for step in batch],
        [step.waits_for for step in batch], [step.due_at for step in batch], [step.queued_at for step in batch],
    ]  # fmt: skip


def events(batch: Sequence[Event]) -> Columns:
    """For insert_events."""
    return [
        [event.tenant_id for event in batch], [event.job_id for event in batch], [event.run_id for event in batch],
        [event.id for event in batch], [event.type for event in batch], [event.at for event in batch],
        [as_json(event.data) for event in batch],
    ]  # fmt: skip


def outcomes(batch: Sequence[Outcome]) -> Columns:
    """The columns that all statements about outcomes begin with."""
    return [[o.tenant_id for o in batch], [o.run_id for o in batch], [o.lease for o in batch]]


def errors(batch: Sequence[Outcome]) -> list[Any]:
    """The column of the errors."""
    return _sparse([None if o.error is None else as_json(o.error) for o in batch])


def _sparse(column: list[Any]) -> list[Any]:
    """A column of nulls may be left out: `unnest` fills it up, and the driver need not look at each."""
    return column if any(value is not None for value in column) else []
