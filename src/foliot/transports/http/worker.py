"""The worker protocol over HTTP: types, leases, heartbeats, progress and endings, many in each call."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

import msgspec

from foliot.domain.errors import FoliotError
from foliot.domain.identity import Identity
from foliot.domain.job_type import JobType
from foliot.domain.policy import Overlap, Policy
from foliot.domain.retry import RetryPolicy
from foliot.domain.run import Failure
from foliot.domain.states import RunState
from foliot.domain.time.misfire import Coalesce, MisfirePolicy
from foliot.domain.unique import Unique
from foliot.service.holding import LARGEST_REPORT, End, Ended, Ending, Hold, LeaseState, Saying
from foliot.service.leasing import LONGEST_WAIT_SECONDS, MOST_AT_ONCE, Leased
from foliot.service.services import Services
from foliot.transports.http.endpoint import endpoint
from foliot.transports.http.problems import Problem, problem_of
from foliot.transports.http.streams import Caller
from foliot.transports.http.types import TypeList, view_type
from foliot.transports.http.wire import PRIORITIES, PRIORITY_NAMES, Id, Instant, Name, PriorityName

_LARGEST_RESULTS_OF_PARENTS: Final = 1024 * 1024
_NULL: Final = msgspec.Raw(b"null")

Lease = Annotated[int, msgspec.Meta(description="The fencing token: the number of the lease, as it was given.")]


class NewType(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A job type that workers of this tenant do, and the policy of its jobs; what is left out is as usual."""

    name: Name
    description: str = ""
    queue: Name = "default"
    priority: PriorityName = "default"
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0, description="What bounds one attempt.")] = 300.0
    retry: RetryPolicy = RetryPolicy()
    misfire: MisfirePolicy = Coalesce()
    overlap: Overlap = Overlap.SKIP
    unique: (
        Annotated[
            Unique, msgspec.Meta(description="Of jobs that run once, and do not say what is the same themselves.")
        ]
        | None
    ) = None
    arguments: Annotated[
        dict[str, Any],
        msgspec.Meta(description="JSON Schema (2020-12) of the payload; without one anything is accepted."),
    ] = {}

    def job_type(self) -> JobType:
        """The same for the service."""
        policy = Policy(
            queue=self.queue, priority=PRIORITIES[self.priority], timeout_seconds=self.timeout_seconds,
            retry=self.retry, misfire=self.misfire, overlap=self.overlap, unique=self.unique,
        )  # fmt: skip
        return JobType(name=self.name, policy=policy, schema=self.arguments, description=self.description)


class NewTypes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Job types to be registered, all or none."""

    types: Annotated[Sequence[NewType], msgspec.Meta(min_length=1, max_length=500)]


class LeaseWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a worker would take. Ask for no more than can be begun at once."""

    worker: Annotated[Name, msgspec.Meta(description="What the worker is called in the history of the runs.")]
    types: Annotated[Sequence[Name], msgspec.Meta(min_length=1, description="Registered ones.")]
    queues: Annotated[Sequence[Name], msgspec.Meta(description="Those of the types, if left out.")] = ()
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST_AT_ONCE)] = 1
    wait_seconds: Annotated[
        float, msgspec.Meta(ge=0, le=LONGEST_WAIT_SECONDS, description="How long to wait for the first run.")
    ] = 0.0


class ParentView(msgspec.Struct, frozen=True, kw_only=True):
    """How a job ended that this one waited for; its state is null if it is not over, or forgotten."""

    job_id: Id
    state: RunState | None
    result: msgspec.Raw


class LeasedRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run to be done. It is named by `run_id` and `lease` in all that is said of it."""

    run_id: Id
    lease: Lease
    job_id: Id
    type: str
    queue: str
    priority: PriorityName
    payload: msgspec.Raw
    due_at: Instant
    planned_at: Annotated[Instant | None, msgspec.Meta(description="The occurrence of a recurring job.")]
    attempt: Annotated[int, msgspec.Meta(description="Which try this is, from 1.")]
    max_attempts: int
    timeout_seconds: Annotated[float, msgspec.Meta(description="How long the attempt may take.")]
    lease_until: Annotated[Instant, msgspec.Meta(description="When another gets it, unless it is renewed.")]
    parents: Annotated[
        Sequence[ParentView],
        msgspec.Meta(description="In the order in which the job names them. Results over 1 MiB together are null."),
    ]


class LeasedRuns(msgspec.Struct, frozen=True, kw_only=True):
    """The runs that are leased; none if none was queued in time. Renew them every `heartbeat_seconds`."""

    runs: Sequence[LeasedRun]
    lease_seconds: float
    heartbeat_seconds: float


class HoldView(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A run in hand."""

    run_id: str
    lease: Lease


class Heartbeat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All runs in hand, also those that are to be cancelled and have not ended yet."""

    runs: Annotated[Sequence[HoldView], msgspec.Meta(max_length=LARGEST_REPORT)]


class LeaseView(msgspec.Struct, frozen=True, kw_only=True):
    """How a lease stands. Drop a run that is `lost`; stop one that is `cancelling`, and say that it is cancelled."""

    run_id: str
    lease: Lease
    state: LeaseState


class LeaseList(msgspec.Struct, frozen=True):
    """How each stands, in the order in which they were named."""

    items: Sequence[LeaseView]


class Note(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Progress of a run, where there is a `fraction`; else a line for its event log."""

    run_id: str
    lease: Lease
    fraction: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    message: str = ""
    fields: Annotated[dict[str, Any], msgspec.Meta(description="Values that belong to the line.")] | None = None


class Notes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What workers tell of runs in hand."""

    notes: Annotated[Sequence[Note], msgspec.Meta(max_length=LARGEST_REPORT)]


class FailureView(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why an attempt failed. The rules of the retry policy are tried on `type`."""

    message: str
    type: str = ""
    code: str = "handler_error"
    trace: Annotated[str, msgspec.Meta(description="Where it was raised; only admins get to see it.")] = ""


class AttemptEnd(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an attempt ended: `handed_back` if the worker cannot do it now, which burns no attempt.

    A failed one is tried again as the policy of the job says, but for these: with `retry` false it is not, and with
    `retry_after_seconds` it waits that long.
    """

    run_id: str
    lease: Lease
    outcome: End
    result: Annotated[msgspec.Raw, msgspec.Meta(description="Any JSON value, of one that succeeded.")] = msgspec.field(
        default_factory=lambda: _NULL
    )
    error: FailureView | None = None
    retry: bool = True
    retry_after_seconds: Annotated[float, msgspec.Meta(ge=0)] | None = None

    def ending(self) -> Ending:
        """The same for the service."""
        told = self.error
        return Ending(
            run_id=self.run_id, lease=self.lease, end=self.outcome, result=bytes(self.result),
            failure=None if told is None else Failure(told.code, told.message, told.type, told.trace),
            permanent=not self.retry, retry_after_seconds=self.retry_after_seconds,
        )  # fmt: skip


class AttemptEnds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ends of attempts, each once."""

    outcomes: Annotated[Sequence[AttemptEnd], msgspec.Meta(max_length=LARGEST_REPORT)]


class EndItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a run has become by the end of an attempt; or why it was not stored, as with `lease_lost`."""

    run_id: str
    lease: Lease
    status: Literal["stored", "refused"]
    state: RunState | None = None
    retry_at: Instant | None = None
    problem: Problem | None = None


class EndList(msgspec.Struct, frozen=True):
    """What became of each, in the order in which they were named."""

    items: Sequence[EndItem]


@endpoint("POST", "/v1/worker/types", "Register job types of your workers", tag="Workers", refuses=(409,))
async def register_types(services: Services, identity: Identity, body: NewTypes) -> TypeList:
    """From now on jobs of these types are accepted in this tenant, and wait for workers that lease them. What was
    registered under a name is replaced. Names of the system's own types are refused."""
    types = [each.job_type() for each in body.types]
    return TypeList([view_type(each) for each in await services.catalogue.register_remote(identity, types)])


@endpoint("POST", "/v1/worker/lease", "Lease runs", tag="Workers", refuses=(409,))
async def lease_runs(services: Services, identity: Identity, body: LeaseWish, caller: Caller) -> LeasedRuns:
    """Up to `limit` queued runs of this tenant, the urgent and the oldest first, each under a lease. If none is queued,
    the answer waits for the first; whoever goes away meanwhile leaves no lease behind."""
    leased = await caller.unless_gone(
        services.leasing.lease(
            identity,
            body.worker,
            body.types,
            queues=body.queues,
            limit=body.limit,
            wait_seconds=body.wait_seconds,
        )
    )
    seconds = services.holding.lease.total_seconds()
    return LeasedRuns(
        runs=[_view_leased(each) for each in leased or ()], lease_seconds=seconds, heartbeat_seconds=seconds / 3
    )


@endpoint("POST", "/v1/worker/heartbeat", "Renew leases", tag="Workers")
async def renew_leases(services: Services, identity: Identity, body: Heartbeat) -> LeaseList:
    """Renews the leases of all runs in hand, and tells which are lost and which are to be cancelled."""
    holds = [Hold(each.run_id, each.lease) for each in body.runs]
    return _view_leases(holds, await services.holding.renew(identity, holds))


@endpoint("POST", "/v1/worker/progress", "Tell of progress", tag="Workers")
async def tell_progress(services: Services, identity: Identity, body: Notes) -> LeaseList:
    """Keeps progress and log lines of runs in hand; those of a lost lease are dropped."""
    sayings = [
        Saying(run_id=note.run_id, lease=note.lease, message=note.message, fraction=note.fraction, fields=note.fields)
        for note in body.notes
    ]
    holds = [Hold(each.run_id, each.lease) for each in sayings]
    return _view_leases(holds, await services.holding.say(identity, sayings))


@endpoint("POST", "/v1/worker/finish", "End attempts", tag="Workers")
async def finish_runs(services: Services, identity: Identity, body: AttemptEnds) -> EndList:
    """Ends attempts and says of each what its run has become. Each is judged by itself; what is stored is stored
    together. To send the same again is harmless."""
    endings = [each.ending() for each in body.outcomes]
    answers = await services.holding.finish(identity, endings)
    return EndList([_view_end(ending, answer) for ending, answer in zip(endings, answers, strict=True)])


ENDPOINTS: Final = (register_types, lease_runs, renew_leases, tell_progress, finish_runs)


def _view_leased(leased: Leased) -> LeasedRun:
    run = leased.claimed
    fits = sum(len(parent.document or b"") for parent in leased.parents) <= _LARGEST_RESULTS_OF_PARENTS
    return LeasedRun(
        run_id=run.run_id, lease=run.lease, job_id=run.job_id, type=run.type, queue=run.queue,
        priority=PRIORITY_NAMES[run.priority], payload=msgspec.Raw(run.payload.encode()), due_at=run.due_at,
        planned_at=run.planned_at, attempt=run.attempt, max_attempts=run.max_attempts,
        timeout_seconds=leased.timeout_seconds, lease_until=leased.lease_until,
        parents=[
            ParentView(
                job_id=parent.job_id, state=parent.state,
                result=msgspec.Raw(parent.document) if fits and parent.document is not None else _NULL,
            )
            for parent in leased.parents
        ],
    )  # fmt: skip


def _view_leases(holds: Sequence[Hold], states: Sequence[LeaseState]) -> LeaseList:
    return LeaseList(
        [
            LeaseView(run_id=hold.run_id, lease=hold.lease, state=state)
            for hold, state in zip(holds, states, strict=True)
        ]
    )


def _view_end(ending: Ending, answer: Ended | FoliotError) -> EndItem:
    if isinstance(answer, FoliotError):
        return EndItem(run_id=ending.run_id, lease=ending.lease, status="refused", problem=problem_of(answer))
    return EndItem(
        run_id=ending.run_id, lease=ending.lease, status="stored", state=answer.state, retry_at=answer.retry_at
    )
