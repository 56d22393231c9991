"""What the API tells and takes, and the domain's values that it stands for. What newer servers add is passed over."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from foliot.domain.access import ApiKey
from foliot.domain.errors import InvalidPayload
from foliot.domain.event import Event
from foliot.domain.identity import Role
from foliot.domain.job import EMPTY_PAYLOAD, Job
from foliot.domain.job_type import JobType
from foliot.domain.parents import After, Join, Parent, WaitFor
from foliot.domain.policy import NO_OVERRIDES, Overlap, Overrides, Policy
from foliot.domain.priority import Priority
from foliot.domain.retry import RetryPolicy
from foliot.domain.ripple import Link
from foliot.domain.run import Attempt, Cause, Failure, Progress, Run
from foliot.domain.schedule import Calendar, MisfirePolicy, Previewed, Schedule
from foliot.domain.states import EventType, JobState, RunState
from foliot.domain.unique import Unique
from foliot.ports import CalendarSummary
from foliot.service.admission import JobRequest
from foliot.service.calendars import PutCalendar
from foliot.service.graphs import Family, Graph, Member, Relative
from foliot.service.jobs import Ticket

_PRIORITIES: Final = {priority.label: priority for priority in Priority}
_EMPTY: Final = msgspec.Raw(EMPTY_PAYLOAD)
_NULL: Final = msgspec.Raw(b"null")


class RunShape(msgspec.Struct, frozen=True, kw_only=True):
    """A run."""

    id: str
    job_id: str
    type: str
    queue: str
    priority: str
    state: RunState
    due_at: datetime
    attempt: int
    max_attempts: int
    created_at: datetime
    queued_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    worker: str | None = None
    cancel_requested_at: datetime | None = None
    progress: Progress | None = None
    error: Failure | None = None
    cause: Cause | None = None
    replay_of: str | None = None
    expires_at: datetime | None = None
    planned_at: datetime | None = None
    result: msgspec.Raw = msgspec.field(default_factory=lambda: _NULL)

    def value(self, tenant_id: str) -> Run:
        """The same for those who ask. The fencing token is not told: `lease` is 0."""
        members = {name: getattr(self, name) for name in self.__struct_fields__}
        result = None if self.result == _NULL else bytes(self.result)
        return Run(
            **members | {"tenant_id": tenant_id, "priority": _PRIORITIES[self.priority], "lease": 0, "result": result}
        )


class RelativeShape(msgspec.Struct, frozen=True):
    """A parent or a child."""

    job_id: str
    wait_for: WaitFor
    type: str | None = None
    state: RunState | None = None

    def value(self) -> Relative:
        """The same for those who ask."""
        return Relative(self.job_id, self.wait_for, self.type, self.state)


class JobShape(msgspec.Struct, frozen=True, kw_only=True):
    """A job."""

    id: str
    type: str
    queue: str
    priority: str
    state: JobState
    created_at: datetime
    created_by: str
    schedule: Schedule | None = None
    timeout_seconds: float | None = None
    retry: RetryPolicy | None = None
    misfire: MisfirePolicy | None = None
    overlap: Overlap | None = None
    expires_in_seconds: float | None = None
    expires_at: datetime | None = None
    next_at: datetime | None = None
    planned: int = 0
    revision: int = 1
    root_id: str | None = None
    payload: msgspec.Raw = msgspec.field(default_factory=lambda: _EMPTY)
    parents: Sequence[RelativeShape] = ()
    join: Join | None = None
    children: Sequence[RelativeShape] = ()

    def value(self, tenant_id: str) -> Job:
        """The same for those who ask. How often it may be tried is told where the job itself says so."""
        overrides = Overrides(
            timeout_seconds=self.timeout_seconds,
            retry=self.retry,
            misfire=self.misfire,
            overlap=self.overlap,
            expires_in_seconds=self.expires_in_seconds,
            expires_at=self.expires_at,
        )
        after = None
        if self.parents:
            after = After(tuple(Parent(one.job_id, one.wait_for) for one in self.parents), self.join or Join.ALL)
        return Job(
            id=self.id,
            tenant_id=tenant_id,
            user_id=self.created_by,
            type=self.type,
            queue=self.queue,
            priority=_PRIORITIES[self.priority],
            payload=bytes(self.payload),
            state=self.state,
            max_attempts=(self.retry or RetryPolicy()).max_attempts,
            created_at=self.created_at,
            schedule=self.schedule,
            overrides=NO_OVERRIDES if overrides == NO_OVERRIDES else overrides,
            next_at=self.next_at,
            planned=self.planned,
            revision=self.revision,
            after=after,
            root_id=self.root_id,
        )

    def family(self) -> Family:
        """Whom it waits for, and who waits for it."""
        return Family([one.value() for one in self.parents], [one.value() for one in self.children])


class GraphShape(msgspec.Struct, frozen=True, kw_only=True):
    """A graph."""

    class LinkShape(msgspec.Struct, frozen=True):
        """That one waits for the other."""

        parent_id: str
        child_id: str
        wait_for: WaitFor

    job_id: str
    parents: Sequence[RelativeShape]
    members: Sequence[Member]
    links: Sequence[LinkShape]
    is_whole: bool

    def value(self, tenant_id: str) -> Graph:
        """The same for those who ask."""
        return Graph(
            job_id=self.job_id,
            parents=[one.value() for one in self.parents],
            members={member.job_id: member for member in self.members},
            links=[Link(tenant_id, one.parent_id, one.child_id, one.wait_for, Join.ALL) for one in self.links],
            is_whole=self.is_whole,
        )


class EventShape(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened."""

    id: str
    type: EventType
    at: datetime
    job_id: str
    run_id: str | None
    data: dict[str, Any]

    def value(self, tenant_id: str) -> Event:
        """The same for those who ask."""
        return Event(**{name: getattr(self, name) for name in self.__struct_fields__} | {"tenant_id": tenant_id})


class AttemptShape(msgspec.Struct, frozen=True, kw_only=True):
    """One try of a run."""

    number: int
    lease: int
    worker: str
    state: RunState
    due_at: datetime
    queued_at: datetime
    started_at: datetime
    ended_at: datetime | None = None
    cause: Cause | None = None
    error: Failure | None = None
    retry_at: datetime | None = None

    def value(self, run_id: str) -> Attempt:
        """The same for those who ask."""
        return Attempt(**{name: getattr(self, name) for name in self.__struct_fields__} | {"run_id": run_id})


class TypeShape(msgspec.Struct, frozen=True, kw_only=True):
    """A job type."""

    name: str
    description: str
    queue: str
    priority: str
    timeout_seconds: float
    retry: RetryPolicy
    misfire: MisfirePolicy
    overlap: Overlap
    unique: Unique | None = None
    arguments: dict[str, Any]

    def value(self) -> JobType:
        """The same for those who ask."""
        policy = Policy(
            queue=self.queue,
            priority=_PRIORITIES[self.priority],
            timeout_seconds=self.timeout_seconds,
            retry=self.retry,
            misfire=self.misfire,
            overlap=self.overlap,
            unique=self.unique,
        )
        return JobType(name=self.name, description=self.description, policy=policy, schema=self.arguments)


class KeyShape(msgspec.Struct, frozen=True, kw_only=True):
    """An API key; `key` is its text where it was just made."""

    id: str
    name: str
    role: Role
    prefix: str
    created_at: datetime
    revoked_at: datetime | None = None
    key: str = ""

    def value(self, tenant_id: str) -> ApiKey:
        """The same for those who ask; nobody is told the hash."""
        members = {name: getattr(self, name) for name in self.__struct_fields__ if name != "key"}
        return ApiKey(**members | {"tenant_id": tenant_id, "hash": ""})


class Me(msgspec.Struct, frozen=True):
    """Whom the key stands for."""

    tenant_id: str
    user_id: str
    role: Role


class PreviewShape(msgspec.Struct, frozen=True):
    """Occurrences to come."""

    items: Sequence[Previewed]


class CalendarsShape(msgspec.Struct, frozen=True):
    """All calendars."""

    items: Sequence[CalendarSummary]


class StoredCalendarShape(msgspec.Struct, frozen=True):
    """A calendar that was just stored."""

    calendar: Calendar
    replanned: int

    def value(self) -> PutCalendar:
        """The same for those who ask."""
        return PutCalendar(self.calendar, self.replanned)


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a submit."""

    job_id: str
    run_id: str | None
    created: bool
    updated: bool = False


class RunPageShape(msgspec.Struct, frozen=True):
    """Some runs."""

    items: Sequence[RunShape]
    next_cursor: str | None


class JobPageShape(msgspec.Struct, frozen=True):
    """Some jobs."""

    items: Sequence[JobShape]
    next_cursor: str | None


class EventsShape(msgspec.Struct, frozen=True):
    """What happened."""

    items: Sequence[EventShape]


class AttemptsShape(msgspec.Struct, frozen=True):
    """All tries of a run."""

    items: Sequence[AttemptShape]


class TypesShape(msgspec.Struct, frozen=True):
    """All job types."""

    items: Sequence[TypeShape]


class KeysShape(msgspec.Struct, frozen=True):
    """All keys."""

    items: Sequence[KeyShape]


def job_document(request: JobRequest) -> dict[str, Any]:
    """A request as `POST /v1/jobs` takes it; what follows the type is left out.

    Raises:
        InvalidPayload: the payload is not JSON.
    """
    try:
        msgspec.json.decode(request.payload)  # it goes into the body as it is, which must stay one document
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidPayload(f"The payload is not JSON: {error}.", "payload") from None
    told = {
        "schedule": request.schedule,
        "delay_seconds": request.delay_seconds,
        "queue": request.queue,
        "priority": None if request.priority is None else request.priority.label,
        "timeout_seconds": request.overrides.timeout_seconds,
        "retry": request.overrides.retry,
        "misfire": request.overrides.misfire,
        "overlap": request.overrides.overlap,
        "key": request.key,
        "key_expires_in_seconds": request.key_expires_in_seconds,
        "repeat_key": request.repeat_key,
        "unique": request.unique,
        "debounce_seconds": None if request.debounce is None else request.debounce.quiet_seconds,
        "debounce_max_wait_seconds": None if request.debounce is None else request.debounce.max_wait_seconds,
        "expires_in_seconds": request.expires_in_seconds,
        "expires_at": request.expires_at,
        "as": request.alias,
    }
    document: dict[str, Any] = {"type": request.type, "payload": msgspec.Raw(request.payload)}
    document |= {name: value for name, value in told.items() if value is not None}
    if request.parents:
        document["parents"] = [
            {"wait_for": parent.wait_for}
            | ({"job_id": parent.job_id} if parent.job_id is not None else {})
            | ({"alias": parent.alias} if parent.alias is not None else {})
            for parent in request.parents
        ]
        document["join"] = request.join
    return document


def ticket_of(receipt: Receipt) -> Ticket:
    """The receipt."""
    return Ticket(receipt.job_id, receipt.run_id, receipt.created, receipt.updated)
