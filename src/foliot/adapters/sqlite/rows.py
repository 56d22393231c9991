"""How domain values go into this database: a batch is a JSON array with an array for each, times are integers."""

from datetime import datetime
from typing import Any

import msgspec

from foliot.adapters.editing import WaitingRun
from foliot.domain.event import Event
from foliot.domain.instant import from_microseconds, to_microseconds
from foliot.domain.job import Job
from foliot.domain.policy import NO_OVERRIDES
from foliot.domain.ripple import Link, Step
from foliot.domain.run import Outcome, Run
from foliot.ports import (
    ClaimRequest,
    Edit,
    Plan,
    Replay,
    Steering,
    Submission,
)

Row = tuple[Any, ...]

_encode = msgspec.json.Encoder().encode


def as_json(rows: Any) -> str:
    """A batch as one parameter: SQLite walks it with `json_each`, in C and without the interpreter's lock."""
    return _encode(rows).decode()


def micro(at: datetime | None) -> int | None:
    """An instant as it is stored."""
    return None if at is None else to_microseconds(at)


def instant(stored: int | None) -> datetime | None:
    """An instant as it was stored."""
    return None if stored is None else from_microseconds(stored)


def job_row(job: Job) -> Row:
    """For submit_jobs."""
    return (
        job.tenant_id, job.id, job.user_id, job.type, job.queue, job.priority, job.payload.decode(),
        None if job.schedule is None else as_json(job.schedule),
        None if job.overrides is NO_OVERRIDES else as_json(job.overrides),
        job.max_attempts, job.state, micro(job.next_at), to_microseconds(job.created_at),
        None if job.after is None else as_json(job.after), as_json(job.decided) if job.decided else None, job.root_id,
    )  # fmt: skip


def debounced_job_row(job: Job) -> Row:
    """For debounce_jobs."""
    row = job_row(job)
    return (job.tenant_id, job.id, job.queue, job.priority, *row[6:9], job.max_attempts)


def debounced_run_row(run: Run) -> Row:
    """For debounce_runs."""
    return (
        run.tenant_id, run.id, run.queue, run.priority, to_microseconds(run.due_at), run.max_attempts,
        micro(run.expires_at),
    )  # fmt: skip


def key_row(asked: Submission) -> Row:
    """For the statements about submission keys."""
    return (
        asked.job.tenant_id, asked.key, asked.fingerprint, asked.job.id, None if asked.run is None else asked.run.id,
        micro(asked.key_expires_at),
    )  # fmt: skip


def live_row(run: Run, waits_for: int | None = None, has_children: bool | None = None) -> Row:
    """For insert_live."""
    return (
        run.tenant_id, run.id, run.job_id, run.type, run.queue, run.priority, run.state, to_microseconds(run.due_at),
        micro(run.queued_at), run.max_attempts, run.replay_of, waits_for, has_children or None,
        micro(run.expires_at), micro(run.planned_at),
        run.remote or None,
    )  # fmt: skip


def steering(asked: Steering) -> dict[str, Any]:
    """For steer."""
    return {
        "tenant_id": asked.tenant_id, "job_id": asked.job_id, "expected_revision": asked.expected_revision,
        "expected": asked.expected, "expected_next": to_microseconds(asked.expected_next), "state": asked.state,
        "next_at": micro(asked.next_at), "planned": asked.planned,
        "decided": as_json(asked.decided) if asked.decided else None, "raises_revision": asked.raises_revision,
    }  # fmt: skip


def edited_job(asked: Edit) -> dict[str, Any]:
    """For edit_job."""
    seen, job = asked.seen, asked.job
    return {
        "tenant_id": job.tenant_id, "job_id": job.id, "payload": job.payload.decode(),
        "schedule": None if job.schedule is None else as_json(job.schedule), "queue": job.queue,
        "priority": job.priority, "overrides": None if job.overrides == NO_OVERRIDES else as_json(job.overrides),
        "max_attempts": job.max_attempts, "next_at": micro(job.next_at), "planned": job.planned,
        "decided": as_json(job.decided) if job.decided else None,
        "expected_revision": seen.revision, "expected_state": seen.state, "expected_next": micro(seen.next_at),
        "expected_planned": seen.planned,
    }  # fmt: skip


def edited_run(run: WaitingRun) -> Row:
    """For edit_runs."""
    return (
        run.tenant_id, run.id, run.queue, run.priority, run.max_attempts, run.state, to_microseconds(run.due_at),
        micro(run.queued_at), micro(run.expires_at),
    )  # fmt: skip


def skipped_row(run: Run) -> Row:
    """For plan_skipped."""
    return (
        run.tenant_id, run.id, run.job_id, run.type, run.queue, run.priority, run.state, run.cause,
        to_microseconds(run.due_at), micro(run.finished_at), run.max_attempts, micro(run.planned_at),
    )  # fmt: skip


def event_row(event: Event) -> Row:
    """For insert_events."""
    return (
        event.tenant_id, event.job_id, event.run_id, event.id, event.type, to_microseconds(event.at),
        as_json(event.data),
    )  # fmt: skip


def remote_cells(request: ClaimRequest) -> str:
    """For claim_remote: each type, queue and priority, and its handicap."""
    return as_json(
        [
            (kind, queue, priority, draw, weight)
            for kind in request.types or ()
            for queue in request.queues
            for priority, (draw, weight) in request.handicaps.items()
        ]
    )


def outcome_row(outcome: Outcome) -> Row:
    """For the finish statements."""
    return (
        outcome.tenant_id, outcome.run_id, outcome.lease, outcome.state, outcome.cause, to_microseconds(outcome.at),
        None if outcome.result is None else outcome.result.decode(),
        None if outcome.error is None else as_json(outcome.error),
        micro(outcome.due_at), 0 if outcome.burns_attempt else 1,
    )  # fmt: skip


def link_row(link: Link) -> Row:
    """For submit_links."""
    return (link.tenant_id, link.parent_id, link.child_id, link.wait_for, link.join, link.parent_job_id)


def replay(asked: Replay) -> dict[str, Any]:
    """For replay_links."""
    return {"tenant_id": asked.tenant_id, "dead_id": asked.dead_id, "run_id": asked.run.id}


def backfill_row(run: Run) -> Row:
    """For backfill."""
    return (run.job_id, micro(run.planned_at), run.id)


def account_rows(plan: Plan) -> list[Row]:
    """For plan_occurrences."""
    return [(plan.job_id, to_microseconds(a.planned_at), a.fate, a.run_id) for a in plan.accounts]


def step_row(step: Step) -> Row:
    """For follow."""
    return (
        step.run.tenant_id, step.run.run_id, step.state, step.waits_for, to_microseconds(step.due_at),
        micro(step.queued_at),
    )  # fmt: skip
