"""`foliot mcp` as hosts start it: a real process on pipes."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from mcp import Client, MCPError, StdioServerParameters

from foliot.domain.identity import Role
from foliot.settings import Settings
from foliot.wiring import open_system
from tests.mcp.house import MODES, Mode, text_of
from tests.mcp.task_client import KeepsTasks, ask, task_of

APPLICATION = """
import asyncio

import foliot

app = foliot.App()


@app.job()
async def greet(name: str) -> str:
    print("what a handler prints must not disturb the protocol")
    return f"Hello, {name}."


@app.job()
async def dawdle() -> str:
    while True:
        await asyncio.sleep(0.01)
"""


class Place:
    """A folder with an application and a database, and `foliot mcp` in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = Settings(database_url=f"sqlite:///{folder}/foliot.db")
        (folder / "jobs.py").write_text(dedent(APPLICATION))

    def environment(self, **more: str) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("FOLIOT_")}
        return {**inherited, "FOLIOT_DATABASE_URL": self.settings.database_url, **more}

    @asynccontextmanager
    async def client(
        self, mode: Mode, *arguments: str, extensions: Any = None, **environment: str
    ) -> AsyncIterator[Client]:
        """A client of a process of its own."""
        parameters = StdioServerParameters(
            command=sys.executable,
            args=["-m", "foliot", "mcp", *arguments],
            cwd=self.folder,
            env=self.environment(**environment),
        )
        async with Client(parameters, mode=mode, extensions=extensions) as client:
            yield client

    async def key(self, role: Role) -> str:
        """A new API key of the tenant `default`."""
        system = await open_system(self.settings)
        try:
            return (await system.services.access.create_key(system.identity, role.value, role))[1]
        finally:
            await system.close()

    async def revoke_all(self) -> None:
        """No key opens anything any more."""
        system = await open_system(self.settings)
        try:
            for key in await system.services.access.keys(system.identity):
                await system.services.access.revoke_key(system.identity, key.id)
        finally:
            await system.close()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


async def answer(client: Client, tool: str, **arguments: Any) -> Any:
    """What a tool answers, which must be no error."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, text_of(result)
    return result.structured_content


@pytest.mark.parametrize("mode", MODES)
async def test_a_host_schedules_and_gets_results(place: Place, mode: Mode) -> None:
    async with place.client(mode, "jobs:app") as client:
        assert client.protocol_version == ("2025-11-25" if mode == "legacy" else mode)
        names = {each["type"] for each in (await answer(client, "types_list"))["items"]}
        assert {"greet", "dawdle"} <= names

        loop = asyncio.get_running_loop()
        began = loop.time()
        past = await answer(client, "task_create", type="greet", payload={"name": "Ada"}, at="2020-01-01T00:00:00Z")
        done = await answer(client, "task_wait", run_id=past["run_id"])
        assert loop.time() - began < 1, "another system takes up to ten seconds"
        assert (done["state"], done["result"]) == ("succeeded", "Hello, Ada.")

        later = await answer(client, "task_create", type="greet", payload={"name": "Eve"}, at="2099-01-01T00:00:00Z")
        gone = await answer(client, "task_cancel", job_id=later["job_id"])
        assert gone["run_state"] == "cancelled"
        listed = (await answer(client, "task_list"))["items"]
        assert [job["job_id"] for job in listed] == [later["job_id"], past["job_id"]]


async def test_a_run_under_way_can_be_cancelled(place: Place) -> None:
    async with place.client("2026-07-28", "jobs:app") as client:
        made = await answer(client, "task_create", type="dawdle")
        await answer(client, "task_cancel", job_id=made["job_id"])
        assert (await answer(client, "task_wait", job_id=made["job_id"]))["state"] == "cancelled"


async def test_a_task_outlives_the_process_that_made_it(place: Place) -> None:
    keeps = [KeepsTasks()]
    async with place.client("2026-07-28", "jobs:app") as worker:
        made = await answer(worker, "task_create", type="greet", payload={"name": "Ada"}, every="1h")
    async with place.client("2026-07-28", extensions=keeps) as client:
        task = await task_of(client, "task_run_now", job_id=made["job_id"])
        assert task.status == "working"
    async with place.client("2026-07-28", "jobs:app", extensions=keeps) as client:
        async with asyncio.timeout(20):
            while (ended := await ask(client, "get", task.task_id)).status == "working":
                await asyncio.sleep(0.02)
        assert ended.result is not None
        assert ended.result["structuredContent"]["result"] == "Hello, Ada."


async def test_a_key_says_who_calls_until_it_is_revoked(place: Place) -> None:
    key = await place.key(Role.VIEWER)
    async with place.client("2026-07-28", FOLIOT_API_KEY=key) as client:
        assert "task_create" not in {tool.name for tool in (await client.list_tools()).tools}
        assert "FORBIDDEN" in text_of(await client.call_tool("task_create", {"type": "greet"}))
        assert (await answer(client, "task_list"))["items"] == []
        await place.revoke_all()
        async with asyncio.timeout(20):
            assert "revoked" in await first_error(client)


async def first_error(client: Client) -> str:
    """What the first error of the protocol says."""
    while True:
        try:
            await client.call_tool("task_list", {})
        except MCPError as error:
            return error.message


async def spoken(place: Place, *arguments: str, **environment: str) -> tuple[int | None, str]:
    """How a process ends whose client says nothing, and what it wrote to standard error."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "foliot", "mcp", *arguments, cwd=place.folder, env=place.environment(**environment),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert out == b""
    return process.returncode, err.decode()


async def test_it_ends_when_the_client_leaves(place: Place) -> None:
    assert (await spoken(place))[0] == 0


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        ((), {"FOLIOT_API_KEY": "fol_aaaaaaaaaaaa_bbbbbbbb"}, "API key"),
        ((), {"FOLIOT_TIMEZONE": "Berlin"}, "FOLIOT_TIMEZONE must be an IANA timezone"),
        (("--tool-names", "shouted"), {}, "dotted"),
        (("nothing:app",), {}, "There is no module 'nothing'"),
    ],
)
async def test_it_says_why_it_cannot_start(
    place: Place, arguments: tuple[str, ...], environment: dict[str, str], words: str
) -> None:
    code, said = await spoken(place, *arguments, **environment)
    assert code not in (0, None)
    assert words in said
    assert "Traceback" not in said


async def test_a_signal_ends_it_and_hands_work_back(place: Place) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "foliot", "mcp", "jobs:app", cwd=place.folder, env=place.environment(),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    while b"MCP on standard input" not in await process.stderr.readline():
        pass
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(timedelta(seconds=10).total_seconds()):
        assert await process.wait() == 0
