"""Runs, attempts, events, dead letters, job types, and steering what recurs."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import grpc
import pytest

from foliot.transports.grpc.generated.scheduler.v1 import job_pb2, run_pb2, status_pb2
from tests.grpc.client import Client, every, refused
from tests.grpc.conftest import House

INVALID = grpc.StatusCode.INVALID_ARGUMENT
UNKNOWN = "01a2046f-3f91-739b-82ce-6f447f4dba8c"


async def submit(client: Client, **job: Any) -> Any:
    return await client.call("SubmitJob", {"job": {"type": "any"} | job})


async def test_a_run_is_shown_whole(house: House, client: Client) -> None:
    run_id = (await submit(client, priority="PRIORITY_LOW")).run_id
    await house.succeed(*await house.begin(), result=[1])
    run = (await client.call("GetRun", {"run_id": run_id})).run
    assert (run.run_id, run.job_id, run.state, run.cause) == (run_id, run_id, run_pb2.RUN_STATE_SUCCEEDED, "returned")
    assert (run.priority, run.attempt, run.worker, run.result_json) == (job_pb2.PRIORITY_LOW, 1, "hands", "[1]")
    assert run.lateness.ToTimedelta().total_seconds() >= 0
    [attempt] = (await client.call("ListAttempts", {"run_id": run_id})).attempts
    assert (attempt.number, attempt.state) == (1, run_pb2.RUN_STATE_SUCCEEDED)
    events = (await client.call("ListRunEvents", {"run_id": run_id})).events
    assert [event.type for event in events] == ["run.created", "run.queued", "run.started", "run.succeeded"]
    assert '"attempt":1' in events[2].data_json
    [created] = (await client.call("ListJobEvents", {"job_id": run_id})).events
    assert (created.type, created.run_id, created.data_json) == ("job.created", "", '{"by":"acme-operator"}')


async def test_runs_are_listed_by_pages_and_filters(house: House, client: Client) -> None:
    ids = [(await submit(client)).run_id for _ in range(5)][::-1]
    await submit(client, type="greet", priority="PRIORITY_HIGH")
    seen, token = [], ""
    while True:
        page = await client.call("ListRuns", {"type_filter": "any", "page_size": 2, "page_token": token})
        seen += [run.run_id for run in page.runs]
        if not (token := page.next_page_token):
            break
    assert seen == ids
    assert [run.run_id for run in (await client.call("ListRuns", {"job_id": ids[2]})).runs] == [ids[2]]
    assert len((await client.call("ListRuns", {"priority_filter": "PRIORITY_HIGH"})).runs) == 1
    assert len((await client.call("ListRuns", {"state_filter": "RUN_STATE_QUEUED"})).runs) == 6
    assert (await client.call("ListRuns", {"state_filter": "RUN_STATE_FAILED"})).runs == []


async def test_a_run_is_cancelled_and_retried(house: House, client: Client) -> None:
    run_id = (await submit(client)).run_id
    await house.retry_later(*await house.begin())
    assert (await client.call("GetJob", {"job_id": run_id})).state == status_pb2.JOB_STATE_RETRYING
    run = (await client.call("RetryRun", {"run_id": run_id})).run
    assert run.state == run_pb2.RUN_STATE_QUEUED
    told = await refused(client.call("RetryRun", {"run_id": run_id}))
    assert (told.code, told.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "illegal_transition")
    assert (await client.call("CancelRun", {"run_id": run_id})).run.state == run_pb2.RUN_STATE_CANCELLED


async def test_a_dead_letter_is_replayed(house: House, client: Client) -> None:
    dead = await house.dead_letter()
    assert [run.run_id for run in (await client.call("ListDeadLetters")).runs] == [dead]
    fresh = (await client.call("ReplayDeadLetter", {"run_id": dead})).run
    assert (fresh.replay_of, fresh.job_id, fresh.state) == (dead, dead, run_pb2.RUN_STATE_QUEUED)
    assert (await refused(client.call("ReplayDeadLetter", {"run_id": dead}))).code is grpc.StatusCode.NOT_FOUND
    status = await client.call("GetJob", {"job_id": dead})
    assert (status.state, status.run_id, status.job_id) == (status_pb2.JOB_STATE_QUEUED, fresh.run_id, dead)
    await house.succeed(*await house.begin())
    events = await every(client.call("WatchJob", {"job_id": dead}))
    assert (events[-1].state, events[-1].run_id) == (status_pb2.JOB_STATE_SUCCEEDED, fresh.run_id)


async def test_dead_letters_are_replayed_and_discarded_together(house: House, client: Client) -> None:
    dead = [await house.dead_letter() for _ in range(4)]
    await client.call("DiscardDeadLetter", {"run_id": dead[0]})
    replayed = (await client.call("ReplayDeadLetters", {"type_filter": "fragile", "limit": 2})).run_ids
    assert len(replayed) == 2
    assert (await client.call("DiscardDeadLetters", {"queue_filter": "nobody's"})).discarded == 0
    assert (await client.call("DiscardDeadLetters")).discarded == 1
    assert (await client.call("ListDeadLetters")).runs == []
    assert (await refused(client.call("ReplayDeadLetters", {"limit": 501}))).fields == ["limit"]


async def test_a_job_that_recurs_is_steered(house: House, client: Client) -> None:
    job_id = (await submit(client, schedule={"every": {"interval": {"seconds": 3600}}})).job_id
    asked = {"job_id": job_id}
    paused = (await client.call("PauseJob", asked)).job
    assert paused.state == status_pb2.JOB_STATE_PAUSED
    assert not paused.HasField("next_at")
    assert (await client.call("ResumeJob", asked)).job.state == status_pb2.JOB_STATE_ACTIVE
    run = (await client.call("RunJob", asked)).run
    assert run.job_id == job_id != run.run_id
    assert (await client.call("GetJob", asked)).run_id == run.run_id
    told = await refused(client.call("WatchJob", asked))
    assert (told.code, told.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "conflict")
    await house.succeed(*await house.begin())
    assert len(await every(client.call("WatchRun", {"run_id": run.run_id}))) >= 4
    [active] = (await client.call("ListJobs", {"state_filter": "JOB_STATE_ACTIVE"})).jobs
    assert active.job_id == job_id
    assert (await client.call("CancelJob", asked)).cancelled
    assert not (await client.call("CancelJob", asked)).cancelled
    [ended] = (await client.call("ListJobs", {"state_filter": "JOB_STATE_CANCELLED"})).jobs
    assert ended.job_id == job_id
    assert (await refused(client.call("PauseJob", asked))).code is grpc.StatusCode.FAILED_PRECONDITION
    kinds = [event.type for event in (await client.call("ListJobEvents", asked)).events]
    assert kinds == ["job.created", "job.paused", "job.resumed", "job.cancelled"]


async def test_the_occurrences_of_a_job_are_told(client: Client) -> None:
    job_id = (await submit(client, schedule={"cron": {"expression": "0 8 * * *", "timezone": "Asia/Taipei"}})).job_id
    page = await client.call("ListOccurrences", {"job_id": job_id, "limit": 2})
    assert [each.reason for each in page.occurrences] == ["planned", "planned"]
    assert page.occurrences[0].local.endswith("T08:00:00+08:00")
    on = await client.call("ListOccurrences", {"job_id": job_id, "since": page.next_since, "limit": 1})
    assert on.occurrences[0].planned_at == page.next_since
    told = await refused(client.call("ListOccurrences", {"job_id": job_id, "since": page.next_since, "until": {}}))
    assert (told.code, told.fields) == (INVALID, ["until"])
    assert (await refused(client.call("ListOccurrences", {"job_id": job_id, "limit": -1}))).fields == ["limit"]


async def test_a_schedule_is_previewed(house: House) -> None:
    identity = await house.services.access.authenticate(house.keys["acme", "admin"])
    next_year = datetime.now(UTC).year + 1
    await house.services.calendars.put(identity, "feasts", [date(next_year, 12, 25)])
    cron = {
        "expression": "30 2 24-26 12 *",
        "timezone": "Europe/Berlin",
        "start": datetime(next_year, 1, 1, tzinfo=UTC),
    }
    async with house.client("viewer") as viewer:
        page = await viewer.call("PreviewSchedule", {"schedule": {"cron": cron}, "count": 3})
        days = [each.local[:16] for each in page.occurrences]
        assert days == [f"{next_year}-12-{day}T02:30" for day in (24, 25, 26)]
        spared = {"schedule": {"cron": cron | {"exclude": ["feasts"]}}, "count": 2}
        days = [each.local[:16] for each in (await viewer.call("PreviewSchedule", spared)).occurrences]
        assert days == [f"{next_year}-12-{day}T02:30" for day in (24, 26)]
        for bad, field in (
            ({"schedule": {"cron": cron}, "count": -1}, "count"),
            ({}, "schedule"),
            ({"schedule": {"cron": {"expression": "?"}}}, "schedule.cron.expression"),
        ):
            told = await refused(viewer.call("PreviewSchedule", bad))
            assert (told.code, told.fields) == (INVALID, [field])


async def test_the_past_is_backfilled(client: Client) -> None:
    now = datetime.now(UTC)
    job_id = (await submit(client, schedule={"cron": {"expression": "* * * * *"}})).job_id
    asked = {"job_id": job_id, "since": now - timedelta(minutes=10), "until": now - timedelta(minutes=7)}
    runs = (await client.call("BackfillJob", asked)).runs
    assert len(runs) == 3
    assert all(run.planned_at.seconds % 60 == 0 for run in runs)
    told = await refused(client.call("BackfillJob", asked | {"until": now + timedelta(hours=1)}))
    assert (told.code, told.fields) == (INVALID, ["until"])
    assert (await refused(client.call("BackfillJob", {"job_id": job_id}))).fields == ["since"]


async def test_a_graph_is_told(client: Client) -> None:
    first = await submit(client)
    second = await submit(client, parents=[{"job_id": first.job_id, "wait_for": "WAIT_FOR_FINISHED"}])
    graph = (await client.call("GetGraph", {"job_id": first.job_id})).graph
    assert {member.job_id for member in graph.members} == {first.job_id, second.job_id}
    [link] = graph.links
    assert (link.parent_id, link.child_id) == (first.job_id, second.job_id)
    assert (link.wait_for, graph.is_whole) == (job_pb2.WAIT_FOR_FINISHED, True)
    [parent] = (await client.call("GetGraph", {"job_id": second.job_id})).graph.parents
    assert (parent.job_id, parent.state) == (first.job_id, run_pb2.RUN_STATE_QUEUED)


async def test_a_job_is_updated_at_the_revision_that_was_seen(client: Client) -> None:
    job_id = (await submit(client, queue="slow", priority="PRIORITY_LOW", delay={"seconds": 600})).job_id
    seen = (await client.call("GetJob", {"job_id": job_id})).revision
    new = {"payload_json": "[2]", "priority": "PRIORITY_HIGH", "queue": "ignored"}
    mask = {"paths": ["payload_json", "priority"]}
    asked = {"job_id": job_id, "job": new, "update_mask": mask, "expected_revision": seen}
    job = (await client.call("UpdateJob", asked)).job
    assert (job.payload_json, job.priority, job.queue) == ("[2]", job_pb2.PRIORITY_HIGH, "slow")
    assert job.revision > seen
    told = await refused(client.call("UpdateJob", asked | {"job": {"payload_json": "[3]"}}))
    assert (told.code, told.reason) == (grpc.StatusCode.ABORTED, "precondition_failed")
    again = {
        "job_id": job_id,
        "job": {"timeout": {"seconds": 9}, "retry": {"max_attempts": 9}, "delay": {"seconds": 5}},
    }
    assert (await client.call("UpdateJob", again)).job.max_attempts == 9
    back = {"job_id": job_id, "job": {}, "update_mask": {"paths": ["queue", "retry"]}}
    job = (await client.call("UpdateJob", back)).job
    assert (job.queue, job.max_attempts, job.payload_json) == ("default", 3, "[2]")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"update_mask": {"paths": ["job_id"]}}, "update_mask"),
        ({"job": {"queue": " "}}, "job.queue"),
        ({"job": {"payload_json": "{"}}, "job.payload_json"),
        ({"job": {"schedule": {"cron": {"expression": "?"}}}}, "job.schedule.cron.expression"),
        ({"job": {"retry": {"max_attempts": 0}}}, "job.retry.max_attempts"),
        ({"expected_revision": -1}, "expected_revision"),
    ],
)
async def test_an_update_that_cannot_be_is_refused(client: Client, asked: dict[str, Any], field: str) -> None:
    job_id = (await submit(client, schedule={"every": {"interval": {"seconds": 60}}})).job_id
    told = await refused(client.call("UpdateJob", {"job_id": job_id} | asked))
    assert (told.code, told.fields) == (INVALID, [field])


async def test_a_job_expires_when_it_was_told_to(client: Client) -> None:
    job_id = (await submit(client, expires_in={"seconds": 60})).job_id
    job = await client.call("GetJob", {"job_id": job_id})
    assert job.expires_at.ToMicroseconds() == job.created_at.ToMicroseconds() + 60_000_000
    assert (await client.call("GetRun", {"run_id": job_id})).run.expires_at == job.expires_at
    for bad, field in (({"expires_in": {}}, "job.expires_in"), ({"expires_at": {"seconds": 5}}, "job.expires_at")):
        told = await refused(client.call("SubmitJob", {"job": {"type": "any"} | bad}))
        assert (told.reason, told.fields) == ("invalid_expiry", [field])


async def test_a_listing_shows_jobs_of_all_kinds(house: House, client: Client) -> None:
    once, again = await submit(client), await submit(client, schedule={"every": {"interval": {"seconds": 60}}})
    await house.succeed(*await house.begin())
    jobs = (await client.call("ListJobs")).jobs
    assert [(job.job_id, job.state) for job in jobs] == [
        (again.job_id, status_pb2.JOB_STATE_ACTIVE), (once.job_id, status_pb2.JOB_STATE_SUCCEEDED)
    ]  # fmt: skip
    assert jobs[1].HasField("finished_at")


async def test_job_types_are_told(client: Client) -> None:
    types = {job_type.name: job_type for job_type in (await client.call("ListJobTypes")).types}
    assert types.keys() >= {"any", "fragile", "greet"}
    assert types["greet"].description == "Greets."
    assert types["greet"].arguments_schema_json == '{"type":"object"}'
    assert types["fragile"].retry.max_attempts == 1
    assert types["any"].timeout.seconds == 300


@pytest.mark.parametrize("rpc", ["GetRun", "WatchRun", "CancelRun", "RetryRun", "ListAttempts", "ListRunEvents"])
async def test_ids_of_runs_are_looked_at(client: Client, rpc: str) -> None:
    assert (await refused(client.call(rpc, {"run_id": "no id"}))).fields == ["run_id"]
    for unknown in (UNKNOWN, "3b241101-e2bb-4255-8caf-4136c566a962"):
        assert (await refused(client.call(rpc, {"run_id": unknown}))).code is grpc.StatusCode.NOT_FOUND
