"""However a handler ends, on the loop, in a thread or in a process, its run has an outcome and the worker goes on."""

import re
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from foliot import App, ErrorRule, RetryLater, RetryPolicy, Run, RunState, Verdict
from foliot.domain.run import Cause
from foliot.engine.handler import Execution
from tests.engine.handlers import EXECUTIONS, declare
from tests.engine.house import ONCE, PATIENCE, app_in, until

everywhere = pytest.mark.parametrize("execution", EXECUTIONS)


async def _end(app: App, execution: Execution, how: str, retry: RetryPolicy = ONCE) -> Run:
    """How the run of a handler stands that ended so, once it has been tried; the worker must be well after it."""
    conclude = declare(app, "conclude", execution, retry=retry)
    async with app, app.working():
        handle = await app.submit(conclude, how)
        waits = (RunState.QUEUED, RunState.RUNNING)
        run: Run = await until(handle.run, lambda run: run.state not in waits)
        assert (await (await app.submit(conclude, "fine")).result(PATIENCE))["pid"]
    return run


@everywhere
@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("error", "it broke"),
        ("exit", "3"),
        ("interrupt", "KeyboardInterrupt"),
        ("cancelled", "CancelledError"),
        ("stop", "no more|StopIteration"),
        ("generator", "GeneratorExit"),
        ("base", "far away"),
        ("mute", "MuteError"),
        ("group", "several"),
        ("surrogates", "a file called"),
        ("no-json", "cannot be kept as JSON"),
        ("endless", "cannot be kept as JSON"),
        ("large", "return a reference"),
    ],
)
async def test_what_a_handler_raises_is_the_outcome(app: App, execution: Execution, how: str, words: str) -> None:
    run = await _end(app, execution, how)
    assert (run.state, run.cause) == (RunState.FAILED, Cause.RAISED)
    assert run.error is not None
    assert re.search(words, run.error.message), run.error
    run.error.message.encode()


@everywhere
@pytest.mark.parametrize("how", ["large", "no-json"])
async def test_a_result_that_cannot_be_kept_is_not_tried_again(app: App, execution: Execution, how: str) -> None:
    run = await _end(app, execution, how, RetryPolicy(max_attempts=5))
    assert (run.state, run.attempt) == (RunState.FAILED, 1)


@everywhere
async def test_a_permanent_error_is_not_tried_again(app: App, execution: Execution) -> None:
    run = await _end(app, execution, "permanent", RetryPolicy(max_attempts=5))
    assert run.error is not None
    assert (run.state, run.attempt, run.error.code) == (RunState.FAILED, 1, "permanent_error")


@everywhere
async def test_a_handler_says_when_it_wants_to_be_tried_again(app: App, execution: Execution) -> None:
    run = await _end(app, execution, "later", RetryPolicy(base_seconds=100, jitter="none"))
    assert run.state is RunState.RETRYING
    assert run.started_at is None
    assert timedelta(seconds=6) < run.due_at - run.created_at < timedelta(seconds=7 + PATIENCE)


@everywhere
async def test_a_handler_may_cancel_its_run(app: App, execution: Execution) -> None:
    run = await _end(app, execution, "cancel")
    assert run.error is not None
    assert (run.state, run.cause, run.error.message) == (RunState.CANCELLED, Cause.CANCELLED, "not wanted")


@everywhere
@pytest.mark.parametrize(
    ("how", "verdict", "state"),
    [
        ("declined", Verdict.PERMANENT, RunState.FAILED),
        ("stolen", Verdict.PERMANENT, RunState.FAILED),
        ("stolen", Verdict.CANCELLED, RunState.CANCELLED),
        ("error", Verdict.PERMANENT, RunState.RETRYING),
    ],
)
async def test_a_rule_for_a_class_decides_for_its_subclasses_too(
    app: App, execution: Execution, how: str, verdict: Verdict, state: RunState
) -> None:
    run = await _end(
        app, execution, how, RetryPolicy(base_seconds=100, rules=(ErrorRule("CardDeclinedError", verdict),))
    )
    assert run.state is state


async def test_a_rule_may_name_the_class_with_its_module(app: App) -> None:
    rule = ErrorRule("tests.engine.handlers.CardDeclinedError", Verdict.PERMANENT)
    run = await _end(app, "async", "declined", RetryPolicy(base_seconds=100, rules=(rule,)))
    assert run.state is RunState.FAILED


@everywhere
async def test_the_trace_shows_the_handler_and_none_of_ours(app: App, execution: Execution) -> None:
    error = (await _end(app, execution, "error")).error
    assert error is not None
    assert "handlers.py" in error.trace
    assert "foliot/engine" not in error.trace
    assert error.type == "builtins.ValueError"


@everywhere
async def test_a_long_message_is_clipped(app: App, execution: Execution) -> None:
    error = (await _end(app, execution, "long")).error
    assert error is not None
    assert len(error.message) == 2_000
    assert error.message.endswith("x…")


@everywhere
async def test_a_payload_that_does_not_fit_any_more_fails_at_once(app: App, execution: Execution) -> None:
    conclude = declare(app, "conclude", execution)
    async with app:
        handle = await app.submit(conclude, "fine")
        system = await app.system()
        await _spoil(system, handle.job_id)
        async with app.working():
            run = await until(handle.run, lambda run: run.state.is_over)
    assert run.error is not None
    assert (run.state, run.attempt, run.error.code) == (RunState.FAILED, 1, "invalid_payload")


async def _spoil(system: Any, job_id: str) -> None:
    """Change a stored payload, as if the handler had got other arguments since."""
    await system.store._database.write(
        lambda connection: connection.execute("update jobs set payload = '{\"other\":1}' where id = ?", [job_id])
    )


async def test_retries_wait_as_the_policy_says(app: App) -> None:
    conclude = declare(
        app, "conclude", "async", retry=RetryPolicy(max_attempts=3, backoff="fixed", base_seconds=0.2, jitter="none")
    )
    async with app, app.working():
        handle = await app.submit(conclude, "error")
        await until(handle.status, lambda state: state is RunState.FAILED)
        system = await app.system()
        attempts = await system.services.runs.attempts(system.identity, handle.run_id or "")
    assert [attempt.number for attempt in attempts] == [1, 2, 3]
    for earlier, later in pairwise(attempts):
        assert earlier.ended_at is not None
        assert later.started_at - earlier.ended_at >= timedelta(seconds=0.2)


async def test_an_attempt_that_cannot_be_concluded_loses_its_lease(tmp_path: Path) -> None:
    class CarelessError(RetryLater):
        def __init__(self) -> None:
            pass

    app = app_in(tmp_path, lease_seconds=0.5)

    @app.job(retry=ONCE)
    async def fall() -> None:
        raise CarelessError

    async with app, app.working():
        run = await until((await app.submit(fall)).run, lambda run: run.state.is_over)
        assert (run.state, run.cause) == (RunState.FAILED, Cause.LEASE_LOST)
