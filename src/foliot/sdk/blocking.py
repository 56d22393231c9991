"""The blocking twin: the same calls for code without an event loop, over the one asynchronous core."""

import asyncio
import threading
from collections.abc import Coroutine, Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Protocol, TypeVar, Unpack, overload

from foliot.domain.errors import Conflict
from foliot.domain.event import Event
from foliot.domain.job import Job
from foliot.domain.run import Run
from foliot.domain.schedule import Calendar
from foliot.domain.states import RunState
from foliot.sdk.editing import Edits
from foliot.sdk.graph import Graph
from foliot.sdk.handle import Handle
from foliot.sdk.job import Call, JobFunction

if TYPE_CHECKING:
    from foliot.sdk.app import App

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class BlockingApp:
    """`app.blocking`: each call waits for its answer. It may be used from any thread but that of an event loop."""

    def __init__(self, app: "App") -> None:
        self._app = app
        self._portal = Portal(app)

    @overload
    def submit(self, job: JobFunction[P, R], *args: P.args, **kwargs: P.kwargs) -> "BlockingHandle[R]": ...
    @overload
    def submit(
        self, job: JobFunction[..., R], *args: Any, connection: object, **kwargs: Any
    ) -> "BlockingHandle[R]": ...
    def submit(self, job: JobFunction[..., R], *args: Any, **kwargs: Any) -> "BlockingHandle[R]":
        """See `App.submit`; a connection is one that blocks, such as psycopg's `Connection`."""
        return BlockingHandle(self._portal.call(self._app.submit(job, *args, **kwargs)), self._portal)

    def submit_many(self, calls: Sequence[Call[R]], *, connection: object = None) -> "list[BlockingHandle[R]]":
        """See `App.submit_many`; a connection is one that blocks, such as psycopg's `Connection`."""
        handles = self._portal.call(self._app.submit_many(calls, connection=connection))
        return [BlockingHandle(handle, self._portal) for handle in handles]

    def submit_graph(self, graph: Graph, *, connection: object = None) -> "list[BlockingHandle[Any]]":
        """See `App.submit_graph`; a connection is one that blocks, such as psycopg's `Connection`."""
        handles = self._portal.call(self._app.submit_graph(graph, connection=connection))
        return [BlockingHandle(handle, self._portal) for handle in handles]

    def handle(self, run_id: str, job: JobFunction[P, R] | None = None) -> "BlockingHandle[R]":
        """See `App.handle`."""
        return BlockingHandle(self._portal.call(self._app.handle(run_id, job)), self._portal)

    def put_calendar(self, name: str, dates: Iterable[date] | str, description: str = "") -> Calendar:
        """See `App.put_calendar`."""
        return self._portal.call(self._app.put_calendar(name, dates, description))

    def close(self) -> None:
        """See `App.close`."""
        self._portal.call(self._app.close())
        self._portal.stop()

    def __enter__(self) -> "BlockingApp":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class BlockingHandle(Generic[R]):
    """`Handle`, waiting."""

    def __init__(self, handle: Handle[R], portal: "Portal") -> None:
        self._handle = handle
        self._portal = portal
        self.job_id = handle.job_id
        self.run_id = handle.run_id
        self.created = handle.created
        self.updated = handle.updated

    def __repr__(self) -> str:
        return repr(self._handle)

    @property
    def asynchronous(self) -> Handle[R]:
        """The handle that this one waits for."""
        return self._handle

    def run(self) -> Run:
        """See `Handle.run`."""
        return self._portal.call(self._handle.run())

    def status(self) -> RunState:
        """See `Handle.status`."""
        return self._portal.call(self._handle.status())

    def result(self, timeout: timedelta | float | None = None) -> R:
        """See `Handle.result`."""
        return self._portal.call(self._handle.result(timeout))

    def wait(self, timeout: timedelta | float | None = None) -> Run:
        """See `Handle.wait`."""
        return self._portal.call(self._handle.wait(timeout))

    def job(self) -> Job:
        """See `Handle.job`."""
        return self._portal.call(self._handle.job())

    def update(self, **edits: Unpack[Edits]) -> Job:
        """See `Handle.update`."""
        return self._portal.call(self._handle.update(**edits))

    def cancel(self, *, if_revision: int | None = None) -> None:
        """See `Handle.cancel`."""
        self._portal.call(self._handle.cancel(if_revision=if_revision))

    def events(self) -> list[Event]:
        """See `Handle.events`."""
        return self._portal.call(self._handle.events())

    def runs(self) -> list[Run]:
        """See `Handle.runs`."""
        return self._portal.call(self._handle.runs())


class HasLoop(Protocol):
    """What is used in one event loop at a time."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """That loop, while there is one."""
        ...


class Portal:
    """Runs coroutines in the event loop in which something is open; else in one of its own, in a thread."""

    def __init__(self, thing: HasLoop) -> None:
        self._thing = thing
        self._lock = threading.Lock()
        self._own: asyncio.AbstractEventLoop | None = None

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """What the coroutine returns.

        Raises:
            Conflict: this is called from within the very loop that would have to do the work.
        """
        loop = self._thing.loop or self._running()
        if loop is _loop_of_this_thread():
            work.close()
            raise Conflict("A blocking call would block the event loop that it waits for; use `await` here.")
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    def stop(self) -> None:
        """End the thread; the next call starts another."""
        with self._lock:
            loop, self._own = self._own, None
        if loop is not None:
            loop.call_soon_threadsafe(loop.stop)

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._own is None:
                self._own = asyncio.new_event_loop()
                threading.Thread(target=_serve, args=(self._own,), name="foliot-blocking", daemon=True).start()
            return self._own


def _loop_of_this_thread() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    with asyncio.Runner(loop_factory=lambda: loop) as runner:  # which cancels what is left at the end
        runner.get_loop().run_forever()
