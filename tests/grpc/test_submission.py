"""Submitting what the older scheduler had not: times, policies, graphs, batches and streams."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.timestamp_pb2 import Timestamp

from foliot.domain.errors import Unavailable
from foliot.transports.grpc import intake
from foliot.transports.grpc.generated.scheduler.v1 import job_pb2, scheduler_pb2, status_pb2
from tests.grpc.client import Client, refused
from tests.grpc.conftest import House

INVALID = grpc.StatusCode.INVALID_ARGUMENT


def job(**fields: Any) -> job_pb2.Job:
    """A job of the type `any`, with fields as JSON has them."""
    return ParseDict({"type": "any"} | fields, job_pb2.Job())


async def submitted(client: Client, **fields: Any) -> Any:
    return await client.call("SubmitJob", scheduler_pb2.SubmitJobRequest(job=job(**fields)))


async def shown(client: Client, receipt: Any) -> Any:
    return await client.call("GetJob", {"job_id": receipt.job_id})


async def test_a_job_at_an_instant_waits_for_it(client: Client) -> None:
    at = datetime.now(UTC) + timedelta(hours=1)
    status = await shown(client, await submitted(client, schedule={"at": at.isoformat()}))
    assert status.state == status_pb2.JOB_STATE_PENDING
    assert status.due_at.ToDatetime(UTC) == at
    assert status.schedule.at == status.due_at


async def test_a_delayed_job_waits_as_long(client: Client) -> None:
    status = await shown(client, await submitted(client, delay="90s"))
    assert status.due_at.ToDatetime() - status.created_at.ToDatetime() == timedelta(seconds=90)


@pytest.mark.parametrize(
    "schedule",
    [
        {"every": {"interval": "90s"}},
        {"every": {"interval": "60.500s", "start": "2030-01-01T00:00:00Z", "end": "2031-01-01T00:00:00Z", "count": 5}},
        {"cron": {"expression": "30 2 * * *", "timezone": "America/New_York", "gap": "GAP_SHIFT", "fold": "FOLD_BOTH"}},
        {"cron": {"expression": "@daily", "timezone": "UTC", "count": 3}},
        {
            "rrule": {
                "rule": "FREQ=MONTHLY;BYMONTHDAY=31", "timezone": "Europe/Berlin", "start": "2030-01-31T08:00:00",
                "monthEnd": "MONTH_END_LAST_VALID", "exdate": ["2030-03-31T08:00:00"], "gap": "GAP_SKIP",
                "rdate": ["2030-02-01T09:30:00"],
            }
        },
    ],
)  # fmt: skip
async def test_a_job_recurs_as_it_was_asked_for(client: Client, schedule: dict[str, Any]) -> None:
    receipt = await submitted(client, schedule=schedule)
    assert receipt.run_id == ""
    status = await shown(client, receipt)
    assert status.state == status_pb2.JOB_STATE_ACTIVE
    assert status.HasField("next_at")
    told = MessageToDict(status.schedule)
    [(kind, members)] = schedule.items()
    assert told[kind].items() >= members.items()


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"schedule": {}}, "job.schedule", "invalid_schedule"),
        ({"schedule": {"at": "2150-01-01T00:00:00Z"}, "delay": "1s"}, "job.delay", "invalid_request"),
        ({"schedule": {"at": "1990-01-01T00:00:00Z"}}, "job.schedule", "invalid_time"),
        ({"schedule": {"at": "1960-01-01T00:00:00Z"}}, "job.schedule.at", "invalid_time"),
        ({"schedule": {"at": "9000-01-01T00:00:00Z"}}, "job.schedule.at", "invalid_time"),
        ({"schedule": {"every": {"interval": "0.5s"}}}, "job.schedule.every.interval", "invalid_schedule"),
        ({"schedule": {"every": {}}}, "job.schedule.every.interval", "invalid_schedule"),
        ({"schedule": {"every": {"interval": "9s", "count": 0}}}, "job.schedule.every.count", "invalid_schedule"),
        ({"schedule": {"cron": {}}}, "job.schedule.cron.expression", "invalid_schedule"),
        ({"schedule": {"cron": {"expression": "61 * * * *"}}}, "job.schedule.cron.expression", "invalid_schedule"),
        (
            {"schedule": {"cron": {"expression": "@daily", "timezone": "Mars/Olympus"}}},
            "job.schedule.cron.timezone",
            "invalid_timezone",
        ),
        ({"schedule": {"cron": {"expression": "@daily", "gap": 9}}}, "job.schedule.cron.gap", "invalid_request"),
        ({"schedule": {"rrule": {"rule": "FREQ=DAILY"}}}, "job.schedule.rrule.start", "invalid_schedule"),
        ({"schedule": {"rrule": {"start": "2030-01-01T08:00:00"}}}, "job.schedule.rrule.rule", "invalid_schedule"),
        (
            {"schedule": {"rrule": {"rule": "FREQ=DAILY", "start": "2030-01-01T08:00:00Z"}}},
            "job.schedule.rrule.start",
            "invalid_time",
        ),
        ({"schedule": {"rrule": {"rule": "FREQ=DAILY", "start": "soon"}}}, "job.schedule.rrule.start", "invalid_time"),
        (
            {"schedule": {"cron": {"expression": "@daily", "exclude": ["feasts"]}}},
            "job.schedule.cron.exclude",
            "unknown_calendar",
        ),
        ({"delay": "-1s"}, "job.delay", "invalid_time"),
        ({"delay": "300000000000s"}, "job.delay", "invalid_time"),
        ({"timeout": "0s"}, "job.timeout", "invalid_policy"),
        ({"queue": " "}, "job.queue", "invalid_policy"),
        ({"retry": {"maxAttempts": 0}}, "job.retry.max_attempts", "invalid_policy"),
        ({"retry": {"base": "-1s"}}, "job.retry.base", "invalid_policy"),
        ({"retry": {"factor": "NaN"}}, "job.retry.factor", "invalid_policy"),
        ({"retry": {"maxAttempts": 2}, "maxAttempts": 3}, "job.max_attempts", "invalid_policy"),
        ({"idempotencyKey": "x" * 300}, "job.idempotency_key", "invalid_request"),
        ({"parents": [{"jobId": str(uuid4())}]}, "job.parents", "unknown_parent"),
        ({"parents": [{}]}, "job.parents", "invalid_parents"),
        ({"parents": [{"alias": "nobody"}]}, "job.parents", "invalid_parents"),
    ],
)
async def test_what_cannot_be_is_refused_by_the_name_of_its_field(
    client: Client, fields: dict[str, Any], field: str, reason: str
) -> None:
    told = await refused(submitted(client, **fields))
    assert (told.code, told.fields, told.reason) == (INVALID, [field], reason)


async def test_seconds_that_are_none_are_refused(client: Client) -> None:
    for bad in (
        job_pb2.Job(type="any", delay=Duration(seconds=2**62)),
        job_pb2.Job(type="any", delay=Duration(nanos=-(2**31))),
    ):
        told = await refused(client.call("SubmitJob", scheduler_pb2.SubmitJobRequest(job=bad)))
        assert (told.code, told.fields) == (INVALID, ["job.delay"])
    bad = job_pb2.Job(type="any")
    bad.schedule.at.CopyFrom(Timestamp(seconds=5, nanos=-1))
    told = await refused(client.call("SubmitJob", scheduler_pb2.SubmitJobRequest(job=bad)))
    assert (told.code, told.fields) == (INVALID, ["job.schedule.at"])


async def test_policies_are_kept(house: House, client: Client) -> None:
    receipt = await submitted(
        client, timeout="7.5s", queue="slow",
        retry={
            "maxAttempts": 7, "backoff": "BACKOFF_LINEAR", "base": "2s", "cap": "60s", "jitter": "JITTER_NONE",
            "rules": [{"error": "ValueError", "verdict": "VERDICT_PERMANENT"}],
        },
    )  # fmt: skip
    identity = await house.services.access.authenticate(house.keys["acme", "viewer"])
    stored = await house.services.jobs.get(identity, receipt.job_id)
    retry = stored.overrides.retry
    assert retry is not None
    assert (stored.queue, stored.overrides.timeout_seconds, stored.max_attempts) == ("slow", 7.5, 7)
    assert (retry.backoff, retry.base_seconds, retry.cap_seconds, retry.jitter) == ("linear", 2.0, 60.0, "none")
    assert [(rule.error, rule.verdict) for rule in retry.rules] == [("ValueError", "permanent")]


async def test_a_key_gets_the_first_job_again(client: Client) -> None:
    first, again = [await submitted(client, idempotencyKey="invoice-7") for _ in range(2)]
    assert (first.job_id, first.created, again.created) == (again.job_id, True, False)
    told = await refused(submitted(client, idempotencyKey="invoice-7", payloadJson="[1]"))
    assert (told.code, told.reason) == (grpc.StatusCode.ALREADY_EXISTS, "submission_key_conflict")


async def test_a_job_with_an_id_of_its_callers_does_not_look_at_the_key(client: Client) -> None:
    ids = [str(uuid4()), str(uuid4())]
    receipts = [await submitted(client, jobId=each, idempotencyKey="same") for each in ids]
    assert [(receipt.job_id, receipt.created) for receipt in receipts] == [(ids[0], True), (ids[1], True)]


async def test_of_a_batch_each_is_judged_by_itself(client: Client) -> None:
    chosen = str(uuid4())
    jobs = [job(), job(type="nobody's"), job(jobId=chosen), job(jobId=chosen), job(priority=7)]
    batch = await client.call("BatchSubmitJobs", scheduler_pb2.BatchSubmitJobsRequest(jobs=jobs))
    assert (batch.created, batch.existing, batch.rejected) == (2, 1, 2)
    assert [result.problem.code for result in batch.results] == ["", "unknown_job_type", "", "", "invalid_request"]
    assert [result.problem.field for result in batch.results] == ["", "type", "", "", "priority"]
    assert [result.job_id for result in batch.results][1:] == ["", chosen, chosen, ""]


async def test_of_a_batch_all_or_none_is_stored(client: Client) -> None:
    for bad in (job(type="nobody's"), job(priority=7)):
        request = scheduler_pb2.BatchSubmitJobsRequest(jobs=[job(), bad], all_or_none=True)
        assert (await refused(client.call("BatchSubmitJobs", request))).code is INVALID
    assert (await client.call("ListJobs")).jobs == []


async def test_a_batch_has_a_largest_size(client: Client) -> None:
    request = scheduler_pb2.BatchSubmitJobsRequest(jobs=[job_pb2.Job()] * 10_001)
    assert (await refused(client.call("BatchSubmitJobs", request))).fields == ["jobs"]


async def test_a_graph_is_submitted_at_once(house: House, client: Client) -> None:
    jobs = [job(alias="first"), job(parents=[{"alias": "first"}], join="JOIN_ANY")]
    first, second = (await client.call("BatchSubmitJobs", scheduler_pb2.BatchSubmitJobsRequest(jobs=jobs))).results
    assert (await shown(client, second)).state == status_pb2.JOB_STATE_BLOCKED
    third = await submitted(client, parents=[{"jobId": first.job_id, "waitFor": "WAIT_FOR_FAILED"}])
    await house.succeed(*await house.begin())
    assert (await shown(client, second)).state == status_pb2.JOB_STATE_QUEUED
    assert (await shown(client, third)).state == status_pb2.JOB_STATE_SKIPPED


async def test_a_graph_beside_what_cannot_be_read_is_not_stored(client: Client) -> None:
    jobs = [job(alias="first"), job(parents=[{"alias": "first"}]), job(priority=7), job()]
    batch = await client.call("BatchSubmitJobs", scheduler_pb2.BatchSubmitJobsRequest(jobs=jobs))
    assert [result.problem.code for result in batch.results] == [
        "invalid_parents", "invalid_parents", "invalid_request", ""
    ]  # fmt: skip


async def _stream(*sizes: int) -> AsyncIterator[scheduler_pb2.SubmitJobsRequest]:
    for size in sizes:
        yield scheduler_pb2.SubmitJobsRequest(jobs=[job_pb2.Job(type="any")] * size)


@pytest.mark.parametrize("sizes", [[], [0], [1] * 500, [250] * 20, [5_000]])
async def test_a_stream_of_jobs_is_stored(client: Client, sizes: list[int]) -> None:
    done = await client.call("SubmitJobs", _stream(*sizes))
    assert (done.created, done.existing, done.rejected) == (sum(sizes), 0, 0)
    if sizes:
        listed = await client.call("ListJobs", {"page_size": 500})
        assert len(listed.jobs) == min(sum(sizes), 500)


async def test_jobs_of_a_stream_are_stored_while_it_lasts(client: Client) -> None:
    more = asyncio.Event()

    async def slow() -> AsyncIterator[scheduler_pb2.SubmitJobsRequest]:
        yield scheduler_pb2.SubmitJobsRequest(jobs=[job()])
        await more.wait()

    done = asyncio.ensure_future(client.call("SubmitJobs", slow()))
    async with asyncio.timeout(20):
        while not (await client.call("ListJobs")).jobs:
            await asyncio.sleep(0.01)
    more.set()
    assert (await done).created == 1


async def test_a_bad_job_of_a_stream_holds_nothing_up(client: Client) -> None:
    jobs = [job(type="nobody's") if place % 10 == 3 else job() for place in range(2_000)]

    async def stream() -> AsyncIterator[scheduler_pb2.SubmitJobsRequest]:
        for start in range(0, 2_000, 50):
            yield scheduler_pb2.SubmitJobsRequest(jobs=jobs[start : start + 50])

    done = await client.call("SubmitJobs", stream())
    assert (done.created, done.rejected, len(done.rejections)) == (1_800, 200, 100)
    assert [rejection.index for rejection in done.rejections[:3]] == [3, 13, 23]
    assert done.rejections[0].problem.code == "unknown_job_type"


async def test_a_stream_that_cannot_be_stored_ends_at_once(house: House) -> None:
    class Away:
        async def submit_many(self, *_: object, **__: object) -> None:
            raise Unavailable("The database is away.")

    async def endless() -> AsyncIterator[scheduler_pb2.SubmitJobsRequest]:
        yield scheduler_pb2.SubmitJobsRequest(jobs=[job()])
        await asyncio.Event().wait()

    async with house.serving(jobs=Away()) as target, house.client(target=target) as client, asyncio.timeout(20):
        told = await refused(client.call("SubmitJobs", endless()))
    assert (told.code, told.retry_after) == (grpc.StatusCode.UNAVAILABLE, 1.0)


async def test_a_stream_that_is_faster_than_the_store_is_held_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MOST_WAITING", 10)
    monkeypatch.setattr(intake, "LARGEST_BATCH", 5)
    asked, sent = asyncio.Event(), 0

    class Stuck:
        async def submit_many(self, _: object, requests: Any, **__: object) -> None:
            assert 1 <= len(requests) <= 5
            asked.set()
            await asyncio.Event().wait()

    async def fast() -> AsyncIterator[scheduler_pb2.SubmitJobsRequest]:
        nonlocal sent
        while True:
            yield scheduler_pb2.SubmitJobsRequest(jobs=[job(payloadJson=f'"{"x" * 200_000}"')])
            sent += 1

    async with house.serving(jobs=Stuck()) as target, house.client(target=target) as client:
        call = client.call("SubmitJobs", fast())
        await asked.wait()
        before = -1
        while sent != before:  # until nothing more goes out
            before = sent
            await asyncio.sleep(0.2)
        assert sent < 200
        call.cancel()
