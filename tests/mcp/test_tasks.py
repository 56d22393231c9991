"""The extension `io.modelcontextprotocol/tasks`."""

from collections.abc import AsyncIterator

import pytest
from mcp import MCPError
from mcp_types import INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND, MISSING_REQUIRED_CLIENT_CAPABILITY

from tests.http.conftest import House
from tests.mcp.house import Hall, entered, in_its_own_task
from tests.mcp.task_client import KeepsTasks, ask, task_of, tell


@pytest.fixture
async def keeper(house: House) -> AsyncIterator[Hall]:
    """An operator whose client knows tasks."""
    async with in_its_own_task(entered(house, extensions=[KeepsTasks()])) as hall:
        yield hall


async def test_waiting_becomes_a_task_with_the_result_of_the_call(keeper: Hall) -> None:
    made = await keeper("task_create", type="greet")
    task = await task_of(keeper.client, "task_wait", run_id=made["run_id"])
    assert (task.status, task.poll_interval_ms) == ("working", 500)
    assert task.ttl_ms == 7 * 86_400_000
    assert (await ask(keeper.client, "get", task.task_id)).result is None
    [run] = await keeper.house.begin()
    await keeper.house.succeed(run, {"said": "hello"})
    ended = await ask(keeper.client, "get", task.task_id)
    assert ended.status == "completed"
    assert ended.result is not None
    assert ended.result["isError"] is False
    assert ended.result["structuredContent"]["result"] == {"said": "hello"}
    assert ended.result["structuredContent"] == await keeper("run_get", run_id=made["run_id"])
    assert ended.created_at <= ended.last_updated_at


async def test_a_run_that_is_over_is_answered_at_once(keeper: Hall) -> None:
    made = await keeper("task_create", type="greet")
    [run] = await keeper.house.begin()
    await keeper.house.succeed(run, 1)
    assert (await keeper("task_wait", run_id=made["run_id"]))["state"] == "succeeded"


async def test_running_now_becomes_a_task_that_can_be_cancelled(keeper: Hall) -> None:
    made = await keeper("task_create", type="greet", every="1h")
    task = await task_of(keeper.client, "task_run_now", job_id=made["job_id"])
    await tell(keeper.client, "cancel", task.task_id)
    assert (await ask(keeper.client, "get", task.task_id)).status == "cancelled"
    await tell(keeper.client, "cancel", task.task_id)
    [listed] = (await keeper("task_runs", job_id=made["job_id"]))["items"]
    assert listed["state"] == "cancelled"


async def test_cancelling_a_wait_leaves_the_run(keeper: Hall) -> None:
    made = await keeper("task_create", type="greet")
    task = await task_of(keeper.client, "task_wait", run_id=made["run_id"])
    await tell(keeper.client, "cancel", task.task_id)
    assert (await keeper("run_get", run_id=made["run_id"]))["state"] == "queued"


async def test_a_failed_run_is_a_result_with_an_error(keeper: Hall) -> None:
    made = await keeper("task_create", type="fragile")
    task = await task_of(keeper.client, "task_wait", run_id=made["run_id"])
    [run] = await keeper.house.begin()
    await keeper.house.fail(run)
    ended = await ask(keeper.client, "get", task.task_id)
    assert ended.status == "completed"
    assert ended.result is not None
    assert ended.result["isError"] is True
    assert ended.result["structuredContent"]["error"] == "ValueError: It broke."


async def test_answers_to_questions_that_nobody_asked_are_ignored(keeper: Hall) -> None:
    made = await keeper("task_create", type="greet")
    task = await task_of(keeper.client, "task_wait", run_id=made["run_id"])
    await tell(keeper.client, "update", task.task_id, input_responses={"x": {"action": "accept"}})
    assert (await ask(keeper.client, "get", task.task_id)).status == "working"


async def test_another_tenants_tasks_are_unknown(house: House, keeper: Hall) -> None:
    made = await keeper("task_create", type="greet")
    task = await task_of(keeper.client, "task_wait", run_id=made["run_id"])
    async with entered(house, tenant="globex", extensions=[KeepsTasks()]) as stranger:
        for verb in ("get", "update", "cancel"):
            with pytest.raises(MCPError) as caught:
                await tell(stranger.client, verb, task.task_id)
            assert caught.value.code == INVALID_PARAMS


@pytest.mark.parametrize(
    "task_id", ["", "x", "task_wait.", "task_wait.01a2", "task_get.01a21b2f-45e0-73bc-9239-b38537b4e0dd",
                "task_wait.01a21b2f-45e0-73bc-9239-b38537b4e0dd"]
)  # fmt: skip
async def test_an_unknown_task(keeper: Hall, task_id: str) -> None:
    with pytest.raises(MCPError) as caught:
        await ask(keeper.client, "get", task_id)
    assert caught.value.code == INVALID_PARAMS


async def test_a_viewer_may_wait_but_not_cancel_what_others_started(house: House, keeper: Hall) -> None:
    made = await keeper("task_create", type="greet", every="1h")
    started = await task_of(keeper.client, "task_run_now", job_id=made["job_id"])
    async with entered(house, role="viewer", extensions=[KeepsTasks()]) as viewer:
        assert (await ask(viewer.client, "get", started.task_id)).status == "working"
        with pytest.raises(MCPError) as caught:
            await tell(viewer.client, "cancel", started.task_id)
        assert caught.value.code == INVALID_REQUEST


async def test_who_does_not_know_tasks_gets_none(either: Hall) -> None:
    made = await either("task_create", type="greet", every="1h")
    run = await either("task_run_now", job_id=made["job_id"])
    assert run["state"] == "queued"
    with pytest.raises(MCPError) as caught:
        await ask(either.client, "get", f"task_run_now.{run['run_id']}")
    assert caught.value.code in (MISSING_REQUIRED_CLIENT_CAPABILITY, METHOD_NOT_FOUND)
