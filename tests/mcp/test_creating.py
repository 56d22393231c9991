"""Making jobs as models do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from foliot.domain.identity import Identity
from foliot.domain.job_type import JobType
from foliot.domain.policy import Policy
from foliot.domain.unique import Unique
from tests.http.conftest import House
from tests.mcp.house import Hall, entered

BERLIN = "Europe/Berlin"


def when(text: str) -> datetime:
    """An instant of an answer."""
    assert text.endswith("Z")
    return datetime.fromisoformat(text)


async def schedule_of(hall: Hall, job_id: str) -> Any:
    """The schedule of a job, as it is stored."""
    acme = await hall.house.services.access.authenticate(hall.house.keys["acme", "viewer"])
    return (await hall.house.services.jobs.get(Identity(acme.tenant_id, "test", acme.role), job_id)).schedule


async def test_an_answer_has_both_ids_the_state_and_what_to_do_next(either: Hall) -> None:
    made = await either("task_create", type="greet", payload={"name": "Ada"})
    assert made["run_id"] == made["job_id"]
    assert (made["state"], made["run_state"], made["created"]) == ("active", "queued", True)
    assert "task_wait" in made["next_step"]


async def test_a_time_in_the_past_runs_at_once_and_says_so(foliot: Hall) -> None:
    ago = datetime.now(UTC) - timedelta(days=3, minutes=1)
    made = await foliot("task_create", type="greet", at=ago.strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert made["run_state"] == "queued"
    assert "was 3 days ago; it runs now." in made["note"]
    other = await foliot("task_create", type="greet", at="1999-01-01T00:00:00Z")
    assert other["job_id"] != made["job_id"], "two past times are two jobs"


async def test_a_job_of_2099_waits_until_it_is_cancelled(foliot: Hall) -> None:
    made = await foliot("task_create", type="greet", at="2099-12-31T23:00:00", timezone=BERLIN)
    assert made["run_state"] == "pending"
    assert made["next_at"] == "2099-12-31T22:00:00Z"
    assert made["next_local"] == "Thu 2099-12-31 23:00:00 CET"
    gone = await foliot("task_cancel", job_id=made["job_id"])
    assert (gone["state"], gone["run_state"]) == ("cancelled", "cancelled")
    [listed] = (await foliot("task_list"))["items"]
    assert (listed["job_id"], listed["state"]) == (made["job_id"], "cancelled")


async def test_a_delay_counts_from_now(foliot: Hall) -> None:
    made = await foliot("task_create", type="greet", delay="1h30m", timezone=BERLIN)
    ahead = when(made["next_at"]) - datetime.now(UTC)
    assert timedelta(minutes=89) < ahead <= timedelta(minutes=90)
    assert made["next_local"].split()[-1] in ("CET", "CEST")


async def test_a_time_of_day_is_the_next_one(foliot: Hall) -> None:
    made = await foliot("task_create", type="greet", at="08:00", timezone="UTC")
    at = when(made["next_at"])
    assert (at.hour, at.minute) == (8, 0)
    assert timedelta(0) < at - datetime.now(UTC) <= timedelta(days=1)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"cron": "0 8 * * MON-FRI", "timezone": BERLIN}, "cron 0 8 * * MON-FRI in Europe/Berlin"),
        ({"every": "15m"}, "every 900 s"),
        ({"rrule": "FREQ=DAILY", "at": "2026-01-05T08:00", "timezone": BERLIN},
         "rrule FREQ=DAILY from 2026-01-05T08:00:00 in Europe/Berlin"),
    ],
)  # fmt: skip
async def test_recurring_jobs_tell_when_they_run_next(foliot: Hall, arguments: dict[str, Any], told: str) -> None:
    made = await foliot("task_create", type="greet", **arguments)
    assert made["schedule"] == told
    assert when(made["next_at"]) > datetime.now(UTC)
    assert "run_id" not in made
    assert "task_runs" in made["next_step"]
    if "timezone" in arguments:
        local = made["next_local"]
        assert " 08:00:00 " in local
        shown = await foliot("task_status", job_id=made["job_id"], timezone="Asia/Tokyo")
        assert shown["next_local"] == local, "the zone of the schedule is the one to show"


async def test_a_series_can_end(foliot: Hall) -> None:
    made = await foliot(
        "task_create", type="greet", every="1h", at="2099-01-01T00:00:00Z", until="2099-01-01T05:00:00Z", count=3
    )
    schedule = await schedule_of(foliot, made["job_id"])
    assert schedule.start == datetime(2099, 1, 1, tzinfo=UTC)
    assert schedule.end == datetime(2099, 1, 1, 5, tzinfo=UTC)
    assert schedule.count == 3


async def test_days_of_elapsed_time_come_with_a_warning(foliot: Hall) -> None:
    made = await foliot("task_create", type="greet", every="1d", timezone=BERLIN)
    assert "local times move when clocks change" in made["note"]


async def test_a_time_that_clocks_leap_over_is_told(foliot: Hall) -> None:
    made = await foliot("task_create", type="greet", at="2027-03-28T02:30", timezone=BERLIN)
    assert made["next_at"] == "2027-03-28T01:00:00Z"
    assert "02:30 does not exist, as clocks are set forward" in made["note"]


async def test_the_same_call_makes_no_second_job(either: Hall) -> None:
    arguments = {"type": "greet", "payload": {"name": "Ada"}, "delay": "10m", "timezone": BERLIN}
    first = await either("task_create", **arguments)
    again = await either("task_create", **arguments)
    assert (again["job_id"], again["created"]) == (first["job_id"], False)
    assert "nothing new was scheduled" in again["note"]
    assert "`key`" in again["note"]
    meant = await either("task_create", **arguments, key="once more")
    assert meant["created"]
    assert meant["similar_job_ids"] == [first["job_id"]]
    assert "task_cancel" not in meant["note"]
    assert len((await either("task_list"))["items"]) == 2


async def test_the_same_call_after_a_cancel_says_so(foliot: Hall) -> None:
    first = await foliot("task_create", type="greet", payload={"name": "Ada"}, delay="1h")
    await foliot("task_cancel", job_id=first["job_id"])
    second = await foliot("task_create", type="greet", payload={"name": "Ada"}, delay="1h")
    assert (second["job_id"], second["created"]) == (first["job_id"], False)
    assert "which is cancelled by now; nothing new was scheduled" in second["note"]


async def test_two_users_may_make_the_same_call(house: House, foliot: Hall) -> None:
    first = await foliot("task_create", type="greet", delay="10m")
    async with entered(house, role="admin") as other:
        second = await other("task_create", type="greet", delay="10m")
    assert second["created"]
    assert second["similar_job_ids"] == [first["job_id"]]


async def test_the_order_of_members_does_not_matter(foliot: Hall) -> None:
    first = await foliot("task_create", type="any", payload={"a": 1, "b": {"c": 2, "d": 3}})
    again = await foliot("task_create", payload={"b": {"d": 3, "c": 2}, "a": 1}, type="any")
    assert (again["job_id"], again["created"]) == (first["job_id"], False)


async def test_a_key_that_is_used_for_another_job_is_refused(foliot: Hall) -> None:
    await foliot("task_create", type="any", key="mine")
    assert "Use a new key" in await foliot.refused("task_create", type="any", payload={"x": 1}, key="mine")


async def test_what_a_job_is_made_of_is_kept(foliot: Hall) -> None:
    first = await foliot("task_create", type="any", delay="1h")
    made = await foliot(
        "task_create", type="any", payload={"deep": [1, {"a": None}]}, priority="high", queue="slow",
        timeout_seconds=12.5, max_attempts=7, after=[first["job_id"]], wait_for="finished",
    )  # fmt: skip
    assert made["run_state"] == "blocked"
    assert "waits for other jobs" in made["next_step"]
    whole = await foliot("task_get", job_id=made["job_id"])
    assert whole["payload"] == {"deep": [1, {"a": None}]}
    assert (whole["priority"], whole["queue"]) == ("high", "slow")
    assert (whole["timeout_seconds"], whole["max_attempts"]) == (12.5, 7)
    assert [parent["job_id"] for parent in whole["parents"]] == [first["job_id"]]
    assert [child["job_id"] for child in (await foliot("task_get", job_id=first["job_id"]))["children"]] == [
        made["job_id"]
    ]


async def test_the_settings_may_name_the_zone(house: House) -> None:
    async with entered(house, timezone=BERLIN) as hall:
        made = await hall("task_create", type="greet", at="2099-07-01T08:00")
        assert made["next_at"] == "2099-07-01T06:00:00Z"
        assert made["next_local"] == "Wed 2099-07-01 08:00:00 CEST"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "INVALID_REQUEST: The argument `type` is missing. It is: From types_list"),
        ({"type": "greet", "tpye": 1}, "There is no argument `tpye`. Allowed: at, delay, every, cron"),
        ({"type": 3}, "INVALID_REQUEST: `type`: Expected `str`, got `int`"),
        ({"type": "greet", "payload": "Ada"}, "`payload`: Expected `object`, got `str`. It is: The type's arguments"),
        ({"type": "greet", "priority": "urgent"}, "Allowed: critical, default, high, low."),
        ({"type": "greet", "count": 0}, "`count`: Expected `int` >= 1"),
        ({"type": "greet", "after": ["x"]}, "UNKNOWN_PARENT: There is no job x"),
        ({"type": "nope"}, "UNKNOWN_JOB_TYPE"),
        (
            {"type": "greet", "payload": {"nam": "x"}},
            "INVALID_PAYLOAD: The payload does not fit the arguments of greet",
        ),
        ({"type": "greet", "at": "2099-01-01T08:00"}, "Add `timezone`, the user's IANA zone"),
        ({"type": "greet", "cron": "0 8 * * *"}, "Add `timezone`"),
        ({"type": "greet", "at": "tomorrow"}, "`at`: 'tomorrow' is no time. Write 2026-12-01T08:00 (local)"),
        ({"type": "greet", "at": "2099-01-01"}, "is no time"),
        ({"type": "greet", "at": "25:00", "timezone": BERLIN}, "is no time"),
        ({"type": "greet", "at": "2400-01-01T08:00:00Z"}, "INVALID_TIME: `at` is outside the years 1970 to 2199"),
        ({"type": "greet", "delay": "soon"}, "`delay`: 'soon' is no length of time. Write 90s, 10m"),
        ({"type": "greet", "delay": "9999999w"}, "delay"),
        ({"type": "greet", "delay": "5m", "at": "08:00"}, "delay and at exclude one another"),
        ({"type": "greet", "delay": "5m", "every": "1h"}, "delay and every exclude one another. Give one of them."),
        ({"type": "greet", "count": 2}, "count is for every, cron and rrule"),
        ({"type": "greet", "every": "0.2s"}, "every must be at least 1"),
        ({"type": "greet", "cron": "0 8 * *", "timezone": BERLIN}, "INVALID_SCHEDULE"),
        ({"type": "greet", "rrule": "FREQ=DAILY", "timezone": BERLIN}, "rrule needs `at`"),
        ({"type": "greet", "rrule": "FREQ=DALY", "at": "08:00", "timezone": BERLIN}, "INVALID_SCHEDULE: rrule"),
        ({"type": "greet", "at": "08:00", "timezone": "Berlin"}, "Did you mean 'Europe/Berlin'?"),
        ({"type": "greet", "cron": "0 8 * * *", "timezone": "CEST+2"}, "INVALID_TIMEZONE: timezone"),
        ({"type": "greet", "timeout_seconds": 1e9}, "timeout_seconds must be above 0 and at most 604800"),
        ({"type": "greet", "queue": " "}, "queue must have 1 to 200 printable characters"),
        ({"type": "greet", "every": "1h", "after": ["01a21b2f-45e0-73bc-9239-b38537b4e0dd"]}, "INVALID_PARENTS"),
        ({"type": "greet", "after": ["01a21b2f-45e0-73bc-9239-b38537b4e0dd"]}, "UNKNOWN_PARENT"),
    ],
)
async def test_a_bad_call_says_what_to_change(foliot: Hall, arguments: dict[str, Any], words: str) -> None:
    assert words in await foliot.refused("task_create", **arguments)
    assert (await foliot("task_list"))["items"] == []


async def test_what_becomes_of_late_times_is_kept_and_shown(foliot: Hall) -> None:
    policies = {"misfire": "catch_up", "overlap": "allow"}
    made = await foliot("task_create", type="any", every="1h", expires_in="10m", **policies)
    whole = await foliot("task_get", job_id=made["job_id"])
    assert whole.items() >= (policies | {"expires_in_seconds": 600}).items()
    await foliot("task_update", job_id=made["job_id"], misfire="skip", overlap="queue_one")
    changed = await foliot("task_get", job_id=made["job_id"])
    assert (changed["misfire"], changed["overlap"]) == ("skip", "queue_one")


async def test_what_is_the_same_is_said(foliot: Hall) -> None:
    sent = {"type": "any", "payload": {"id": 7}, "unique": {"args": ["id"]}}
    first = await foliot("task_create", **sent)
    again = await foliot("task_create", **sent | {"payload": {"id": 7, "more": 1}})
    assert (again["job_id"], again["created"]) == (first["job_id"], False)
    assert again["note"].startswith("This is the same as what you asked for")
    assert (await foliot("task_create", **sent | {"payload": {"id": 8}}))["created"]


async def test_a_type_may_say_what_is_the_same(foliot: Hall) -> None:
    await foliot.house.services.catalogue.register([JobType(name="sync", policy=Policy(unique=Unique(args=("id",))))])
    assert [each.get("unique") for each in (await foliot("types_list", name="sync"))["items"]] == [{"args": ["id"]}]
    first = await foliot("task_create", type="sync", payload={"id": 7})
    again = await foliot("task_create", type="sync", payload={"id": 7, "more": 1})
    assert (again["job_id"], again["created"]) == (first["job_id"], False)
    assert again["note"].startswith("A call for the same by its type made this job")
    assert (await foliot("task_create", type="sync", payload={"id": 7}, key="another"))["created"]
    hourly = [await foliot("task_create", type="sync", every="1h") for _ in range(2)]
    assert [made["created"] for made in hourly] == [True, False], "it recurs, and goes by the call"


async def test_a_debounced_task_does_what_was_asked_for_last(foliot: Hall) -> None:
    sent = {"type": "any", "key": "books", "debounce": "1m", "debounce_max_wait": "10m"}
    first = await foliot("task_create", payload={"n": 1}, **sent)
    again = await foliot("task_create", payload={"n": 2}, **sent)
    assert (again["job_id"], again["created"]) == (first["job_id"], False)
    assert "it does now what you asked for" in again["note"]
    assert (await foliot("task_get", job_id=first["job_id"]))["payload"] == {"n": 2}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"unique": {"by": ["color"]}}, "INVALID_REQUEST: `unique`: Invalid enum value 'color'"),
        ({"unique": {}, "key": "k"}, "INVALID_UNIQUE: Give key or unique, not both."),
        ({"debounce": "soon", "key": "k"}, "`debounce`: 'soon' is no length of time."),
        ({"debounce_max_wait": "5m"}, "debounce_max_wait bounds debounce; give that too."),
        ({"debounce": "5m", "debounce_max_wait": "1m", "key": "k"}, "debounce_max_wait must be at least debounce"),
        ({"expires_in": "later"}, "`expires_in`: 'later' is no length of time."),
        ({"exclude": ["holidays"]}, "exclude is for every, cron and rrule."),
        ({"every": "1h", "overlap": "sometimes"}, "Allowed: allow, cancel_running, queue_one, skip."),
        ({"misfire": "skip"}, "INVALID_POLICY: misfire is for jobs that recur"),
    ],
)
async def test_what_does_not_fit_together_says_why(foliot: Hall, arguments: dict[str, Any], words: str) -> None:
    assert words in await foliot.refused("task_create", type="any", **arguments)
    assert (await foliot("task_list"))["items"] == []
