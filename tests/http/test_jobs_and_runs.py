"""Looking at jobs and runs, and steering them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from tests.http.conftest import House


async def submitted(client: httpx2.AsyncClient, **job: Any) -> dict[str, Any]:
    answer = await client.post("/v1/jobs", json={"type": "any"} | job)
    assert answer.status_code == 201, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


async def listed(client: httpx2.AsyncClient, path: str, **query: Any) -> list[str]:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


async def test_jobs_are_listed_newest_first_page_by_page(client: httpx2.AsyncClient) -> None:
    made = [(await submitted(client))["job_id"] for _ in range(5)]
    seen: list[list[str]] = []
    query: dict[str, Any] = {"limit": 2}
    while query.get("cursor", "first"):
        page = (await client.get("/v1/jobs", params=query)).json()
        seen.append([job["id"] for job in page["items"]])
        query["cursor"] = page["next_cursor"]
    assert seen == [made[:2:-1], made[2:0:-1], made[:1]]


async def test_jobs_are_filtered(client: httpx2.AsyncClient) -> None:
    plain = (await submitted(client))["job_id"]
    greeting = (await submitted(client, type="greet"))["job_id"]
    slow = (await submitted(client, queue="slow"))["job_id"]
    recurring = (await submitted(client, schedule={"kind": "every", "seconds": 60}))["job_id"]
    await client.post(f"/v1/jobs/{recurring}/cancel")
    assert await listed(client, "/v1/jobs", type="greet") == [greeting]
    assert await listed(client, "/v1/jobs", queue="slow") == [slow]
    assert await listed(client, "/v1/jobs", state="cancelled") == [recurring]
    assert await listed(client, "/v1/jobs", state="active") == [slow, greeting, plain]


async def test_a_listing_leaves_payloads_and_results_out(house: House, client: httpx2.AsyncClient) -> None:
    await submitted(client, payload={"secret": 1})
    [run] = await house.begin()
    await house.succeed(run, {"answer": 42})
    assert "payload" not in (await client.get("/v1/jobs")).json()["items"][0]
    assert "result" not in (await client.get("/v1/runs")).json()["items"][0]


async def test_runs_are_filtered(house: House, client: httpx2.AsyncClient) -> None:
    first = await submitted(client)
    await house.begin()
    second = await submitted(client, type="greet")
    later = await submitted(client, delay_seconds=60, queue="slow")
    assert await listed(client, "/v1/runs", state="running") == [first["run_id"]]
    assert await listed(client, "/v1/runs", type="greet") == [second["run_id"]]
    assert await listed(client, "/v1/runs", queue="slow") == [later["run_id"]]
    assert await listed(client, "/v1/runs", job_id=later["job_id"]) == [later["run_id"]]
    assert await listed(client, f"/v1/jobs/{first['job_id']}/runs") == [first["run_id"]]
    assert await listed(client, f"/v1/jobs/{first['job_id']}/runs", state="queued") == []


async def test_a_finished_run_shows_its_result(house: House, client: httpx2.AsyncClient) -> None:
    receipt = await submitted(client)
    [run] = await house.begin()
    await house.succeed(run, {"answer": 42})
    shown = (await client.get(receipt["links"]["run"])).json()
    assert (shown["state"], shown["result"], shown["cause"]) == ("succeeded", {"answer": 42}, "returned")
    assert shown["lateness_seconds"] >= 0
    assert shown["finished_at"].endswith("Z")
    assert (await client.get(receipt["links"]["job"])).json()["state"] == "completed"


async def test_a_failed_run_shows_its_error(house: House, client: httpx2.AsyncClient) -> None:
    run_id = await house.dead_letter()
    shown = (await client.get(f"/v1/runs/{run_id}")).json()
    assert (shown["state"], shown["result"]) == ("failed", None)
    assert (shown["error"]["type"], shown["error"]["message"]) == ("ValueError", "It broke.")


async def test_a_run_tells_its_attempts_and_its_story(house: House, client: httpx2.AsyncClient) -> None:
    receipt = await submitted(client)
    [run] = await house.begin()
    await house.retry_later(run)
    assert (await client.post(f"{receipt['links']['run']}/retry")).json()["state"] == "queued"
    [run] = await house.begin()
    await house.succeed(run, None)
    attempts = (await client.get(f"{receipt['links']['run']}/attempts")).json()["items"]
    assert [(one["number"], one["state"], one["worker"]) for one in attempts] == [
        (1, "retrying", "hands"),
        (2, "succeeded", "hands"),
    ]
    story = (await client.get(f"{receipt['links']['run']}/events")).json()["items"]
    assert [event["type"] for event in story] == [
        "run.created",
        "run.queued",
        "run.started",
        "run.retry_scheduled",
        "run.retry_requested",
        "run.queued",
        "run.started",
        "run.succeeded",
    ]
    assert story[4]["data"] == {"by": "acme-operator"}


async def test_a_job_tells_who_made_and_who_ended_it(client: httpx2.AsyncClient) -> None:
    receipt = await submitted(client, schedule={"kind": "every", "seconds": 60})
    assert (await client.post(f"{receipt['links']['job']}/cancel")).json()["state"] == "cancelled"
    events = (await client.get(f"{receipt['links']['job']}/events")).json()["items"]
    assert [(event["type"], event["data"]["by"]) for event in events] == [
        ("job.created", "acme-operator"),
        ("job.cancelled", "acme-operator"),
    ]


async def test_a_run_that_has_not_started_is_cancelled_at_once(client: httpx2.AsyncClient) -> None:
    receipt = await submitted(client)
    answer = await client.post(f"{receipt['links']['run']}/cancel")
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    again = await client.post(f"{receipt['links']['run']}/cancel", json={})
    assert (again.status_code, again.json()["state"]) == (200, "cancelled")


async def test_a_running_run_is_asked_to_stop(house: House, client: httpx2.AsyncClient) -> None:
    receipt = await submitted(client)
    await house.begin()
    run = (await client.post(f"{receipt['links']['job']}/cancel", json={})).json()
    run = (await client.get(receipt["links"]["run"])).json()
    assert run["state"] == "running"
    assert run["cancel_requested_at"] is not None


async def test_a_run_that_is_over_cannot_be_retried(house: House, client: httpx2.AsyncClient) -> None:
    run_id = await house.dead_letter()
    answer = await client.post(f"/v1/runs/{run_id}/retry")
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_transition")
    assert "Replay" in answer.json()["detail"]


async def test_types_are_listed_with_their_policy(client: httpx2.AsyncClient) -> None:
    types = {one["name"]: one for one in (await client.get("/v1/types")).json()["items"]}
    assert set(types) == {"any", "fragile", "greet"}
    assert types["fragile"]["retry"]["max_attempts"] == 1
    assert (types["greet"]["description"], types["greet"]["priority"]) == ("Greets.", "default")
    assert types["greet"]["arguments"] == {"type": "object"}


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/runs", "/v1/dead-letters"])
@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("limit", "0"),
        ("limit", "501"),
        ("limit", "many"),
        ("limit", "9" * 5000),
        ("limit", ""),
        ("cursor", "nonsense"),
        ("cursor", "é\x00"),
        ("cursor", ""),
        ("type", ""),
        ("queue", "\x00"),
        ("colour", "red"),
    ],
)
async def test_a_bad_parameter_is_named(client: httpx2.AsyncClient, path: str, parameter: str, value: str) -> None:
    answer = await client.get(path, params={parameter: value})
    assert (answer.status_code, answer.json()["field"]) == (400, parameter)


async def test_a_range_of_the_past_is_backfilled(client: httpx2.AsyncClient) -> None:
    every = {"kind": "every", "seconds": 3600}
    job = (await client.post("/v1/jobs", json={"type": "greet", "schedule": every})).json()["job_id"]
    now = datetime.now(tz=UTC)
    window = {"from": (now - timedelta(hours=3, minutes=1)).isoformat()}
    answer = await client.post(f"/v1/jobs/{job}/backfill", json=window)
    assert answer.status_code == 200
    planned = [run["planned_at"] for run in answer.json()["items"]]
    assert (len(planned), planned) == (4, sorted(planned))
    assert (await client.post(f"/v1/jobs/{job}/backfill", json=window)).json()["items"] == []
    refused = await client.post(f"/v1/jobs/{job}/backfill", json=window | {"to": "2199-01-01T00:00:00Z"})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_time")


@pytest.mark.parametrize(
    ("query", "field"),
    [("state=lazy", "state"), ("state=null", "state"), ("job_id=7", "job_id"), ("limit=1&limit=2", "limit")],
)
async def test_a_bad_filter_is_named(client: httpx2.AsyncClient, query: str, field: str) -> None:
    answer = await client.get(f"/v1/runs?{query}")
    assert (answer.status_code, answer.json()["field"]) == (400, field)


@pytest.mark.parametrize("query", ["limit=%ff", "&".join("a=1" for _ in range(100))])
async def test_a_query_that_cannot_be_read_is_refused(client: httpx2.AsyncClient, query: str) -> None:
    assert (await client.get(f"/v1/runs?{query}")).status_code == 400


async def test_where_no_parameter_is_known_none_is_taken(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/v1/types?limit=1")
    assert (answer.status_code, answer.json()["field"]) == (400, "limit")


async def test_a_recurring_job_is_paused_run_and_resumed(client: httpx2.AsyncClient) -> None:
    job = (await submitted(client, schedule={"kind": "every", "seconds": 60}))["links"]["job"]
    paused = (await client.post(f"{job}/pause")).json()
    assert (paused["state"], paused["next_at"]) == ("paused", None)
    run = (await client.post(f"{job}/run")).json()
    assert (run["state"], f"/v1/jobs/{run['job_id']}") == ("queued", job)
    resumed = (await client.post(f"{job}/resume")).json()
    assert (resumed["state"], resumed["next_at"] is None) == ("active", False)
    told = [event["type"] for event in (await client.get(f"{job}/events")).json()["items"]]
    assert told == ["job.created", "job.paused", "job.resumed"]


async def test_the_occurrences_of_a_job_are_listed_in_pages(client: httpx2.AsyncClient) -> None:
    schedule = {"kind": "cron", "expression": "30 2 * * *", "timezone": "America/New_York"}
    job = (await client.post("/v1/jobs", json={"type": "greet", "schedule": schedule})).json()["job_id"]
    window = {"from": "2027-03-14T00:00:00Z", "to": "2027-03-16T00:00:00Z"}
    page = (await client.get(f"/v1/jobs/{job}/occurrences", params=window)).json()
    note = "02:30 does not exist, as clocks are set forward; runs at 03:00, the first valid minute."
    assert [(each["planned_at"], each["local"], each["note"]) for each in page["items"]] == [
        ("2027-03-14T07:00:00Z", "2027-03-14T03:00:00-04:00", note),
        ("2027-03-15T06:30:00Z", "2027-03-15T02:30:00-04:00", None),
    ]
    assert {each["reason"] for each in page["items"]} == {"planned"}
    assert page["next_from"] is None
    first = (await client.get(f"/v1/jobs/{job}/occurrences", params=window | {"limit": 1})).json()
    assert first["next_from"] == "2027-03-15T06:30:00Z"


@pytest.mark.parametrize(
    ("query", "field"),
    [({"limit": "1001"}, "limit"), ({"from": "2027-03-14T00:00:00"}, "from"), ({"to": "2001-01-01T00:00:00Z"}, "to")],
)
async def test_a_window_of_occurrences_that_makes_no_sense_is_refused(
    client: httpx2.AsyncClient, query: dict[str, str], field: str
) -> None:
    every = {"kind": "every", "seconds": 60}
    job = (await client.post("/v1/jobs", json={"type": "greet", "schedule": every})).json()["job_id"]
    answer = await client.get(f"/v1/jobs/{job}/occurrences", params=query)
    assert answer.status_code in (400, 422)
    assert field in answer.text


@pytest.mark.parametrize("verb", ["pause", "resume", "run"])
async def test_a_job_that_runs_once_is_neither_paused_nor_run_again(client: httpx2.AsyncClient, verb: str) -> None:
    job = (await submitted(client))["links"]["job"]
    refused = await client.post(f"{job}/{verb}")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert "runs once" in refused.json()["detail"]
