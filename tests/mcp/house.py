"""The MCP door of a house on a store in memory, with clients of every role, and a worker's hands."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Literal, TypeVar

from jsonschema import Draft202012Validator
from mcp import Client
from mcp_types import CallToolResult

from foliot.domain.identity import Identity
from foliot.settings import Settings
from foliot.transports.mcp.door import Context, Door
from foliot.transports.mcp.server import FoliotServer
from tests.http.conftest import House

Thing = TypeVar("Thing")
Mode = Literal["legacy", "2026-07-28"]
MODES: tuple[Mode, ...] = ("legacy", "2026-07-28")


class Hall:
    """A client in the house, and what it says."""

    def __init__(self, house: House, client: Client) -> None:
        self.house = house
        self.client = client
        self.schemas: dict[str, Any] = {}

    async def raw(self, name: str, /, **arguments: Any) -> CallToolResult:
        """The result of a call. What it answers with must fit what the tool promises, and the text say the same."""
        if not self.schemas:
            self.schemas = {tool.name: tool.output_schema for tool in (await self.client.list_tools()).tools}
        result = await self.client.call_tool(name, arguments)
        if not result.is_error and name in self.schemas:
            Draft202012Validator(self.schemas[name]).validate(result.structured_content)
            assert json.loads(text_of(result)) == result.structured_content
        return result

    async def __call__(self, name: str, /, **arguments: Any) -> Any:
        """What a tool answers, which must be no error."""
        result = await self.raw(name, **arguments)
        assert not result.is_error, text_of(result)
        return result.structured_content

    async def refused(self, name: str, /, **arguments: Any) -> str:
        """What a tool says to a call that it refuses."""
        result = await self.raw(name, **arguments)
        assert result.is_error, text_of(result)
        text = text_of(result)
        assert result.meta is not None
        assert text.startswith(result.meta["foliot/error"]["code"].upper() + ": ")
        return text

    async def dead(self) -> str:
        """A run that failed for good; its id."""
        made = await self("task_create", type="fragile", key=str(len(self.schemas)) + "dead")
        [run] = [run for run in await self.house.begin() if run.run_id == made["run_id"]]
        await self.house.fail(run)
        return run.run_id


def text_of(result: CallToolResult) -> str:
    """The text of a result."""
    [content] = result.content
    assert content.type == "text"
    return content.text


@asynccontextmanager
async def entered(
    house: House,
    mode: Mode = "2026-07-28",
    role: str = "operator",
    tenant: str = "acme",
    extensions: Any = None,
    **changed: Any,
) -> AsyncIterator[Hall]:
    """A client with the key of that role and tenant, in this process. `changed` are settings."""
    identity = await house.services.access.authenticate(house.keys[tenant, role])
    foliot = server_for(house, identity, **changed)
    async with Client(foliot.server, mode=mode, extensions=extensions) as client:
        yield Hall(house, client)
    foliot.close()


def server_for(house: House, identity: Identity, **changed: Any) -> FoliotServer:
    """The server, for an identity."""

    async def identify(_: Context) -> Identity:
        return identity

    return FoliotServer(Door(house.services, house.clock, identify, Settings(**changed)))


@asynccontextmanager
async def in_its_own_task(context: AbstractAsyncContextManager[Thing]) -> AsyncIterator[Thing]:
    """The context, entered and left by one task, as the SDK's must be; a fixture is run by two."""
    entered: asyncio.Future[Thing] = asyncio.get_running_loop().create_future()
    over = asyncio.Event()

    async def keep() -> None:
        try:
            async with context as thing:
                entered.set_result(thing)
                await over.wait()
        except Exception as error:
            if entered.done():
                raise
            entered.set_exception(error)

    keeping = asyncio.create_task(keep())
    try:
        yield await entered
    finally:
        over.set()
        await keeping
