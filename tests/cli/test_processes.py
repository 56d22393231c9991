"""`foliot up`, `api`, `worker`, `migrate`, `doctor`."""

import pytest

from foliot.domain.errors import InvalidSettings
from foliot.transports.cli.launcher import Check
from tests.cli.conftest import Shell


def test_up_runs_all_with_the_options_over_the_environment(foliot: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOLIOT_PORT", "1234")
    monkeypatch.setenv("FOLIOT_CONCURRENCY", "5")
    assert (
        foliot(
            "up", "shop:app", "--port", "0", "--grpc-port", "0", "--host", "::1", "--queues", "a,b", "--grace", "2s"
        ).code
        == 0
    )
    [(settings, api, worker, app)] = foliot.launcher.ran
    assert (api, worker, app) == (True, True, "shop:app")
    assert (settings.port, settings.host, settings.queue_names) == (0, "::1", ("a", "b"))
    assert (settings.concurrency, settings.grace_seconds, settings.grpc_port) == (5, 2, 0)


def test_up_needs_no_application(foliot: Shell) -> None:
    assert foliot("up").code == 0
    assert foliot.launcher.ran[0][3] is None


def test_api_runs_no_worker(foliot: Shell) -> None:
    assert foliot("api", "--database-url", "sqlite:///elsewhere.db", "--log-level", "debug").code == 0
    [(settings, api, worker, _)] = foliot.launcher.ran
    assert (api, worker, settings.database_url) == (True, False, "sqlite:///elsewhere.db")
    assert settings.log_level == "debug"


def test_worker_runs_no_api_and_logs_json_if_asked(foliot: Shell) -> None:
    assert (
        foliot("worker", "shop:app", "--concurrency", "3", "--processes", "2", "--tenant", "acme", "--json").code == 0
    )
    [(settings, api, worker, app)] = foliot.launcher.ran
    assert (api, worker, app) == (False, True, "shop:app")
    assert (settings.concurrency, settings.processes, settings.tenant) == (3, 2, "acme")
    assert settings.log_format == "json"


def test_worker_needs_an_application(foliot: Shell) -> None:
    said = foliot("worker")
    assert said.code == 2
    assert "See `foliot worker --help`." in said.err


def test_the_exit_code_of_a_process_is_passed_on(foliot: Shell) -> None:
    foliot.launcher.run_code = 1
    assert foliot("up").code == 1


def test_a_setting_out_of_range_is_refused(foliot: Shell) -> None:
    said = foliot("up", "--port", "70000", "--json")
    assert (said.code, said.error["code"], said.error["field"]) == (6, "invalid_settings", "FOLIOT_PORT")


def test_an_application_that_cannot_be_loaded_is_an_error(foliot: Shell) -> None:
    foliot.launcher.failure = InvalidSettings("There is no module shop.", "app")
    assert foliot("worker", "shop:app").err == "error: There is no module shop. (invalid_settings)\n"


def test_a_port_in_use_is_an_error_and_no_traceback(foliot: Shell) -> None:
    foliot.launcher.failure = OSError(98, "Address already in use")
    said = foliot("up")
    assert (said.code, said.err) == (1, "error: [Errno 98] Address already in use (internal)\n")


def test_migrate_says_what_it_did(foliot: Shell) -> None:
    assert foliot.json("migrate") == {"applied": ["applied 0001 initial"]}
    assert foliot("migrate").out == "applied 0001 initial\n"
    assert "nothing was to be done" in foliot("migrate", "--to", "1").out
    assert foliot.launcher.migrated == [None, None, 1]


def test_migrate_prints_the_script_and_changes_nothing(foliot: Shell) -> None:
    assert foliot("migrate", "--sql").out == "create table jobs (id text);\n"
    assert foliot.json("migrate", "--sql") == {"sql": "create table jobs (id text);\n"}
    assert foliot.launcher.migrated == []


def test_doctor_shows_its_findings(foliot: Shell) -> None:
    said = foliot("doctor")
    assert said.code == 0
    assert [line.split()[:2] for line in said.out.splitlines()[1:]] == [["database", "ok"], ["disk", "warning"]]
    assert foliot.json("doctor")["ok"] is True


def test_doctor_ends_with_1_if_anything_is_wrong(foliot: Shell) -> None:
    foliot.launcher.found = [Check("clock", "error", "an hour off", "Start ntpd.")]
    said = foliot("doctor", "--json")
    assert said.code == 1
    assert said.document == {
        "ok": False,
        "checks": [{"name": "clock", "status": "error", "finding": "an hour off", "advice": "Start ntpd."}],
    }


def test_doctor_finds_settings_that_cannot_be_used(foliot: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOLIOT_LEASE_SECONDS", "soon")
    said = foliot("doctor", "--json")
    assert said.code == 1
    assert said.document["checks"][0]["name"] == "settings"
    assert "FOLIOT_LEASE_SECONDS" in said.document["checks"][0]["finding"]


def test_mcp_takes_the_zone_and_the_names_of_tools(foliot: Shell) -> None:
    assert foliot("mcp", "app:app", "--timezone", "Europe/Berlin", "--tool-names", "dotted").code == 0
    [(settings, app)] = foliot.launcher.connected
    assert (settings.timezone, settings.mcp_tool_names, app) == ("Europe/Berlin", "dotted", "app:app")
    assert foliot("mcp").code == 0
    assert foliot.launcher.connected[1][1] is None


def test_mcp_refuses_a_zone_that_is_none(foliot: Shell) -> None:
    said = foliot("mcp", "--timezone", "Berlin")
    assert said.code != 0
    assert "FOLIOT_TIMEZONE must be an IANA timezone" in said.err
