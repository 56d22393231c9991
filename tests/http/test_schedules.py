"""Schedules over HTTP: what a job keeps of one, the simple forms of other schedulers, and previews."""

from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from tests.http.conftest import House

EARLIER, LATER = "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"


async def job_of(client: httpx2.AsyncClient, **sent: Any) -> dict[str, Any]:
    answer = await client.post("/v1/jobs", json={"type": "any"} | sent)
    assert answer.status_code == 201, answer.text
    job: dict[str, Any] = (await client.get(answer.headers["location"])).json()
    return job


async def preview(client: httpx2.AsyncClient, **sent: Any) -> httpx2.Response:
    return await client.post("/v1/schedules:preview", json=sent)


# -- what a job keeps


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("skip", {"kind": "skip", "grace_seconds": 60.0}),
        (
            {"kind": "catch_up", "limit": 3},
            {"kind": "catch_up", "limit": 3, "stagger_seconds": 1.0, "grace_seconds": 86400.0},
        ),
        ({"kind": "coalesce"}, {"kind": "coalesce"}),
        (None, None),
    ],
)  # fmt: skip
async def test_what_becomes_of_missed_occurrences_is_kept(client: httpx2.AsyncClient, sent: Any, shown: Any) -> None:
    job = await job_of(client, schedule={"kind": "every", "seconds": 60}, misfire=sent, overlap="queue_one")
    assert (job["misfire"], job["overlap"]) == (shown, "queue_one")


async def test_the_types_tell_their_policies(client: httpx2.AsyncClient) -> None:
    [told] = [each for each in (await client.get("/v1/types")).json()["items"] if each["name"] == "any"]
    assert (told["misfire"], told["overlap"]) == ({"kind": "coalesce"}, "skip")


async def test_jitter_is_kept(client: httpx2.AsyncClient) -> None:
    job = await job_of(client, schedule={"kind": "cron", "expression": "@daily", "jitter_seconds": 90})
    assert job["schedule"]["jitter_seconds"] == 90


# -- simple forms


async def test_a_local_time_becomes_a_rule_that_counts_from_its_first_day(client: httpx2.AsyncClient) -> None:
    asked = {
        "kind": "local_time", "rule": "freq=weekly;interval=2", "local_time": "08:00", "timezone": "Asia/Taipei",
        "first_day": "2190-01-07",
    }  # fmt: skip
    job = await job_of(client, schedule=asked)
    schedule = job["schedule"]
    assert (schedule["kind"], schedule["rule"]) == ("rrule", "FREQ=WEEKLY;INTERVAL=2")
    assert (schedule["start"], schedule["timezone"]) == ("2190-01-07T08:00:00", "Asia/Taipei")
    assert job["next_at"] == "2190-01-07T00:00:00Z"


async def test_a_local_time_without_a_rule_is_daily_from_the_day_that_it_is_there(
    house: House, client: httpx2.AsyncClient
) -> None:
    job = await job_of(client, schedule={"kind": "local_time", "local_time": "08:00", "timezone": "Pacific/Kiritimati"})
    assert job["schedule"]["rule"] == "FREQ=DAILY;INTERVAL=1"
    ahead = datetime.fromisoformat(job["created_at"]).timestamp() + 14 * 3600
    assert job["schedule"]["start"] == f"{datetime.fromtimestamp(ahead, UTC):%Y-%m-%d}T08:00:00"


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        ({"kind": "hourly", "value": 2}, "FREQ=HOURLY;INTERVAL=2"),
        ({"kind": "daily", "value": 3, "at_time": "14:30"}, "FREQ=DAILY;INTERVAL=3"),
        ({"kind": "weekly", "at_time": "09:00", "timezone": "America/New_York"}, "FREQ=WEEKLY;INTERVAL=1"),
        ({"kind": "monthly", "at_time": "03:00"}, "FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY="),
    ],
)
async def test_so_many_hours_days_weeks_or_months_become_a_rule(
    client: httpx2.AsyncClient, asked: dict[str, Any], rule: str
) -> None:
    schedule = (await job_of(client, schedule=asked))["schedule"]
    assert (schedule["kind"], schedule["rule"].rstrip("0123456789")) == ("rrule", rule.rstrip("0123456789"))
    assert schedule["timezone"] == asked.get("timezone", "UTC")


async def test_an_interval_is_an_interval(client: httpx2.AsyncClient) -> None:
    schedule = (await job_of(client, schedule={"kind": "interval", "interval_seconds": 900}))["schedule"]
    assert (schedule["kind"], schedule["seconds"]) == ("every", 900)


async def test_a_simple_form_sent_again_with_its_key_gets_the_first_job(client: httpx2.AsyncClient) -> None:
    sent = {"type": "any", "key": "nightly", "schedule": {"kind": "hourly"}}
    first, second = [await client.post("/v1/jobs", json=sent) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 200)


async def test_a_simple_form_is_previewed_as_it_would_be_created(client: httpx2.AsyncClient) -> None:
    asked = {"kind": "monthly", "at_time": "10:00"}
    answer = await preview(client, schedule=asked, count=3, **{"from": "2026-01-31T12:00:00Z"})
    days = [each["at"][:10] for each in answer.json()["items"]]
    assert days == ["2026-02-28", "2026-03-31", "2026-04-30"]


# -- previews


async def test_a_preview_shows_instants_local_times_and_what_the_clocks_do(house: House) -> None:
    asked = {"kind": "cron", "expression": "30 2 * * *", "timezone": "America/New_York"}
    async with house.client("viewer") as client:
        answer = await preview(client, schedule=asked, count=2, **{"from": "2027-03-14T00:00:00-05:00"})
        assert (await client.get("/v1/jobs")).json()["items"] == []
    assert answer.status_code == 200
    assert answer.json() == {
        "items": [
            {
                "at": "2027-03-14T07:00:00Z",
                "local": "2027-03-14T03:00:00-04:00",
                "note": "02:30 does not exist, as clocks are set forward; runs at 03:00, the first valid minute.",
            },
            {"at": "2027-03-15T06:30:00Z", "local": "2027-03-15T02:30:00-04:00", "note": None},
        ]
    }


async def test_a_preview_begins_now_and_shows_ten_unless_it_is_told(house: House, client: httpx2.AsyncClient) -> None:
    items = (await preview(client, schedule={"kind": "every", "seconds": 3600})).json()["items"]
    begin = datetime.fromisoformat(items[0]["at"])
    assert len(items) == 10
    assert 3590 < (begin - house.clock.now()).total_seconds() <= 3600


async def test_a_schedule_that_has_ended_shows_nothing(client: httpx2.AsyncClient) -> None:
    ended = {"kind": "cron", "expression": "@daily", "end": "2026-01-01T00:00:00Z"}
    assert (await preview(client, schedule=ended, **{"from": "2027-01-01T00:00:00Z"})).json() == {"items": []}


async def test_a_preview_leaves_out_what_calendars_exclude(house: House, client: httpx2.AsyncClient) -> None:
    async with house.client("admin") as admin:
        await admin.put("/v1/calendars/holidays", json={"dates": ["2027-01-02"]})
    for asked in ({"kind": "cron", "expression": "0 8 * * *"}, {"kind": "daily", "at_time": "08:00"}):
        answer = await preview(
            client, schedule=asked | {"exclude": ["holidays"]}, count=2, **{"from": "2027-01-01T00:00:00Z"}
        )
        assert [each["at"][:10] for each in answer.json()["items"]] == ["2027-01-01", "2027-01-03"]
    unknown = await preview(client, schedule={"kind": "cron", "expression": "@daily", "exclude": ["holiday"]})
    assert (unknown.status_code, unknown.json()["field"]) == (400, "schedule.exclude")


@pytest.mark.parametrize(
    ("sent", "field", "code", "words"),
    [
        ({"schedule": {"kind": "every", "seconds": 5}, "count": 1001}, "count", "invalid_request", "from 1 to 1,000"),
        ({"schedule": {"kind": "every", "seconds": 5}, "count": 0}, "count", "invalid_request", "from 1 to 1,000"),
        ({"schedule": {"kind": "every", "seconds": 0.5}}, "schedule.seconds", "invalid_schedule", "at least 1"),
        (
            {"schedule": {"kind": "cron", "expression": "@daily", "timezone": "Europe/Berln"}},
            "schedule.timezone", "invalid_timezone", "Did you mean 'Europe/Berlin'?",
        ),
        (
            {"schedule": {"kind": "cron", "expression": "0 0 30 2 *"}},
            "schedule.expression", "invalid_schedule", "never fires",
        ),
        (
            {"schedule": {"kind": "rrule", "rule": "FREQ=HOURLY;INTERVAL=2;BYHOUR=1", "start": "2026-01-01T08:00:00"}},
            "schedule.rule", "invalid_schedule", "never fires",
        ),
        (
            {"schedule": {"kind": "cron", "expression": "@daily", "start": LATER, "end": EARLIER}},
            "schedule.end", "invalid_schedule", "before schedule.start",
        ),
        (
            {"schedule": {"kind": "every", "seconds": 5}, "from": "2027-01-01T00:00:00"},
            "from", "invalid_time", "no UTC offset",
        ),
        ({"schedule": {"kind": "sundial"}}, "schedule.kind", "invalid_request", "sundial"),
        ({}, "schedule", "invalid_request", "missing"),
    ],
)  # fmt: skip
async def test_what_cannot_be_previewed_is_refused_with_what_to_change(
    client: httpx2.AsyncClient, sent: dict[str, Any], field: str, code: str, words: str
) -> None:
    answer = await preview(client, **sent)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["field"]) == (400, code, field)
    assert words in problem["detail"]
