"""Submitting: what a caller sends for one job or for thousands, and the receipts."""

from collections.abc import Sequence
from typing import Annotated, Final, Literal

import msgspec

from foliot.domain.debounce import Debounce
from foliot.domain.errors import FoliotError, InvalidDebounce, InvalidParents, InvalidRequest
from foliot.domain.identity import Identity
from foliot.domain.job import EMPTY_PAYLOAD
from foliot.domain.parents import Join, WaitFor
from foliot.domain.policy import NO_OVERRIDES, Overlap, Overrides
from foliot.domain.retry import RetryPolicy
from foliot.domain.schedule import AskedSchedule, MisfireName, MisfirePolicy, misfire_named
from foliot.domain.unique import LONGEST_KEY, Unique
from foliot.service.admission import JobRequest, ParentRequest
from foliot.service.jobs import LARGEST_BATCH, Ticket
from foliot.service.services import Services
from foliot.transports.http.answers import Answer
from foliot.transports.http.endpoint import endpoint
from foliot.transports.http.preferences import applied, ended_within, wait_of
from foliot.transports.http.problems import Problem, problem_of
from foliot.transports.http.reading import Shaped
from foliot.transports.http.streams import Caller
from foliot.transports.http.wire import PRIORITIES, Id, Instant, Name, PriorityName, RunView, view_whole_run

_NOTHING: Final = msgspec.Raw(EMPTY_PAYLOAD)


class NewParent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A job to wait for: one that runs once and was submitted before, or one of the same batch by its alias."""

    job_id: Id | None = None
    alias: Annotated[str, msgspec.Meta(description="What a job of the same batch is called by its `as`.")] | None = None
    wait_for: Annotated[WaitFor, msgspec.Meta(description="How it must end; any end will do for `finished`.")] = (
        WaitFor.SUCCEEDED
    )


class NewJob(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A job to be stored. Only `type` is needed; what is left out follows the type. It is due at once, unless
    `schedule` or `delay_seconds` says otherwise."""

    type: Annotated[str, msgspec.Meta(description="The name of a registered job type.", examples=["foliot.echo"])]
    payload: Annotated[
        msgspec.Raw,
        msgspec.Meta(
            description="Any JSON value that fits the arguments of the type.",
            extra_json_schema={"default": {}, "examples": [{"message": "hello"}]},
        ),
    ] = msgspec.field(default_factory=lambda: _NOTHING)
    schedule: AskedSchedule | None = None
    delay_seconds: Annotated[float, msgspec.Meta(ge=0)] | None = None
    queue: Name | None = None
    priority: PriorityName | None = None
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0, description="What bounds one attempt.")] | None = None
    retry: RetryPolicy | None = None
    misfire: (
        Annotated[
            MisfirePolicy | MisfireName,
            msgspec.Meta(description="What becomes of occurrences that came while nothing ran."),
        ]
        | None
    ) = None
    overlap: (
        Annotated[
            Overlap, msgspec.Meta(description="What becomes of one that is due while a run of the job is not over.")
        ]
        | None
    ) = None
    key: (
        Annotated[
            str,
            msgspec.Meta(
                description="A submission key: the same one again gets the first job.",
                extra_json_schema={"minLength": 1, "maxLength": LONGEST_KEY},
            ),
        ]
        | None
    ) = None
    key_expires_in_seconds: Annotated[float, msgspec.Meta(gt=0, description="A day, if left out.")] | None = None
    repeat_key: (
        Annotated[
            str,
            msgspec.Meta(
                description="Names this very request, so that it can be sent again: within a day it is answered as the "
                "first time. `key`, `unique` of the job or of its type, and a debounce go before it.",
                extra_json_schema={"minLength": 1, "maxLength": LONGEST_KEY},
            ),
        ]
        | None
    ) = None
    unique: (
        Annotated[
            Unique, msgspec.Meta(description="By what two jobs are the same, instead of by a key, and for how long.")
        ]
        | None
    ) = None
    debounce_seconds: (
        Annotated[
            float,
            msgspec.Meta(
                gt=0,
                description="It is due when it has been quiet for so long; the latest with its key says what it does.",
            ),
        ]
        | None
    ) = None
    debounce_max_wait_seconds: (
        Annotated[float, msgspec.Meta(gt=0, description="How long that may put it off after the first.")] | None
    ) = None
    expires_in_seconds: (
        Annotated[
            float,
            msgspec.Meta(gt=0, description="It expires unless it starts within that; each run of one that recurs."),
        ]
        | None
    ) = None
    expires_at: Annotated[Instant, msgspec.Meta(description="It expires unless it has started by then.")] | None = None
    parents: Annotated[
        Sequence[NewParent], msgspec.Meta(description="What its run waits for: of one that recurs, each run.")
    ] = ()
    join: Annotated[Join, msgspec.Meta(description="Whether all parents must end so, or any one is enough.")] = Join.ALL
    alias: Annotated[str, msgspec.Meta(description="What other jobs of the same batch name it by.")] | None = (
        msgspec.field(name="as", default=None)
    )

    def request(self, key: str | None = None) -> JobRequest:
        """The same for the service."""
        return JobRequest(
            type=self.type,
            payload=bytes(self.payload),
            schedule=self.schedule,
            delay_seconds=self.delay_seconds,
            queue=self.queue,
            priority=None if self.priority is None else PRIORITIES[self.priority],
            overrides=self._overrides(),
            key=self.key if key is None else key,
            parents=[
                ParentRequest(job_id=parent.job_id, alias=parent.alias, wait_for=parent.wait_for)
                for parent in self.parents
            ],
            join=self.join,
            alias=self.alias,
            expires_in_seconds=self.expires_in_seconds,
            expires_at=self.expires_at,
            key_expires_in_seconds=self.key_expires_in_seconds,
            repeat_key=self.repeat_key,
            unique=self.unique,
            debounce=self._debounce(),
        )

    def _debounce(self) -> Debounce | None:
        if self.debounce_seconds is not None:
            return Debounce(quiet_seconds=self.debounce_seconds, max_wait_seconds=self.debounce_max_wait_seconds)
        if self.debounce_max_wait_seconds is not None:
            raise InvalidDebounce(
                "debounce_max_wait_seconds bounds debounce_seconds; give that too.", "debounce_max_wait_seconds"
            )
        return None

    def _overrides(self) -> Overrides:
        if self.timeout_seconds is None and self.retry is None and self.misfire is None and self.overlap is None:
            return NO_OVERRIDES
        misfire = None if self.misfire is None else misfire_named(self.misfire)
        return Overrides(timeout_seconds=self.timeout_seconds, retry=self.retry, misfire=misfire, overlap=self.overlap)


_OneJob = Annotated[
    msgspec.Raw, msgspec.Meta(extra_json_schema={"anyOf": [{"$ref": "#/components/schemas/NewJob"}, {}]})
]
"""Anything is taken, and what is no job is rejected alone."""


class NewJobs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Up to 10,000 jobs. Each is judged by itself: a bad one is rejected alone, but with those that belong to one graph
    with it, by their aliases. With `all_or_none` a bad one keeps out all, and its problem is the answer."""

    jobs: list[_OneJob]
    all_or_none: bool = False


class Links(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where to go on from a receipt."""

    job: str
    run: str | None = None
    watch: str | None = None


class Receipt(msgspec.Struct, frozen=True):
    """The ids to ask by. `created` is false where the key was known, `updated` true where what a debounced job does was
    replaced; `run_id` is null for a job that recurs. `run` is there where its end was waited for, and came in time."""

    job_id: Id
    run_id: Id | None
    created: bool
    updated: bool
    links: Links
    run: RunView | msgspec.UnsetType = msgspec.UNSET


Status = Literal["created", "existing", "updated", "rejected"]


class BatchItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one job of a batch: its ids, or the problem for which it was rejected."""

    status: Status
    job_id: Id | None = None
    run_id: Id | None = None
    problem: Problem | None = None


class BatchReceipt(msgspec.Struct, frozen=True):
    """What became of each job of a batch, in its order, and the sums."""

    items: Sequence[BatchItem]
    created: int
    existing: int
    updated: int
    rejected: int


_new_job: Final = Shaped(NewJob)


@endpoint("POST", "/v1/jobs", "Submit a job", tag="Jobs", status=201, also=(200,), refuses=(422,))
async def submit_job(
    services: Services,
    identity: Identity,
    body: NewJob,
    idempotency_key: str | None,
    prefer: str | None,
    caller: Caller,
) -> Answer[Receipt]:
    """Stores a job; once this has answered, it survives any crash. With a submission key, in the header
    `Idempotency-Key` or as `key`, a repeated request gets the first job and 200; a key that is used for another job
    is refused with 422. With `Prefer: wait=n` a run that is over within n seconds (60 at most) is answered with 200 and
    the run with its result; else the answer is what it would have been without."""
    ticket = await services.jobs.submit(identity, body.request(_one_key(idempotency_key, body.key)))
    links = Links(f"/v1/jobs/{ticket.job_id}")
    if ticket.run_id is not None:
        links = Links(links.job, f"/v1/runs/{ticket.run_id}", f"/v1/runs/{ticket.run_id}/watch")
    created = ticket.created or ticket.repeated
    receipt = Receipt(ticket.job_id, ticket.run_id, created, ticket.updated, links)
    status = 201 if created else 200
    if prefer is None or ticket.run_id is None or (seconds := wait_of(prefer)) is None:
        return Answer(receipt, status, links.job)
    run = await ended_within(services, identity, ticket.run_id, seconds, caller)
    if run is not None:
        receipt, status = msgspec.structs.replace(receipt, run=view_whole_run(run)), 200
    return Answer(receipt, status, links.job, applied(seconds))


@endpoint("POST", "/v1/jobs:batch", "Submit many jobs", tag="Jobs", refuses=(409,), unwelcome=("idempotency_key",))
async def submit_jobs(
    services: Services, identity: Identity, body: NewJobs, idempotency_key: str | None
) -> BatchReceipt:
    """Stores thousands of jobs in one call and says of each what became of it. Those that are not rejected are
    stored together, or none is. A job may wait for another of the batch, which it names by its alias: such a graph is
    stored whole or rejected whole. With `all_or_none` one bad job keeps out all. Give each its own `key` to be able to
    repeat the call."""
    if idempotency_key is not None:
        raise InvalidRequest("A batch has no key of its own; give each of its jobs a `key`.", "Idempotency-Key")
    if len(body.jobs) > LARGEST_BATCH:
        raise InvalidRequest(f"A batch has at most {LARGEST_BATCH:,} jobs, this one {len(body.jobs):,}.", "jobs")
    if body.all_or_none:
        requests = [_new_job.from_json(text).request() for text in body.jobs]
        told = await services.jobs.submit_many(identity, requests, all_or_none=True)
        return _batch_receipt([_item(answer) for answer in told])
    read = [_read(text) for text in body.jobs]
    if any(isinstance(one, FoliotError) for one in read):
        read = [_without_graph(one) for one in read]
    requests = [request for request in read if isinstance(request, JobRequest)]
    answers = iter(await services.jobs.submit_many(identity, requests))
    return _batch_receipt([_item(next(answers) if isinstance(one, JobRequest) else one) for one in read])


ENDPOINTS: Final = (submit_job, submit_jobs)


def _read(text: msgspec.Raw) -> JobRequest | FoliotError:
    try:
        return _new_job.from_json(text).request()
    except FoliotError as error:
        return error


def _without_graph(one: JobRequest | FoliotError) -> JobRequest | FoliotError:
    """Where a job of the batch cannot be read, nobody knows to which graph it belongs: none is stored."""
    if isinstance(one, FoliotError) or (one.alias is None and all(parent.alias is None for parent in one.parents)):
        return one
    return InvalidParents(
        "Another job of this batch cannot be read, so that no graph of the batch is stored. Mend that one.", "jobs"
    )


def _item(answer: Ticket | FoliotError) -> BatchItem:
    if isinstance(answer, FoliotError):
        return BatchItem(status="rejected", problem=problem_of(answer))
    status: Status = "created" if answer.created or answer.repeated else "updated" if answer.updated else "existing"
    return BatchItem(status=status, job_id=answer.job_id, run_id=answer.run_id)


def _batch_receipt(items: Sequence[BatchItem]) -> BatchReceipt:
    statuses = [item.status for item in items]
    return BatchReceipt(items, *(statuses.count(status) for status in ("created", "existing", "updated", "rejected")))


def _one_key(in_header: str | None, in_body: str | None) -> str | None:
    """The submission key, from wherever it was given. In the header it is a structured-field string (RFC 9651
    §3.3.3), which is quoted; bare text is taken as well."""
    if in_header is None:
        return in_body
    key = in_header.strip()
    if key.startswith('"'):
        if len(key) < 2 or not key.endswith('"') or "\\" in key or '"' in key[1:-1]:
            raise InvalidRequest('Write the key as `Idempotency-Key: "text"`, without quotes in it.', "Idempotency-Key")
        key = key[1:-1]
    if not key or not key.isascii():
        raise InvalidRequest("The key must be ASCII text and not empty.", "Idempotency-Key")
    if in_body is not None and in_body != key:
        raise InvalidRequest("Idempotency-Key and `key` differ; give one of them.", "key")
    return key
