"""What callers do wrong, how it is done at each door, and the code that all of them answer with."""

import json
from typing import Any, Final

import msgspec

from foliot.domain.job import LARGEST_PAYLOAD_BYTES
from tests.doors.doors import Http, Lacks, Rpc, Shell, Tool, Way, Ways
from tests.doors.verbs import A_THOUSAND, OF_PEOPLE

GREET: Final = {"type": "greet"}
HUGE: Final = {"name": "x" * LARGEST_PAYLOAD_BYTES}
LONG_AGO: Final = "2020-01-01T00:00:00Z"


class Mistake(msgspec.Struct, frozen=True, kw_only=True):
    """A mistake: the code that it is answered with, the ways to make it, what the message has to say, by whom."""

    name: str
    code: str
    ways: Ways
    says: str = ""
    role: str = "admin"


def mistake(
    name: str, code: str, http: Way | Lacks, shell: Way | Lacks, mcp: Way | Lacks, grpc: Way | Lacks,
    *, says: str = "", role: str = "admin",
) -> Mistake:  # fmt: skip
    """A row."""
    return Mistake(
        name=name, code=code, ways={"http": http, "shell": shell, "mcp": mcp, "grpc": grpc}, says=says, role=role
    )


def job(name: str, code: str, http: Any, shell: str, mcp: Any, grpc: Any, **more: str) -> Mistake:
    """A mistake in what is submitted, as members and options beside the type."""
    return mistake(
        name, code, Http("POST /v1/jobs", GREET | http), Shell(f"job submit greet {shell}"),
        mcp if isinstance(mcp, Lacks) else Tool("task_create", **GREET | mcp),
        Rpc("SubmitJob", job=GREET | grpc), **more,
    )  # fmt: skip


def steered(name: str, code: str, deed: str, thing: str) -> Mistake:
    """A deed on a job that cannot be done to it."""
    word = deed.replace("_", "-")
    rpc = {"pause": "PauseJob", "resume": "ResumeJob", "cancel": "CancelJob", "run_now": "RunJob"}[deed]
    return mistake(
        name, code, Http(f"POST /v1/jobs/{thing}/{word.removesuffix('-now')}"), Shell(f"job {word} {thing}"),
        Tool(f"task_{deed}", job_id=thing), Rpc(rpc, job_id=thing),
    )  # fmt: skip


def cron(expression: str, **more: Any) -> Any:
    """A cron line as HTTP has it."""
    return {"schedule": {"kind": "cron", "expression": expression} | more}


def _huge(document: object) -> str:
    return "'" + json.dumps(document) + "'"


NO_CIRCLES: Final = Lacks("Jobs name others that are stored already, so no circle can be said.")
CHOSEN: Final = Lacks("Ids of jobs can be chosen there, all of them UUIDs: INVALID_ARGUMENT, as older clients know it.")
IT_RUNS: Final = Lacks("A past time runs at once, and the answer says so: models are told old dates.")

MISTAKES: Final = (
    mistake(
        "a job that nobody has", "not_found",
        Http("GET /v1/jobs/<nobody>"), Shell("job show <nobody>"), Tool("task_get", job_id="<nobody>"),
        Rpc("GetJob", job_id="<nobody>"),
    ),
    mistake(
        "an id that is none", "not_found",
        Http("GET /v1/jobs/nope"), Shell("job show nope"), Tool("task_get", job_id="nope"), CHOSEN, says="nope",
    ),
    mistake(
        "a run that nobody has", "not_found",
        Http("GET /v1/runs/<nobody>"), Shell("run show <nobody>"), Tool("run_get", run_id="<nobody>"),
        Rpc("GetRun", run_id="<nobody>"),
    ),
    mistake(
        "the runs of a job that nobody has", "not_found",
        Http("GET /v1/runs?job_id=<nobody>"), Shell("run list --job <nobody>"), Tool("task_runs", job_id="<nobody>"),
        Rpc("ListRuns", job_id="<nobody>"),
    ),
    mistake(
        "an unknown type", "unknown_job_type",
        Http("POST /v1/jobs", {"type": "greeet"}), Shell("job submit greeet"), Tool("task_create", type="greeet"),
        Rpc("SubmitJob", job={"type": "greeet"}), says="greet",
    ),
    job(
        "a bad cron line", "invalid_schedule",
        cron("0 25 * * *"), "--cron '0 25 * * *'", {"cron": "0 25 * * *", "timezone": "UTC"},
        {"schedule": {"cron": {"expression": "0 25 * * *"}}}, says="hour",
    ),
    job(
        "an unknown timezone", "invalid_timezone",
        cron("@daily", timezone="Europe/Berln"), "--cron @daily --timezone Europe/Berln",
        {"cron": "@daily", "timezone": "Europe/Berln"},
        {"schedule": {"cron": {"expression": "@daily", "timezone": "Europe/Berln"}}}, says="Europe/Berlin",
    ),
    job(
        "an end before the start", "invalid_schedule",
        {"schedule": {"kind": "every", "seconds": 60, "start": "2031-01-01T00:00:00Z", "end": "2030-01-01T00:00:00Z"}},
        "--every 60s --start 2031-01-01T00:00:00Z --end 2030-01-01T00:00:00Z",
        {"every": "60s", "at": "2031-01-01T00:00:00Z", "until": "2030-01-01T00:00:00Z"},
        {"schedule": {"every": {"interval": "60s", "start": "2031-01-01T00:00:00Z", "end": "2030-01-01T00:00:00Z"}}},
    ),
    job(
        "an interval below a second", "invalid_schedule",
        {"schedule": {"kind": "every", "seconds": 0.5}}, "--every 500ms", {"every": "0.5s"},
        {"schedule": {"every": {"interval": "0.5s"}}},
    ),
    job(
        "a cron line that never fires", "invalid_schedule",
        cron("0 0 30 2 *"), "--cron '0 0 30 2 *'", {"cron": "0 0 30 2 *", "timezone": "UTC"},
        {"schedule": {"cron": {"expression": "0 0 30 2 *"}}},
    ),
    job(
        "a rule that never fires", "invalid_schedule",
        {"schedule": {"kind": "rrule", "rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "start": "2030-01-01T00:00:00"}},
        "--rrule 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' --start 2030-01-01T00:00:00",
        {"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "at": "2030-01-01T00:00", "timezone": "UTC"},
        {"schedule": {"rrule": {"rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "start": "2030-01-01T00:00:00"}}},
    ),
    job(
        "a calendar that nobody has", "unknown_calendar",
        cron("@daily", exclude=["holydays"]), "--cron @daily --exclude holydays",
        {"cron": "@daily", "timezone": "UTC", "exclude": ["holydays"]},
        {"schedule": {"cron": {"expression": "@daily", "exclude": ["holydays"]}}}, says="holidays",
    ),
    job(
        "a time that is past", "invalid_time",
        {"schedule": {"kind": "at", "at": LONG_AGO}}, f"--at {LONG_AGO}", IT_RUNS, {"schedule": {"at": LONG_AGO}},
    ),
    job(
        "a payload that does not fit", "invalid_payload",
        {"payload": {"nome": "x"}}, """--payload '{"nome": "x"}'""", {"payload": {"nome": "x"}},
        {"payload_json": '{"nome": "x"}'}, says="nome",
    ),
    job(
        "a payload that is too large", "payload_too_large",
        {"payload": HUGE}, f"--payload {_huge(HUGE)}", {"payload": HUGE}, {"payload_json": json.dumps(HUGE)},
    ),
    job(
        "a timeout that is too long", "invalid_policy",
        {"timeout_seconds": 691200}, "--timeout 8d", {"timeout_seconds": 691200}, {"timeout": "691200s"},
    ),
    job(
        "an overlap of a job that runs once", "invalid_policy",
        {"overlap": "allow"}, "--overlap allow", {"overlap": "allow"}, {"overlap": "OVERLAP_ALLOW"},
    ),
    job(
        "a misfire of a job that runs once", "invalid_policy",
        {"misfire": "skip"}, "--misfire skip", {"misfire": "skip"}, {"misfire": {"skip": {}}},
    ),
    job(
        "an expiry before it is due", "invalid_expiry",
        {"delay_seconds": 60, "expires_at": LONG_AGO}, f"--in 60s --expires-at {LONG_AGO}",
        {"delay": "60s", "expires_in": "10s"}, {"delay": "60s", "expires_at": LONG_AGO},
    ),
    job(
        "unique by members, but not by the payload", "invalid_unique",
        {"unique": {"by": ["type"], "args": ["user"]}}, "--unique type --unique-args user",
        {"unique": {"by": ["type"], "args": ["user"]}}, {"unique": {"by": ["BY_TYPE"], "args": ["user"]}},
    ),
    job(
        "debounced by nothing", "invalid_debounce",
        {"debounce_seconds": 5}, "--debounce 5s", {"debounce": "5s"}, {"debounce": {"quiet": "5s"}},
    ),
    job(
        "a parent that nobody has", "unknown_parent",
        {"parents": [{"job_id": "<nobody>"}]}, "--after <nobody>", {"after": ["<nobody>"]},
        {"parents": [{"job_id": "<nobody>"}]},
    ),
    mistake(
        "jobs in a circle", "cyclic_graph",
        Http("POST /v1/jobs:batch", {
            "all_or_none": True,
            "jobs": [
                GREET | {"as": "a", "parents": [{"alias": "b"}]}, GREET | {"as": "b", "parents": [{"alias": "a"}]},
            ],
        }),
        NO_CIRCLES, NO_CIRCLES,
        Rpc("BatchSubmitJobs", all_or_none=True, jobs=[
            GREET | {"alias": "a", "parents": [{"alias": "b"}]}, GREET | {"alias": "b", "parents": [{"alias": "a"}]},
        ]),
    ),
    job(
        "a key that has another job", "submission_key_conflict",
        {"key": "taken", "priority": "low"}, "--key taken --priority low", {"key": "taken", "priority": "low"},
        {"idempotency_key": "taken", "priority": "PRIORITY_LOW"},
    ),
    mistake(
        "a change of what somebody changed", "precondition_failed",
        Http("PATCH /v1/jobs/<recurring>", {"queue": "slow"}, if_match='"7"'),
        Shell("job update <recurring> --queue slow --if-revision 7"),
        Tool("task_update", job_id="<recurring>", queue="slow", revision=7),
        Rpc("UpdateJob", job_id="<recurring>", job={"queue": "slow"}, expected_revision=7),
    ),
    mistake(
        "a pause of what somebody changed", "precondition_failed",
        Http("POST /v1/jobs/<recurring>/pause", if_match='"7"'), Shell("job pause <recurring> --if-revision 7"),
        Tool("task_pause", job_id="<recurring>", revision=7),
        Rpc("PauseJob", job_id="<recurring>", expected_revision=7),
    ),
    mistake(
        "a resumption of what somebody changed", "precondition_failed",
        Http("POST /v1/jobs/<paused>/resume", if_match='"7"'), Shell("job resume <paused> --if-revision 7"),
        Tool("task_resume", job_id="<paused>", revision=7), Rpc("ResumeJob", job_id="<paused>", expected_revision=7),
    ),
    steered("to cancel what nobody has", "not_found", "cancel", "<nobody>"),
    steered("to pause a job that runs once", "conflict", "pause", "<job>"),
    steered("to resume a job that runs once", "conflict", "resume", "<job>"),
    steered("to run again what ran once", "conflict", "run_now", "<done>"),
    mistake(
        "to make recur what runs once", "conflict",
        Http("PATCH /v1/jobs/<job>", cron("@daily")), Shell("job update <job> --cron @daily"),
        Tool("task_update", job_id="<job>", cron="@daily", timezone="UTC"),
        Rpc("UpdateJob", job_id="<job>", job={"schedule": {"cron": {"expression": "@daily"}}}),
    ),
    mistake(
        "the occurrences of what runs once", "conflict",
        Http("GET /v1/jobs/<job>/occurrences"), Shell("job occurrences <job>"),
        Tool("task_occurrences", job_id="<job>"), Rpc("ListOccurrences", job_id="<job>"),
    ),
    mistake(
        "too many occurrences to backfill", "invalid_request",
        Http("POST /v1/jobs/<recurring>/backfill", {"from": LONG_AGO}),
        Shell(f"job backfill <recurring> --from {LONG_AGO}"),
        A_THOUSAND,
        Rpc("BackfillJob", job_id="<recurring>", since=LONG_AGO), says="1,000",
    ),
    mistake(
        "a backfill of what is to come", "invalid_time",
        Http("POST /v1/jobs/<recurring>/backfill", {"from": "2031-01-01T00:00:00Z"}),
        Shell("job backfill <recurring> --from 2031-01-01T00:00:00Z"),
        A_THOUSAND,
        Rpc("BackfillJob", job_id="<recurring>", since="2031-01-01T00:00:00Z"),
    ),
    mistake(
        "too many previews", "invalid_request",
        Http("POST /v1/schedules:preview", cron("@daily") | {"count": 1001}),
        Shell("preview --cron @daily --count 1001"),
        Tool("task_preview", cron="@daily", timezone="UTC", show=1001),
        Rpc("PreviewSchedule", schedule={"cron": {"expression": "@daily"}}, count=1001),
    ),
    mistake(
        "to retry what is done", "illegal_transition",
        Http("POST /v1/runs/<done>/retry"), Shell("run retry <done>"), Tool("run_retry", run_id="<done>"),
        Rpc("RetryRun", run_id="<done>"),
    ),
    mistake(
        "to replay what is no dead letter", "not_found",
        Http("POST /v1/dead-letters/<job>/replay"), Shell("dead replay <job>"), Tool("dead_replay", run_id="<job>"),
        Rpc("ReplayDeadLetter", run_id="<job>"),
    ),
    mistake(
        "to discard what is no dead letter", "not_found",
        Http("POST /v1/dead-letters/<job>/discard"), Shell("dead discard <job>"), Tool("dead_discard", run_id="<job>"),
        Rpc("DiscardDeadLetter", run_id="<job>"),
    ),
    mistake(
        "a cursor that was not made here", "invalid_cursor",
        Http("GET /v1/jobs?cursor=nope"), Shell("job list --cursor nope"), Tool("task_list", cursor="nope"),
        Rpc("ListJobs", page_token="nope"),
    ),
    mistake(
        "a filter that nothing can fit", "invalid_policy",
        Http("GET /v1/jobs?type=%20"), Shell("job list --type ' '"), Tool("task_list", type=" "),
        Rpc("ListJobs", type_filter=" "),
    ),
    mistake(
        "a file that is no calendar", "invalid_calendar",
        Http("PUT /v1/calendars/new", "nope", content_type="text/calendar"), Shell("calendar set new -", typed="nope"),
        OF_PEOPLE, Rpc("PutCalendar", name="new", icalendar="nope"),
    ),
    mistake(
        "to delete a calendar that jobs name", "conflict",
        Http("DELETE /v1/calendars/<calendar>"), Shell("calendar delete <calendar>"), OF_PEOPLE,
        Rpc("DeleteCalendar", name="<calendar>"),
    ),
    mistake(
        "to revoke a key that nobody has", "not_found",
        Http("DELETE /v1/keys/<nobody>"), Shell("key revoke <nobody>"), OF_PEOPLE, Rpc("RevokeKey", key_id="<nobody>"),
    ),
    mistake(
        "a key for whoever may make none", "forbidden",
        Http("POST /v1/keys", {"name": "new", "role": "viewer"}), Shell("key create new --role viewer"), OF_PEOPLE,
        Rpc("CreateKey", name="new", role="ROLE_VIEWER"), says="admin", role="operator",
    ),
    job("too little a role", "forbidden", {}, "", {}, {}, says="operator", role="viewer"),
    job("no key that opens", "unauthenticated", {}, "", {}, {}, role="nobody"),
)  # fmt: skip
