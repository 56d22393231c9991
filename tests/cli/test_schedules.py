"""When, as it is typed: schedules of jobs, and `foliot preview`, which needs no database."""

from typing import Any

import pytest

from foliot.domain.errors import Unavailable
from tests.cli.conftest import Shell

SPRING = "2027-03-13T12:00:00Z"
GAP_NOTE = "02:30 does not exist, as clocks are set forward; runs at 03:00, the first valid minute."


def job_of(foliot: Shell, *options: str) -> Any:
    return foliot.json("job", "show", foliot.json("job", "submit", "greet", *options)["job_id"])


def test_a_cron_line_is_kept_with_all_that_was_said(foliot: Shell) -> None:
    job = job_of(
        foliot, "--cron", "30 1 * * *", "--timezone", "America/New_York", "--start", "2190-01-01T00:00:00Z",
        "--end", "2191-01-01T00:00:00+01:00", "--count", "3", "--gap", "shift", "--fold", "both", "--jitter", "90s",
    )  # fmt: skip
    assert job["schedule"] == {
        "kind": "cron", "expression": "30 1 * * *", "timezone": "America/New_York", "start": "2190-01-01T00:00:00Z",
        "end": "2190-12-31T23:00:00Z", "count": 3, "gap": "shift", "fold": "both", "jitter_seconds": 90.0,
        "exclude": [],
    }  # fmt: skip
    assert job["next_at"] == "2190-01-01T06:30:00Z"
    said = foliot("job", "show", job["id"]).out
    assert "cron 30 1 * * * in America/New_York, from 2190-01-01" in said
    assert "3 times, up to 1m 30s late" in said


def test_a_rule_counts_from_its_local_start(foliot: Shell) -> None:
    rule = ("--rrule", "FREQ=MONTHLY;BYMONTHDAY=31", "--start", "2190-02-28T17:00:00", "--timezone", "Europe/Berlin")
    job = job_of(foliot, *rule, "--month-end", "last_valid")
    assert (job["schedule"]["start"], job["schedule"]["month_end"]) == ("2190-02-28T17:00:00", "last_valid")
    assert job["next_at"] == "2190-02-28T16:00:00Z"


def test_an_interval_has_an_anchor_and_a_count(foliot: Shell) -> None:
    schedule = job_of(foliot, "--every", "5m", "--start", "2190-01-01T00:00:00Z", "--count", "2")["schedule"]
    assert (schedule["seconds"], schedule["start"], schedule["count"]) == (300, "2190-01-01T00:00:00Z", 2)


def test_a_schedule_may_be_given_as_the_api_has_it(foliot: Shell) -> None:
    schedule = job_of(foliot, "--schedule", '{"kind":"daily","at_time":"08:00","timezone":"Asia/Taipei"}')["schedule"]
    assert (schedule["kind"], schedule["rule"], schedule["timezone"]) == (
        "rrule",
        "FREQ=DAILY;INTERVAL=1",
        "Asia/Taipei",
    )


@pytest.mark.parametrize(
    ("typed", "kept", "words"),
    [
        ("coalesce", {"kind": "coalesce"}, "coalesce"),
        ("skip", {"kind": "skip", "grace_seconds": 60.0}, "skip, but for the newest if it is not older than 1m"),
        ("skip:grace=1h30m", {"kind": "skip", "grace_seconds": 5400.0}, "1h 30m"),
        (
            "catch-up",
            {"kind": "catch_up", "limit": 100, "stagger_seconds": 1.0, "grace_seconds": 86400.0},
            "catch up, at most 100, 1s apart, none older than 1d",
        ),
        (
            "catch_up:limit=10, stagger=2s",
            {"kind": "catch_up", "limit": 10, "stagger_seconds": 2.0, "grace_seconds": 86400.0},
            "catch up, at most 10, 2s apart",
        ),
    ],
)
def test_what_becomes_of_missed_occurrences_is_a_word_with_what_it_takes(
    foliot: Shell, typed: str, kept: Any, words: str
) -> None:
    job = job_of(foliot, "--every", "5m", "--misfire", typed)
    assert job["misfire"] == kept
    assert words in foliot("job", "show", job["id"]).out


@pytest.mark.parametrize("typed", ["queue_one", "queue-one"])
def test_overlap_is_a_word(foliot: Shell, typed: str) -> None:
    assert job_of(foliot, "--every", "5m", "--overlap", typed)["overlap"] == "queue_one"


def test_the_types_tell_their_policies(foliot: Shell) -> None:
    greet = foliot.json("type", "list")["items"][0]
    assert (greet["misfire"], greet["overlap"]) == ({"kind": "coalesce"}, "skip")


# -- previews


def test_a_preview_needs_no_database(foliot: Shell) -> None:
    foliot.launcher.failure = Unavailable("There is no database.")
    assert foliot("preview", "--every", "5m").code == 0


def test_a_preview_is_a_list_of_instants_local_times_and_notes(foliot: Shell) -> None:
    line = ("--cron", "30 2 * * *", "--timezone", "America/New_York")
    assert foliot.json("preview", *line, "--from", SPRING, "--count", "2") == [
        {"at": "2027-03-14T07:00:00Z", "local": "2027-03-14T03:00:00-04:00", "note": GAP_NOTE},
        {"at": "2027-03-15T06:30:00Z", "local": "2027-03-15T02:30:00-04:00", "note": None},
    ]


def test_a_preview_is_a_table_for_people(foliot: Shell) -> None:
    said = foliot("preview", "--cron", "30 2 * * *", "--timezone", "America/New_York", "--from", SPRING, "--count", "2")
    titles, first, second = said.out.splitlines()
    assert titles.split() == ["AT", "LOCAL", "NOTE"]
    assert first == f"2027-03-14 07:00:00Z  Sun 2027-03-14 03:00:00-04:00  {GAP_NOTE}"
    assert second == "2027-03-15 06:30:00Z  Mon 2027-03-15 02:30:00-04:00"


def test_a_rule_is_previewed_with_its_policies(foliot: Shell) -> None:
    rule = ("--rrule", "FREQ=DAILY", "--start", "2027-01-01T01:30:00", "--timezone", "America/New_York")
    found = foliot.json("preview", *rule, "--fold", "both", "--from", "2027-11-07T04:00:00Z", "--count", "2")
    assert [each["at"] for each in found] == ["2027-11-07T05:30:00Z", "2027-11-07T06:30:00Z"]
    assert [each["note"].rpartition(" ")[2] for each in found] == ["first.", "second."]


def test_ten_are_previewed_from_now_unless_said_otherwise(foliot: Shell) -> None:
    assert len(foliot.json("preview", "--every", "5m")) == 10


def test_a_schedule_that_has_ended_shows_nothing(foliot: Shell) -> None:
    ended = ("preview", "--cron", "@daily", "--end", "2026-01-01T00:00:00Z", "--from", "2027-01-01T00:00:00Z")
    assert foliot.json(*ended) == []
    assert "has ended" in foliot.at_terminal(*ended).out


def test_calendars_are_looked_up_where_they_are(foliot: Shell) -> None:
    foliot("calendar", "set", "holidays", "--dates", "2027-01-02")
    found = foliot.json(
        "preview", "--cron", "@daily", "--exclude", "holidays", "--from", "2026-12-31T12:00:00Z", "--count", "2"
    )
    assert [each["at"] for each in found] == ["2027-01-01T00:00:00Z", "2027-01-03T00:00:00Z"]


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--every", "500ms"], "must be at least 1"),
        (["--every", "5s", "--count", "1001"], "from 1 to 1,000"),
        (["--cron", "@daily", "--timezone", "Europe/Berln"], "Did you mean 'Europe/Berlin'?"),
        (["--cron", "0 0 30 2 *"], "never fires"),
        (["--every", "1h", "--exclude", "holidays"], "There is no calendar 'holidays'"),
        (["--schedule", '{"kind":"every","seconds":60,"exclude":["holidays"]}'], "no calendar"),
        (["--rrule", "FREQ=HOURLY;INTERVAL=2;BYHOUR=1", "--start", "2026-01-01T08:00:00"], "never fires"),
        (
            ["--cron", "@daily", "--start", "2027-01-01T00:00:00Z", "--end", "2026-01-01T00:00:00Z"],
            "before schedule.start",
        ),
    ],
)
def test_what_cannot_be_previewed_is_refused_with_what_to_change(foliot: Shell, argv: list[str], words: str) -> None:
    said = foliot("preview", *argv)
    assert (said.code, said.out) == (6, "")
    assert words in said.err
