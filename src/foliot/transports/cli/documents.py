"""Things as JSON documents, of the same shapes as those of the HTTP API."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from foliot.domain.access import ApiKey, Tenant
from foliot.domain.event import Event
from foliot.domain.job import Job
from foliot.domain.job_type import JobType
from foliot.domain.run import Attempt, Run
from foliot.domain.schedule import Calendar
from foliot.service.graphs import Family, Graph
from foliot.service.jobs import Ticket

Document = dict[str, Any]


def job_document(job: Job) -> Document:
    """A job without its payload."""
    document = _without(job, "tenant_id", "user_id", "overrides", "payload", "after", "decided")
    return document | {
        "priority": job.priority.label,
        "created_by": job.user_id,
        "timeout_seconds": job.overrides.timeout_seconds,
        "retry": job.overrides.retry,
        "misfire": job.overrides.misfire,
        "overlap": job.overrides.overlap,
        "expires_in_seconds": job.overrides.expires_in_seconds,
        "expires_at": job.overrides.expires_at,
    }


def whole_job_document(job: Job, family: Family) -> Document:
    """A job with its payload, as it was sent, its parents and its children."""
    return job_document(job) | {
        "payload": msgspec.Raw(job.payload),
        "parents": family.parents,
        "join": None if job.after is None else job.after.join,
        "children": family.children,
    }


def graph_document(graph: Graph) -> Document:
    """A job, those that it waits for, and all that come after it."""
    links = [
        {"parent_id": link.parent_id, "child_id": link.child_id, "wait_for": link.wait_for} for link in graph.links
    ]
    return _without(graph) | {"members": list(graph.members.values()), "links": links}


def run_document(run: Run) -> Document:
    """A run without its result."""
    lateness = run.lateness
    return _without(run, "tenant_id", "lease", "lease_until", "result") | {
        "priority": run.priority.label,
        "lateness_seconds": None if lateness is None else lateness.total_seconds(),
    }


def whole_run_document(run: Run) -> Document:
    """A run with its result, null where it has none."""
    return run_document(run) | {"result": None if run.result is None else msgspec.Raw(run.result)}


def story_document(run: Run, attempts: Sequence[Attempt], events: Sequence[Event]) -> Document:
    """A run with its result, its attempts and its events."""
    return whole_run_document(run) | {
        "attempts": [_without(attempt, "run_id") for attempt in attempts],
        "events": [event_document(event) for event in events],
    }


def event_document(event: Event) -> Document:
    """Something that happened."""
    return _without(event, "tenant_id")


def ticket_document(ticket: Ticket) -> Document:
    """The receipt for a submission."""
    return _without(ticket, "repeated")


def type_document(job_type: JobType) -> Document:
    """A job type with its policy and the JSON Schema of its arguments."""
    return {
        "name": job_type.name,
        "description": job_type.description,
        "queue": job_type.policy.queue,
        "priority": job_type.policy.priority.label,
        "timeout_seconds": job_type.policy.timeout_seconds,
        "retry": job_type.policy.retry,
        "misfire": job_type.policy.misfire,
        "overlap": job_type.policy.overlap,
        "unique": job_type.policy.unique,
        "arguments": job_type.schema,
    }


def calendar_document(calendar: Calendar) -> Document:
    """An exclusion calendar with its dates, in order."""
    return _without(calendar) | {"dates": sorted(calendar.dates)}


def tenant_document(tenant: Tenant) -> Document:
    """A tenant."""
    return _without(tenant)


def key_document(key: ApiKey) -> Document:
    """A key as it is remembered: without its secret."""
    return _without(key, "tenant_id", "hash")


def list_document(items: Iterable[object], next_cursor: str | None = None) -> Document:
    """A listing, or one page of it."""
    return {"items": list(items), "next_cursor": next_cursor}


def _without(thing: msgspec.Struct, *hidden: str) -> Document:
    return {name: value for name, value in msgspec.structs.asdict(thing).items() if name not in hidden}
