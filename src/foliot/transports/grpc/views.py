"""What is shown of jobs, runs and their events, made from the domain's values."""

from datetime import datetime
from typing import Final

import msgspec

from foliot.domain.event import Event
from foliot.domain.job import Job
from foliot.domain.job_type import JobType
from foliot.domain.run import Attempt, Failure, Progress, Run
from foliot.service.graphs import Graph
from foliot.service.occurrences import Told
from foliot.transports.grpc.generated.scheduler.v1 import (
    event_pb2,
    graph_pb2,
    job_type_pb2,
    occurrence_pb2,
    run_pb2,
    status_pb2,
)
from foliot.transports.grpc.policies import OVERLAPS, misfire_message, retry_message
from foliot.transports.grpc.schedules import message_of
from foliot.transports.grpc.times import length, seconds, stamp
from foliot.transports.grpc.unique import unique_message
from foliot.transports.grpc.words import OF_A_RUN, OF_A_SCHEDULE, PRIORITIES, RUN_STATES, WAITS

_json: Final = msgspec.json.Encoder()


def view_run_of_job(run: Run) -> status_pb2.JobStatus:
    """A job that runs once, or one run of a job that recurs, by the run alone."""
    shown = status_pb2.JobStatus(
        job_id=run.job_id,
        state=OF_A_RUN[run.state],
        created_at=stamp(run.created_at),
        type=run.type,
        queue=run.queue,
        priority=PRIORITIES.number(run.priority),
        max_attempts=run.max_attempts,
    )
    _tell_run(shown, run)
    return shown


def view_job(job: Job, run: Run | None) -> status_pb2.JobStatus:
    """A job without its payload, and the run that it is told by; a run that is None is forgotten or yet to come."""
    shown = status_pb2.JobStatus(
        job_id=job.id,
        state=OF_A_SCHEDULE[job.state] if job.recurs or run is None else OF_A_RUN[run.state],
        created_at=stamp(job.created_at),
        updated_at=stamp(job.created_at),
        type=job.type,
        queue=job.queue,
        priority=PRIORITIES.number(job.priority),
        max_attempts=job.max_attempts,
        schedule=message_of(job.schedule),
        next_at=stamp(job.upcoming),
        planned=job.planned,
        revision=job.revision,
        timeout=seconds(job.overrides.timeout_seconds),
        retry=retry_message(job.overrides.retry),
        misfire=misfire_message(job.overrides.misfire),
        overlap=OVERLAPS.number(job.overrides.overlap),
        expires_in=seconds(job.overrides.expires_in_seconds),
        root_id=job.root_id or "",
    )
    if run is not None:
        _tell_run(shown, run)
    return shown


def view_whole_job(job: Job, run: Run | None) -> status_pb2.JobStatus:
    """The same with the payload, as it was sent."""
    shown = view_job(job, run)
    shown.payload_json = job.payload.decode()
    return shown


def _tell_run(shown: status_pb2.JobStatus, run: Run) -> None:
    shown.MergeFrom(
        status_pb2.JobStatus(
            run_id=run.id,
            attempts=run.attempt,
            last_error="" if run.error is None else run.error.message,
            error_code="" if run.error is None else run.error.code,
            updated_at=stamp(_updated(run)),
            started_at=stamp(run.started_at),
            finished_at=stamp(run.finished_at),
            due_at=stamp(run.due_at),
            progress=_progress(run.progress),
            cancel_requested_at=stamp(run.cancel_requested_at),
            result_json="" if run.result is None else run.result.decode(),
            expires_at=stamp(run.expires_at),
        )
    )


def _updated(run: Run) -> datetime:
    known = (run.created_at, run.queued_at, run.started_at, run.finished_at, run.cancel_requested_at)
    return max(at for at in known if at is not None)


def view_run(run: Run) -> run_pb2.Run:
    """A run, with its result where that was looked up."""
    return run_pb2.Run(
        run_id=run.id,
        job_id=run.job_id,
        type=run.type,
        queue=run.queue,
        priority=PRIORITIES.number(run.priority),
        state=RUN_STATES.number(run.state),
        due_at=stamp(run.due_at),
        attempt=run.attempt,
        max_attempts=run.max_attempts,
        created_at=stamp(run.created_at),
        queued_at=stamp(run.queued_at),
        started_at=stamp(run.started_at),
        finished_at=stamp(run.finished_at),
        lateness=length(run.lateness),
        worker=run.worker or "",
        cancel_requested_at=stamp(run.cancel_requested_at),
        progress=_progress(run.progress),
        error=_failure(run.error),
        cause=run.cause or "",
        replay_of=run.replay_of or "",
        result_json="" if run.result is None else run.result.decode(),
        expires_at=stamp(run.expires_at),
        planned_at=stamp(run.planned_at),
    )


def view_attempt(attempt: Attempt) -> run_pb2.Attempt:
    """One try."""
    return run_pb2.Attempt(
        number=attempt.number,
        lease=attempt.lease,
        worker=attempt.worker,
        state=RUN_STATES.number(attempt.state),
        due_at=stamp(attempt.due_at),
        queued_at=stamp(attempt.queued_at),
        started_at=stamp(attempt.started_at),
        ended_at=stamp(attempt.ended_at),
        cause=attempt.cause or "",
        error=_failure(attempt.error),
        retry_at=stamp(attempt.retry_at),
    )


def view_event(event: Event) -> event_pb2.Event:
    """One event."""
    return event_pb2.Event(
        event_id=event.id,
        type=event.type,
        at=stamp(event.at),
        job_id=event.job_id,
        run_id=event.run_id or "",
        data_json=_json.encode(event.data).decode(),
    )


def view_occurrence(told: Told) -> occurrence_pb2.Occurrence:
    """A planned instant."""
    return occurrence_pb2.Occurrence(
        planned_at=stamp(told.planned_at),
        local=told.local.isoformat(),
        due_at=stamp(told.due_at),
        reason=told.reason,
        note=told.note or "",
        run_id=told.run_id or "",
        state=RUN_STATES.number(told.state),
    )


def view_graph(graph: Graph) -> graph_pb2.Graph:
    """A graph."""
    return graph_pb2.Graph(
        job_id=graph.job_id,
        parents=[
            graph_pb2.Member(
                job_id=each.job_id, type=each.type or "", state=RUN_STATES.number(each.state),
                wait_for=WAITS.number(each.wait_for),
            )
            for each in graph.parents
        ],
        members=[
            graph_pb2.Member(job_id=each.job_id, type=each.type or "", state=RUN_STATES.number(each.state))
            for each in graph.members.values()
        ],
        links=[
            graph_pb2.Link(parent_id=each.parent_id, child_id=each.child_id, wait_for=WAITS.number(each.wait_for))
            for each in graph.links
        ],
        is_whole=graph.is_whole,
    )  # fmt: skip


def view_type(job_type: JobType) -> job_type_pb2.JobType:
    """A job type and its policy."""
    policy = job_type.policy
    return job_type_pb2.JobType(
        name=job_type.name,
        description=job_type.description,
        queue=policy.queue,
        priority=PRIORITIES.number(policy.priority),
        timeout=seconds(policy.timeout_seconds),
        retry=retry_message(policy.retry),
        arguments_schema_json=_json.encode(job_type.schema).decode(),
        misfire=misfire_message(policy.misfire),
        overlap=OVERLAPS.number(policy.overlap),
        remote=job_type.is_remote,
        unique=unique_message(policy.unique),
    )


def _failure(failure: Failure | None) -> run_pb2.Failure | None:
    if failure is None:
        return None
    return run_pb2.Failure(code=failure.code, message=failure.message, type=failure.type, trace=failure.trace)


def _progress(progress: Progress | None) -> run_pb2.Progress | None:
    return None if progress is None else run_pb2.Progress(fraction=progress.fraction, message=progress.message)
