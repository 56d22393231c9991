"""Changing jobs, and looking at a schedule before one is made."""

from typing import Any

import pytest

from tests.mcp.house import Hall, entered

BERLIN = "Europe/Berlin"


async def test_a_recurring_job_gets_another_schedule(either: Hall) -> None:
    made = await either("task_create", type="greet", cron="0 8 * * *", timezone=BERLIN)
    changed = await either("task_update", job_id=made["job_id"], cron="30 9 * * *", timezone=BERLIN)
    assert changed["schedule"] == "cron 30 9 * * * in Europe/Berlin"
    assert " 09:30:00 " in changed["next_local"]
    again = await either("task_update", job_id=made["job_id"], cron="30 9 * * *", timezone=BERLIN)
    assert again["note"] == "All was so already; nothing was changed."


async def test_a_waiting_job_gets_all_else(foliot: Hall) -> None:
    made = await foliot("task_create", type="greet", delay="1h")
    changed = await foliot(
        "task_update", job_id=made["job_id"], payload={"name": "Eve"}, priority="low", queue="slow",
        timeout_seconds=9, max_attempts=5, at="2099-01-01T08:00", timezone=BERLIN,
    )  # fmt: skip
    assert changed["next_at"] == "2099-01-01T07:00:00Z"
    whole = await foliot("task_get", job_id=made["job_id"])
    assert (whole["payload"], whole["priority"], whole["queue"]) == ({"name": "Eve"}, "low", "slow")
    assert (whole["timeout_seconds"], whole["max_attempts"], whole["revision"]) == (9, 5, 2)


async def test_a_time_in_the_past_is_now(foliot: Hall) -> None:
    made = await foliot("task_create", type="greet", delay="1h")
    changed = await foliot("task_update", job_id=made["job_id"], at="2020-01-01T00:00:00Z")
    assert changed["run_state"] == "queued"
    assert "it runs now" in changed["note"]
    other = await foliot("task_create", type="greet", delay="2h")
    sooner = await foliot("task_update", job_id=other["job_id"], delay="10m")
    assert sooner["next_at"] < other["next_at"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"payload": {"nam": 1}}, "INVALID_PAYLOAD"),
        ({"timezone": BERLIN}, "give the whole schedule again"),
        ({"every": "1h"}, "CONFLICT: The job"),
        ({"revision": 7, "queue": "slow"}, "PRECONDITION_FAILED: Somebody has changed the job"),
        ({"count": 3}, "count is for every, cron and rrule"),
        ({"state": "paused"}, "There is no argument `state`"),
    ],
)
async def test_a_change_that_cannot_be_says_why(foliot: Hall, arguments: dict[str, Any], words: str) -> None:
    made = await foliot("task_create", type="greet", delay="1h")
    assert words in await foliot.refused("task_update", job_id=made["job_id"], **arguments)
    assert (await foliot("task_get", job_id=made["job_id"]))["revision"] == 1


async def test_a_preview_makes_nothing(either: Hall) -> None:
    seen = await either("task_preview", cron="0 8 * * MON-FRI", timezone="America/New_York", show=10)
    assert len(seen["items"]) == 10
    assert all(" 08:00:00 E" in each["local"] for each in seen["items"])
    assert "task_create" in seen["next_step"]
    assert (await either("task_list"))["items"] == []
    made = await either("task_create", type="greet", cron="0 8 * * MON-FRI", timezone="America/New_York")
    assert made["next_at"] == seen["items"][0]["at"]


async def test_a_preview_tells_of_clocks_that_are_set(foliot: Hall) -> None:
    seen = await foliot("task_preview", rrule="FREQ=DAILY", at="2099-03-28T02:30", timezone=BERLIN, show=2)
    assert [each["at"] for each in seen["items"]] == ["2099-03-28T01:30:00Z", "2099-03-29T01:00:00Z"]
    assert "does not exist" in seen["items"][1]["note"]
    once = await foliot("task_preview", at="2099-03-29T02:30", timezone=BERLIN)
    assert [each["at"] for each in once["items"]] == ["2099-03-29T01:00:00Z"]
    assert "does not exist" in once["note"]


async def test_what_a_preview_is_of(foliot: Hall) -> None:
    assert len((await foliot("task_preview", delay="10m"))["items"]) == 1
    assert "it runs now" in (await foliot("task_preview", at="2020-01-01T00:00:00Z"))["note"]
    assert len((await foliot("task_preview", every="1h", count=3))["items"]) == 3
    assert "Give one of" in await foliot.refused("task_preview", timezone=BERLIN)
    assert "Allowed" in await foliot.refused("task_preview", type="greet")
    assert "INVALID_SCHEDULE: cron" in await foliot.refused("task_preview", cron="61 8 * * *", timezone=BERLIN)
    assert "INVALID" in await foliot.refused("task_preview", delay="9999999w")


async def test_a_viewer_may_preview(foliot: Hall) -> None:
    async with entered(foliot.house, role="viewer") as viewer:
        assert (await viewer("task_preview", every="1h"))["items"]


async def test_only_what_was_seen_is_paused_and_resumed(foliot: Hall) -> None:
    made = await foliot("task_create", type="greet", every="1h")
    seen = (await foliot("task_get", job_id=made["job_id"]))["revision"]
    assert (await foliot("task_pause", job_id=made["job_id"], revision=seen))["state"] == "paused"
    assert "PRECONDITION_FAILED" in await foliot.refused("task_resume", job_id=made["job_id"], revision=seen)
    assert (await foliot("task_resume", job_id=made["job_id"], revision=seen + 1))["state"] == "active"


async def test_one_run_is_cancelled_and_the_job_goes_on(foliot: Hall) -> None:
    made = await foliot("task_create", type="greet", every="1h")
    run = await foliot("task_run_now", job_id=made["job_id"])
    answer = await foliot("task_cancel", run_id=run["run_id"])
    assert (answer["state"], answer["run_id"], answer["run_state"]) == ("active", run["run_id"], "cancelled")
    for arguments in ({}, {"run_id": run["run_id"], "job_id": made["job_id"]}):
        assert "Give job_id or run_id, one of them." in await foliot.refused("task_cancel", **arguments)


async def test_planned_times_are_listed_as_clocks_show_them(foliot: Hall) -> None:
    made = await foliot("task_create", type="greet", cron="0 8 * * *", timezone=BERLIN)
    page = await foliot("task_occurrences", job_id=made["job_id"], since="2030-01-01T00:00", limit=2)
    assert [line["local"] for line in page["items"]] == [
        "Tue 2030-01-01 08:00:00 CET", "Wed 2030-01-02 08:00:00 CET",
    ]  # fmt: skip
    assert {line["reason"] for line in page["items"]} == {"planned"}
    assert page["next_since"] == "2030-01-03T07:00:00Z"
    backwards = {"since": "2030-01-02T00:00", "until": "2030-01-01T00:00"}
    assert "INVALID_TIME" in await foliot.refused("task_occurrences", job_id=made["job_id"], **backwards)


async def test_a_dead_letter_is_discarded(foliot: Hall) -> None:
    dead = await foliot.dead()
    await foliot("dead_discard", run_id=dead)
    assert (await foliot("dead_list"))["items"] == []
    assert (await foliot("run_get", run_id=dead))["state"] == "failed"
