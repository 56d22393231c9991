"""Watching: as it happens, to the end, by as many as like to, and on from where one was."""

import asyncio
from typing import Any

import grpc
import pytest

from foliot.settings import Settings
from foliot.transports.grpc import GrpcServer
from foliot.transports.grpc.generated.scheduler.v1 import run_pb2, scheduler_pb2, status_pb2
from tests.grpc.client import Client, every, refused
from tests.grpc.conftest import LARGEST_REQUEST_BYTES, House

CANCELLED, SUCCEEDED = status_pb2.JOB_STATE_CANCELLED, status_pb2.JOB_STATE_SUCCEEDED

Told = scheduler_pb2.WatchRunsResponse


async def submit(client: Client) -> str:
    job_id: str = (await client.call("SubmitJob", {"job": {"type": "any"}})).job_id
    return job_id


async def test_events_come_as_they_happen(house: House, client: Client) -> None:
    call = client.call("WatchJob", {"job_id": await submit(client)})
    states = [(await call.read()).state for _ in range(2)]
    assert states == [status_pb2.JOB_STATE_QUEUED] * 2
    await house.retry_later(*await house.begin())
    told = [await call.read() for _ in range(2)]
    assert [event.state for event in told] == [status_pb2.JOB_STATE_RUNNING, status_pb2.JOB_STATE_RETRYING]
    assert (told[1].message, told[1].attempts) == ("Not yet.", 1)
    call.cancel()


async def test_it_ends_when_the_job_is_cancelled(client: Client) -> None:
    job_id = await submit(client)
    call = client.call("WatchJob", {"job_id": job_id})
    await call.read()
    await client.call("CancelJob", {"job_id": job_id})
    async with asyncio.timeout(20):
        assert (await every(call))[-1].state == CANCELLED
    assert await call.code() is grpc.StatusCode.OK


async def test_it_goes_on_after_the_last_event_that_was_seen(house: House, client: Client) -> None:
    job_id = await submit(client)
    await house.succeed(*await house.begin())
    events = await every(client.call("WatchJob", {"job_id": job_id}))
    for place, event in enumerate(events):
        rest = await every(client.call("WatchJob", {"job_id": job_id, "after_event_id": event.event_id}))
        assert rest == events[place + 1 :]
        rest = await every(client.call("WatchRun", {"run_id": job_id, "after_event_id": event.event_id}))
        assert [each.event.event_id for each in rest] == [each.event_id for each in events[place + 1 :]]
    assert await every(client.call("WatchJob", {"job_id": job_id, "after_event_id": "nonsense"})) == events


async def test_a_watcher_that_leaves_is_forgotten(house: House, client: Client) -> None:
    call = client.call("WatchJob", {"job_id": await submit(client)})
    await call.read()
    assert house.services.watch._watched
    call.cancel()
    async with asyncio.timeout(20):
        while house.services.watch._watched:
            await asyncio.sleep(0.01)


async def test_a_deadline_ends_it(house: House, client: Client) -> None:
    told = await refused(client.call("WatchJob", {"job_id": await submit(client)}, timeout=0.2))
    assert told.code is grpc.StatusCode.DEADLINE_EXCEEDED
    async with asyncio.timeout(20):
        while house.services.watch._watched:
            await asyncio.sleep(0.01)


async def test_a_thousand_watch_and_all_see_the_end(house: House, client: Client) -> None:
    ids = [await submit(client) for _ in range(100)]
    calls = [client.call("WatchJob", {"job_id": ids[n % 100]}) for n in range(1_000)]
    async with asyncio.timeout(60):
        await asyncio.gather(*(call.read() for call in calls))
        await house.succeed(*await house.begin())
        told = await asyncio.gather(*map(every, calls))
    assert {events[-1].state for events in told} == {SUCCEEDED}
    assert {len(events) for events in told} == {3}
    assert not house.services.watch._watched


async def test_a_stopping_server_sends_watchers_elsewhere(house: House, client: Client) -> None:
    job_id = await submit(client)
    server = GrpcServer(house.services, Settings(largest_request_bytes=LARGEST_REQUEST_BYTES))
    port = await server.start(0)
    async with house.client(target=f"127.0.0.1:{port}") as leaving:
        call = leaving.call("WatchJob", {"job_id": job_id})
        seen = await call.read()
        async with asyncio.timeout(20):
            await server.stop(60)
        told = await refused(call)
    assert (told.code, told.reason, told.retry_after) == (grpc.StatusCode.UNAVAILABLE, "unavailable", 1.0)
    await house.succeed(*await house.begin())
    rest = await every(client.call("WatchJob", {"job_id": job_id, "after_event_id": seen.event_id}))
    assert rest[-1].state == SUCCEEDED


async def test_a_server_that_stops_in_the_midst_of_writing_hangs_nobody(house: House, client: Client) -> None:
    """A status that overtakes a message is an error to grpcio, which then never ends the call."""
    job_id = await submit(client)
    for _ in range(15):
        server = GrpcServer(house.services, Settings(largest_request_bytes=LARGEST_REQUEST_BYTES))
        port = await server.start(0)
        async with house.client(target=f"127.0.0.1:{port}") as leaving, asyncio.timeout(20):
            calls = [leaving.call("WatchJob", {"job_id": job_id}) for _ in range(4)]
            await calls[0].read()
            await server.stop(60)
            told = [await refused(call) for call in calls]
        assert {each.code for each in told} == {grpc.StatusCode.UNAVAILABLE}


async def test_a_stopping_server_lets_a_call_finish(house: House) -> None:
    began, go = asyncio.Event(), asyncio.Event()

    class Slow:
        async def all(self, *_: Any) -> list[Any]:
            began.set()
            await go.wait()
            return []

    async with house.serving(catalogue=Slow()) as target, house.client(target=target) as client:
        server = house.server
        call = client.call("ListJobTypes")
        answered = asyncio.ensure_future(call)
        await began.wait()
        stopping = asyncio.create_task(server.stop(30))
        await asyncio.sleep(0.05)
        go.set()
        assert (await answered).types == []
        async with asyncio.timeout(20):
            await stopping


async def test_many_runs_are_watched_until_all_are_over(house: House, client: Client) -> None:
    ids = {await submit(client) for _ in range(3)}
    call = client.call("WatchRuns", {"run_ids": ids})
    first = [await call.read() for _ in range(4)]
    assert [told.kind for told in first] == [Told.KIND_RUN] * 3 + [Told.KIND_READY]
    assert {told.run.run_id for told in first[:3]} == ids
    await house.succeed(*await house.begin(), result=7)
    rest = await every(call)
    over = {told.run.run_id for told in rest if told.run.state == run_pb2.RUN_STATE_SUCCEEDED}
    assert (over, rest[-1].kind) == (ids, Told.KIND_OVER)
    assert {told.run.result_json for told in rest} == {""}
    again = await every(client.call("WatchRuns", {"run_ids": ids, "after_cursor": rest[-1].cursor}))
    assert [told.kind for told in again] == [Told.KIND_OVER]


async def test_the_ends_that_were_missed_are_told(house: House, client: Client) -> None:
    wanted: dict[str, Any] = {"types": ["any"], "states": ["RUN_STATE_SUCCEEDED"]}
    call = client.call("WatchRuns", wanted)
    ready = await call.read()
    call.cancel()
    job_id = await submit(client)
    await house.succeed(*await house.begin())
    missed = await client.call("WatchRuns", wanted | {"after_cursor": ready.cursor}).read()
    assert (missed.kind, missed.run.run_id) == (Told.KIND_RUN, job_id)


@pytest.mark.parametrize(
    ("wanted", "field", "reason"),
    [
        ({"types": [" "]}, "types", "invalid_policy"),
        ({"job_ids": ["nope"]}, "job_ids", "invalid_request"),
        ({"states": [99]}, "states", "invalid_request"),
        ({"after_cursor": "nope"}, "after_cursor", "invalid_cursor"),
    ],
)
async def test_what_cannot_be_watched_is_refused(
    client: Client, wanted: dict[str, Any], field: str, reason: str
) -> None:
    told = await refused(client.call("WatchRuns", wanted))
    assert (told.fields, told.reason) == ([field], reason)
