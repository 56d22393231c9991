"""`foliot run`."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from foliot.domain.run import Failure
from foliot.domain.states import RunState
from tests.cli.conftest import Shell, Worker


async def fail_once_then_succeed(worker: Worker) -> None:
    [claimed] = await worker.claim()
    soon = datetime.now(UTC) + timedelta(milliseconds=20)
    await worker.end(claimed, RunState.RETRYING, error=Failure("raised", "not yet", "OSError"), due_at=soon)
    [claimed] = await worker.claim()
    await worker.say(claimed, "half of it", 0.5)
    await worker.say(claimed, "nearly there")
    await worker.end(claimed, RunState.SUCCEEDED, result=b"[1,2]")


def test_list_filters(foliot: Shell) -> None:
    failed = foliot.dead_letter()
    queued = foliot.submit()
    slow = foliot.json("job", "submit", "report.build")["run_id"]
    for options, expected in (
        ((), [slow, queued, failed]),
        (("--state", "failed"), [failed]),
        (("--type", "greet"), [queued, failed]),
        (("--queue", "slow"), [slow]),
        (("--job", queued), [queued]),
    ):
        assert [run["id"] for run in foliot.json("run", "list", *options)["items"]] == expected


def test_a_listing_has_no_results(foliot: Shell) -> None:
    foliot.json("job", "submit", "greet", "--wait", meanwhile=Worker.succeed)
    [run] = foliot.json("run", "list")["items"]
    assert "result" not in run


def test_show_tells_the_whole_story_as_json(foliot: Shell) -> None:
    run_id = foliot.submit()
    foliot.work(fail_once_then_succeed)
    run = foliot.json("run", "show", run_id)
    assert (run["state"], run["result"], run["attempt"]) == ("succeeded", [1, 2], 2)
    assert [(attempt["number"], attempt["state"]) for attempt in run["attempts"]] == [
        (1, "retrying"),
        (2, "succeeded"),
    ]
    assert [event["type"] for event in run["events"]] == [
        "run.created", "run.queued", "run.started", "run.retry_scheduled", "run.queued", "run.started",
        "run.progressed", "run.logged", "run.succeeded",
    ]  # fmt: skip


def test_show_tells_the_whole_story_as_tables(foliot: Shell) -> None:
    run_id = foliot.submit()
    foliot.work(fail_once_then_succeed)
    run, attempts, timeline = foliot("run", "show", run_id).out.split("\n\n")[0::2]
    assert "attempt  2 of 2" in run
    assert "OSError: not yet" in attempts
    assert [line.split()[4] for line in timeline.splitlines()[1:]][-3:] == [
        "run.progressed", "run.logged", "run.succeeded",
    ]  # fmt: skip
    assert "half of it, 50%" in timeline
    assert "attempt 2, on worker-1" in timeline


def test_what_a_terminal_would_obey_is_shown_instead(foliot: Shell) -> None:
    run_id = foliot.dead_letter()
    for said in (foliot("run", "show", run_id), foliot("run", "list"), foliot.at_terminal("run", "show", run_id)):
        assert "\x1b[2J" not in said.out
        assert "boom\\x1b[2J" in said.out


def test_a_trace_keeps_its_lines(foliot: Shell) -> None:
    assert "Traceback: line 1\n         line 2\n" in foliot("run", "show", foliot.dead_letter()).out


def test_events_lists_them(foliot: Shell) -> None:
    run_id = foliot.dead_letter()
    listed = foliot.json("run", "events", run_id)
    assert [event["type"] for event in listed["items"]][-1] == "run.failed"
    assert len(foliot("run", "events", run_id).out.splitlines()) == len(listed["items"]) + 1


@pytest.mark.parametrize(("state", "code"), [(RunState.SUCCEEDED, 0), (RunState.FAILED, 1), (RunState.CANCELLED, 8)])
def test_watch_ends_with_the_run_and_tells_how_it_ended(foliot: Shell, state: RunState, code: int) -> None:
    run_id = foliot.submit()

    async def end(worker: Worker) -> None:
        for claimed in await worker.claim():
            await worker.say(claimed, "on it")
            await worker.end(claimed, state)

    said = foliot("run", "watch", run_id, meanwhile=end)
    assert said.code == code
    lines = said.out.splitlines()
    assert f"run.{state}" in lines[-1]
    assert any("run.logged  on it" in line for line in lines)


def test_watch_writes_a_line_of_json_an_event(foliot: Shell) -> None:
    run_id = foliot.submit()
    said = foliot("run", "watch", run_id, "--json", meanwhile=Worker.succeed)
    events = [msgspec.json.decode(line) for line in said.out.splitlines()]
    assert said.code == 0
    assert [event["type"] for event in events] == ["run.created", "run.queued", "run.started", "run.succeeded"]
    assert {event["run_id"] for event in events} == {run_id}


def test_watch_of_a_run_that_is_over_tells_its_story_at_once(foliot: Shell) -> None:
    said = foliot("run", "watch", foliot.dead_letter())
    assert (said.code, len(said.out.splitlines())) == (1, 4)


def test_watch_at_a_terminal_ends_with_the_whole_picture(foliot: Shell) -> None:
    run_id = foliot.submit()
    said = foliot.at_terminal("run", "watch", run_id, meanwhile=fail_once_then_succeed)
    assert said.code == 0
    for words in (run_id, "succeeded", "2 of 2", "half of it", "run.retry_scheduled"):
        assert words in said.out


def test_retry_makes_a_waiting_run_due(foliot: Shell) -> None:
    run_id = foliot.submit("--in", "1h")
    assert foliot.json("run", "retry", run_id)["state"] == "queued"


def test_retry_of_a_run_that_is_over_is_a_conflict(foliot: Shell) -> None:
    said = foliot("run", "retry", foliot.dead_letter(), "--json")
    assert (said.code, said.error["code"]) == (4, "illegal_transition")
    assert "Replay it instead" in said.error["message"]


def test_cancel_of_a_running_run_asks_it_to_stop(foliot: Shell) -> None:
    run_id = foliot.submit()

    async def claim(worker: Worker) -> None:
        await worker.claim()

    foliot.work(claim)
    run = foliot.json("run", "cancel", run_id)
    assert run["state"] == "running"
    assert run["cancel_requested_at"] is not None
    assert "running, asked to stop" in foliot("run", "show", run_id).out


@pytest.mark.parametrize("verb", ["show", "watch", "retry", "cancel", "events"])
def test_an_unknown_run_is_not_found(foliot: Shell, verb: str) -> None:
    said = foliot("run", verb, "nonsense", "--json")
    assert (said.code, said.out, said.error["code"]) == (3, "", "not_found")


@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_ids_are_whole_however_narrow_the_terminal(
    foliot: Shell, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    run_id = foliot.dead_letter()
    for argv in (("run", "list"), ("dead", "list"), ("job", "list"), ("run", "show", run_id)):
        assert run_id in foliot.at_terminal(*argv).out


def test_json_at_a_terminal_is_laid_out(foliot: Shell) -> None:
    assert foliot.at_terminal("run", "list", "--json").out == '{\n  "items": [],\n  "next_cursor": null\n}\n'


def test_an_empty_list_says_so_at_a_terminal(foliot: Shell) -> None:
    assert foliot.at_terminal("run", "list").out == "No runs.\n"
