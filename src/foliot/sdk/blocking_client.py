"""`Client` for code without an event loop."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, Unpack, overload

from foliot.domain.event import Event
from foliot.domain.identity import Identity
from foliot.domain.job import Job
from foliot.domain.job_type import JobType
from foliot.domain.run import Attempt, Run
from foliot.domain.schedule import Calendar, Previewed
from foliot.domain.states import JobState, RunState
from foliot.ports import CalendarSummary
from foliot.sdk.blocking import BlockingHandle, Portal
from foliot.sdk.graph import Graph
from foliot.sdk.job import Call, JobFunction
from foliot.sdk.schedules import When
from foliot.service.occurrences import Told

if TYPE_CHECKING:
    from foliot.sdk.client import Client

P = ParamSpec("P")
R = TypeVar("R")
Item = TypeVar("Item")


class BlockingClient:
    """`client.blocking`: each call waits for its answer. It may be used from any thread but that of an event loop."""

    def __init__(self, client: "Client") -> None:
        self._client = client
        self._portal = Portal(client)

    @overload
    def submit(self, job: JobFunction[P, R], *args: P.args, **kwargs: P.kwargs) -> BlockingHandle[R]: ...
    @overload
    def submit(self, job: Call[R]) -> BlockingHandle[R]: ...
    @overload
    def submit(self, job: str, payload: object = None, **options: Any) -> BlockingHandle[Any]: ...
    def submit(self, job: Any, *args: Any, **kwargs: Any) -> BlockingHandle[Any]:
        """See `Client.submit`."""
        return BlockingHandle(self._portal.call(self._client.submit(job, *args, **kwargs)), self._portal)

    def submit_many(self, calls: Sequence[Call[R]]) -> list[BlockingHandle[R]]:
        """See `Client.submit_many`."""
        return [BlockingHandle(handle, self._portal) for handle in self._portal.call(self._client.submit_many(calls))]

    def submit_graph(self, graph: Graph) -> list[BlockingHandle[Any]]:
        """See `Client.submit_graph`."""
        return [BlockingHandle(handle, self._portal) for handle in self._portal.call(self._client.submit_graph(graph))]

    def handle(self, run_id: str, job: JobFunction[P, R] | None = None) -> BlockingHandle[R]:
        """See `Client.handle`."""
        return BlockingHandle(self._portal.call(self._client.handle(run_id, job)), self._portal)

    def job(self, job_id: str) -> Job:
        """See `Client.job`."""
        return self._portal.call(self._client.job(job_id))

    def jobs(
        self,
        *,
        state: JobState | None = None,
        type: str | None = None,  # noqa: A002 - the domain's word
        queue: str | None = None,
    ) -> Iterator[Job]:
        """See `Client.jobs`."""
        return self._each(self._client.jobs(state=state, type=type, queue=queue))

    def cancel(self, job_id: str, *, if_revision: int | None = None) -> Job:
        """See `Client.cancel`."""
        return self._portal.call(self._client.cancel(job_id, if_revision=if_revision))

    def pause(self, job_id: str, *, if_revision: int | None = None) -> Job:
        """See `Client.pause`."""
        return self._portal.call(self._client.pause(job_id, if_revision=if_revision))

    def resume(self, job_id: str, *, if_revision: int | None = None) -> Job:
        """See `Client.resume`."""
        return self._portal.call(self._client.resume(job_id, if_revision=if_revision))

    def run_now(self, job_id: str, *, if_revision: int | None = None) -> BlockingHandle[Any]:
        """See `Client.run_now`."""
        return BlockingHandle(self._portal.call(self._client.run_now(job_id, if_revision=if_revision)), self._portal)

    def job_events(self, job_id: str) -> list[Event]:
        """See `Client.job_events`."""
        return self._portal.call(self._client.job_events(job_id))

    def backfill(self, job_id: str, since: datetime, until: datetime | None = None) -> list[BlockingHandle[Any]]:
        """See `Client.backfill`."""
        handles = self._portal.call(self._client.backfill(job_id, since, until))
        return [BlockingHandle(handle, self._portal) for handle in handles]

    def occurrences(
        self, job_id: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[Told]:
        """See `Client.occurrences`."""
        return self._each(self._client.occurrences(job_id, since=since, until=until))

    def run(self, run_id: str) -> Run:
        """See `Client.run`."""
        return self._portal.call(self._client.run(run_id))

    def runs(
        self,
        *,
        state: RunState | None = None,
        type: str | None = None,  # noqa: A002 - the domain's word
        queue: str | None = None,
        job_id: str | None = None,
    ) -> Iterator[Run]:
        """See `Client.runs`."""
        return self._each(self._client.runs(state=state, type=type, queue=queue, job_id=job_id))

    def attempts(self, run_id: str) -> list[Attempt]:
        """See `Client.attempts`."""
        return self._portal.call(self._client.attempts(run_id))

    def events(self, run_id: str) -> list[Event]:
        """See `Client.events`."""
        return self._portal.call(self._client.events(run_id))

    def watch(
        self,
        *runs: BlockingHandle[Any],
        type: str | Iterable[str] = (),  # noqa: A002 - the domain's word
        queue: str | Iterable[str] = (),
        state: RunState | Iterable[RunState] = (),
        job_id: str | Iterable[str] = (),
    ) -> Iterator[Run]:
        """See `Client.watch`."""
        handles = [run.asynchronous for run in runs]
        return self._each(self._client.watch(*handles, type=type, queue=queue, state=state, job_id=job_id))

    def cancel_run(self, run_id: str) -> Run:
        """See `Client.cancel_run`."""
        return self._portal.call(self._client.cancel_run(run_id))

    def retry_now(self, run_id: str) -> Run:
        """See `Client.retry_now`."""
        return self._portal.call(self._client.retry_now(run_id))

    def dead_letters(
        self,
        *,
        type: str | None = None,  # noqa: A002 - the domain's word
        queue: str | None = None,
    ) -> Iterator[Run]:
        """See `Client.dead_letters`."""
        return self._each(self._client.dead_letters(type=type, queue=queue))

    def replay(self, run_id: str) -> BlockingHandle[Any]:
        """See `Client.replay`."""
        return BlockingHandle(self._portal.call(self._client.replay(run_id)), self._portal)

    def discard(self, run_id: str) -> None:
        """See `Client.discard`."""
        self._portal.call(self._client.discard(run_id))

    def put_calendar(self, name: str, dates: Iterable[date] | str, description: str = "") -> Calendar:
        """See `Client.put_calendar`."""
        return self._portal.call(self._client.put_calendar(name, dates, description))

    def calendars(self) -> list[CalendarSummary]:
        """See `Client.calendars`."""
        return self._portal.call(self._client.calendars())

    def calendar(self, name: str) -> Calendar:
        """See `Client.calendar`."""
        return self._portal.call(self._client.calendar(name))

    def delete_calendar(self, name: str) -> None:
        """See `Client.delete_calendar`."""
        self._portal.call(self._client.delete_calendar(name))

    def preview(self, most: int = 10, from_: datetime | None = None, **when: Unpack[When]) -> list[Previewed]:
        """See `Client.preview`."""
        return self._portal.call(self._client.preview(most, from_, **when))

    def types(self) -> list[JobType]:
        """See `Client.types`."""
        return self._portal.call(self._client.types())

    def me(self) -> Identity:
        """See `Client.me`."""
        return self._portal.call(self._client.me())

    def close(self) -> None:
        """See `Client.close`."""
        self._portal.call(self._client.close())
        self._portal.stop()

    def __enter__(self) -> "BlockingClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _each(self, items: AsyncIterator[Item]) -> Iterator[Item]:
        async def following() -> Item | None:
            return await anext(items, None)

        while (item := self._portal.call(following())) is not None:
            yield item
