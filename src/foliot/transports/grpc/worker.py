"""The worker protocol over gRPC: one stream is one worker, which gives credits and gets runs."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any, Final

import msgspec

from foliot.domain.errors import FoliotError, InvalidRequest, InvalidSchema, Unavailable
from foliot.domain.job_type import JobType
from foliot.domain.policy import Policy
from foliot.domain.run import Failure
from foliot.service.holding import End, Ended, Ending, Hold, LeaseState, Saying
from foliot.service.leasing import LONGEST_WAIT_SECONDS, MOST_AT_ONCE, Leased
from foliot.transports.grpc.call import Call
from foliot.transports.grpc.generated.foliot.worker.v1 import worker_pb2 as pb
from foliot.transports.grpc.policies import OVERLAPS, misfire_of, retry_of
from foliot.transports.grpc.problems import shortened
from foliot.transports.grpc.times import length, seconds, seconds_of, stamp
from foliot.transports.grpc.unique import unique_of
from foliot.transports.grpc.words import PRIORITIES, RUN_STATES, Words

_MOST_CREDITS: Final = 10_000
_MOST_UNREAD: Final = 64
_AGAIN_SECONDS: Final = 1.0
_LARGEST_RESULTS_OF_PARENTS: Final = 1024 * 1024
_STATES: Final = Words(pb.LeaseState, "LEASE_STATE_", LeaseState)
_ENDS: Final = {
    "succeeded": End.SUCCEEDED,
    "failed": End.FAILED,
    "timed_out": End.TIMED_OUT,
    "cancelled": End.CANCELLED,
    "handed_back": End.HANDED_BACK,
}


class _Said(msgspec.Struct, frozen=True):
    """A message for the worker, and the leases that it brings. Without a message: look which task has ended."""

    message: pb.ServerMessage | None = None
    leased: Sequence[Leased] = ()


async def work(call: Call, requests: AsyncIterator[pb.WorkerMessage]) -> AsyncGenerator[pb.ServerMessage, None]:
    talk = _Talk(call, requests)
    try:
        yield await talk.welcome()
        while (message := await talk.next()) is not None:
            yield message
    finally:
        await talk.close()


OPERATIONS: Final = (work,)


class _Talk:
    """With one worker: a task heeds what it says, one leases for it while it has credit, one listens for cancels."""

    def __init__(self, call: Call, requests: AsyncIterator[pb.WorkerMessage]) -> None:
        self._call = call
        self._requests = requests
        self._leasing = call.services.leasing
        self._holding = call.services.holding
        self._hello = pb.Hello()
        self._types: list[str] = []
        self._credits = 0
        self._credited = asyncio.Event()
        self._in_hand: dict[Hold, None] = {}
        self._out: asyncio.Queue[_Said] = asyncio.Queue()
        self._room = asyncio.Event()
        self._on_its_way = _Said()
        self._tasks: list[asyncio.Task[None]] = []

    # -- what the worker hears

    async def welcome(self) -> pb.ServerMessage:
        """The answer to the hello, which comes first; from then on it is heeded.

        Raises:
            InvalidRequest: it does not come first, or cannot be read.
            Conflict: a type is done by the system's own workers.
        """
        first = await anext(self._requests, None)
        if first is None or first.WhichOneof("message") != "hello":
            raise InvalidRequest("The first message is a hello.", "hello")
        self._hello = first.hello
        types = [_job_type(each, f"hello.register[{place}]") for place, each in enumerate(self._hello.register)]
        if types:
            await self._call.services.catalogue.register_remote(self._call.identity, types)
        self._types = list(dict.fromkeys([*self._hello.types, *(each.name for each in types)]))
        self._credit(self._hello.credits)
        for task in (self._heed(), self._lease(), self._listen()):
            self._tasks.append(asyncio.create_task(task, name="worker-outside"))
            self._tasks[-1].add_done_callback(lambda _: self._out.put_nowait(_Said()))
        lease = self._holding.lease
        return pb.ServerMessage(welcome=pb.Welcome(lease=length(lease), heartbeat=length(lease / 3)))

    async def next(self) -> pb.ServerMessage | None:
        """What is to be said next; None once all that the worker said is answered, and it says no more."""
        while True:
            self._on_its_way = _Said()  # whoever asks for the next has sent the last
            self._room.set()
            self._on_its_way = await self._out.get()
            if self._on_its_way.message is not None:
                return self._on_its_way.message
            for task in self._tasks:
                if task.done() and not task.cancelled():
                    task.result()
            if self._tasks[0].done():
                return None

    async def close(self) -> None:
        """Stop all that goes on for it; runs of which it cannot have heard go back."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        unheard = list(self._on_its_way.leased)
        while not self._out.empty():
            unheard += self._out.get_nowait().leased
        if unheard:
            await self._leasing.hand_back(unheard)

    def _say(self, message: pb.ServerMessage, leased: Sequence[Leased] = ()) -> None:
        self._out.put_nowait(_Said(message, leased))

    # -- what the worker says

    async def _heed(self) -> None:
        async for message in self._requests:
            while self._out.qsize() > _MOST_UNREAD:  # it says more than it listens
                self._room.clear()
                await self._room.wait()
            await self._call.again()
            match message.WhichOneof("message"):
                case "credits":
                    self._credit(message.credits.more)
                case "heartbeat":
                    await self._renew(message.heartbeat)
                case "progress":
                    await self._note(message.progress)
                case "finish":
                    await self._finish(message.finish)
                case "drain":
                    await self._drain()
                case "hello":
                    raise InvalidRequest("There is one hello, at the beginning.", "hello")
                case _:
                    raise InvalidRequest("The message says nothing.")

    def _credit(self, more: int) -> None:
        self._credits += more
        if self._credits > _MOST_CREDITS:
            raise InvalidRequest(f"A worker has at most {_MOST_CREDITS:,} credits.", "credits")
        self._credited.set()

    async def _renew(self, heartbeat: pb.Heartbeat) -> None:
        holds = [Hold(each.run_id, each.lease) for each in heartbeat.runs]
        self._in_hand |= dict.fromkeys(holds)
        self._tell(holds, await self._holding.renew(self._call.identity, holds))

    async def _note(self, progress: pb.Progress) -> None:
        sayings = [_saying(note, f"progress.notes[{place}]") for place, note in enumerate(progress.notes)]
        holds = [Hold(each.run_id, each.lease) for each in sayings]
        self._tell(holds, await self._holding.say(self._call.identity, sayings))

    def _tell(self, holds: Sequence[Hold], states: Sequence[LeaseState]) -> None:
        told = list(zip(holds, states, strict=True))
        for hold, state in told:
            if state is LeaseState.LOST:
                self._in_hand.pop(hold, None)
        leases = [pb.Lease(run_id=hold.run_id, lease=hold.lease, state=_STATES.number(state)) for hold, state in told]
        self._say(pb.ServerMessage(leases=pb.Leases(leases=leases)))

    async def _finish(self, finish: pb.Finish) -> None:
        endings = [_ending(outcome, f"finish.outcomes[{place}]") for place, outcome in enumerate(finish.outcomes)]
        answers = await self._holding.finish(self._call.identity, endings)
        items = []
        for ending, answer in zip(endings, answers, strict=True):
            items.append(_ended(ending, answer))
            if isinstance(answer, Ended) or answer.code == "lease_lost":
                self._in_hand.pop(Hold(ending.run_id, ending.lease), None)
        self._say(pb.ServerMessage(finished=pb.Finished(items=items)))

    async def _drain(self) -> None:
        leasing = self._tasks[1]
        leasing.cancel()
        await asyncio.wait([leasing])
        self._say(pb.ServerMessage(drained=pb.Drained()))

    # -- meanwhile

    async def _lease(self) -> None:
        while True:
            while not self._credits:
                self._credited.clear()
                await self._credited.wait()
            try:
                await self._call.again()
                leased = await self._leasing.lease(
                    self._call.identity, self._hello.worker, self._types, queues=list(self._hello.queues),
                    limit=min(self._credits, MOST_AT_ONCE), wait_seconds=LONGEST_WAIT_SECONDS,
                )  # fmt: skip
            except Unavailable:
                await asyncio.sleep(_AGAIN_SECONDS)
                continue
            self._credits -= len(leased)
            if leased:
                self._in_hand |= dict.fromkeys(Hold(each.claimed.run_id, each.claimed.lease) for each in leased)
                runs = pb.LeasedRuns(runs=[_view(each) for each in leased])
                self._say(pb.ServerMessage(leased=runs), leased)

    async def _listen(self) -> None:
        async for holds in self._holding.cancelling(self._call.identity, lambda: list(self._in_hand)):
            self._tell(holds, [LeaseState.CANCELLING] * len(holds))


# -- messages


def _view(leased: Leased) -> pb.LeasedRun:
    run = leased.claimed
    fits = sum(len(parent.document or b"") for parent in leased.parents) <= _LARGEST_RESULTS_OF_PARENTS
    return pb.LeasedRun(
        run_id=run.run_id, lease=run.lease, job_id=run.job_id, type=run.type, queue=run.queue,
        priority=PRIORITIES.number(run.priority), payload_json=run.payload, due_at=stamp(run.due_at),
        planned_at=stamp(run.planned_at), attempt=run.attempt, max_attempts=run.max_attempts,
        timeout=seconds(leased.timeout_seconds), lease_until=stamp(leased.lease_until),
        parents=[
            pb.ParentResult(
                job_id=parent.job_id, state=RUN_STATES.number(parent.state),
                result_json=(parent.document or b"").decode() if fits else "",
            )
            for parent in leased.parents
        ],
    )  # fmt: skip


def _ended(ending: Ending, answer: Ended | FoliotError) -> pb.Ended:
    if isinstance(answer, FoliotError):
        refused = pb.Refusal(code=answer.code, message=shortened(answer.message))
        return pb.Ended(run_id=ending.run_id, lease=ending.lease, refused=refused)
    return pb.Ended(
        run_id=answer.run_id, lease=answer.lease, state=RUN_STATES.number(answer.state), retry_at=stamp(answer.retry_at)
    )


def _job_type(given: pb.TypeDefinition, at: str) -> JobType:
    usual = Policy()
    priority = PRIORITIES.said(given.priority, f"{at}.priority")
    timeout = seconds_of(given.timeout, f"{at}.timeout") if given.HasField("timeout") else usual.timeout_seconds
    policy = Policy(
        queue=given.queue or usual.queue,
        priority=usual.priority if priority is None else priority,
        timeout_seconds=timeout,
        retry=retry_of(given.retry) if given.HasField("retry") else usual.retry,
        misfire=misfire_of(given.misfire) or usual.misfire,
        overlap=OVERLAPS.said(given.overlap, f"{at}.overlap") or usual.overlap,
        unique=unique_of(given.unique) if given.HasField("unique") else None,
    )
    schema: dict[str, Any] = {}
    if given.arguments_schema_json:
        try:
            schema = msgspec.json.decode(given.arguments_schema_json, type=dict[str, Any])
        except (msgspec.MsgspecError, RecursionError) as error:
            raise InvalidSchema(f"The schema is no JSON object: {error}.", f"{at}.arguments_schema_json") from None
    return JobType(name=given.name, policy=policy, schema=schema, description=given.description)


def _saying(note: pb.Note, at: str) -> Saying:
    fields: dict[str, Any] | None = None
    if note.fields_json:
        try:
            fields = msgspec.json.decode(note.fields_json, type=dict[str, Any])
        except (msgspec.MsgspecError, RecursionError) as error:
            raise InvalidRequest(f"These are no fields: {error}.", f"{at}.fields_json") from None
    fraction = note.fraction if note.HasField("fraction") else None
    return Saying(run_id=note.run_id, lease=note.lease, message=note.message, fraction=fraction, fields=fields)


def _ending(outcome: pb.Outcome, at: str) -> Ending:
    end = outcome.WhichOneof("end")
    if end is None:
        raise InvalidRequest("The outcome does not say how the attempt ended.", at)
    made = Ending(run_id=outcome.run_id, lease=outcome.lease, end=_ENDS[end])
    if end == "succeeded" and outcome.succeeded.result_json:
        return msgspec.structs.replace(made, result=outcome.succeeded.result_json.encode())
    if end == "failed":
        told = outcome.failed
        after = seconds_of(told.retry_after, f"{at}.failed.retry_after") if told.HasField("retry_after") else None
        failure = Failure(told.code, told.message, told.type, told.trace)
        return msgspec.structs.replace(made, failure=failure, permanent=told.permanent, retry_after_seconds=after)
    return made
