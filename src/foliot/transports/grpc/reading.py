"""Reading what a request carries. Whatever cannot be read is a typed refusal that names the field."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from foliot.domain.errors import FoliotError, InvalidCursor, InvalidPolicy, InvalidRequest, InvalidUnique, NotFound
from foliot.domain.ids import is_id
from foliot.domain.job import EMPTY_PAYLOAD
from foliot.domain.page import DEFAULT_PAGE, LARGEST_PAGE, PageRequest
from foliot.domain.parents import Join, WaitFor
from foliot.domain.policy import NO_OVERRIDES, Overrides, check_name
from foliot.domain.retry import RetryPolicy
from foliot.service.admission import JobRequest, ParentRequest
from foliot.service.catalogue import Catalogue
from foliot.transports.grpc.generated.scheduler.v1 import job_pb2
from foliot.transports.grpc.policies import OVERLAPS, misfire_of, retry_of
from foliot.transports.grpc.schedules import field_of, schedule_of
from foliot.transports.grpc.times import instant_of, seconds_of
from foliot.transports.grpc.unique import debounce_of, unique_of
from foliot.transports.grpc.words import JOINS, PRIORITIES, WAITS

CHOSEN_ID_MEMORY: Final = timedelta(days=30)
"""How long a job can be asked for by an id that its caller chose."""

_FIELDS: Final = {
    "payload": "payload_json",
    "key": "idempotency_key",
    "delay_seconds": "delay",
    "timeout_seconds": "timeout",
    "expires_in_seconds": "expires_in",
    "key_expires_in_seconds": "key_expires_in",
    "unique.period_seconds": "unique.period",
    "debounce_seconds": "debounce.quiet",
    "debounce_max_wait_seconds": "debounce.max_wait",
    "retry.base_seconds": "retry.base",
    "retry.cap_seconds": "retry.cap",
}
"""What the message calls what the service calls otherwise."""

_RARE: Final = ("schedule", "delay", "expires_in", "expires_at", "unique", "debounce")
_LONGEST_SHOWN: Final = 100


async def job_request(job: job_pb2.Job, tenant_id: str, catalogue: Catalogue) -> JobRequest:
    """The request that a message stands for; its faults name fields of the message.

    Raises:
        InvalidRequest: a field cannot be read.
    """
    if not job.type:
        raise InvalidRequest("type is missing; it is the name of a registered job type.", "type")
    key = job.idempotency_key or None
    memory = seconds_of(job.key_expires_in, "key_expires_in") if job.HasField("key_expires_in") else None
    if job.job_id:
        key, memory = key_of(chosen_id(job.job_id)), CHOSEN_ID_MEMORY.total_seconds()
        if job.HasField("unique") or job.HasField("debounce"):
            raise InvalidUnique("An id that you choose is a key of its own; leave it out of such a job.", "job_id")
    plain = JobRequest(
        type=job.type,
        payload=job.payload_json.encode() if job.payload_json else EMPTY_PAYLOAD,
        priority=PRIORITIES.said(job.priority, "priority"),
        queue=job.queue or None,
        key=key,
        key_expires_in_seconds=memory,
        overrides=await _overrides(job, tenant_id, catalogue),
    )
    if not (job.parents or job.alias or job.join or any(map(job.HasField, _RARE))):
        return plain
    return msgspec.structs.replace(
        plain,
        schedule=schedule_of(job.schedule, "schedule") if job.HasField("schedule") else None,
        delay_seconds=seconds_of(job.delay, "delay") if job.HasField("delay") else None,
        parents=[_parent(parent, f"parents[{place}]") for place, parent in enumerate(job.parents)],
        join=JOINS.said(job.join, "join") or Join.ALL,
        alias=job.alias or None,
        expires_in_seconds=seconds_of(job.expires_in, "expires_in") if job.HasField("expires_in") else None,
        expires_at=instant_of(job.expires_at, "expires_at") if job.HasField("expires_at") else None,
        unique=unique_of(job.unique) if job.HasField("unique") else None,
        debounce=debounce_of(job.debounce) if job.HasField("debounce") else None,
    )


def field_at_fault(job: job_pb2.Job, error: FoliotError) -> str | None:
    """What the message calls the field that the service found at fault."""
    field = error.field
    if field is None:
        return None
    if field == "key" and job.job_id:
        return "job_id"
    if field == "retry.max_attempts" and not job.retry.HasField("max_attempts"):
        return "max_attempts"
    head, _, rest = field.partition(".")
    if head == "misfire" and rest:
        return f"misfire.{job.misfire.WhichOneof('policy')}.{rest.removesuffix('_seconds')}"
    if head == "schedule" and rest and rest.partition(".")[0] != job.schedule.WhichOneof("kind"):
        return f"schedule.{field_of(job.schedule, rest)}"
    return _FIELDS.get(field, field)


def chosen_id(text: str) -> str:
    """An id that a caller chose, in the canonical form of a UUID.

    Raises:
        InvalidRequest: it is none.
    """
    try:
        return str(UUID(text))
    except ValueError:
        raise InvalidRequest(f"job_id {text[:_LONGEST_SHOWN]!r} is not a UUID.", "job_id") from None


def key_of(chosen: str) -> str:
    """The submission key by which a job with a chosen id is known."""
    return f"job:{chosen}"


def run_id_of(text: str) -> str:
    """The id of a run.

    Raises:
        InvalidRequest: it is no UUID.
        NotFound: it is none of ours.
    """
    if is_id(text):
        return text
    try:
        UUID(text)
    except ValueError:
        raise InvalidRequest(f"run_id {text[:_LONGEST_SHOWN]!r} is not a UUID.", "run_id") from None
    raise NotFound(f"There is no run {text}; an id here is a lower-case UUIDv7.")


def page_request(size: int, token: str) -> PageRequest:
    """Which page (AIP-158): a size of 0 is the default, one too large the largest.

    Raises:
        InvalidRequest: the size is negative.
        InvalidCursor: the token was not made here.
    """
    if size < 0:
        raise InvalidRequest("page_size must not be negative.", "page_size")
    request = PageRequest(min(size or DEFAULT_PAGE, LARGEST_PAGE), token or None)
    try:
        request.before()
    except InvalidCursor:
        raise InvalidCursor(
            "This page_token was not made here; take next_page_token from the page before.", "page_token"
        ) from None
    return request


def name(text: str, field: str) -> str | None:
    """A name to filter by, None if it is empty.

    Raises:
        InvalidPolicy: nothing can have it.
    """
    if not text:
        return None
    check_name(text, field)
    return text


async def _overrides(job: job_pb2.Job, tenant_id: str, catalogue: Catalogue) -> Overrides:
    timeout = seconds_of(job.timeout, "timeout") if job.HasField("timeout") else None
    retry = await _retry(job, tenant_id, catalogue) if job.max_attempts or job.HasField("retry") else None
    misfire = misfire_of(job.misfire) if job.HasField("misfire") else None
    overlap = OVERLAPS.said(job.overlap, "overlap") if job.overlap else None
    if timeout is None and retry is None and misfire is None and overlap is None:
        return NO_OVERRIDES
    return Overrides(timeout_seconds=timeout, retry=retry, misfire=misfire, overlap=overlap)


async def _retry(job: job_pb2.Job, tenant_id: str, catalogue: Catalogue) -> RetryPolicy:
    """The job's own policy, or that of its type, with as many attempts as the job says."""
    if job.HasField("retry"):
        retry = retry_of(job.retry)
        if job.max_attempts and job.retry.HasField("max_attempts") and job.max_attempts != job.retry.max_attempts:
            raise InvalidPolicy("max_attempts and retry.max_attempts differ; give one of them.", "max_attempts")
    else:
        retry = (catalogue.known(tenant_id, job.type) or await catalogue.find(tenant_id, job.type)).policy.retry
    return msgspec.structs.replace(retry, max_attempts=job.max_attempts) if job.max_attempts else retry


def expected_revision(number: int) -> int | None:
    """The revision that a job must have; None: any.

    Raises:
        InvalidRequest: it can be none.
    """
    if number < 0:
        raise InvalidRequest("expected_revision must not be negative.", "expected_revision")
    return number or None


def _parent(given: job_pb2.Parent, at: str) -> ParentRequest:
    wait_for = WAITS.said(given.wait_for, f"{at}.wait_for") or WaitFor.SUCCEEDED
    return ParentRequest(job_id=given.job_id or None, alias=given.alias or None, wait_for=wait_for)
