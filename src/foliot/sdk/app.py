"""The application object: job types are declared on it, work is submitted through it, workers run it."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import date, timedelta
from functools import cached_property
from types import TracebackType
from typing import Any, ParamSpec, TypeVar, overload

from foliot.domain.errors import Conflict, InvalidPolicy, UnknownJobType
from foliot.domain.policy import Overlap, Policy
from foliot.domain.priority import Priority
from foliot.domain.retry import RetryPolicy
from foliot.domain.schedule import Calendar, MisfireName, MisfirePolicy, in_seconds, misfire_named
from foliot.domain.unique import Unique
from foliot.engine.handler import Execution, Handler, handler_of
from foliot.sdk.blocking import BlockingApp
from foliot.sdk.graph import Graph
from foliot.sdk.handle import Handle, handle_for
from foliot.sdk.job import Call, JobDecorator, JobFunction
from foliot.sdk.policies import OverlapName, PriorityName, overlap_named, priority_named
from foliot.settings import Settings
from foliot.wiring import System, open_system

P = ParamSpec("P")
R = TypeVar("R")


class App:
    """Foliot, from Python.

    It opens its store on first use, in the event loop that uses it, and closes it with `close()` or at the end of
    `async with app:`. It may then be opened again, in another loop too.

    Args:
        database_url: instead of FOLIOT_DATABASE_URL (default: `sqlite:///.foliot/foliot.db`).
        tenant: the tenant to act in, instead of FOLIOT_TENANT (default: `default`).
        settings: all settings at once, instead of the environment's.

    Raises:
        InvalidSettings: an environment variable cannot be used.
    """

    def __init__(
        self, database_url: str | None = None, *, tenant: str | None = None, settings: Settings | None = None
    ) -> None:
        self.settings = settings or Settings.from_environment(os.environ, database_url=database_url, tenant=tenant)
        self._handlers: dict[str, Handler] = {}
        self._open: Callable[[Settings], Awaitable[System]] = open_system
        self._system: System | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._opening = asyncio.Lock()

    @property
    def handlers(self) -> Iterable[Handler]:
        """The handlers of all job types declared here."""
        return self._handlers.values()

    def job(
        self,
        name: str | None = None,
        *,
        queue: str = "default",
        priority: Priority | PriorityName = Priority.DEFAULT,
        timeout: timedelta | float = 300.0,
        retry: RetryPolicy | int = 3,
        misfire: MisfirePolicy | MisfireName = "coalesce",
        overlap: Overlap | OverlapName = "skip",
        unique: Unique | None = None,
        execution: Execution | None = None,
    ) -> JobDecorator:
        """Declare a function as a job type.

        Its annotated arguments are the members of the payload, which is checked when a job is submitted. A first
        argument annotated `foliot.Context` is not part of it. An `async def` runs on the worker's event loop, a plain
        function in a thread; with `execution="process"` either runs in a child process, which can be killed.

        Args:
            name: of the type; the function's own if left out.
            queue: where its runs wait.
            priority: of its runs: `critical`, `high`, `default` or `low`.
            timeout: how long one attempt may take, in seconds or as a timedelta.
            retry: the retry policy, or just the most attempts with the default policy.
            misfire: what becomes of occurrences of a recurring job that came while nothing ran: `foliot.Coalesce`,
                `Skip`, `CatchUp`, or the name of one.
            overlap: what becomes of an occurrence that is due while a run of the job is not over: `skip`, `allow`,
                `queue_one` or `cancel_running`.
            unique: by what two submissions are the same, and for how long, unless they say so themselves, by a `key`, a
                `unique` or a `debounce`. Whoever wants another job all the same gives a `key` of its own. It is for
                jobs that run once; those that recur, or come after such a job, are unique only if they say so.
            execution: `async`, `thread` or `process`.

        Raises:
            InvalidPolicy: the function cannot be a handler, or something about its policy is out of range.
            InvalidUnique: `unique` makes no sense.
            Conflict: the name is taken in this app.
        """
        if callable(name):
            raise InvalidPolicy("Write `@app.job()`, with parentheses.")
        policy = Policy(
            queue=queue,
            priority=priority_named(priority),
            timeout_seconds=in_seconds(timeout),
            retry=retry if isinstance(retry, RetryPolicy) else RetryPolicy(max_attempts=retry),
            misfire=misfire_named(misfire),
            overlap=overlap_named(overlap),
            unique=unique,
        )

        def make(function: Callable[..., Any]) -> Handler:
            handler = handler_of(function, name=name, policy=policy, execution=execution)
            if handler.job_type.name in self._handlers:
                raise Conflict(f"This app has a job type {handler.job_type.name!r} already; give one another name.")
            self._handlers[handler.job_type.name] = handler
            return handler

        return JobDecorator(make)

    @overload
    async def submit(self, job: JobFunction[P, R], *args: P.args, **kwargs: P.kwargs) -> Handle[R]: ...
    @overload
    async def submit(self, job: JobFunction[..., R], *args: Any, connection: object, **kwargs: Any) -> Handle[R]: ...
    async def submit(self, job: JobFunction[..., R], *args: Any, **kwargs: Any) -> Handle[R]:
        """Submit a call of a job type. Once this has returned, the job survives any crash.

        With `connection=`, unless that is an argument of the job itself, it is stored in the transaction that is open
        on that connection of yours: a commit makes it, a rollback leaves no trace. See `submit_many`.

        Raises:
            InvalidPayload: the arguments do not fit.
            InvalidRequest: an option cannot be used.
            KeyConflict: the submission key belongs to another job.
            Unavailable: the store cannot take it now; nothing was stored.
        """
        if not isinstance(job, JobFunction):
            raise UnknownJobType(f"{job!r} is not a job type; pass the function that `@app.job()` was put on.", "job")
        connection = None if "connection" in job.handler.parameters else kwargs.pop("connection", None)
        return (await self.submit_many([job.call(*args, **kwargs)], connection=connection))[0]

    async def submit_many(self, calls: Sequence[Call[R]], *, connection: object = None) -> list[Handle[R]]:
        """Submit many calls, made with `job.call(…)`, in one transaction: all of them, or none.

        Args:
            calls: what is to be done.
            connection: one of yours to the store's database (asyncpg, psycopg, or sqlite3 for a file), with an open
                transaction, in which they are then stored. They exist once it is committed, and never if it is not.

        Raises:
            Conflict: no transaction is open on the connection.
            InvalidRequest: one of them cannot be used.
            KeyConflict: a submission key belongs to another job; the other calls are stored.
            Unavailable: the store cannot take them now; nothing was stored.
        """
        system = await self.system()
        answers = await system.services.jobs.submit_many(
            system.identity, [call.request for call in calls], all_or_none=True, connection=connection
        )
        return [
            handle_for(system.services, system.identity, answer, call.result_type)
            for call, answer in zip(calls, answers, strict=True)
        ]

    async def submit_graph(self, graph: Graph, *, connection: object = None) -> list[Handle[Any]]:
        """Submit a graph of calls, made with `foliot.chain` and `foliot.group`: all of them, or none.

        Args:
            graph: what is to be done, in which order.
            connection: as in `submit_many`.

        Returns:
            A handle for each call, in the order in which they are written.

        Raises:
            InvalidRequest: one of them cannot be used, or waits for a job that it cannot wait for.
            ParentEnded: one waits for an earlier job, which has ended otherwise.
            Unavailable: the store cannot take them now; nothing was stored.
        """
        return await self.submit_many(graph.asked(), connection=connection)

    async def handle(self, run_id: str, job: JobFunction[P, R] | None = None) -> Handle[R]:
        """A handle on an earlier run, for instance one whose id was kept; `job` gives the result its type.

        Raises:
            NotFound: the tenant has no such run.
        """
        system = await self.system()
        run = await system.services.runs.get(system.identity, run_id)
        result_type = Any if job is None else job.result_type
        return Handle(system.services, system.identity, run.job_id, run.id, result_type, created=False)

    async def put_calendar(self, name: str, dates: Iterable[date] | str, description: str = "") -> Calendar:
        """Store an exclusion calendar, or replace the one of that name; jobs that exclude it have followed then.

        Args:
            name: what jobs exclude it by.
            dates: on which nothing runs, or the text of an iCalendar file, whose all-day events are taken.
            description: what it is about.

        Raises:
            InvalidCalendar: something about it cannot be used; nothing was stored.
            Conflict: the tenant has too many calendars.
        """
        system = await self.system()
        calendars = system.services.calendars
        if isinstance(dates, str):
            put = await calendars.put_icalendar(system.identity, name, dates, description)
        else:
            put = await calendars.put(system.identity, name, dates, description)
        return put.calendar

    @cached_property
    def blocking(self) -> BlockingApp:
        """The same for code without an event loop."""
        return BlockingApp(self)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """A worker in this process and loop, for as long as the block lasts; its runs may finish at the end."""
        system = await self.system()
        async with system.working(self.handlers):
            yield

    async def system(self) -> System:
        """The opened system behind the app.

        Raises:
            Conflict: the app is open in another event loop.
        """
        here = asyncio.get_running_loop()
        if self._loop not in (None, here):
            if self.loop is not None:
                raise Conflict("This app is open in another event loop; use `app.blocking` here, or another App.")
            await self.close()  # that loop has ended without closing the app
        async with self._opening:
            if self._system is None:
                self._loop = here
                system = await self._open(self.settings)
                await system.services.catalogue.register(handler.job_type for handler in self.handlers)
                self._system = system
            return self._system

    @contextmanager
    def opened_by(self, open_: Callable[[Settings], Awaitable[System]]) -> Iterator[None]:
        """While the block lasts, the app's system is made by `open_` instead; `foliot.testing` is built on this.

        Raises:
            Conflict: the app is open, or somebody does this already.
        """
        if self.loop is not None or self._open is not open_system:
            raise Conflict("This app is open already; close it first.")
        self._open = open_
        try:
            yield
        finally:
            self._open = open_system

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop in which the app is open, if it is."""
        return None if self._loop is None or self._loop.is_closed() else self._loop

    async def close(self) -> None:
        """Let go of the store."""
        system, self._system, self._loop, self._opening = self._system, None, None, asyncio.Lock()
        if system is not None:
            await system.close()

    async def __aenter__(self) -> "App":
        await self.system()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
