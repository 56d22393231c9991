"""What holds for every command: help, usage errors, exit codes, interruptions."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

import foliot as package
from foliot.domain.errors import FoliotError, ResultTimeout, RunFailed, Unavailable
from foliot.transports.cli.exits import MEANINGS, Exit, exit_of_error
from tests.cli.conftest import Shell

FOLIOT = str(Path(sys.executable).with_name("foliot"))
COMMANDS = [
    "up", "api", "worker", "mcp", "migrate", "doctor",
    "job submit", "job list", "job show", "job graph", "job update", "job cancel", "job pause",
    "job resume", "job run-now", "job backfill", "job occurrences", "job events",
    "run list", "run show", "run watch", "run retry", "run cancel", "run events",
    "calendar set", "calendar list", "calendar show", "calendar delete",
    "dead list", "dead replay", "dead discard",
    "tenant create", "tenant list", "key create", "key list", "key revoke", "type list", "preview",
]  # fmt: skip


def test_help_has_every_exit_code(foliot: Shell) -> None:
    out = foliot("--help").out
    for code, meaning in MEANINGS.items():
        assert re.search(rf"^ +{code}  {re.escape(meaning)}$", out, re.MULTILINE), code
    assert set(MEANINGS) == set(Exit)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_json(foliot: Shell, command: str) -> None:
    said = foliot(*command.split(), "--help")
    assert said.code == 0
    assert f"Usage: foliot {command}" in said.out
    assert "--json" in said.out


def test_every_command_is_known_here(foliot: Shell) -> None:
    listed = set()
    for name in re.findall(r"^  (\w+): ", foliot("--help").out, re.MULTILINE):
        below = re.findall(r"^  ([a-z][a-z-]*): ", foliot(name, "--help").out, re.MULTILINE)
        listed |= {f"{name} {verb}" for verb in below} or {name}
    assert listed == set(COMMANDS)


def test_version(foliot: Shell) -> None:
    assert foliot("--version").out == f"foliot {package.__version__}\n"


def test_without_a_command_there_is_help(foliot: Shell) -> None:
    assert "Usage: foliot COMMAND" in foliot().out


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["rum"], 'Did you mean "run"?'),
        (["run", "shw"], 'Did you mean "show"?'),
        (["run", "show"], "RUN_ID requires an argument"),
        (["run", "show", "a", "b"], "Nothing takes the argument b."),
        (["run", "list", "--sate", "failed"], "--state"),
        (["run", "list", "--state", "done"], '"succeeded"'),
        (["run", "list", "--limit", "many"], '"many"'),
        (["job", "submit"], "TYPE requires an argument"),
        (["job", "submit", "greet", "--in", "soon"], "write it as 90s, 5m, 2h"),
        (["job", "submit", "greet", "--in", "-5m"], "--in"),
        (["job", "submit", "greet", "--every", "9" * 400 + "w"], "too long"),
        (["job", "submit", "greet", "--at", "2030-01-01T00:00:00"], "with its offset"),
        (["job", "submit", "greet", "--at", "tomorrow"], "2026-05-01T08:00:00Z"),
        (["job", "submit", "greet", "--in", "1s", "--every", "2s"], "Give only one of --in and --every."),
        (["job", "submit", "greet", "--every", "2s", "--wait"], "--wait is for a job that runs once"),
        (
            ["job", "submit", "greet", "--cron", "@daily", "--rrule", "FREQ=DAILY"],
            "Give only one of --cron and --rrule.",
        ),
        (["job", "submit", "greet", "--every", "2s", "--timezone", "UTC"], "--timezone goes with --cron or --rrule"),
        (["job", "submit", "greet", "--in", "2s", "--gap", "skip"], "--gap goes with --cron or --rrule"),
        (["job", "submit", "greet", "--cron", "@daily", "--month-end", "skip"], "--month-end goes with --rrule"),
        (["job", "submit", "greet", "--jitter", "2s"], "--jitter goes with --every, --cron or --rrule"),
        (["job", "submit", "greet", "--cron", "@daily", "--gap", "jump"], '"next_valid"'),
        (["job", "submit", "greet", "--every", "2s", "--start", "noon"], "2026-05-01T08:00:00Z"),
        (["job", "submit", "greet", "--every", "2s", "--misfire", "panic"], "coalesce, skip, catch_up"),
        (["job", "submit", "greet", "--every", "2s", "--misfire", "catch_up:limit=few"], "limit is a whole number"),
        (["job", "submit", "greet", "--every", "2s", "--misfire", "catch_up:stagger=2"], "write it as 90s, 5m, 2h"),
        (["job", "submit", "greet", "--every", "2s", "--misfire", "skip:limit=2"], "skip takes grace"),
        (["job", "submit", "greet", "--every", "2s", "--misfire", "coalesce:grace=2s"], "coalesce takes nothing"),
        (["job", "submit", "greet", "--every", "2s", "--overlap", "queue"], '"queue-one"'),
        (["job", "submit", "greet", "--schedule", "{"], "as the HTTP API has it"),
        (["job", "submit", "greet", "--schedule", '{"kind":"daily"}'], "`at_time`"),
        (["job", "submit", "greet", "--count", "2", "--schedule", '{"kind":"every","seconds":5}'], "leave --count out"),
        (["preview"], "Give one of --every, --cron, --rrule and --schedule."),
        (["preview", "--cron", "@daily", "--from", "2027-01-01T00:00:00"], "with its offset"),
        (["job", "submit", "greet", "--priority", "urgent"], '"critical"'),
        (["job", "submit", "greet", "--payload"], "--payload requires an argument"),
        (["--tenant"], "--tenant requires an argument"),
    ],
)
def test_a_wrong_command_line_says_what_to_change(foliot: Shell, argv: list[str], words: str) -> None:
    said = foliot(*argv)
    assert (said.code, said.out) == (2, ""), said
    assert words in said.err
    assert len(said.err.splitlines()) <= 2
    assert said.err.splitlines()[0].startswith("error: ")
    assert said.err.splitlines()[0].endswith(" (usage)")


def test_a_wrong_command_line_is_answered_in_json_if_asked(foliot: Shell) -> None:
    said = foliot("run", "shw", "--json")
    assert (said.code, said.error["code"], said.error["field"]) == (2, "usage", None)


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["job", "list", "--limit", "0"], "invalid_request"),
        (["job", "list", "--cursor", "nonsense"], "invalid_cursor"),
        (["job", "submit", "greet", "--every", "10ms"], "invalid_schedule"),
        (["job", "submit", "greet", "--cron", "61 * * * *"], "invalid_schedule"),
        (["job", "submit", "greet", "--rrule", "FREQ=DAILY"], "invalid_schedule"),
        (["job", "submit", "greet", "--cron", "@daily", "--timezone", "Berlin"], "invalid_timezone"),
        (["job", "submit", "greet", "--every", "1h", "--start", "2030-01-01T00:00:00"], "invalid_time"),
        (["job", "submit", "greet", "--every", "1h", "--misfire", "catch_up:limit=0"], "invalid_policy"),
        (["job", "submit", "greet", "--in", "1h", "--misfire", "skip"], "invalid_policy"),
        (["job", "submit", "greet", "--overlap", "allow"], "invalid_policy"),
        (["preview", "--every", "1h", "--count", "1001"], "invalid_request"),
        (["preview", "--every", "500ms"], "invalid_schedule"),
        (["preview", "--cron", "@daily", "--timezone", "Berlin"], "invalid_timezone"),
        (["preview", "--cron", "0 0 30 2 *"], "invalid_schedule"),
        (["job", "submit", "greet", "--timeout", "0s"], "invalid_policy"),
        (["job", "submit", "greet", "--timeout", "52w"], "invalid_policy"),
        (["job", "submit", "greet", "--max-attempts", "0"], "invalid_policy"),
        (["job", "submit", "greet", "--max-attempts", "-1"], "invalid_policy"),
        (["job", "submit", "greet", "--queue", " "], "invalid_policy"),
        (["job", "submit", "greet", "--in", "99999w"], "invalid_time"),
        (["job", "submit", "greet", "--at", "9999-12-31T23:59:59-10:00"], "invalid_time"),
        (["job", "submit", "greet", "--key", "x" * 300], "invalid_request"),
        (["job", "list", "--database-url", "mongodb://localhost"], "invalid_settings"),
    ],
)
def test_an_invalid_request_is_refused(foliot: Shell, argv: list[str], code: str) -> None:
    said = foliot(*argv, "--json")
    assert (said.code, said.out) == (6, ""), said
    assert said.error["code"] == code
    assert foliot.json("job", "list")["items"] == []


def test_options_of_every_command_stand_anywhere(foliot: Shell) -> None:
    for argv in (["--json", "run", "list"], ["run", "--json", "list"], ["run", "list", "--json"]):
        assert foliot(*argv).document == {"items": [], "next_cursor": None}


def test_a_store_that_is_away_is_worth_another_try(foliot: Shell) -> None:
    foliot.launcher.failure = Unavailable("The database is locked.")
    assert foliot("run", "list").code == 7
    assert foliot("run", "list").err == "error: The database is locked. (unavailable)\n"


def test_an_interruption_is_told_by_the_exit_code(foliot: Shell) -> None:
    foliot.launcher.failure = KeyboardInterrupt()
    said = foliot("up", "--json")
    assert (said.code, said.error["code"]) == (130, "interrupted")


@pytest.mark.parametrize(
    ("error", "code"), [(RunFailed("x"), 1), (ResultTimeout("x"), 7), (FoliotError("x"), 1), (Unavailable("x"), 7)]
)
def test_other_errors_have_their_codes(error: FoliotError, code: int) -> None:
    assert exit_of_error(error) == code


def test_a_locale_without_our_letters_is_no_error(foliot: Shell) -> None:
    key = foliot.json("key", "create", "schlüssel")
    done = run_process("key", "list", environ={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")
    assert key["id"] in done.stdout
    assert "schl\\xfcssel" in done.stdout


@pytest.mark.parametrize(
    "deed", ["from foliot.transports.cli.app import run_cli; run_cli(None, ['--help'])", "import foliot.wiring.serving"]
)
def test_neither_help_nor_a_worker_loads_what_only_others_need(deed: str) -> None:
    others = {"foliot.transports.http", "grpc", "mcp", "redis", "uvicorn"}
    script = f"import sys; {deed}; print(sorted({others} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_reader_that_goes_away_is_no_traceback(foliot: Shell) -> None:
    foliot.submit()
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "foliot", "run", "list"], stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.fixture
def interruptible() -> Iterator[None]:
    """What is started can be interrupted, even if we run in the background of a shell that has said otherwise."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupted_watch_ends_with_130(foliot: Shell) -> None:
    run_id = foliot.submit("--in", "1h")
    argv = [sys.executable, "-m", "foliot", "run", "watch", run_id]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        assert "run.created" in watching.stdout.readline()
        watching.send_signal(signal.SIGINT)
        _, errors = watching.communicate(timeout=20)
    assert (watching.returncode, errors) == (130, "error: Interrupted. (interrupted)\n")


def test_a_job_goes_from_the_shell_to_its_result_through_real_processes(foliot: Shell) -> None:
    with subprocess.Popen([FOLIOT, "up", "--port", "0", "--json"], stderr=subprocess.DEVNULL) as up:
        try:
            while "foliot.echo" not in run_process("type", "list").stdout:
                assert up.poll() is None
                time.sleep(0.05)
            done = run_process("job", "submit", "foliot.echo", "--payload", '{"message":"hi"}', "--wait", "--json")
        finally:
            up.send_signal(signal.SIGTERM)
            stopped = up.wait(timeout=20)
    assert (done.returncode, done.stderr, stopped) == (0, "", 0)
    assert msgspec.json.decode(done.stdout)["run"]["result"] == "hi"


def run_process(*argv: str, environ: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the installed program, in the environment that the fixture made."""
    environment = os.environ | (environ or {})
    return subprocess.run([FOLIOT, *argv], env=environment, capture_output=True, text=True, timeout=60, check=False)
