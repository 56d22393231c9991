"""What one can ask of Foliot, and how each door is asked. What stands in angle brackets is an id of the house."""

from typing import Final

import msgspec

from tests.doors.doors import Http, Lacks, Rpc, Shell, Tool, Way, Ways

ICALENDAR: Final = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20301224\nEND:VEVENT\nEND:VCALENDAR\n"


class Verb(msgspec.Struct, frozen=True, kw_only=True):
    """Something that can be asked: the use case behind it, the ways, what every answer shows, whether all stands
    otherwise after it; the code of the refusal where what is named is not there."""

    name: str
    of: str
    ways: Ways
    shows: str = ""
    changes: bool = False
    unfound: str = "not_found"


def verb(
    name: str, of: str, http: Way | Lacks, shell: Way | Lacks, mcp: Way | Lacks, grpc: Way | Lacks,
    *, shows: str = "", changes: bool = False, unfound: str = "not_found",
) -> Verb:  # fmt: skip
    """A row."""
    ways = {"http": http, "shell": shell, "mcp": mcp, "grpc": grpc}
    return Verb(name=name, of=of, ways=ways, shows=shows, changes=changes, unfound=unfound)


ONE_BY_ONE: Final = Lacks("A model makes jobs, and looks at what failed, one by one.")
IN_PROGRAMS: Final = Lacks("A shell has pipes and loops; a program that has thousands uses HTTP or gRPC.")
OF_PEOPLE: Final = Lacks("Who may come in, and when nothing runs, people decide; a wrong name is told the right ones.")
A_THOUSAND: Final = Lacks("A slip would start a thousand runs; people backfill.")
IN_ANOTHER: Final = Lacks("Another tool tells it: task_get its parents and children, task_events each attempt.")
IN_RESOURCES: Final = Lacks("Resources have subscriptions, which tell of any number of runs.")
IN_TERMINALS: Final = Lacks("A terminal follows one run; `foliot run list` shows many.")

VERBS: Final = (
    verb(
        "submit a job", "jobs.submit",
        Http("POST /v1/jobs", {"type": "greet"}), Shell("job submit greet"),
        Tool("task_create", type="greet"), Rpc("SubmitJob", job={"type": "greet"}),
        changes=True,
    ),
    verb(
        "submit a job with all that can be said of one that recurs", "jobs.submit",
        Http("POST /v1/jobs", {
            "type": "greet", "payload": {"name": "Ada"}, "queue": "slow", "priority": "low", "timeout_seconds": 9,
            "retry": {"max_attempts": 2}, "misfire": "skip", "overlap": "queue_one", "expires_in_seconds": 600,
            "unique": {"by": ["type"], "period_seconds": 3600},
            "schedule": {
                "kind": "cron", "expression": "0 8 * * *", "timezone": "Europe/Berlin", "end": "2040-01-01T00:00:00Z",
                "count": 9, "exclude": ["<calendar>"],
            },
        }),
        Shell(
            """job submit greet --payload '{"name": "Ada"}' --queue slow --priority low --timeout 9s --max-attempts 2
            --misfire skip --overlap queue-one --expires-in 10m --unique type --unique-for 1h --cron '0 8 * * *'
            --timezone Europe/Berlin --end 2040-01-01T00:00:00Z --count 9 --exclude <calendar>"""
        ),
        Tool(
            "task_create", type="greet", payload={"name": "Ada"}, queue="slow", priority="low", timeout_seconds=9,
            max_attempts=2, misfire="skip", overlap="queue_one", expires_in="10m",
            unique={"by": ["type"], "period_seconds": 3600}, cron="0 8 * * *", timezone="Europe/Berlin",
            until="2040-01-01T00:00:00Z", count=9, exclude=["<calendar>"],
        ),
        Rpc("SubmitJob", job={
            "type": "greet", "payload_json": '{"name": "Ada"}', "queue": "slow", "priority": "PRIORITY_LOW",
            "timeout": "9s", "max_attempts": 2, "misfire": {"skip": {}}, "overlap": "OVERLAP_QUEUE_ONE",
            "expires_in": "600s", "unique": {"by": ["BY_TYPE"], "period": "3600s"},
            "schedule": {"cron": {
                "expression": "0 8 * * *", "timezone": "Europe/Berlin", "end": "2040-01-01T00:00:00Z", "count": 9,
                "exclude": ["<calendar>"],
            }},
        }),
        changes=True, unfound="unknown_calendar",
    ),
    verb(
        "submit a job that is debounced", "jobs.submit",
        Http("POST /v1/jobs", {
            "type": "greet", "key": "books", "debounce_seconds": 60, "debounce_max_wait_seconds": 600,
        }),
        Shell("job submit greet --key books --debounce 60s --debounce-max-wait 10m"),
        Tool("task_create", type="greet", key="books", debounce="60s", debounce_max_wait="10m"),
        Rpc("SubmitJob", job={
            "type": "greet", "idempotency_key": "books", "debounce": {"quiet": "60s", "max_wait": "600s"},
        }),
        changes=True,
    ),
    verb(
        "submit a job that waits for another", "jobs.submit",
        Http("POST /v1/jobs", {"type": "greet", "parents": [{"job_id": "<job>", "wait_for": "finished"}]}),
        Shell("job submit greet --after <job> --wait-for finished"),
        Tool("task_create", type="greet", after=["<job>"], wait_for="finished"),
        Rpc("SubmitJob", job={"type": "greet", "parents": [{"job_id": "<job>", "wait_for": "WAIT_FOR_FINISHED"}]}),
        changes=True, unfound="unknown_parent",
    ),
    verb(
        "submit a job that comes after each run of another", "jobs.submit",
        Http("POST /v1/jobs", {"type": "greet", "parents": [{"job_id": "<recurring>"}]}),
        Shell("job submit greet --after <recurring>"), Tool("task_create", type="greet", after=["<recurring>"]),
        Rpc("SubmitJob", job={"type": "greet", "parents": [{"job_id": "<recurring>"}]}),
        changes=True, unfound="unknown_parent",
    ),
    verb(
        "submit many jobs", "jobs.submit_many",
        Http("POST /v1/jobs:batch", {"jobs": [{"type": "greet"}, {"type": "greet"}]}), IN_PROGRAMS,
        ONE_BY_ONE, Rpc("BatchSubmitJobs", jobs=[{"type": "greet"}, {"type": "greet"}]),
        changes=True,
    ),
    verb(
        "stream jobs", "jobs.submit_many",
        Lacks("A request of HTTP/1.1 is answered when it has ended; batches of 10,000 do as well."), IN_PROGRAMS,
        ONE_BY_ONE, Rpc("SubmitJobs", {"jobs": [{"type": "greet"}]}, {"jobs": [{"type": "greet"}]}),
        changes=True,
    ),
    verb(
        "list jobs", "jobs.page",
        Http("GET /v1/jobs"), Shell("job list"), Tool("task_list"), Rpc("ListJobs"), shows="<job>",
    ),
    verb(
        "show a job", "jobs.get",
        Http("GET /v1/jobs/<job>"), Shell("job show <job>"), Tool("task_get", job_id="<job>"),
        Rpc("GetJob", job_id="<job>"), shows="<job>",
    ),
    verb(
        "how a job stands", "jobs.get",
        Http("GET /v1/jobs/<job>"), Shell("job show <job>"), Tool("task_status", job_id="<job>"),
        Rpc("GetJob", job_id="<job>"), shows="<job>",
    ),
    verb(
        "what happened to a job", "jobs.events",
        Http("GET /v1/jobs/<paused>/events"), Shell("job events <paused>"), Tool("task_events", job_id="<paused>"),
        Rpc("ListJobEvents", job_id="<paused>"), shows="job.paused",
    ),
    verb(
        "change a job", "jobs.update",
        Http("PATCH /v1/jobs/<recurring>", {"queue": "slow", "overlap": "allow"}),
        Shell("job update <recurring> --queue slow --overlap allow"),
        Tool("task_update", job_id="<recurring>", queue="slow", overlap="allow"),
        Rpc("UpdateJob", job_id="<recurring>", job={"queue": "slow", "overlap": "OVERLAP_ALLOW"}),
        changes=True, shows="<recurring>",
    ),
    verb(
        "cancel a job", "jobs.cancel",
        Http("POST /v1/jobs/<job>/cancel"), Shell("job cancel <job>"), Tool("task_cancel", job_id="<job>"),
        Rpc("CancelJob", job_id="<job>"), changes=True, shows="<job>",
    ),
    verb(
        "pause a job", "jobs.pause",
        Http("POST /v1/jobs/<recurring>/pause", if_match='"1"'), Shell("job pause <recurring> --if-revision 1"),
        Tool("task_pause", job_id="<recurring>", revision=1),
        Rpc("PauseJob", job_id="<recurring>", expected_revision=1), changes=True, shows="<recurring>",
    ),
    verb(
        "resume a job", "jobs.resume",
        Http("POST /v1/jobs/<paused>/resume", if_match='"2"'), Shell("job resume <paused> --if-revision 2"),
        Tool("task_resume", job_id="<paused>", revision=2),
        Rpc("ResumeJob", job_id="<paused>", expected_revision=2), changes=True, shows="<paused>",
    ),
    verb(
        "run a job now", "jobs.run_now",
        Http("POST /v1/jobs/<recurring>/run"), Shell("job run-now <recurring>"),
        Tool("task_run_now", job_id="<recurring>"), Rpc("RunJob", job_id="<recurring>"),
        changes=True, shows="<recurring>",
    ),
    verb(
        "what waits for a job", "graphs.graph",
        Http("GET /v1/jobs/<job>/graph"), Shell("job graph <job>"), IN_ANOTHER, Rpc("GetGraph", job_id="<job>"),
        shows="<job>",
    ),
    verb(
        "the occurrences of a job", "occurrences.between",
        Http("GET /v1/jobs/<recurring>/occurrences?limit=2"), Shell("job occurrences <recurring> --limit 2"),
        Tool("task_occurrences", job_id="<recurring>", limit=2), Rpc("ListOccurrences", job_id="<recurring>", limit=2),
        shows="planned",
    ),
    verb(
        "backfill a job", "backfilling.backfill",
        Http("POST /v1/jobs/<recurring>/backfill", {"from": "<yesterday>"}),
        Shell("job backfill <recurring> --from <yesterday>"),
        A_THOUSAND,
        Rpc("BackfillJob", job_id="<recurring>", since="<yesterday>"), changes=True, shows="<recurring>",
    ),
    verb(
        "preview a schedule", "previewing.preview",
        Http("POST /v1/schedules:preview", {"schedule": {"kind": "cron", "expression": "0 8 1 1 *"}}),
        Shell("preview --cron '0 8 1 1 *'"), Tool("task_preview", cron="0 8 1 1 *", timezone="UTC"),
        Rpc("PreviewSchedule", schedule={"cron": {"expression": "0 8 1 1 *"}}), shows="-01-01T08:00:00",
    ),
    verb(
        "preview a schedule that excludes calendars", "previewing.preview",
        Http("POST /v1/schedules:preview", {
            "schedule": {"kind": "cron", "expression": "0 8 25 12 *", "exclude": ["<calendar>"]},
            "from": "2030-01-01T00:00:00Z", "count": 1,
        }),
        Shell("preview --cron '0 8 25 12 *' --exclude <calendar> --from 2030-01-01T00:00:00Z --count 1"),
        Tool("task_preview", cron="0 8 25 12 *", at="2030-01-01T00:00", timezone="UTC", exclude=["<calendar>"], show=1),
        Rpc(
            "PreviewSchedule", schedule={"cron": {"expression": "0 8 25 12 *", "exclude": ["<calendar>"]}},
            since="2030-01-01T00:00:00Z", count=1,
        ),
        shows="2031-12-25T08:00:00", unfound="unknown_calendar",
    ),
    verb(
        "list runs", "runs.page",
        Http("GET /v1/runs"), Shell("run list"), Tool("task_runs"), Rpc("ListRuns"), shows="<run>",
    ),
    verb(
        "list the runs of a job", "runs.page",
        Http("GET /v1/jobs/<job>/runs"), Shell("run list --job <job>"), Tool("task_runs", job_id="<job>"),
        Rpc("ListRuns", job_id="<job>"), shows="<job>",
    ),
    verb(
        "list runs by their job", "runs.page",
        Http("GET /v1/runs?job_id=<job>"), Shell("run list --job <job>"), Tool("task_runs", job_id="<job>"),
        Rpc("ListRuns", job_id="<job>"), shows="<job>",
    ),
    verb(
        "show a run", "runs.get",
        Http("GET /v1/runs/<done>"), Shell("run show <done>"), Tool("run_get", run_id="<done>"),
        Rpc("GetRun", run_id="<done>"), shows="hello",
    ),
    verb(
        "the attempts of a run", "runs.attempts",
        Http("GET /v1/runs/<dead>/attempts"), Shell("run show <dead>"), IN_ANOTHER,
        Rpc("ListAttempts", run_id="<dead>"), shows="hands",
    ),
    verb(
        "what happened to a run", "runs.events",
        Http("GET /v1/runs/<dead>/events"), Shell("run events <dead>"), Tool("task_events", run_id="<dead>"),
        Rpc("ListRunEvents", run_id="<dead>"), shows="run.failed",
    ),
    verb(
        "watch a run", "watch.events",
        Http("GET /v1/runs/<done>/watch"), Shell("run watch <done>"), Tool("task_wait", run_id="<done>"),
        Rpc("WatchRun", run_id="<done>"), shows="<done>",
    ),
    verb(
        "wait for the end of a job", "watch.ended",
        Http("GET /v1/runs/<done>", prefer="wait=1"), Shell("run watch <done>"), Tool("task_wait", job_id="<done>"),
        Rpc("WatchJob", job_id="<done>"), shows="<done>",
    ),
    verb(
        "watch many runs", "changes.watch",
        Http("GET /v1/watch?run_id=<done>,<dead>"), IN_TERMINALS, IN_RESOURCES,
        Rpc("WatchRuns", run_ids=["<done>", "<dead>"]), shows="<dead>",
    ),
    verb(
        "cancel a run", "runs.cancel",
        Http("POST /v1/runs/<run>/cancel"), Shell("run cancel <run>"), Tool("task_cancel", run_id="<run>"),
        Rpc("CancelRun", run_id="<run>"), changes=True, shows="<run>",
    ),
    verb(
        "retry a run now", "runs.retry_now",
        Http("POST /v1/runs/<run>/retry"), Shell("run retry <run>"), Tool("run_retry", run_id="<run>"),
        Rpc("RetryRun", run_id="<run>"), changes=True, shows="<run>",
    ),
    verb(
        "list dead letters", "dead_letters.page",
        Http("GET /v1/dead-letters"), Shell("dead list"), Tool("dead_list"), Rpc("ListDeadLetters"), shows="<dead>",
    ),
    verb(
        "replay a dead letter", "dead_letters.replay",
        Http("POST /v1/dead-letters/<dead>/replay"), Shell("dead replay <dead>"), Tool("dead_replay", run_id="<dead>"),
        Rpc("ReplayDeadLetter", run_id="<dead>"), changes=True, shows="<dead>",
    ),
    verb(
        "discard a dead letter", "dead_letters.discard",
        Http("POST /v1/dead-letters/<dead>/discard"), Shell("dead discard <dead>"),
        Tool("dead_discard", run_id="<dead>"), Rpc("DiscardDeadLetter", run_id="<dead>"), changes=True,
    ),
    verb(
        "replay many dead letters", "dead_letters.replay_all",
        Http("POST /v1/dead-letters:replay", {}), Shell("dead replay --all --yes"), ONE_BY_ONE,
        Rpc("ReplayDeadLetters"), changes=True,
    ),
    verb(
        "discard many dead letters", "dead_letters.discard_all",
        Http("POST /v1/dead-letters:discard", {}), Shell("dead discard --all --yes"), ONE_BY_ONE,
        Rpc("DiscardDeadLetters"), changes=True,
    ),
    verb(
        "list job types", "catalogue.all",
        Http("GET /v1/types"), Shell("type list"), Tool("types_list"), Rpc("ListJobTypes"), shows="fragile",
    ),
    verb(
        "list calendars", "calendars.all",
        Http("GET /v1/calendars"), Shell("calendar list"), OF_PEOPLE, Rpc("ListCalendars"), shows="<calendar>",
    ),
    verb(
        "show a calendar", "calendars.get",
        Http("GET /v1/calendars/<calendar>"), Shell("calendar show <calendar>"), OF_PEOPLE,
        Rpc("GetCalendar", name="<calendar>"), shows="2030-12-25",
    ),
    verb(
        "put a calendar", "calendars.put",
        Http("PUT /v1/calendars/new", {"dates": ["2030-01-01"]}), Shell("calendar set new --dates 2030-01-01"),
        OF_PEOPLE, Rpc("PutCalendar", name="new", dates=["2030-01-01"]), changes=True, shows="2030-01-01",
    ),
    verb(
        "put a calendar of a file", "calendars.put_icalendar",
        Http("PUT /v1/calendars/new", ICALENDAR, content_type="text/calendar"),
        Shell("calendar set new -", typed=ICALENDAR), OF_PEOPLE, Rpc("PutCalendar", name="new", icalendar=ICALENDAR),
        changes=True, shows="2030-12-24",
    ),
    verb(
        "delete a calendar", "calendars.delete",
        Http("DELETE /v1/calendars/<unused>"), Shell("calendar delete <unused>"), OF_PEOPLE,
        Rpc("DeleteCalendar", name="<unused>"), changes=True,
    ),
    verb(
        "list keys", "access.keys", Http("GET /v1/keys"), Shell("key list"), OF_PEOPLE, Rpc("ListKeys"), shows="<key>",
    ),
    verb(
        "create a key", "access.create_key",
        Http("POST /v1/keys", {"name": "new", "role": "viewer"}), Shell("key create new --role viewer"), OF_PEOPLE,
        Rpc("CreateKey", name="new", role="ROLE_VIEWER"), changes=True, shows="fol_",
    ),
    verb(
        "revoke a key", "access.revoke_key",
        Http("DELETE /v1/keys/<key>"), Shell("key revoke <key>"), OF_PEOPLE, Rpc("RevokeKey", key_id="<key>"),
        changes=True,
    ),
)  # fmt: skip
