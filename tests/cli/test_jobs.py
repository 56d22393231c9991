"""`foliot job`."""

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from foliot.domain.states import RunState
from tests.cli.conftest import Shell, Worker


def test_submit_answers_with_the_ids(foliot: Shell) -> None:
    receipt = foliot.json("job", "submit", "greet")
    assert receipt == {"job_id": receipt["job_id"], "run_id": receipt["job_id"], "created": True, "updated": False}


def test_submit_says_the_ids_to_people(foliot: Shell) -> None:
    said = foliot("job", "submit", "greet")
    names = [line.split()[0] for line in said.out.splitlines()]
    assert (said.code, said.err, names) == (0, "", ["job", "run"])


def test_the_payload_is_kept_as_it_was_sent(foliot: Shell) -> None:
    job_id = foliot.submit("--payload", '{"name": "Ada"}')
    assert foliot.json("job", "show", job_id)["payload"] == {"name": "Ada"}


def test_the_payload_may_come_from_a_file(foliot: Shell, tmp_path: Path) -> None:
    file = tmp_path / "payload.json"
    file.write_text('{"name":"Grace"}')
    assert foliot.json("job", "show", foliot.submit("--payload", f"@{file}"))["payload"] == {"name": "Grace"}


def test_the_payload_may_come_from_standard_input(foliot: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"name":"Edsger"}')))
    assert foliot.json("job", "show", foliot.submit("--payload", "-"))["payload"] == {"name": "Edsger"}


def test_a_payload_may_be_a_negative_number(foliot: Shell) -> None:
    job_id = foliot.json("job", "submit", "report.build", "--payload", "-1")["job_id"]
    assert foliot.json("job", "show", job_id)["payload"] == -1


@pytest.mark.parametrize(
    ("payload", "code", "words"),
    [
        ("{not json", "invalid_payload", "is not JSON"),
        ("", "invalid_payload", "is not JSON"),
        ('{"name": 3}', "invalid_payload", "name"),
        ('{"nme": "x"}', "invalid_payload", "nme"),
        ("@/does/not/exist", "invalid_payload", "/does/not/exist cannot be read"),
        (json.dumps({"name": "x" * 300_000}), "payload_too_large", "allowed"),
    ],
)
def test_a_bad_payload_is_refused_and_nothing_is_stored(foliot: Shell, payload: str, code: str, words: str) -> None:
    said = foliot("job", "submit", "greet", "--payload", payload, "--json")
    assert (said.code, said.out, said.error["code"], said.error["field"]) == (6, "", code, "payload")
    assert words in said.error["message"]
    assert foliot.json("job", "list")["items"] == []


def test_an_unknown_type_is_refused_with_the_known_ones(foliot: Shell) -> None:
    said = foliot("job", "submit", "gret")
    assert said.code == 6
    assert "greet, report.build" in said.err
    assert "(unknown_job_type)" in said.err


def test_in_delays_the_run(foliot: Shell) -> None:
    run = foliot.json("run", "show", foliot.submit("--in", "1h30m"))
    wait = datetime.fromisoformat(run["due_at"]) - datetime.now(UTC)
    assert run["state"] == "pending"
    assert timedelta(minutes=89) < wait <= timedelta(minutes=90)


def test_at_takes_an_instant_with_any_offset(foliot: Shell) -> None:
    run = foliot.json("run", "show", foliot.submit("--at", "2190-05-01T10:00:00+02:00"))
    assert run["due_at"] == "2190-05-01T08:00:00Z"


def test_every_makes_a_job_that_recurs(foliot: Shell) -> None:
    receipt = foliot.json("job", "submit", "greet", "--every", "5m")
    job = foliot.json("job", "show", receipt["job_id"])
    assert receipt["run_id"] is None
    assert (job["schedule"]["kind"], job["schedule"]["seconds"], job["state"]) == ("every", 300, "active")
    assert "every 5m" in foliot("job", "list").out


def test_an_instant_in_the_past_is_refused(foliot: Shell) -> None:
    said = foliot("job", "submit", "greet", "--at", "2020-01-01T00:00:00Z")
    assert said.code == 6
    assert "in the past" in said.err


def test_overrides_keep_what_the_type_says_otherwise(foliot: Shell) -> None:
    job_id = foliot.submit("--timeout", "90s", "--max-attempts", "9", "--queue", "slow", "--priority", "critical")
    job = foliot.json("job", "show", job_id)
    assert (job["queue"], job["priority"], job["timeout_seconds"]) == ("slow", "critical", 90)
    assert (job["retry"]["max_attempts"], job["retry"]["backoff"], job["retry"]["base_seconds"]) == (9, "fixed", 7)


def test_a_submission_key_gives_the_same_job_again(foliot: Shell) -> None:
    first = foliot.json("job", "submit", "greet", "--key", "k", "--in", "5m")
    again = foliot.json("job", "submit", "greet", "--key", "k", "--in", "5m")
    assert again == first | {"created": False}
    assert "submitted before" in foliot("job", "submit", "greet", "--key", "k", "--in", "5m").out


def test_the_same_by_what_is_named_is_one_job(foliot: Shell) -> None:
    asked = ("job", "submit", "greet", "--in", "5m", "--unique", "type", "--unique-for", "1h")
    first = foliot.json(*asked)
    assert foliot.json(*asked, "--payload", '{"name":"x"}') == first | {"created": False}
    assert foliot.json(*asked, "--unique", "args")["created"]


def test_of_the_arguments_one_may_be_named(foliot: Shell) -> None:
    first = foliot.json("job", "submit", "greet", "--payload", '{"name":"x"}', "--unique-args", "name")
    again = foliot.json("job", "submit", "greet", "--payload", '{"name": "x"}', "--unique-args", "name")
    assert again == first | {"created": False}
    assert foliot.json("job", "submit", "greet", "--unique-args", "name")["created"]


def test_what_is_debounced_does_what_was_said_last(foliot: Shell) -> None:
    asked = ("job", "submit", "greet", "--key", "k", "--debounce", "5m", "--debounce-max-wait", "1h", "--payload")
    first = foliot.json(*asked, '{"name":"a"}')
    assert foliot.json(*asked, '{"name":"b"}') == first | {"created": False, "updated": True}
    assert foliot.json("job", "show", first["job_id"])["payload"] == {"name": "b"}
    assert "it does now what you asked for" in foliot(*asked, '{"name":"c"}').out
    kinds = [event["type"] for event in foliot.json("job", "events", first["job_id"])["items"]]
    assert kinds == ["job.created", "job.debounced", "job.debounced"]


def test_a_job_shows_when_it_expires(foliot: Shell) -> None:
    receipt = foliot.json("job", "submit", "greet", "--expires-in", "10m")
    job, run = foliot.json("job", "show", receipt["job_id"]), foliot.json("run", "show", receipt["run_id"])
    assert job["expires_at"] == run["expires_at"] is not None
    assert "expires" in foliot("job", "show", receipt["job_id"]).out
    assert "expires" in foliot("run", "show", receipt["run_id"]).out
    recurs = foliot.json("job", "submit", "greet", "--every", "1h", "--expires-in", "90s")["job_id"]
    assert foliot.json("job", "show", recurs)["expires_in_seconds"] == 90


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--unique-window", "fixed"), 2, "needs --unique-for"),
        (("--debounce-max-wait", "5m"), 2, "needs --debounce"),
        (("--debounce", "5m"), 6, "invalid_debounce"),
        (("--key", "k", "--unique", "type"), 6, "invalid_unique"),
        (("--expires-in", "5m", "--in", "10m"), 6, "invalid_expiry"),
    ],
)
def test_what_makes_no_sense_together_is_refused(
    foliot: Shell, options: tuple[str, ...], code: int, words: str
) -> None:
    said = foliot("job", "submit", "greet", *options)
    assert said.code == code
    assert words in said.err
    assert foliot.json("job", "list")["items"] == []


def test_a_submission_key_of_another_job_is_a_conflict(foliot: Shell) -> None:
    foliot.submit("--key", "k")
    said = foliot("job", "submit", "greet", "--key", "k", "--payload", '{"name":"x"}')
    assert said.code == 4
    assert "(submission_key_conflict)" in said.err


def test_wait_answers_with_the_result(foliot: Shell) -> None:
    done = foliot.json("job", "submit", "greet", "--wait", meanwhile=Worker.succeed)
    assert (done["run"]["state"], done["run"]["result"]) == ("succeeded", {"hello": "world"})


def test_wait_tells_of_a_failure_by_its_exit_code(foliot: Shell) -> None:
    said = foliot("job", "submit", "greet", "--wait", meanwhile=Worker.fail)
    assert said.code == 1
    assert "ValueError: boom" in said.out


def test_wait_tells_of_a_cancellation_by_its_exit_code(foliot: Shell) -> None:
    async def cancel(worker: Worker) -> None:
        for claimed in await worker.claim():
            await worker.end(claimed, RunState.CANCELLED)

    assert foliot("job", "submit", "greet", "--wait", meanwhile=cancel).code == 8


def test_list_pages_through_all_jobs_newest_first(foliot: Shell) -> None:
    submitted = [foliot.submit() for _ in range(3)]
    first = foliot.json("job", "list", "--limit", "2")
    rest = foliot.json("job", "list", "--limit", "2", "--cursor", first["next_cursor"])
    listed = [job["id"] for page in (first, rest) for job in page["items"]]
    assert (listed, rest["next_cursor"]) == (submitted[::-1], None)
    assert f"--cursor {first['next_cursor']}" in foliot("job", "list", "--limit", "2").err


def test_list_filters(foliot: Shell) -> None:
    foliot.submit()
    slow = foliot.json("job", "submit", "report.build")["job_id"]
    for option, value in (("--type", "report.build"), ("--queue", "slow")):
        assert [job["id"] for job in foliot.json("job", "list", option, value)["items"]] == [slow]
    assert foliot.json("job", "list", "--state", "cancelled")["items"] == []


def test_a_listing_has_one_line_a_job_and_whole_ids(foliot: Shell) -> None:
    submitted = [foliot.submit() for _ in range(2)]
    lines = foliot("job", "list").out.splitlines()
    assert lines[0].split() == ["ID", "STATE", "TYPE", "QUEUE", "PRIORITY", "SCHEDULE", "NEXT", "CREATED"]
    assert [line.split()[0] for line in lines[1:]] == submitted[::-1]


def test_show_tells_of_the_job_and_its_runs(foliot: Shell) -> None:
    job_id = foliot.submit("--payload", '{"name":"Ada"}')
    out = foliot("job", "show", job_id).out
    assert "Latest runs" in out
    assert '"name": "Ada"' in out
    assert out.count(job_id) == 2


def test_cancel_cancels(foliot: Shell) -> None:
    job_id = foliot.submit("--in", "1h")
    assert foliot.json("job", "cancel", job_id)["state"] == "cancelled"
    assert foliot.json("run", "show", job_id)["state"] == "cancelled"


def test_a_recurring_job_is_paused_run_and_resumed(foliot: Shell) -> None:
    job_id = foliot.json("job", "submit", "greet", "--every", "1h")["job_id"]
    assert foliot.json("job", "pause", job_id)["state"] == "paused"
    assert foliot.json("job", "run-now", job_id)["job_id"] == job_id
    assert foliot.json("job", "resume", job_id)["state"] == "active"
    assert "paused" in foliot("job", "events", job_id).out


def test_update_makes_a_job_otherwise(foliot: Shell) -> None:
    job_id = foliot.submit("--in", "1h", "--payload", '{"name":"Ada"}')
    job = foliot.json(
        "job", "update", job_id, "--payload", '{"name":"Grace"}', "--queue", "slow", "--priority", "critical",
        "--timeout", "90s", "--max-attempts", "9", "--at", "2190-05-01T10:00:00+02:00",
    )  # fmt: skip
    assert (job["payload"], job["queue"], job["priority"], job["timeout_seconds"], job["revision"]) == (
        {"name": "Grace"}, "slow", "critical", 90, 2,
    )  # fmt: skip
    assert (job["retry"]["max_attempts"], job["retry"]["backoff"]) == (9, "fixed")
    assert foliot.json("run", "show", job_id)["due_at"] == "2190-05-01T08:00:00Z"
    said = foliot("job", "events", job_id).out
    assert "job.updated" in said
    assert "priority default → critical" in said
    assert "Grace" not in said
    assert "run.rescheduled" in foliot("run", "events", job_id).out


def test_update_changes_the_interval_of_a_job_that_recurs(foliot: Shell) -> None:
    job_id = foliot.json("job", "submit", "greet", "--every", "5m")["job_id"]
    assert foliot.json("job", "update", job_id, "--every", "1h")["schedule"]["seconds"] == 3600
    said = foliot("job", "update", job_id, "--in", "1h")
    assert said.code == 4
    assert "recurs" in said.err


def test_update_changes_a_schedule_and_its_policies(foliot: Shell) -> None:
    job_id = foliot.json("job", "submit", "greet", "--every", "5m")["job_id"]
    line = ("--cron", "0 8 * * *", "--timezone", "Asia/Taipei", "--jitter", "5s")
    job = foliot.json("job", "update", job_id, *line, "--misfire", "skip:grace=5m", "--overlap", "allow")
    assert (job["schedule"]["timezone"], job["schedule"]["jitter_seconds"]) == ("Asia/Taipei", 5)
    assert (job["misfire"]["grace_seconds"], job["overlap"]) == (300, "allow")
    assert job["next_at"].endswith("T00:00:00Z")


def test_update_can_depend_on_the_revision_that_was_seen(foliot: Shell) -> None:
    job_id = foliot.submit("--in", "1h")
    assert foliot.json("job", "update", job_id, "--queue", "slow", "--if-revision", "1")["revision"] == 2
    said = foliot("job", "update", job_id, "--queue", "fast", "--if-revision", "1", "--json")
    assert (said.code, said.error["code"]) == (4, "precondition_failed")
    assert "revision is 2" in said.error["message"]


def test_cancel_and_run_now_can_depend_on_the_revision_that_was_seen(foliot: Shell) -> None:
    job_id = foliot.json("job", "submit", "greet", "--every", "5m")["job_id"]
    foliot("job", "update", job_id, "--queue", "slow")
    for deed in ("pause", "resume", "run-now", "cancel"):
        assert foliot("job", deed, job_id, "--if-revision", "1").code == 4
    assert foliot.json("job", "run-now", job_id, "--if-revision", "2")["job_id"] == job_id
    assert foliot.json("job", "cancel", job_id, "--if-revision", "2")["state"] == "cancelled"


def test_update_says_by_when_it_must_start(foliot: Shell) -> None:
    job_id = foliot.submit("--in", "1h")
    assert foliot.json("job", "update", job_id, "--expires-in", "2h")["expires_at"] is not None
    assert foliot.json("job", "update", job_id, "--never-expires")["expires_at"] is None


def test_update_takes_one_time_only(foliot: Shell) -> None:
    said = foliot("job", "update", foliot.submit("--in", "1h"), "--in", "1h", "--every", "5m")
    assert said.code == 2
    assert "Give only one of --in and --every." in said.err


def test_events_tell_who_made_the_job(foliot: Shell) -> None:
    job_id = foliot.submit()
    listed = foliot.json("job", "events", job_id)
    assert [(event["type"], event["data"]["by"]) for event in listed["items"]] == [("job.created", "local")]
    assert listed["next_cursor"] is None
    assert "by local" in foliot("job", "events", job_id).out


def test_the_occurrences_of_a_job_are_listed(foliot: Shell) -> None:
    job_id = foliot.json("job", "submit", "greet", "--every", "1h")["job_id"]
    said = foliot("job", "occurrences", job_id, "--limit", "2")
    assert said.out.count("planned") == 2
    assert "go on with --from" in said.err
    page = foliot.json("job", "occurrences", job_id, "--limit", "2")
    assert [each["reason"] for each in page["items"]] == ["planned", "planned"]
    later = foliot.json("job", "occurrences", job_id, "--limit", "1", "--from", page["next_from"])
    assert later["items"][0]["planned_at"] == page["next_from"]


def test_a_range_of_the_past_is_backfilled(foliot: Shell) -> None:
    job_id = foliot.json("job", "submit", "greet", "--every", "1h")["job_id"]
    since = (datetime.now(tz=UTC) - timedelta(hours=2, minutes=1)).isoformat()
    assert len(foliot.json("job", "backfill", job_id, "--from", since)["items"]) == 3
    assert foliot.json("job", "backfill", job_id, "--from", since)["items"] == []


@pytest.mark.parametrize("verb", ["show", "update", "cancel", "pause", "resume", "run-now", "occurrences", "events"])
def test_an_unknown_job_is_not_found(foliot: Shell, verb: str) -> None:
    said = foliot("job", verb, "01970000-0000-7000-8000-000000000000", "--json")
    assert (said.code, said.error["code"]) == (3, "not_found")
