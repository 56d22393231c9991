"""Foliot over HTTP: jobs are submitted to a server and followed from afar, with the calls and handles of an App."""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Sequence
from datetime import date, datetime
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, Unpack, overload

import msgspec

from foliot.domain.errors import Conflict, InvalidPayload, InvalidSchedule, InvalidSettings, UnknownJobType
from foliot.domain.event import Event
from foliot.domain.identity import Identity
from foliot.domain.job import Job
from foliot.domain.job_type import JobType
from foliot.domain.page import LARGEST_PAGE, Page, PageRequest
from foliot.domain.run import Attempt, Run
from foliot.domain.schedule import Calendar, Previewed, ScheduleOptions
from foliot.domain.states import JobState, RunState
from foliot.ports import CalendarSummary, JobFilter, RunFilter
from foliot.sdk.blocking_client import BlockingClient
from foliot.sdk.graph import Graph
from foliot.sdk.handle import Handle, handle_for
from foliot.sdk.job import Call, JobFunction, named
from foliot.sdk.schedules import When, schedule_of, zone_name
from foliot.service.changes import Change
from foliot.service.face import Face
from foliot.service.occurrences import Told
from foliot.service.watchers import ChangeFilter
from foliot.settings import Settings

if TYPE_CHECKING:
    from foliot.remote import Link

P = ParamSpec("P")
R = TypeVar("R")
Item = TypeVar("Item")
Word = TypeVar("Word", bound=str)


class Client:
    """Foliot, from another process or machine.

    It connects on first use, in the event loop that uses it, and lets go with `close()` or at the end of
    `async with client:`. Connections are kept and shared by all that goes on at once.

    What may be done twice is sent again, with growing pauses, when the server cannot be reached or says "not now".
    A job gets a submission key of its own for that, if it has none: it is stored once, whatever gets lost.

    Args:
        url: of the server, instead of FOLIOT_URL.
        key: an API key, instead of FOLIOT_API_KEY.
        timeout: the seconds to wait for a connection, and for the next piece of an answer.
        retries: how often a request is sent again; with 0 no submission keys are made.

    Raises:
        InvalidSettings: there is no URL or no key, or one cannot be used.
    """

    def __init__(
        self, url: str | None = None, key: str | None = None, *, timeout: float = 10.0, retries: int = 4
    ) -> None:
        if url is None or key is None:
            settings = Settings.from_environment(os.environ)
            url, key = url or settings.url, key or settings.api_key
        if url is None or key is None:
            raise InvalidSettings(
                "Give the URL of a server and an API key, or set FOLIOT_URL and FOLIOT_API_KEY.", "url"
            )
        self._make_link: Callable[[], Link] = lambda: _link(url, key, timeout, retries)
        self._link: Link | None = None
        self._open: tuple[Face, Identity] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._opening = asyncio.Lock()
        self._make_link()  # so that what cannot be used is refused here

    # -- submitting

    @overload
    async def submit(self, job: JobFunction[P, R], *args: P.args, **kwargs: P.kwargs) -> Handle[R]: ...
    @overload
    async def submit(self, job: Call[R]) -> Handle[R]: ...
    @overload
    async def submit(self, job: str, payload: object = None, **options: Any) -> Handle[Any]: ...
    async def submit(self, job: JobFunction[..., R] | Call[R] | str, *args: Any, **kwargs: Any) -> Handle[Any]:
        """Submit a job: a function of an App with its arguments, a call of one (`greet.options(…).call(…)`), or the
        name of a type with its payload and any options that `JobFunction.options` has.

        Raises:
            InvalidPayload: the arguments do not fit.
            InvalidRequest: something else cannot be used.
            KeyConflict: the submission key belongs to another job.
            Unavailable: the server cannot be reached, or cannot take it now.
        """
        if isinstance(job, Call):
            call = job
        elif isinstance(job, JobFunction):
            call = job.call(*args, **kwargs)
        elif isinstance(job, str):
            call = _named_call(job, *args, **kwargs)
        else:
            raise UnknownJobType(f"{job!r} is not a job type, a call of one, or its name.", "job")
        services, identity = await self._opened()
        ticket = await services.jobs.submit(identity, call.request)
        return handle_for(services, identity, ticket, call.result_type)

    async def submit_many(self, calls: Sequence[Call[R]]) -> list[Handle[R]]:
        """Submit up to 10,000 calls, made with `job.call(…)`, in one request: all of them, or none.

        Raises:
            InvalidRequest: one of them cannot be used.
            KeyConflict: a submission key belongs to another job; the other calls are stored.
            Unavailable: the server cannot be reached, or cannot take them now.
        """
        services, identity = await self._opened()
        requests = [call.request for call in calls]
        answers = await services.jobs.submit_many(identity, requests, all_or_none=True)
        return [
            handle_for(services, identity, answer, call.result_type)
            for call, answer in zip(calls, answers, strict=True)
        ]

    async def submit_graph(self, graph: Graph) -> list[Handle[Any]]:
        """Submit a graph of calls, made with `foliot.chain` and `foliot.group`: all of them, or none.

        Raises:
            InvalidRequest: one of them cannot be used, or waits for a job that it cannot wait for.
            ParentEnded: one waits for an earlier job, which has ended otherwise.
            Unavailable: the server cannot be reached, or cannot take them now.
        """
        return await self.submit_many(graph.asked())

    async def handle(self, run_id: str, job: JobFunction[P, R] | None = None) -> Handle[R]:
        """A handle on an earlier run, for instance one whose id was kept; `job` gives the result its type.

        Raises:
            NotFound: the tenant has no such run.
        """
        services, identity = await self._opened()
        run = await services.runs.get(identity, run_id)
        return Handle(services, identity, run.job_id, run.id, Any if job is None else job.result_type, created=False)

    # -- jobs

    async def job(self, job_id: str) -> Job:
        """A job with its payload, and what it waits for.

        Raises:
            NotFound: the tenant has no such job; so below.
        """
        services, identity = await self._opened()
        return await services.jobs.get(identity, job_id)

    async def jobs(
        self,
        *,
        state: JobState | None = None,
        type: str | None = None,  # noqa: A002 - the domain's word
        queue: str | None = None,
    ) -> AsyncIterator[Job]:
        """The tenant's jobs, newest first, all of them if one goes on reading; without their payloads."""
        services, identity = await self._opened()
        wanted = JobFilter(state=state, type=type, queue=queue)
        async for job in _pages(lambda page: services.jobs.page(identity, wanted, page)):
            yield job

    async def cancel(self, job_id: str, *, if_revision: int | None = None) -> Job:
        """Cancel a job: what has not started never will, what runs is asked to stop. Harmless when it is over.

        Args:
            if_revision: the revision of the job that was seen: whoever edited it since wins; so below.

        Raises:
            RevisionConflict: it has another revision than that; so below.
        """
        services, identity = await self._opened()
        return await services.jobs.cancel(identity, job_id, if_revision)

    async def pause(self, job_id: str, *, if_revision: int | None = None) -> Job:
        """Plan no more occurrences of a recurring job until it is resumed; runs that exist go on.

        Raises:
            Conflict: the job does not recur, or has ended; so below.
        """
        services, identity = await self._opened()
        return await services.jobs.pause(identity, job_id, if_revision)

    async def resume(self, job_id: str, *, if_revision: int | None = None) -> Job:
        """Let a paused job go on with its first occurrence from now on."""
        services, identity = await self._opened()
        return await services.jobs.resume(identity, job_id, if_revision)

    async def run_now(self, job_id: str, *, if_revision: int | None = None) -> Handle[Any]:
        """Run a recurring job once more, now, beside its schedule."""
        services, identity = await self._opened()
        run = await services.jobs.run_now(identity, job_id, if_revision)
        return Handle(services, identity, run.job_id, run.id, Any, created=True)

    async def job_events(self, job_id: str) -> list[Event]:
        """What happened to a job itself, oldest first; what happened to its runs is told by each run."""
        services, identity = await self._opened()
        return await services.jobs.events(identity, job_id)

    async def backfill(self, job_id: str, since: datetime, until: datetime | None = None) -> list[Handle[Any]]:
        """Give each occurrence of a recurring job from `since` on and before `until` (now) that had no run of its own
        one, now: one after the other, unless its overlaps are allowed.

        Raises:
            Conflict: the job does not recur, or has ended.
            InvalidRequest: more than 1,000 occurrences lie in that range.
            InvalidTime: an instant is absurd or to come, or `until` is not after `since`.
        """
        services, identity = await self._opened()
        runs = await services.backfilling.backfill(identity, job_id, since, until)
        return [Handle(services, identity, run.job_id, run.id, Any, created=True) for run in runs]

    async def occurrences(
        self, job_id: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> AsyncIterator[Told]:
        """The planned instants of a recurring job from `since` (a day ago) on and before `until`: what became of those
        that have come, and those to come, which may have no end.

        Raises:
            Conflict: the job runs once.
        """
        services, identity = await self._opened()
        while True:
            found = await services.occurrences.between(identity, job_id, since, until, LARGEST_PAGE)
            for told in found.items:
                yield told
            if found.next_from is None:
                return
            since = found.next_from

    # -- runs

    async def run(self, run_id: str) -> Run:
        """A run, with its result as JSON where it has one.

        Raises:
            NotFound: the tenant has no such run; so below.
        """
        services, identity = await self._opened()
        return await services.runs.get(identity, run_id)

    async def runs(
        self,
        *,
        state: RunState | None = None,
        type: str | None = None,  # noqa: A002 - the domain's word
        queue: str | None = None,
        job_id: str | None = None,
    ) -> AsyncIterator[Run]:
        """The tenant's runs, newest first, all of them if one goes on reading; without their results."""
        services, identity = await self._opened()
        wanted = RunFilter(state=state, type=type, queue=queue, job_id=job_id)
        async for run in _pages(lambda page: services.runs.page(identity, wanted, page)):
            yield run

    async def attempts(self, run_id: str) -> list[Attempt]:
        """All tries of a run, oldest first, the present one included."""
        services, identity = await self._opened()
        return await services.runs.attempts(identity, run_id)

    async def events(self, run_id: str) -> list[Event]:
        """All that happened to a run so far, oldest first."""
        services, identity = await self._opened()
        return await services.runs.events(identity, run_id)

    async def cancel_run(self, run_id: str) -> Run:
        """Cancel a run that has not started, or ask the worker of a running one to stop it."""
        services, identity = await self._opened()
        return await services.runs.cancel(identity, run_id)

    async def retry_now(self, run_id: str) -> Run:
        """Make a run that waits for its time or its next attempt due now.

        Raises:
            IllegalTransition: it does not wait; a dead letter is replayed instead.
        """
        services, identity = await self._opened()
        return await services.runs.retry_now(identity, run_id)

    async def changes(self, wanted: ChangeFilter, after: str | None = None) -> AsyncGenerator[Change, None]:
        """What becomes of the tenant's runs that fit, from now on, or from the cursor of an earlier change on: each end
        of a run, and the newest of their other changes.

        The first that is `ready` says that from here on nothing is missed; what breaks is taken up again where it was.

        Raises:
            InvalidRequest: the filter or the cursor cannot be used.
            NotFound: the tenant has not all of the runs that are named.
            Unavailable: the server stays away.
        """
        services, identity = await self._opened()
        async for change in await services.changes.watch(identity, wanted, after):
            yield change

    async def watch(
        self,
        *runs: Handle[Any],
        type: str | Iterable[str] = (),  # noqa: A002 - the domain's word
        queue: str | Iterable[str] = (),
        state: RunState | Iterable[RunState] = (),
        job_id: str | Iterable[str] = (),
    ) -> AsyncGenerator[Run, None]:
        """The runs that fit, as they become something else. Those that are given are told as they stand first, and it
        ends when all of them are over; else it goes on for ever. See `changes`.

        Raises:
            Conflict: one that is given is a job that recurs; watch that by its `job_id`.
        """
        if recurring := [handle.job_id for handle in runs if handle.run_id is None]:
            raise Conflict(f"Job {recurring[0]} recurs; watch it by its job_id.")
        wanted = ChangeFilter(
            types=_several(type),
            queues=_several(queue),
            states=_several(state),
            job_ids=_several(job_id),
            run_ids={handle.run_id for handle in runs if handle.run_id is not None},
        )
        async for change in self.changes(wanted):
            if change.run is not None:
                yield change.run

    # -- dead letters

    async def dead_letters(
        self,
        *,
        type: str | None = None,  # noqa: A002 - the domain's word
        queue: str | None = None,
    ) -> AsyncIterator[Run]:
        """Runs that failed for good and were neither replayed nor discarded, newest first."""
        services, identity = await self._opened()
        wanted = RunFilter(type=type, queue=queue)
        async for run in _pages(lambda page: services.dead_letters.page(identity, wanted, page)):
            yield run

    async def replay(self, run_id: str) -> Handle[Any]:
        """A new run of a dead letter, which is none any more.

        Raises:
            NotFound: it is no dead letter of this tenant.
        """
        services, identity = await self._opened()
        run = await services.dead_letters.replay(identity, run_id)
        return Handle(services, identity, run.job_id, run.id, Any, created=True)

    async def discard(self, run_id: str) -> None:
        """Take a run off the dead letters. It stays in the history.

        Raises:
            NotFound: it is no dead letter of this tenant.
        """
        services, identity = await self._opened()
        await services.dead_letters.discard(identity, run_id)

    # -- calendars

    async def put_calendar(self, name: str, dates: Iterable[date] | str, description: str = "") -> Calendar:
        """Store an exclusion calendar, or replace the one of that name; see `App.put_calendar`.

        Raises:
            InvalidCalendar: something about it cannot be used; nothing was stored.
            Conflict: the tenant has too many calendars.
        """
        services, identity = await self._opened()
        put = services.calendars.put_icalendar if isinstance(dates, str) else services.calendars.put
        return (await put(identity, name, dates, description)).calendar  # type: ignore[arg-type]  # each takes its own

    async def calendars(self) -> list[CalendarSummary]:
        """The tenant's exclusion calendars without their dates, by name."""
        services, identity = await self._opened()
        return await services.calendars.all(identity)

    async def calendar(self, name: str) -> Calendar:
        """An exclusion calendar with its dates.

        Raises:
            NotFound: the tenant has none of that name.
        """
        services, identity = await self._opened()
        return await services.calendars.get(identity, name)

    async def delete_calendar(self, name: str) -> None:
        """Forget an exclusion calendar.

        Raises:
            NotFound: the tenant has none of that name.
            Conflict: an active or paused job excludes it.
        """
        services, identity = await self._opened()
        await services.calendars.delete(identity, name)

    async def preview(self, most: int = 10, from_: datetime | None = None, **when: Unpack[When]) -> list[Previewed]:
        """When a job with these options would run, if it were created at `from_` or now; see `foliot.preview`. What the
        tenant's calendars exclude is left out.

        Raises:
            InvalidSchedule: the schedule cannot be followed.
            UnknownCalendar: no such calendar; the nearest name is suggested.
        """
        services, identity = await self._opened()
        said: dict[str, Any] = {**when, "timezone": zone_name(when.get("timezone"))}
        schedule = schedule_of(ScheduleOptions(**said))
        if schedule is None:
            raise InvalidSchedule("Say when: give `cron`, `rrule`, `every` or `at`.", "schedule")
        return await services.previewing.preview(identity, schedule, from_, most)

    # -- what there is

    async def types(self) -> list[JobType]:
        """Every job type that a worker has registered, by name."""
        services, identity = await self._opened()
        return await services.catalogue.all(identity)

    async def me(self) -> Identity:
        """Whom the key stands for: tenant, user and role.

        Raises:
            Unauthenticated: it opens nothing.
            Unavailable: the server cannot be reached.
        """
        return (await self._opened())[1]

    @cached_property
    def blocking(self) -> BlockingClient:
        """The same for code without an event loop."""
        return BlockingClient(self)

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop in which the client is connected, if it is."""
        return None if self._loop is None or self._loop.is_closed() else self._loop

    async def close(self) -> None:
        """Let go of all connections."""
        link, self._link, self._open, self._loop, self._opening = self._link, None, None, None, asyncio.Lock()
        if link is not None:
            await link.close()

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _opened(self) -> tuple[Face, Identity]:
        """The use cases over the server, and whom the key stands for.

        Raises:
            Conflict: the client is connected in another event loop.
        """
        here = asyncio.get_running_loop()
        if self._loop not in (None, here):
            if self.loop is not None:
                raise Conflict("This client is used in another event loop; use `client.blocking`, or another Client.")
            # That loop has ended, and its connections with it.
            self._link = self._open = self._loop = None
            self._opening = asyncio.Lock()
        if self._open is not None:
            return self._open
        self._loop = here
        async with self._opening:
            if self._open is None:
                from foliot.remote import RemoteServices, identity_over

                self._link = self._link or self._make_link()
                self._open = RemoteServices.over(self._link), await identity_over(self._link)
            return self._open


def _link(url: str, key: str, timeout: float, retries: int) -> "Link":
    from foliot.remote import Link, Retrying

    return Link(url, key, timeout=timeout, retrying=Retrying(times=retries))


def _named_call(job_type: str, payload: object = None, **options: Any) -> Call[Any]:
    try:
        call = named(job_type).options(**options).call()
    except TypeError as error:
        raise InvalidPayload(f"{error}; JobFunction.options has the options there are.", "options") from None
    if payload is None:
        return call
    try:
        text = msgspec.json.encode(payload)
    except (TypeError, RecursionError, UnicodeEncodeError) as error:
        raise InvalidPayload(f"The payload of {job_type} has no JSON form: {error}.", "payload") from None
    return msgspec.structs.replace(call, request=msgspec.structs.replace(call.request, payload=text))


def _several(words: Word | Iterable[Word]) -> frozenset[Word]:
    return frozenset([words] if isinstance(words, str) else words)


async def _pages(page_at: Callable[[PageRequest], Awaitable[Page[Item]]]) -> AsyncIterator[Item]:
    request = PageRequest(LARGEST_PAGE)
    while True:
        page = await page_at(request)
        for item in page.items:
            yield item
        if page.next_cursor is None:
            return
        request = PageRequest(LARGEST_PAGE, page.next_cursor)
