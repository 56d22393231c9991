"""The five RPCs of the scheduler whose clients are to work unchanged."""

import asyncio
from uuid import uuid4

import grpc
import pytest

from foliot.transports.grpc.generated.scheduler.v1 import job_pb2, scheduler_pb2, status_pb2
from tests.grpc.client import Client, every, refused
from tests.grpc.conftest import House

INVALID = grpc.StatusCode.INVALID_ARGUMENT


async def test_a_job_is_submitted_watched_and_shown(house: House, client: Client) -> None:
    job = {"type": "greet", "priority": "PRIORITY_HIGH", "payload_json": '{"name": "Ada"}', "max_attempts": 5}
    job_id = (await client.call("SubmitJob", {"job": job})).job_id
    queued = await client.call("GetJob", {"job_id": job_id})
    assert (queued.job_id, queued.state, queued.attempts) == (job_id, status_pb2.JOB_STATE_QUEUED, 0)
    assert not queued.HasField("started_at")
    watching = asyncio.create_task(every(client.call("WatchJob", {"job_id": job_id})))
    await house.succeed(*await house.begin(), result={"greeting": "Hello"})
    events = await watching
    assert [event.state for event in events] == [
        status_pb2.JOB_STATE_QUEUED, status_pb2.JOB_STATE_QUEUED, status_pb2.JOB_STATE_RUNNING,
        status_pb2.JOB_STATE_SUCCEEDED,
    ]  # fmt: skip
    assert {event.job_id for event in events} == {job_id}
    assert [event.attempts for event in events] == [0, 0, 1, 1]
    assert [event.message for event in events] == ["Created", "Queued", "Started by hands", "Succeeded"]
    times = [event.timestamp.ToMicroseconds() for event in events]
    assert times == sorted(times)
    done = await client.call("GetJob", {"job_id": job_id})
    assert (done.state, done.attempts, done.last_error) == (status_pb2.JOB_STATE_SUCCEEDED, 1, "")
    assert done.created_at.ToMicroseconds() <= done.started_at.ToMicroseconds() <= done.finished_at.ToMicroseconds()
    assert done.updated_at == done.finished_at
    assert (done.payload_json, done.result_json) == ('{"name": "Ada"}', '{"greeting":"Hello"}')
    assert (done.type, done.priority, done.max_attempts) == ("greet", job_pb2.PRIORITY_HIGH, 5)


async def test_a_job_that_gives_up_is_a_dead_letter(house: House, client: Client) -> None:
    job_id = await house.dead_letter()
    status = await client.call("GetJob", {"job_id": job_id})
    assert (status.state, status.last_error) == (status_pb2.JOB_STATE_DEADLETTER, "It broke.")
    last = (await every(client.call("WatchJob", {"job_id": job_id})))[-1]
    assert (last.state, last.message) == (status_pb2.JOB_STATE_DEADLETTER, "It broke.")


async def test_a_job_has_the_id_that_its_caller_chose(house: House, client: Client) -> None:
    chosen = str(uuid4())
    job = {"job_id": chosen, "type": "any"}
    first = await client.call("SubmitJob", {"job": job})
    again = await client.call("SubmitJob", {"job": {**job, "job_id": chosen.upper()}})
    assert (first.job_id, first.created, again.job_id, again.created) == (chosen, True, chosen, False)
    assert again.run_id == first.run_id
    assert (await client.call("GetJob", {"job_id": chosen})).job_id == chosen
    assert (await client.call("CancelJob", {"job_id": chosen})).cancelled
    assert {event.job_id for event in await every(client.call("WatchJob", {"job_id": chosen}))} == {chosen}
    other = await refused(client.call("SubmitJob", {"job": {**job, "payload_json": "[1]"}}))
    assert (other.code, other.reason) == (grpc.StatusCode.ALREADY_EXISTS, "submission_key_conflict")
    async with house.client(tenant="globex") as stranger:
        assert (await refused(stranger.call("GetJob", {"job_id": chosen}))).code is grpc.StatusCode.NOT_FOUND


async def test_cancelling_says_whether_it_did(house: House, client: Client) -> None:
    waiting, running = [(await client.call("SubmitJob", {"job": {"type": "any"}})).job_id for _ in range(2)]
    assert (await client.call("CancelJob", {"job_id": waiting})).cancelled
    assert not (await client.call("CancelJob", {"job_id": waiting})).cancelled
    [claimed] = await house.begin()
    asked = await client.call("CancelJob", {"job_id": running})
    assert asked.cancelled
    assert asked.job.HasField("cancel_requested_at")
    assert asked.job.state == status_pb2.JOB_STATE_RUNNING
    await house.succeed(claimed)
    assert not (await client.call("CancelJob", {"job_id": running})).cancelled


async def test_jobs_are_listed_by_pages(house: House, client: Client) -> None:
    ids = [(await client.call("SubmitJob", {"job": {"type": "any"}})).job_id for _ in range(5)][::-1]
    seen, token = [], ""
    while True:
        page = await client.call("ListJobs", {"page_size": 2, "page_token": token})
        assert 1 <= len(page.jobs) <= 2
        seen += [job.job_id for job in page.jobs]
        token = page.next_page_token
        if not token:
            break
    assert seen == ids


async def test_jobs_are_filtered(house: House, client: Client) -> None:
    async def listed(**wanted: object) -> list[str]:
        return [job.job_id for job in (await client.call("ListJobs", wanted)).jobs]

    low = (await client.call("SubmitJob", {"job": {"type": "any", "priority": "PRIORITY_LOW"}})).job_id
    await house.begin()
    high = (await client.call("SubmitJob", {"job": {"type": "greet", "priority": "PRIORITY_HIGH"}})).job_id
    assert await listed() == [high, low]
    assert await listed(state_filter="JOB_STATE_RUNNING") == [low]
    assert await listed(state_filter="JOB_STATE_QUEUED") == [high]
    assert await listed(priority_filter="PRIORITY_LOW") == [low]
    assert await listed(type_filter="greet") == [high]
    assert await listed(type_filter="greet", state_filter="JOB_STATE_RUNNING") == []


@pytest.mark.parametrize(
    ("job", "field", "reason"),
    [
        ({"type": ""}, "job.type", "invalid_request"),
        ({"type": "nobody's"}, "job.type", "unknown_job_type"),
        ({"type": "any", "max_attempts": -1}, "job.max_attempts", "invalid_policy"),
        ({"type": "any", "max_attempts": 101}, "job.max_attempts", "invalid_policy"),
        ({"type": "any", "payload_json": "{"}, "job.payload_json", "invalid_payload"),
        ({"type": "any", "payload_json": f'"{"x" * 300_000}"'}, "job.payload_json", "payload_too_large"),
        ({"type": "any", "job_id": "7"}, "job.job_id", "invalid_request"),
        ({"type": "any", "priority": 9}, "job.priority", "invalid_request"),
        ({"type": "greet", "payload_json": '{"nam": 1}'}, "job.payload_json", "invalid_payload"),
    ],
)
async def test_a_job_that_cannot_be_is_refused(client: Client, job: dict[str, object], field: str, reason: str) -> None:
    told = await refused(client.call("SubmitJob", {"job": job}))
    assert (told.code, told.fields, told.reason, told.domain) == (INVALID, [field], reason, "foliot")
    assert (await client.call("ListJobs")).jobs == []


async def test_no_job_at_all_is_refused(client: Client) -> None:
    told = await refused(client.call("SubmitJob", scheduler_pb2.SubmitJobRequest()))
    assert (told.code, told.fields) == (INVALID, ["job"])


@pytest.mark.parametrize("rpc", ["GetJob", "WatchJob", "CancelJob"])
async def test_ids_are_looked_at(client: Client, rpc: str) -> None:
    assert (await refused(client.call(rpc, {"job_id": "no id"}))).fields == ["job_id"]
    assert (await refused(client.call(rpc))).code is INVALID
    unknown = await refused(client.call(rpc, {"job_id": str(uuid4())}))
    assert (unknown.code, unknown.reason) == (grpc.StatusCode.NOT_FOUND, "not_found")


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"page_size": -1}, "page_size"),
        ({"page_token": "nonsense"}, "page_token"),
        ({"state_filter": 99}, "state_filter"),
        ({"priority_filter": 99}, "priority_filter"),
        ({"type_filter": " "}, "type_filter"),
    ],
)
async def test_a_listing_that_cannot_be_is_refused(client: Client, wanted: dict[str, object], field: str) -> None:
    told = await refused(client.call("ListJobs", wanted))
    assert (told.code, told.fields) == (INVALID, [field])


async def test_what_was_there_has_kept_its_numbers() -> None:
    def numbers(message: object) -> dict[str, int]:
        return {field.name: field.number for field in message.DESCRIPTOR.fields}  # type: ignore[attr-defined]

    theirs = {
        job_pb2.Job: ["job_id", "type", "priority", "payload_json", "idempotency_key", "max_attempts"],
        status_pb2.JobStatus: [
            "job_id", "state", "attempts", "last_error", "created_at", "updated_at", "started_at", "finished_at"
        ],
        status_pb2.JobEvent: ["job_id", "state", "message", "timestamp", "attempts"],
        scheduler_pb2.SubmitJobRequest: ["job"],
        scheduler_pb2.SubmitJobResponse: ["job_id"],
        scheduler_pb2.GetJobRequest: ["job_id"],
        scheduler_pb2.WatchJobRequest: ["job_id"],
        scheduler_pb2.CancelJobRequest: ["job_id"],
        scheduler_pb2.CancelJobResponse: ["cancelled"],
        scheduler_pb2.ListJobsRequest: ["state_filter", "priority_filter", "type_filter", "page_size", "page_token"],
        scheduler_pb2.ListJobsResponse: ["jobs", "next_page_token"],
    }  # fmt: skip
    for message, fields in theirs.items():
        assert numbers(message).items() >= {name: number for number, name in enumerate(fields, 1)}.items()
    assert job_pb2.Priority.values()[:5] == [0, 1, 2, 3, 4]
    assert job_pb2.Priority.keys() == [
        f"PRIORITY_{name}" for name in ("UNSPECIFIED", "CRITICAL", "HIGH", "DEFAULT", "LOW")
    ]
    assert status_pb2.JobState.keys()[:6] == [
        f"JOB_STATE_{name}" for name in ("UNSPECIFIED", "QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "DEADLETTER")
    ]
    assert status_pb2.JobState.values() == list(range(15))
