"""The worker protocol over gRPC: one stream is one worker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import msgspec
import pytest
from grpc.aio import EOF  # type: ignore[attr-defined]  # the stubs have only its type

from foliot.domain.run import Run
from foliot.domain.states import RunState
from foliot.service.admission import JobRequest
from foliot.transports.grpc.generated.foliot.worker.v1 import worker_pb2 as pb
from foliot.transports.grpc.generated.scheduler.v1 import policy_pb2, run_pb2, unique_pb2
from tests.engine.house import until
from tests.grpc.client import Refused
from tests.grpc.conftest import House

RESIZE = pb.TypeDefinition(
    name="resize",
    retry=policy_pb2.RetryPolicy(max_attempts=2, jitter=policy_pb2.JITTER_NONE),
    arguments_schema_json='{"type": "object"}',
)
HELLO = pb.Hello(worker="gopher", register=[RESIZE], credits=10)


class Worker:
    """The far end of a stream."""

    def __init__(self, call: Any) -> None:
        self._call = call

    async def say(self, **message: Any) -> None:
        await self._call.write(pb.WorkerMessage(**message))

    async def hear(self, kind: str) -> Any:
        """The next message, which is of that kind."""
        async with asyncio.timeout(20):
            message = await self._call.read()
        assert message is not EOF, "the stream has ended"
        assert message.WhichOneof("message") == kind, message
        return getattr(message, kind)

    async def refused(self) -> Refused:
        """How the stream ends."""
        try:
            async with asyncio.timeout(20):
                while await self._call.read() is not EOF:
                    pass
            await self._call.done_writing()
        except grpc.aio.AioRpcError as error:
            return Refused(error)
        raise AssertionError("it was not refused")

    async def leave(self) -> None:
        """Say nothing more; the stream ends when all is answered."""
        await self._call.done_writing()
        async with asyncio.timeout(20):
            assert await self._call.read() is EOF

    def break_off(self) -> None:
        self._call.cancel()


@asynccontextmanager
async def working(
    house: House, hello: pb.Hello | None = HELLO, role: str = "operator", tenant: str = "acme"
) -> AsyncIterator[Worker]:
    """A worker that has said hello, if it has one to say."""
    async with house.client(role, tenant) as client:
        talk: Any = client.channel.stream_stream(
            "/foliot.worker.v1.WorkerService/Work", pb.WorkerMessage.SerializeToString, pb.ServerMessage.FromString
        )
        call = talk(metadata=client.metadata)
        worker = Worker(call)
        if hello is not None:
            await worker.say(hello=hello)
        yield worker
        call.cancel()


async def submit(house: House, **members: Any) -> str:
    who = await house.services.access.authenticate(house.keys["acme", "operator"])
    ticket = await house.services.jobs.submit(who, JobRequest(type="resize", **members))
    assert ticket.run_id is not None
    return ticket.run_id


async def run_of(house: House, run_id: str) -> Run:
    who = await house.services.access.authenticate(house.keys["acme", "operator"])
    return await house.services.runs.get(who, run_id)


async def test_a_registered_type_is_shown_with_its_policy(house: House) -> None:
    misfire, overlap = policy_pb2.Misfire(catch_up=policy_pb2.Misfire.CatchUp(limit=3)), policy_pb2.OVERLAP_ALLOW
    shrink = pb.TypeDefinition(name="shrink", misfire=misfire, overlap=overlap, unique=unique_pb2.Unique())
    hello = pb.Hello(worker="gopher", register=[shrink])
    async with working(house, hello) as worker, house.client() as client:
        await worker.hear("welcome")
        shown = {each.name: each for each in (await client.call("ListJobTypes")).types}
        tickets = [await client.call("SubmitJob", {"job": {"type": "shrink"}}) for _ in range(2)]
    assert [ticket.created for ticket in tickets] == [True, False]
    assert (shown["shrink"].HasField("unique"), shown["any"].HasField("unique")) == (True, False)
    assert (shown["shrink"].misfire.catch_up.limit, shown["shrink"].overlap) == (3, overlap)
    assert (shown["shrink"].remote, shown["any"].remote) == (True, False)
    assert shown["any"].misfire.WhichOneof("policy") == "coalesce"


async def test_from_the_hello_to_the_result(house: House) -> None:
    async with working(house) as worker:
        welcome = await worker.hear("welcome")
        assert (welcome.lease.seconds, welcome.heartbeat.seconds) == (15, 5)
        run_id = await submit(house, payload=b'{"width": 3}')
        [run] = (await worker.hear("leased")).runs
        assert (run.run_id, run.lease, run.type, run.payload_json) == (run_id, 1, "resize", '{"width": 3}')
        assert (run.attempt, run.max_attempts, run.timeout.seconds) == (1, 2, 300)
        hold = pb.Hold(run_id=run_id, lease=1)
        await worker.say(heartbeat=pb.Heartbeat(runs=[hold]))
        [lease] = (await worker.hear("leases")).leases
        assert lease.state == pb.LEASE_STATE_HELD
        note = pb.Note(run_id=run_id, lease=1, fraction=0.5, message="half")
        line = pb.Note(run_id=run_id, lease=1, message="a line", fields_json='{"n": 1}')
        await worker.say(progress=pb.Progress(notes=[note, line]))
        assert len((await worker.hear("leases")).leases) == 2
        outcome = pb.Outcome(run_id=run_id, lease=1, succeeded=pb.Success(result_json='{"ok": true}'))
        await worker.say(finish=pb.Finish(outcomes=[outcome]))
        [item] = (await worker.hear("finished")).items
        assert (item.run_id, item.state) == (run_id, run_pb2.RUN_STATE_SUCCEEDED)
        await worker.leave()
    ended = await run_of(house, run_id)
    assert (ended.state, ended.result, ended.worker) == (RunState.SUCCEEDED, b'{"ok": true}', "gopher")


async def test_no_more_runs_than_credits(house: House) -> None:
    async with working(house, pb.Hello(worker="gopher", register=[RESIZE], credits=2)) as worker:
        await worker.hear("welcome")
        for _ in range(5):
            await submit(house)
        leased: list[Any] = []
        while len(leased) < 2:
            leased += (await worker.hear("leased")).runs
        assert len(leased) == 2
        await worker.say(credits=pb.Credits(more=2))
        while len(leased) < 4:
            leased += (await worker.hear("leased")).runs
        await worker.say(drain=pb.Drain())
        await worker.hear("drained")
        await worker.say(credits=pb.Credits(more=2))
        await worker.leave()
    assert len({run.run_id for run in leased}) == 4


async def test_each_kind_of_end(house: House) -> None:
    async with working(house) as worker:
        await worker.hear("welcome")
        ends: dict[str, Any] = {
            "failed": pb.Failure(message="No disk.", type="OSError"),
            "timed_out": pb.TimedOut(),
            "cancelled": pb.Cancelled(),
        }
        expected = {
            "failed": run_pb2.RUN_STATE_RETRYING,
            "timed_out": run_pb2.RUN_STATE_RETRYING,
            "cancelled": run_pb2.RUN_STATE_CANCELLED,
        }
        for end, told in ends.items():
            await submit(house)
            [run] = (await worker.hear("leased")).runs
            outcome = pb.Outcome(run_id=run.run_id, lease=run.lease, **{end: told})
            await worker.say(finish=pb.Finish(outcomes=[outcome]))
            [item] = (await worker.hear("finished")).items
            assert item.state == expected[end], end
            assert item.HasField("retry_at") == (item.state == run_pb2.RUN_STATE_RETRYING)


async def test_a_lost_lease_ends_nothing(house: House) -> None:
    async with working(house, pb.Hello(worker="gopher", register=[RESIZE], credits=1)) as worker:
        await worker.hear("welcome")
        run_id = await submit(house)
        await worker.hear("leased")
        await worker.say(heartbeat=pb.Heartbeat(runs=[pb.Hold(run_id=run_id, lease=2)]))
        [lease] = (await worker.hear("leases")).leases
        assert lease.state == pb.LEASE_STATE_LOST
        outcome = pb.Outcome(run_id=run_id, lease=2, succeeded=pb.Success())
        await worker.say(finish=pb.Finish(outcomes=[outcome]))
        [item] = (await worker.hear("finished")).items
        assert item.refused.code == "lease_lost"
    assert (await run_of(house, run_id)).state is RunState.RUNNING


async def test_a_cancellation_comes_unasked(house: House) -> None:
    async with working(house) as worker:
        await worker.hear("welcome")
        run_id = await submit(house)
        await worker.hear("leased")
        who = await house.services.access.authenticate(house.keys["acme", "operator"])
        await house.services.runs.cancel(who, run_id)
        [lease] = (await worker.hear("leases")).leases
        assert (lease.run_id, lease.state) == (run_id, pb.LEASE_STATE_CANCELLING)


async def test_another_tenants_worker_hears_nothing_of_it(house: House) -> None:
    async with working(house, tenant="globex") as stranger, working(house) as worker:
        await stranger.hear("welcome")
        await worker.hear("welcome")
        run_id = await submit(house)
        await worker.hear("leased")
        await stranger.say(heartbeat=pb.Heartbeat(runs=[pb.Hold(run_id=run_id, lease=1)]))
        [lease] = (await stranger.hear("leases")).leases
        assert lease.state == pb.LEASE_STATE_LOST


async def test_runs_that_a_broken_stream_has_not_sent_go_back(house: House) -> None:
    async with working(house) as worker:
        await worker.hear("welcome")
        worker.break_off()
        run_id = await submit(house)
    await asyncio.sleep(0.1)
    run = await run_of(house, run_id)
    assert run.state in (RunState.QUEUED, RunState.RUNNING)
    if run.state is RunState.QUEUED:
        assert run.attempt == 0


async def test_a_worker_that_lost_its_stream_goes_on_on_another(house: House) -> None:
    async with working(house) as worker:
        await worker.hear("welcome")
        run_id = await submit(house)
        await worker.hear("leased")
    async with working(house, pb.Hello(worker="gopher", types=["resize"])) as worker:
        await worker.hear("welcome")
        outcome = pb.Outcome(run_id=run_id, lease=1, succeeded=pb.Success(result_json="3"))
        await worker.say(finish=pb.Finish(outcomes=[outcome]))
        [item] = (await worker.hear("finished")).items
        assert item.state == run_pb2.RUN_STATE_SUCCEEDED


async def test_a_revoked_key_ends_the_stream(house: House) -> None:
    async with working(house) as worker:
        await worker.hear("welcome")
        admin = await house.services.access.authenticate(house.keys["acme", "admin"])
        [key] = [key for key in await house.services.access.keys(admin) if key.name == "acme-operator"]
        await house.services.access.revoke_key(admin, key.id)
        await worker.say(heartbeat=pb.Heartbeat())
        refused = await worker.refused()
    assert (refused.code, refused.reason) == (grpc.StatusCode.UNAUTHENTICATED, "unauthenticated")


async def test_a_server_that_stops_ends_the_stream(house: House) -> None:
    async with working(house) as worker:
        await worker.hear("welcome")
        await house.server.stop(1)
        assert (await worker.refused()).code == grpc.StatusCode.UNAVAILABLE
    await until(lambda: _wishes(house), lambda count: count == 0)


async def _wishes(house: House) -> int:
    return len(house.services.leasing._parked)


BAD: dict[str, tuple[list[pb.WorkerMessage], grpc.StatusCode, str]] = {
    "no hello": ([pb.WorkerMessage(drain=pb.Drain())], grpc.StatusCode.INVALID_ARGUMENT, "hello"),
    "two": ([pb.WorkerMessage(hello=HELLO)] * 2, grpc.StatusCode.INVALID_ARGUMENT, "hello"),
    "nothing": ([pb.WorkerMessage(hello=HELLO), pb.WorkerMessage()], grpc.StatusCode.INVALID_ARGUMENT, ""),
    "no name": (
        [pb.WorkerMessage(hello=pb.Hello(register=[RESIZE], credits=1))], grpc.StatusCode.INVALID_ARGUMENT, "worker",
    ),
    "no types": (
        [pb.WorkerMessage(hello=pb.Hello(worker="w", credits=1))], grpc.StatusCode.INVALID_ARGUMENT, "types",
    ),
    "a type of the system": (
        [pb.WorkerMessage(hello=pb.Hello(worker="w", types=["any"], credits=1))],
        grpc.StatusCode.FAILED_PRECONDITION, "",
    ),
    "a bad schema": (
        [pb.WorkerMessage(hello=pb.Hello(worker="w", register=[
            pb.TypeDefinition(name="x", arguments_schema_json="[]")]))],
        grpc.StatusCode.INVALID_ARGUMENT, "hello.register[0].arguments_schema_json",
    ),
    "too many credits": (
        [pb.WorkerMessage(hello=HELLO), pb.WorkerMessage(credits=pb.Credits(more=2**31))],
        grpc.StatusCode.INVALID_ARGUMENT, "credits",
    ),
    "an end without an end": (
        [pb.WorkerMessage(hello=HELLO), pb.WorkerMessage(finish=pb.Finish(outcomes=[pb.Outcome(run_id="x")]))],
        grpc.StatusCode.INVALID_ARGUMENT, "finish.outcomes[0]",
    ),
    "no fields": (
        [pb.WorkerMessage(hello=HELLO), pb.WorkerMessage(progress=pb.Progress(notes=[pb.Note(fields_json="3")]))],
        grpc.StatusCode.INVALID_ARGUMENT, "progress.notes[0].fields_json",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("messages", "code", "field"), BAD.values(), ids=BAD.keys())
async def test_what_cannot_be_understood_ends_the_stream(
    house: House, messages: list[pb.WorkerMessage], code: grpc.StatusCode, field: str
) -> None:
    async with working(house, None) as worker:
        for message in messages:
            await worker._call.write(message)
        refused = await worker.refused()
    assert refused.code is code
    assert refused.fields == ([field] if field else [])


async def test_a_viewer_does_no_work(house: House) -> None:
    async with working(house, role="viewer") as worker:
        assert (await worker.refused()).code is grpc.StatusCode.PERMISSION_DENIED
    assert msgspec.json.encode([each.name for each in await _types(house)]).find(b"resize") == -1


async def _types(house: House) -> Any:
    return await house.services.catalogue.all(await house.services.access.authenticate(house.keys["acme", "operator"]))
