"""The tool that makes jobs. A model that repeats itself makes one (ADR 31)."""

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec

from foliot.domain.debounce import Debounce
from foliot.domain.identity import Role
from foliot.domain.job import Job
from foliot.domain.page import PageRequest
from foliot.domain.parents import WaitFor
from foliot.domain.policy import NO_OVERRIDES, Overrides
from foliot.domain.priority import Priority
from foliot.domain.retry import RetryPolicy
from foliot.domain.schedule import misfire_named
from foliot.domain.states import JobState
from foliot.domain.unique import Unique
from foliot.ports import JobFilter
from foliot.service.admission import JobRequest, ParentRequest
from foliot.service.jobs import Ticket
from foliot.transports.mcp.answers import JobAnswer, job_answer
from foliot.transports.mcp.jobs import Misfire, Overlapping, TypeName, Urgency, standing
from foliot.transports.mcp.reading import InvalidArguments
from foliot.transports.mcp.tool import STARTS_WORK_ONCE, Call, tool
from foliot.transports.mcp.when import Planned, When, duration, planned, span

_LOOKED_THROUGH: Final = 100
_MOST_SIMILAR: Final = 3


class NewTask(When, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A job to be made."""

    type: TypeName
    payload: Annotated[
        dict[str, Any], msgspec.Meta(description="The type's arguments; types_list has their schema.")
    ] = msgspec.field(default_factory=dict)
    priority: Urgency | None = None
    queue: Annotated[str, msgspec.Meta(description="Leave out for the type's own.")] | None = None
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0, description="Bounds one attempt.")] | None = None
    max_attempts: Annotated[int, msgspec.Meta(ge=1, le=100, description="Tries in all.")] | None = None
    after: Annotated[Sequence[str], msgspec.Meta(description="Ids of jobs that must end first.")] = ()
    wait_for: Annotated[WaitFor, msgspec.Meta(description="How those must end.")] = WaitFor.SUCCEEDED
    misfire: Misfire | None = None
    overlap: Overlapping | None = None
    expires_in: Annotated[str, msgspec.Meta(description="Only if it starts within this: 10m.")] | None = None
    key: (
        Annotated[
            str, msgspec.Meta(description="Any text; a new one makes another job of an identical call. See `created`.")
        ]
        | None
    ) = None
    unique: (
        Annotated[
            dict[str, Any],
            msgspec.Meta(
                description="{}: no second one of this type and payload till it ends. Or by: [type, args, queue], "
                "args: [members of payload], until: started, period_seconds, window: fixed."
            ),
        ]
        | None
    ) = None
    debounce: (
        Annotated[
            str,
            msgspec.Meta(
                description="Due once not asked for again this long, with the last payload; with key or unique."
            ),
        ]
        | None
    ) = None
    debounce_max_wait: Annotated[str, msgspec.Meta(description="How long that may put it off.")] | None = None


class MadeJob(JobAnswer, frozen=True, kw_only=True, omit_defaults=True):
    """A job that was made, or one that was there already."""

    created: bool
    similar_job_ids: Sequence[str] = ()


@tool("Create a task", effects=STARTS_WORK_ONCE, role=Role.OPERATOR)
async def task_create(call: Call, arguments: NewTask) -> MadeJob:
    """Schedules a job of a type: at once, or give one of at, delay, every, cron, rrule. Check times with task_preview
    first. The same call again within 24 hours makes no second job but answers with the first, `created` false."""
    plan = planned(arguments, call.now, call.timezone)
    request = await _request(call, arguments, plan)
    ticket = await call.services.jobs.submit(call.identity, request)
    job, run = await standing(call, ticket.job_id)
    similar = await _similar(call, job) if ticket.created else []
    notes = [*plan.notes] if ticket.created else [_known(call, arguments, ticket, job)]
    if similar:
        notes.append("Other active jobs have the same type and payload, see similar_job_ids: cancel what is too many.")
    answer = job_answer(job, run, call.now, plan.timezone, notes=notes)
    return MadeJob(**msgspec.structs.asdict(answer), created=ticket.created, similar_job_ids=similar)


async def _request(call: Call, arguments: NewTask, plan: Planned) -> JobRequest:
    retry: RetryPolicy | None = None
    if arguments.max_attempts is not None:
        usual = (await call.services.catalogue.find(call.identity.tenant_id, arguments.type)).policy.retry
        retry = msgspec.structs.replace(usual, max_attempts=arguments.max_attempts)
    overrides = Overrides(
        timeout_seconds=arguments.timeout_seconds,
        retry=retry,
        misfire=None if arguments.misfire is None else misfire_named(arguments.misfire),
        overlap=arguments.overlap,
    )
    return JobRequest(
        type=arguments.type,
        payload=msgspec.json.encode(arguments.payload, order="sorted"),
        schedule=plan.schedule,
        delay_seconds=plan.delay_seconds,
        queue=arguments.queue,
        priority=None if arguments.priority is None else Priority[arguments.priority.upper()],
        overrides=NO_OVERRIDES if overrides == NO_OVERRIDES else overrides,
        parents=[ParentRequest(job_id=job_id, wait_for=arguments.wait_for) for job_id in arguments.after],
        expires_in_seconds=None if arguments.expires_in is None else _seconds(arguments.expires_in, "expires_in"),
        key=arguments.key,
        repeat_key=_repeat_key(call, arguments, plan),
        unique=None if arguments.unique is None else _unique(arguments.unique),
        debounce=_debounce(arguments),
    )


def _unique(said: dict[str, Any]) -> Unique:
    try:
        return msgspec.convert(said, Unique)
    except msgspec.ValidationError as error:
        raise InvalidArguments(f"`unique`: {error}.", "unique") from None


def _debounce(arguments: NewTask) -> Debounce | None:
    longest = arguments.debounce_max_wait
    if arguments.debounce is None:
        if longest is not None:
            raise InvalidArguments("debounce_max_wait bounds debounce; give that too.", "debounce_max_wait")
        return None
    return Debounce(
        quiet_seconds=_seconds(arguments.debounce, "debounce"),
        max_wait_seconds=None if longest is None else _seconds(longest, "debounce_max_wait"),
    )


def _seconds(text: str, field: str) -> float:
    return duration(text, field).total_seconds()


def _known(call: Call, arguments: NewTask, ticket: Ticket, job: Job) -> str:
    """What is said of a job that was there before."""
    if ticket.updated:
        return "It was asked for before and is not due yet; it does now what you asked for."
    ago = span(call.now - job.created_at)
    if arguments.unique is not None:
        return f"This is the same as what you asked for, made {ago} ago; nothing new was scheduled."
    first = "An identical call" if ticket.repeated or arguments.key is not None else "A call for the same by its type"
    by_now = "" if job.state is JobState.ACTIVE else f", which is {job.state} by now"
    return (
        f"{first} made this job {ago} ago{by_now}; nothing new was scheduled. If another one is wanted, call again "
        "with a new `key`."
    )


def _repeat_key(call: Call, arguments: NewTask, plan: Planned) -> str:
    """The same for the same call of the same client. A delay counts as it was said; what names an instant, such as the
    next 08:00, as what it stands for."""
    told = msgspec.json.encode((call.client, call.identity.user_id, arguments, plan.schedule), order="sorted")
    return f"mcp-{hashlib.sha256(told).hexdigest()[:40]}"


async def _similar(call: Call, job: Job) -> list[str]:
    """Other active jobs of the same type and payload: what a model may have meant already."""
    wanted = JobFilter(state=JobState.ACTIVE, type=job.type)
    page = await call.services.jobs.page(call.identity, wanted, PageRequest(_LOOKED_THROUGH))
    found = [each.id for each in page.items if each.id != job.id and each.payload == job.payload]
    return found[:_MOST_SIMILAR]
