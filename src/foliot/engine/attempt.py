"""One attempt in a worker's hands, from the lease to the outcome."""

import asyncio
from collections.abc import Callable

from foliot.domain.ending import Raised, cancelled, failed, handed_back, raised, succeeded, timed_out
from foliot.domain.errors import Unavailable
from foliot.domain.run import Cause, Claimed, Failure, Outcome
from foliot.engine.containment import in_handler
from foliot.engine.context import Context
from foliot.engine.handler import Handler, call_to_end
from foliot.engine.processes import Processes, RaisedInChild, Said
from foliot.engine.result import encode_result
from foliot.engine.threads import Threads
from foliot.ports import Clock, EngineStore, Store
from foliot.ports.parents import results_of_parents


class _NotNow(Exception):
    """The attempt could not begin."""


class Attempt:
    """A claimed run with its handler. `stop` ends it early; why is kept, and decides the outcome."""

    __slots__ = ("_clock", "claimed", "context", "handler", "has_begun", "is_settled", "started", "stopped", "task")

    def __init__(self, claimed: Claimed, handler: Handler, context: Context, clock: Clock, started: float) -> None:
        self.claimed = claimed
        self.handler = handler
        self.context = context
        self.started = started
        self.stopped: Cause | None = None
        self.has_begun = False
        self.is_settled = False
        self.task: asyncio.Task[None] | None = None
        self._clock = clock

    @property
    def timeout_seconds(self) -> float:
        """How long it may take."""
        return self.claimed.overrides.timeout_seconds or self.handler.job_type.policy.timeout_seconds

    async def execute(
        self, threads: Threads, processes: Processes, store: Store, starts: Callable[[], None], draw: float
    ) -> Outcome | None:
        """Run the handler to its end, whatever that is; None if the lease was lost.

        `starts` is called when there is a place for the handler: from then on its time counts.
        """
        self.has_begun = True
        in_handler.set(True)
        try:
            await self._learn_of_parents(store)
            result = await self._call(threads, processes, starts)
        except _NotNow:
            return handed_back(self.claimed, self._clock.now())
        except asyncio.CancelledError as error:
            ended = raised(error)
        except RaisedInChild as error:
            ended = error.raised
        except BaseException as error:  # `sys.exit()` and the like are outcomes too, never the end of the worker
            ended = raised(error)
        else:
            if self.context.completion is not None:
                return await self._completed(store, self.context.completion, draw)
            if self.stopped in (None, Cause.HANDED_BACK):
                return succeeded(self.claimed, result, self._clock.now())
            return self.outcome_of_stop(draw)
        if self.stopped is not None:
            return self.outcome_of_stop(draw)
        return self._failed(ended, draw)

    async def _completed(self, store: EngineStore, completion: Outcome, draw: float) -> Outcome:
        """What the handler has stored itself, if its transaction was committed."""
        if await store.has_ended(completion):
            return completion
        message = "The handler completed the run in a transaction that was not committed when it returned."
        return self._failed(Raised(Failure("not_committed", message), ("foliot.Conflict",)), draw)

    def stop(self, why: Cause) -> None:
        """Ask the handler to end: an async one is cancelled, a process killed, a thread can only be asked.

        The first reason stays, but for a lost lease, after which nothing else counts.
        """
        if self.stopped is None or why is Cause.LEASE_LOST:
            self.stopped = why
        self.context.ask_to_stop()
        is_asked_only = self.handler.execution == "thread" and why is Cause.CANCELLED
        # A task that is cancelled before its first step ends without a word: this one will look at `stopped` instead.
        if self.task is not None and self.has_begun and not is_asked_only:
            self.task.cancel()

    def outcome_of_stop(self, draw: float) -> Outcome | None:
        """What the run becomes because it was stopped."""
        now = self._clock.now()
        match self.stopped:
            case Cause.CANCELLED:
                return cancelled(self.claimed, now)
            case Cause.HANDED_BACK:
                return handed_back(self.claimed, now)
            case Cause.TIMED_OUT:
                return self._failed(timed_out(self.timeout_seconds), draw)
            case _:
                return None

    async def _learn_of_parents(self, store: Store) -> None:
        """Look up the results of those that the run waited for, if the handler can ask for them."""
        if self.handler.takes_context and self.claimed.after is not None:
            try:
                [self.context.parents] = await results_of_parents(store, [self.claimed])
            except Unavailable as error:  # which is not the handler's fault, and costs no attempt
                raise _NotNow from error

    async def _call(self, threads: Threads, processes: Processes, starts: Callable[[], None]) -> bytes:
        if self.stopped is not None:
            raise asyncio.CancelledError
        if self.handler.execution == "process":
            return await processes.run(self.handler, self.claimed, self.context.parents, starts, self._say)
        starts()
        call = self.handler.bind(self.claimed.payload, self.context)
        if self.handler.execution == "thread":
            return await threads.start(lambda: call_to_end(call))
        return encode_result(await call())

    def _say(self, said: Said) -> None:
        """Pass on what the handler in the child process says."""
        if said.fraction is not None:
            self.context.progress(said.fraction, said.message)
        else:
            self.context.log(said.message, **(said.fields or {}))

    def _failed(self, ended: Raised, draw: float) -> Outcome:
        policy = self.claimed.overrides.retry or self.handler.job_type.policy.retry
        return failed(self.claimed, ended, policy, self._clock.now(), draw)
