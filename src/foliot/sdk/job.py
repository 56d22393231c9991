"""Functions as job types, and the calls of them that are submitted."""

from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from functools import update_wrapper
from typing import Any, Concatenate, Final, Generic, Literal, ParamSpec, Protocol, TypeVar, get_type_hints, overload
from zoneinfo import ZoneInfo

import msgspec

from foliot.domain.debounce import Debounce
from foliot.domain.errors import InvalidDebounce, InvalidParents, InvalidPayload, UnknownJobType
from foliot.domain.job_type import JobType
from foliot.domain.parents import Join, WaitFor
from foliot.domain.policy import NO_OVERRIDES, Overlap, Overrides
from foliot.domain.priority import Priority
from foliot.domain.retry import RetryPolicy
from foliot.domain.schedule import (
    Fold,
    Gap,
    MisfireName,
    MisfirePolicy,
    MonthEnd,
    Schedule,
    ScheduleOptions,
    in_seconds,
    misfire_named,
)
from foliot.domain.unique import Unique
from foliot.engine.context import Context
from foliot.engine.handler import Handler
from foliot.sdk.policies import OverlapName, PriorityName, overlap_named, priority_named, retry_checked
from foliot.sdk.schedules import calendar_names, schedule_of, zone_name
from foliot.service.admission import JobRequest, ParentRequest

P = ParamSpec("P")
R = TypeVar("R")

_encode: Final = msgspec.json.Encoder().encode


WaitForName = Literal["succeeded", "failed", "cancelled", "finished"]
JoinName = Literal["all", "any"]


class Submitted(Protocol):
    """A handle, waiting or not."""

    job_id: str


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What one submission sets otherwise than its job type; see `JobFunction.options`."""

    schedule: Schedule | None = None
    delay: timedelta | float | None = None
    queue: str | None = None
    priority: Priority | None = None
    overrides: Overrides = NO_OVERRIDES
    key: str | None = None
    key_expires_in: timedelta | float | None = None
    unique: Unique | None = None
    debounce: timedelta | float | None = None
    debounce_max_wait: timedelta | float | None = None
    expires_in: timedelta | float | None = None
    expires_at: datetime | None = None
    after: Sequence[ParentRequest] = ()
    join: Join = Join.ALL
    wait_for: WaitFor = WaitFor.SUCCEEDED

    def request(self, job_type: str, payload: bytes) -> JobRequest:
        """The request for a job of that type and payload."""
        if self is _NO_OPTIONS:
            return JobRequest(type=job_type, payload=payload)
        return JobRequest(
            type=job_type,
            payload=payload,
            schedule=self.schedule,
            delay_seconds=None if self.delay is None else in_seconds(self.delay),
            queue=self.queue,
            priority=self.priority,
            overrides=self.overrides,
            key=self.key,
            parents=self.after,
            join=self.join,
            expires_in_seconds=maybe_seconds(self.expires_in),
            expires_at=self.expires_at,
            key_expires_in_seconds=maybe_seconds(self.key_expires_in),
            unique=self.unique,
            debounce=self._debounce(),
        )

    def _debounce(self) -> Debounce | None:
        if self.debounce is None:
            if self.debounce_max_wait is not None:
                raise InvalidDebounce("debounce_max_wait bounds debounce; give that too.", "debounce_max_wait")
            return None
        return Debounce(quiet_seconds=in_seconds(self.debounce), max_wait_seconds=maybe_seconds(self.debounce_max_wait))


_NO_OPTIONS: Final = Options()


class Call(msgspec.Struct, Generic[R], frozen=True):
    """A call that has not happened yet: what `submit_many` takes."""

    request: JobRequest
    result_type: Any
    wait_for: WaitFor = WaitFor.SUCCEEDED
    """How those must end that come before it in a graph."""


class JobFunction(Generic[P, R]):
    """A function that is a job type. Calling it runs it here and now; submitting it runs it in a worker."""

    def __init__(self, handler: Handler, result_type: Any, options: Options = _NO_OPTIONS) -> None:
        self.handler = handler
        self.result_type = result_type
        self._options = options
        update_wrapper(self, handler.function)

    @property
    def name(self) -> str:
        """The name of the job type."""
        return self.handler.job_type.name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.handler.function(*args, **kwargs)

    def options(
        self,
        *,
        at: datetime | None = None,
        delay: timedelta | float | None = None,
        every: timedelta | float | None = None,
        exclude: Sequence[str] = (),
        cron: str | None = None,
        rrule: str | None = None,
        timezone: str | ZoneInfo | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        count: int | None = None,
        jitter: timedelta | float | None = None,
        gap: Gap | None = None,
        fold: Fold | None = None,
        month_end: MonthEnd | None = None,
        misfire: MisfirePolicy | MisfireName | None = None,
        overlap: Overlap | OverlapName | None = None,
        queue: str | None = None,
        priority: Priority | PriorityName | None = None,
        timeout: timedelta | float | None = None,
        retry: RetryPolicy | None = None,
        key: str | None = None,
        key_expires_in: timedelta | float | None = None,
        unique: Unique | None = None,
        debounce: timedelta | float | None = None,
        debounce_max_wait: timedelta | float | None = None,
        expires_in: timedelta | float | None = None,
        expires_at: datetime | None = None,
        after: Sequence[Submitted | str] = (),
        wait_for: WaitFor | WaitForName = WaitFor.SUCCEEDED,
        join: Join | JoinName = Join.ALL,
    ) -> "JobFunction[P, R]":
        """The same job type, submitted otherwise.

        Args:
            at: the instant to run at, with a UTC offset.
            delay: how long to wait, in seconds or as a timedelta.
            every: the interval of a recurring job, in seconds (at least one) or as a timedelta.
            exclude: the names of calendars on whose dates, in its timezone, a recurring job does not run; see
                `App.put_calendar`.
            cron: a cron line, as `0 8 * * MON-FRI`, or with seconds before it, or an alias as `@daily`.
            rrule: a rule of RFC 5545, as `FREQ=MONTHLY;BYDAY=-1FR`, counted from `start`; or a block of lines with
                DTSTART, RRULE, RDATE and EXDATE.
            timezone: whose clocks `cron` and `rrule` go by, as `America/New_York`; UTC if left out.
            start: the first instant allowed (of `every`, the one to count from), with a UTC offset; for `rrule` the
                local time in the timezone that it counts from, without an offset.
            end: the last instant allowed, with a UTC offset.
            count: the most occurrences.
            jitter: the most by which a run is due later than planned, in seconds or as a timedelta.
            gap: what becomes of a local time that clocks leap over: `next_valid` (the first minute after), `shift` (as
                much later), `skip`.
            fold: which of a local time that clocks show twice: `first`, `second`, `both`.
            month_end: what an `rrule` does in a month without its day: `skip`, or `last_valid`, its last day.
            misfire: instead of the type's: what becomes of occurrences that came while nothing ran, `foliot.Coalesce`,
                `Skip`, `CatchUp`, or the name of one.
            overlap: instead of the type's: what becomes of one that is due while a run of the job is not over, `skip`,
                `allow`, `queue_one` or `cancel_running`.
            queue: instead of the type's.
            priority: instead of the type's: `critical`, `high`, `default` or `low`.
            timeout: how long one attempt may take, in seconds or as a timedelta.
            retry: instead of the type's policy.
            key: the submission key: of two submissions with one key, the second gets the first one's job.
            key_expires_in: how long the key is remembered, in seconds or as a timedelta; a day if left out.
            unique: instead of the type's: by what two submissions are the same, instead of by a key, and for how long.
            debounce: how long it must have been quiet before the run is due, in seconds or as a timedelta. Until then
                each submission with the same `key`, or that is the same by `unique`, says anew what the job does.
            debounce_max_wait: how long that may put the run off after the first submission.
            expires_in: within which time it must start, in seconds or as a timedelta, or it expires. For a job that
                recurs it is counted from when each run is due.
            expires_at: the instant by which it must have started, with a UTC offset.
            after: the handles, or the ids, of jobs to wait for; `ctx.parents` then has their results. After a job that
                recurs, this one has a run for each run of that.
            wait_for: how these must end: `succeeded`, `failed`, `cancelled`, or `finished`, whichever way.
            join: whether `all` of them must, or `any` one is enough. When that can never be, the job is skipped.

        Raises:
            InvalidSchedule: what is said of when does not go together, as two kinds at once.
            InvalidPolicy: there is no such `priority`, `misfire` or `overlap`, or `retry` is none.
            InvalidParents: there is no such `wait_for` or `join`.
        """
        said = ScheduleOptions(
            at=at, delay=delay, every=every, cron=cron, rrule=rrule, timezone=zone_name(timezone), start=start, end=end,
            count=count, jitter=jitter, gap=gap, fold=fold, month_end=month_end, exclude=calendar_names(exclude),
        )  # fmt: skip
        wanted, joined = _word(WaitFor, wait_for, "wait_for"), _word(Join, join, "join")
        options = Options(
            schedule=schedule_of(said),
            delay=delay,
            queue=queue,
            priority=None if priority is None else priority_named(priority),
            overrides=_overrides(timeout, retry, misfire, overlap),
            key=key,
            key_expires_in=key_expires_in,
            unique=unique,
            debounce=debounce,
            debounce_max_wait=debounce_max_wait,
            expires_in=expires_in,
            expires_at=expires_at,
            after=[ParentRequest(job_id=_job_id(parent), wait_for=wanted) for parent in after],
            join=joined,
            wait_for=wanted,
        )
        return JobFunction(self.handler, self.result_type, options)

    def call(self, *args: P.args, **kwargs: P.kwargs) -> Call[R]:
        """The call of this function with these arguments, to be submitted.

        Raises:
            InvalidPayload: the arguments do not fit the function, or have no JSON form.
        """
        parameters = self.handler.parameters
        given = dict(zip(parameters, args, strict=False))
        if len(args) > len(parameters) - self.handler.keyword_only or given.keys() & kwargs.keys():
            raise InvalidPayload(
                f"{self.name} takes ({', '.join(parameters)}); it was given {len(args)} by position"
                f"{' and ' + ', '.join(kwargs) + ' by name' if kwargs else ''}.",
                "payload",
            )
        given.update(kwargs)
        payload = in_json(given, f"arguments of {self.name}")
        return Call(self._options.request(self.name, payload), self.result_type, self._options.wait_for)


class JobDecorator:
    """What `@app.job(...)` returns: it keeps the types of the function that it is put on."""

    def __init__(self, make: Callable[[Callable[..., Any]], Handler]) -> None:
        self._make = make

    @overload
    def __call__(self, function: Callable[Concatenate[Context, P], Coroutine[Any, Any, R]]) -> JobFunction[P, R]: ...

    @overload
    def __call__(self, function: Callable[P, Coroutine[Any, Any, R]]) -> JobFunction[P, R]: ...

    @overload
    def __call__(self, function: Callable[Concatenate[Context, P], R]) -> JobFunction[P, R]: ...

    @overload
    def __call__(self, function: Callable[P, R]) -> JobFunction[P, R]: ...

    def __call__(self, function: Callable[..., Any]) -> JobFunction[..., Any]:
        handler = self._make(function)
        return JobFunction(handler, get_type_hints(function).get("return", Any))


W = TypeVar("W", WaitFor, Join)


def _word(words: type[W], word: str, field: str) -> W:
    try:
        return words(word)
    except ValueError:
        raise InvalidParents(f"{field} is one of {', '.join(words)}; not {word!r}.", field) from None


def _job_id(parent: Submitted | str) -> str:
    return parent if isinstance(parent, str) else parent.job_id


def _overrides(
    timeout: timedelta | float | None,
    retry: RetryPolicy | None,
    misfire: MisfirePolicy | MisfireName | None,
    overlap: Overlap | OverlapName | None,
) -> Overrides:
    if timeout is None and retry is None and misfire is None and overlap is None:
        return NO_OVERRIDES
    return Overrides(
        timeout_seconds=None if timeout is None else in_seconds(timeout),
        retry=None if retry is None else retry_checked(retry),
        misfire=None if misfire is None else misfire_named(misfire),
        overlap=None if overlap is None else overlap_named(overlap),
    )


def in_json(value: object, noun: str) -> bytes:
    """A value as JSON.

    Raises:
        InvalidPayload: it has no such form.
    """
    try:
        return _encode(value)
    except (TypeError, RecursionError, UnicodeEncodeError) as error:
        have = "have" if noun.startswith("arguments") else "has"
        raise InvalidPayload(f"The {noun} {have} no JSON form: {error}.", "payload") from None


def maybe_seconds(duration: timedelta | float | None) -> float | None:
    return None if duration is None else in_seconds(duration)


def named(name: str) -> JobFunction[..., Any]:
    """A job type whose function is elsewhere, to be submitted by its name; arguments are given by theirs."""
    handler = Handler(
        job_type=JobType(name=name),
        function=_elsewhere,
        execution="async",
        takes_context=False,
        parameters=(),
        keyword_only=0,
    )
    return JobFunction(handler, Any)


async def _elsewhere(**_: object) -> None:
    raise UnknownJobType("This job type is only known by its name here; submit it to have it run by a worker.", "type")
