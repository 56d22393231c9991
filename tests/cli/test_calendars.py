"""`foliot calendar`."""

import io
from pathlib import Path

import pytest

from foliot.transports.cli.exits import Exit
from tests.cli.conftest import Shell

FILE = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20000501\nRRULE:FREQ=YEARLY\nEND:VEVENT\nEND:VCALENDAR\n"


def test_a_calendar_of_dates_is_set_listed_shown_and_deleted(foliot: Shell) -> None:
    put = foliot.json("calendar", "set", "holidays", "--dates", "2030-12-26,2030-12-25", "--description", "ours")
    assert (put["dates"], put["replanned"]) == (["2030-12-25", "2030-12-26"], 0)
    [listed] = foliot.json("calendar", "list")["items"]
    assert (listed["name"], listed["count"], listed["first"]) == ("holidays", 2, "2030-12-25")
    assert foliot.json("calendar", "show", "holidays")["dates"] == put["dates"]
    assert "Wed 2030-12-25" in foliot("calendar", "show", "holidays").out
    assert foliot("calendar", "delete", "holidays").code == Exit.OK
    assert foliot.json("calendar", "list")["items"] == []


def test_a_calendar_is_read_from_a_file(foliot: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "holidays.ics"
    file.write_text(FILE)
    assert len(foliot.json("calendar", "set", "mayday", str(file))["dates"]) == 12
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(FILE.encode())))
    assert len(foliot.json("calendar", "set", "typed", "-", "--description", "by hand")["dates"]) == 12
    missing = foliot("calendar", "set", "mayday", str(tmp_path / "none.ics"), "--json")
    assert (missing.code, missing.error["code"]) == (Exit.INVALID, "invalid_calendar")


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["holidays"], "Give an iCalendar file or --dates."),
        (["holidays", "file.ics", "--dates", "2030-12-25"], "Give an iCalendar file or --dates."),
        (["holidays", "--dates", "christmas"], "2026-12-25"),
    ],
)
def test_what_is_wrong_is_told(foliot: Shell, argv: list[str], says: str) -> None:
    said = foliot("calendar", "set", *argv)
    assert said.code == Exit.USAGE
    assert says in said.err


def test_a_job_excludes_a_calendar(foliot: Shell) -> None:
    assert foliot("job", "submit", "greet", "--every", "1h", "--exclude", "holidays").code == Exit.INVALID
    assert foliot("job", "submit", "greet", "--exclude", "holidays").code == Exit.USAGE
    foliot("calendar", "set", "holidays", "--dates", "2030-12-25")
    job_id = foliot.json("job", "submit", "greet", "--every", "1h", "--exclude", "holidays")["job_id"]
    assert "every 1h, but for holidays" in foliot("job", "show", job_id).out
    assert foliot("calendar", "delete", "holidays").code == Exit.CONFLICT
