"""/mcp beside /v1: a real server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp_types import HEADER_MISMATCH

from foliot.domain.identity import Identity, Role
from foliot.settings import Settings
from foliot.wiring import System, open_system
from foliot.wiring.listening import listening
from tests.http.conftest import House
from tests.mcp.house import MODES, Hall, Mode, in_its_own_task
from tests.mcp.task_client import KeepsTasks, ask, task_of

INITIALIZE = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}  # fmt: skip
WIRE = {"accept": "application/json, text/event-stream", "content-type": "application/json"}


class Server(House):
    """The house, listening."""

    def __init__(self, system: System, port: int) -> None:
        super().__init__(system)
        self.url = f"http://127.0.0.1:{port}"

    def http(self, role: str = "operator", tenant: str = "acme", **headers: str) -> httpx2.AsyncClient:
        """A plain client with the key of that role and tenant."""
        return httpx2.AsyncClient(
            base_url=self.url, headers={"authorization": f"Bearer {self.keys[tenant, role]}", **WIRE, **headers}
        )

    @asynccontextmanager
    async def enter(
        self, mode: Mode, role: str = "operator", tenant: str = "acme", extensions: Any = None
    ) -> AsyncIterator[Hall]:
        """A client of the SDK."""
        async with (
            self.http(role, tenant) as http,
            Client(
                streamable_http_client(f"{self.url}/mcp", http_client=http), mode=mode, extensions=extensions
            ) as client,
        ):
            yield Hall(self, client)


@asynccontextmanager
async def served(folder: Path, **changed: Any) -> AsyncIterator[Server]:
    """A server of its own."""
    system = await open_system(Settings(database_url=f"sqlite:///{folder}/foliot.db", port=0, **changed))
    try:
        async with listening(system) as port:
            server = Server(system, port)
            await server.open()
            yield server
    finally:
        await system.close()


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with in_its_own_task(served(tmp_path)) as server:
        yield server


@pytest.mark.parametrize("mode", MODES)
async def test_both_eras_at_one_address(server: Server, mode: Mode) -> None:
    async with server.enter(mode) as foliot:
        made = await foliot("task_create", type="greet", at="2020-01-01T00:00:00Z")
        waiting = asyncio.create_task(foliot("task_wait", run_id=made["run_id"]))
        [run] = await server.begin()
        await server.succeed(run, "hello")
        assert (await waiting)["result"] == "hello"
        async with server.http() as http:
            assert (await http.get(f"/v1/runs/{made['run_id']}")).json()["result"] == "hello"
    async with server.enter(mode, tenant="globex") as stranger:
        assert "NOT_FOUND" in await stranger.refused("run_get", run_id=made["run_id"])
    async with server.enter(mode, role="viewer") as viewer:
        assert "task_create" not in {tool.name for tool in (await viewer.client.list_tools()).tools}


async def test_changes_come_over_the_wire(server: Server) -> None:
    async with server.enter("2026-07-28") as foliot:
        made = await foliot("task_create", type="greet")
        uri = f"foliot://runs/{made['run_id']}"
        async with foliot.client.listen(resource_subscriptions=[uri]) as changes:
            await server.begin()
            assert getattr(await anext(aiter(changes)), "uri", None) == uri


async def test_without_a_key_one_is_told_where_to_look(server: Server) -> None:
    async with httpx2.AsyncClient(base_url=server.url, headers=WIRE) as http:
        bare = await http.post("/mcp", json=INITIALIZE)
        assert bare.status_code == 401
        where = f"{server.url}/.well-known/oauth-protected-resource/mcp"
        assert bare.headers["www-authenticate"] == f'Bearer realm="foliot", resource_metadata="{where}"'
        wrong = await http.post("/mcp", json=INITIALIZE, headers={"authorization": "Bearer fol_abc_def"})
        assert wrong.status_code == 401
        assert wrong.headers["www-authenticate"].endswith('error="invalid_token"')
        told = (await http.get(where)).json()
        assert told["resource"] == f"{server.url}/mcp"
        assert told["bearer_methods_supported"] == ["header"]
        assert told["scopes_supported"] == ["viewer", "operator", "admin"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"host": "evil.example:7070"}, 421),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://localhost:3000"}, 200),
        ({"host": "localhost:7070"}, 200),
    ],
)
async def test_pages_from_elsewhere_may_not_call(server: Server, headers: dict[str, str], status: int) -> None:
    async with server.http(**headers) as http:
        assert (await http.post("/mcp", json=INITIALIZE)).status_code == status


async def test_names_of_ones_own(tmp_path: Path) -> None:
    async with served(tmp_path, mcp_hosts="jobs.example, other.example") as server:
        for headers in ({"host": "jobs.example"}, {"origin": "https://other.example"}):
            async with server.http(**headers) as http:
                assert (await http.post("/mcp", json=INITIALIZE)).status_code == 200
        async with server.http(host="evil.example") as http:
            assert (await http.post("/mcp", json=INITIALIZE)).status_code == 421


async def test_a_session_is_its_keys_alone(server: Server) -> None:
    async with server.http() as http, server.http(tenant="globex") as stranger:
        opened = await http.post("/mcp", json=INITIALIZE)
        session = {"mcp-session-id": opened.headers["mcp-session-id"]}
        ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
        assert (await http.post("/mcp", json=ping, headers=session)).status_code == 200
        assert (await stranger.post("/mcp", json=ping, headers=session)).status_code == 404


async def test_a_key_is_looked_at_each_time(server: Server) -> None:
    acme = await server.services.access.authenticate(server.keys["acme", "admin"])
    admin = Identity(acme.tenant_id, "test", Role.ADMIN)
    async with server.enter("legacy") as foliot:
        await foliot("task_list")
        for key in await server.services.access.keys(admin):
            await server.services.access.revoke_key(admin, key.id)
        with pytest.raises(MCPError):
            await foliot.client.call_tool("task_list", {})


async def test_too_much_is_refused(server: Server) -> None:
    async with server.http() as http:
        assert (await http.post("/mcp", content=b" " * (5 * 2**20))).status_code == 413


async def test_tasks_over_the_wire(server: Server) -> None:
    async with server.enter("2026-07-28", extensions=[KeepsTasks()]) as foliot:
        made = await foliot("task_create", type="greet")
        task = await task_of(foliot.client, "task_wait", run_id=made["run_id"])
        assert (await ask(foliot.client, "get", task.task_id)).status == "working"
        meta = {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {"extensions": {KeepsTasks.identifier: {}}},
        }
        body = {"jsonrpc": "2.0", "id": 1, "method": "tasks/get", "params": {"taskId": task.task_id, "_meta": meta}}
        headers = {"mcp-protocol-version": "2026-07-28", "mcp-method": "tasks/get", "mcp-name": "another"}
        async with server.http(**headers) as http:
            answer = await http.post("/mcp", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == HEADER_MISMATCH


async def test_who_does_not_knock_pays_nothing(tmp_path: Path) -> None:
    async with served(tmp_path) as server, server.http() as http:
        assert (await http.get("/v1/jobs")).status_code == 200
        assert "mcp" not in {task.get_name() for task in asyncio.all_tasks()}
        assert (await http.post("/mcp", json=INITIALIZE)).status_code == 200
        assert "mcp" in {task.get_name() for task in asyncio.all_tasks()}


@pytest.mark.parametrize("mode", MODES)
async def test_open_streams_do_not_hold_a_stop_up(tmp_path: Path, mode: Mode) -> None:
    loop = asyncio.get_running_loop()
    async with httpx2.AsyncClient(headers=WIRE) as http:
        async with served(tmp_path) as server:
            http.headers["authorization"] = f"Bearer {server.keys['acme', 'viewer']}"
            url = f"{server.url}/mcp"
            if mode == "legacy":
                session = {"mcp-session-id": (await http.post(url, json=INITIALIZE)).headers["mcp-session-id"]}
                request = http.build_request("GET", url, headers=session)
            else:
                meta = {
                    "io.modelcontextprotocol/protocolVersion": mode,
                    "io.modelcontextprotocol/clientCapabilities": {},
                }
                params = {"_meta": meta, "notifications": {"toolsListChanged": True}}
                body = {"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": params}
                headers = {"mcp-protocol-version": mode, "mcp-method": "subscriptions/listen"}
                request = http.build_request("POST", url, json=body, headers=headers)
            answer = await http.send(request, stream=True)
            assert answer.headers["content-type"].startswith("text/event-stream")
            began = loop.time()
        assert loop.time() - began < 5
        await answer.aclose()
