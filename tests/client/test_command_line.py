"""The command line asks a server instead of a database."""

import asyncio
import os

import msgspec
import pytest

from foliot.domain.identity import Role
from foliot.transports.cli.app import run_cli
from foliot.transports.cli.exits import Exit
from foliot.wiring.launcher import ProcessLauncher
from tests.client.conftest import Server


class Shell:
    """Where commands are typed, far from the server."""

    def __init__(self, server: Server, key: str, capsys: pytest.CaptureFixture[str]) -> None:
        self._to_server = ("--url", server.url, "--key", key)
        self._capsys = capsys

    async def __call__(self, *argv: str) -> tuple[int, str, str]:
        code = await asyncio.to_thread(run_cli, ProcessLauncher(), [*self._to_server, *argv, "--json"])
        written = self._capsys.readouterr()
        return code, written.out, written.err


@pytest.fixture
async def foliot(server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    for name in [name for name in os.environ if name.startswith("FOLIOT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FOLIOT_DATABASE_URL", "sqlite:////nowhere/foliot.db")
    return Shell(server, await server.key(Role.ADMIN), capsys)


async def test_a_job_is_submitted_waited_for_and_shown(foliot: Shell) -> None:
    code, out, _ = await foliot("job", "submit", "add", "--payload", '{"a": 1}', "--wait")
    told = msgspec.json.decode(out)
    assert (code, told["run"]["result"]) == (Exit.OK, {"total": 2})
    for command in (["job", "show"], ["job", "graph"], ["run", "show"], ["run", "watch"], ["job", "events"]):
        code, out, err = await foliot(*command, told["job_id"])
        assert code == Exit.OK, (command, err)
        assert told["job_id"] in out
    code, out, _ = await foliot("run", "list", "--state", "succeeded")
    assert [run["id"] for run in msgspec.json.decode(out)["items"]] == [told["run_id"]]


async def test_what_the_server_refuses_is_told_as_ever(foliot: Shell) -> None:
    code, _, err = await foliot("job", "submit", "no.such.type")
    assert (code, msgspec.json.decode(err)["error"]["code"]) == (Exit.INVALID, "unknown_job_type")
    code, _, err = await foliot("run", "show", "01a2046f-3f91-739b-82ce-6f447f4dba8c")
    assert code == Exit.NOT_FOUND
    code, _, err = await foliot("job", "submit", "add", "--payload", "1},{")
    assert (code, msgspec.json.decode(err)["error"]["code"]) == (Exit.INVALID, "invalid_payload")
    code, _, err = await foliot("tenant", "list")
    assert code == Exit.FORBIDDEN
    assert "database" in err


async def test_keys_and_types_are_those_of_the_server(foliot: Shell) -> None:
    _, out, _ = await foliot("key", "create", "new", "--role", "viewer")
    assert msgspec.json.decode(out)["key"].startswith("fol_")
    _, out, _ = await foliot("key", "list")
    assert "new" in [key["name"] for key in msgspec.json.decode(out)["items"]]
    _, out, _ = await foliot("type", "list")
    assert "add" in [job_type["name"] for job_type in msgspec.json.decode(out)["items"]]


async def test_without_a_key_nobody_is_asked(
    server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FOLIOT_API_KEY", raising=False)
    code = await asyncio.to_thread(run_cli, ProcessLauncher(), ["--url", server.url, "job", "list"])
    assert code == Exit.INVALID
    assert "--key" in capsys.readouterr().err


async def test_a_database_that_is_named_wins_over_the_environment(
    tmp_path: os.PathLike[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOLIOT_URL", "http://127.0.0.1:9")
    monkeypatch.delenv("FOLIOT_API_KEY", raising=False)
    argv = ["--database-url", f"sqlite:///{tmp_path}/foliot.db", "job", "list"]
    assert await asyncio.to_thread(run_cli, ProcessLauncher(), argv) == Exit.OK
