"""Looking at jobs and runs, waiting for them, and steering them."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from foliot.domain.run import Note
from tests.mcp.house import Hall, text_of


async def test_waiting_gives_the_result(either: Hall) -> None:
    made = await either("task_create", type="greet")
    waiting = asyncio.create_task(either("task_wait", run_id=made["run_id"]))
    [run] = await either.house.begin()
    await either.house.succeed(run, {"said": "hello"})
    ended = await waiting
    assert (ended["state"], ended["result"]) == ("succeeded", {"said": "hello"})
    assert ended["next_step"] == "Nothing; it is done."
    assert (await either("task_wait", job_id=made["job_id"]))["result"] == {"said": "hello"}


async def test_waiting_ends_in_time(foliot: Hall) -> None:
    made = await foliot("task_create", type="greet")
    answer = await foliot("task_wait", run_id=made["run_id"], timeout_seconds=0.05)
    assert answer["state"] == "queued"
    assert "task_wait" in answer["next_step"]


async def test_waiting_reports_progress(either: Hall) -> None:
    made = await either("task_create", type="greet")
    [run] = await either.house.begin()
    heard: asyncio.Queue[tuple[float, float | None, str | None]] = asyncio.Queue()

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.put_nowait((progress, total, message))

    waiting = asyncio.create_task(
        either.client.call_tool("task_wait", {"run_id": made["run_id"]}, progress_callback=hear)
    )
    for fraction, message in ((0.25, "a quarter"), (0.75, "nearly")):
        note = Note(run.run_id, run.tenant_id, run.lease, either.house.clock.now(), message, fraction)
        await either.house.store.note([note])
        assert await heard.get() == (fraction, 1.0, message)
    shown = await either("run_get", run_id=made["run_id"])
    assert (shown["progress"], shown["message"]) == (0.75, "nearly")
    await either.house.succeed(run, 1)
    assert not (await waiting).is_error


async def test_a_failed_run_says_why_and_can_be_replayed(foliot: Hall) -> None:
    dead = await foliot.dead()
    shown = await foliot("task_wait", run_id=dead)
    assert (shown["state"], shown["error"]) == ("failed", "ValueError: It broke.")
    assert "dead_replay" in shown["next_step"]
    [listed] = (await foliot("dead_list"))["items"]
    assert (listed["run_id"], listed["error"]) == (dead, "ValueError: It broke.")
    fresh = await foliot("dead_replay", run_id=dead)
    assert (fresh["replay_of"], fresh["state"]) == (dead, "queued")
    assert fresh["run_id"] != dead
    assert (await foliot("dead_list"))["items"] == []
    assert "NOT_FOUND" in await foliot.refused("dead_replay", run_id=dead)
    assert "Replay it instead" in await foliot.refused("run_retry", run_id=dead)


async def test_a_waiting_run_can_be_made_due_now(foliot: Hall) -> None:
    made = await foliot("task_create", type="greet", delay="1h")
    assert "due in 1 hour" in made["next_step"]
    now = await foliot("run_retry", run_id=made["run_id"])
    assert now["state"] == "queued"
    assert "ILLEGAL_TRANSITION" in await foliot.refused("run_retry", run_id=made["run_id"])


async def test_a_one_off_that_waits_can_be_run_now(foliot: Hall) -> None:
    made = await foliot("task_create", type="greet", delay="1h")
    assert (await foliot("task_run_now", job_id=made["job_id"]))["state"] == "queued"
    assert "CONFLICT" in await foliot.refused("task_run_now", job_id=made["job_id"])


async def test_a_recurring_job_is_paused_resumed_run_now_and_cancelled(either: Hall) -> None:
    made = await either("task_create", type="greet", every="1h")
    job_id = made["job_id"]
    paused = await either("task_pause", job_id=job_id)
    assert paused["state"] == "paused"
    assert "next_at" not in paused
    assert "task_resume" in paused["next_step"]
    resumed = await either("task_resume", job_id=job_id)
    assert (resumed["state"], resumed["next_at"]) == ("active", made["next_at"])
    run = await either("task_run_now", job_id=job_id)
    assert run["run_id"] != job_id
    assert (run["job_id"], run["state"]) == (job_id, "queued")
    [listed] = (await either("task_runs", job_id=job_id))["items"]
    assert listed["run_id"] == run["run_id"]
    status = await either("task_status", job_id=job_id)
    assert (status["run_id"], status["run_state"]) == (run["run_id"], "queued")
    ended = await either("task_cancel", job_id=job_id)
    assert (ended["state"], ended["run_state"]) == ("cancelled", "cancelled")
    assert "CONFLICT" in await either.refused("task_resume", job_id=job_id)
    told = [event["type"] for event in (await either("task_events", job_id=job_id))["items"]]
    assert told == ["job.created", "job.paused", "job.resumed", "job.cancelled"]


async def test_a_one_off_cannot_be_paused(foliot: Hall) -> None:
    made = await foliot("task_create", type="greet", delay="1h")
    assert "CONFLICT: The job" in await foliot.refused("task_pause", job_id=made["job_id"])


async def test_the_story_comes_in_pages(foliot: Hall) -> None:
    made = await foliot("task_create", type="greet")
    [run] = await foliot.house.begin()
    await foliot.house.succeed(run, 1)
    told: list[str] = []
    arguments: dict[str, Any] = {"run_id": made["run_id"], "limit": 3}
    while True:
        page = await foliot("task_events", **arguments)
        told += [event["type"] for event in page["items"]]
        if "next_cursor" not in page:
            break
        arguments["cursor"] = page["next_cursor"]
    assert told == ["run.created", "run.queued", "run.started", "run.succeeded"]
    whole = [event["type"] for event in (await foliot("task_events", job_id=made["job_id"]))["items"]]
    assert set(whole) == {"job.created", *told}
    assert "cursor" in await foliot.refused("task_events", run_id=made["run_id"], cursor="nope")


async def test_lists_come_in_pages(foliot: Hall) -> None:
    made = [(await foliot("task_create", type="any", payload={"n": n}))["job_id"] for n in range(5)]
    found: list[str] = []
    arguments: dict[str, Any] = {"limit": 2}
    for _ in range(3):
        page = await foliot("task_list", **arguments)
        found += [job["job_id"] for job in page["items"]]
        arguments["cursor"] = page.get("next_cursor")
    assert arguments["cursor"] is None
    assert found == made[::-1]
    assert "INVALID_CURSOR" in await foliot.refused("task_list", cursor="nope")


async def test_lists_can_be_narrowed(foliot: Hall) -> None:
    one = await foliot("task_create", type="any", queue="slow")
    await foliot("task_create", type="greet")
    assert [job["job_id"] for job in (await foliot("task_list", type="any"))["items"]] == [one["job_id"]]
    assert [job["job_id"] for job in (await foliot("task_list", queue="slow"))["items"]] == [one["job_id"]]
    assert (await foliot("task_list", state="cancelled"))["items"] == []
    assert "Allowed: active, cancelled, completed, paused." in await foliot.refused("task_list", state="done")


async def test_a_large_result_is_not_poured_into_the_conversation(foliot: Hall) -> None:
    made = await foliot("task_create", type="any")
    [run] = await foliot.house.begin()
    await foliot.house.succeed(run, "x" * 30_000)
    shown = await foliot("run_get", run_id=made["run_id"])
    assert "result" not in shown
    assert f"foliot://runs/{made['run_id']}" in shown["note"]
    [content] = (await foliot.client.read_resource(f"foliot://runs/{made['run_id']}")).contents
    assert "x" * 30_000 in getattr(content, "text")  # noqa: B009


async def test_a_job_without_runs_has_nothing_to_wait_for(foliot: Hall) -> None:
    made = await foliot("task_create", type="greet", every="1h")
    assert "has no run yet" in await foliot.refused("task_wait", job_id=made["job_id"])


@pytest.mark.parametrize("tool", ["task_wait", "task_events"])
async def test_a_run_or_a_job_is_named(foliot: Hall, tool: str) -> None:
    assert "Give run_id or job_id, one of them." in await foliot.refused(tool)
    made = await foliot("task_create", type="greet", delay="1h")
    assert "one of them" in await foliot.refused(tool, job_id=made["job_id"], run_id=made["run_id"])


async def test_past_times_are_done_within_a_second(foliot: Hall) -> None:
    """What another system promises within ten."""
    clock = foliot.house.clock
    began = clock.now()
    made = await foliot.raw("task_create", type="greet", at="2026-01-01T00:00:00Z")
    assert made.structured_content is not None, text_of(made)
    [run] = await foliot.house.begin()
    await foliot.house.succeed(run, 1)
    assert (await foliot("task_status", job_id=run.job_id))["run_state"] == "succeeded"
    assert clock.now() - began < timedelta(seconds=1)
