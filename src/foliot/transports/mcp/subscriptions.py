"""Who wants to hear when a resource changes: `subscriptions/listen` of 2026-07-28, `resources/subscribe` before it.

A run is followed by its events, and so is a job that runs once. A job that recurs is looked at every second while
somebody listens.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final

import anyio
import msgspec
import structlog
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ResourceUpdated
from mcp_types import (
    EmptyResult,
    SubscribeRequestParams,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
    UnsubscribeRequestParams,
)

from foliot.domain.errors import FoliotError, NotFound
from foliot.domain.identity import Identity
from foliot.domain.page import PageRequest
from foliot.ports import RunFilter
from foliot.service.services import Services
from foliot.transports.mcp.door import Context, Door
from foliot.transports.mcp.refusals import misused, protocol_error
from foliot.transports.mcp.resources import Target, no_resource, target_of

MOST_STREAMS: Final = 1_000
MOST_WATCHED: Final = 100
LOOK_AGAIN_SECONDS: Final = 1.0
_STATE: Final = "foliot.subscriptions"
_LOG: Final = structlog.get_logger("foliot.mcp")


class Known(msgspec.Struct, frozen=True):
    """How a run stands, by its last event, or a job that recurs, by its state."""

    event_id: str | None = None
    state: Any = None


class Subscriptions:
    """The requests about changes of resources."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._streams: set[ListenHandler] = set()

    async def listen(self, ctx: Context, params: SubscriptionsListenRequestParams) -> SubscriptionsListenResult:
        """Tell of changes on the response of this request, until the client or the server ends it."""
        identity = await self._door.whom(ctx)
        targets = [target_of(uri) for uri in dict.fromkeys(params.notifications.resource_subscriptions or ())]
        if len(targets) > MOST_WATCHED or len(self._streams) >= MOST_STREAMS:
            raise misused(f"One stream can follow {MOST_WATCHED} resources, and a server has {MOST_STREAMS} streams.")
        known = {target: await self._known(identity, target) for target in targets}
        bus = InMemorySubscriptionBus()
        stream = ListenHandler(bus)
        self._streams.add(stream)

        async def tell(target: Target) -> None:
            async with aclosing(self._changes(identity, target, known[target])) as changes:
                async for _ in changes:
                    await bus.publish(ResourceUpdated(target.uri))

        try:
            async with anyio.create_task_group() as group:
                for target in targets:
                    group.start_soon(tell, target)
                result = await stream(ctx, params)
                group.cancel_scope.cancel()
            return result
        finally:
            self._streams.discard(stream)

    async def subscribe(self, ctx: Context, params: SubscribeRequestParams) -> EmptyResult:
        """Tell of changes of one resource, for as long as the connection lasts."""
        identity = await self._door.whom(ctx)
        target = target_of(str(params.uri))
        known = await self._known(identity, target)
        # The SDK gives handlers no public way to what lasts as long as their connection.
        connection = ctx.session._connection
        watchers: dict[str, asyncio.Task[None]] | None = connection.state.get(_STATE)
        if watchers is None:
            watchers = connection.state[_STATE] = {}
            connection.exit_stack.callback(_cancel_all, watchers)
        if target.uri in watchers:
            return EmptyResult()
        if len(watchers) >= MOST_WATCHED:
            raise misused(f"One connection can follow {MOST_WATCHED} resources; unsubscribe from others first.")

        async def tell() -> None:
            async with aclosing(self._changes(identity, target, known)) as changes:
                async for _ in changes:
                    await connection.send_resource_updated(target.uri)

        watchers[target.uri] = asyncio.create_task(tell(), name="mcp subscription")
        return EmptyResult()

    async def unsubscribe(self, ctx: Context, params: UnsubscribeRequestParams) -> EmptyResult:
        """No more of it."""
        watchers: dict[str, asyncio.Task[None]] = ctx.session._connection.state.get(_STATE, {})
        if (watcher := watchers.pop(str(params.uri), None)) is not None:
            watcher.cancel()
        return EmptyResult()

    def close(self) -> None:
        """End all streams of the new era, telling their clients so."""
        for stream in tuple(self._streams):
            stream.close()

    async def _known(self, identity: Identity, target: Target) -> Known:
        """How a resource stands when somebody begins to listen. Another tenant's is none."""
        services = self._door.services
        try:
            if not target.is_run and (await services.jobs.get(identity, target.id)).recurs:
                return Known(state=await _state(services, identity, target.id))
            return Known(event_id=(await services.runs.events(identity, target.id))[-1].id)
        except NotFound:
            raise no_resource(target.uri) from None
        except FoliotError as error:
            raise protocol_error(error) from None

    async def _changes(self, identity: Identity, target: Target, known: Known) -> AsyncGenerator[None, None]:
        """Yields after each change since then."""
        services = self._door.services
        try:
            if known.event_id is not None:
                async with aclosing(services.watch.events(identity, target.id, known.event_id)) as events:
                    async for _ in events:
                        yield
                return
            state = known.state
            while True:
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
                before, state = state, await _state(services, identity, target.id)
                if state != before:
                    yield
        except FoliotError as error:  # forgotten, or the store is away: the client hears nothing more of it
            _LOG.warning("a subscription ended", uri=target.uri, error=error.message)


async def _state(services: Services, identity: Identity, job_id: str) -> Any:
    job = await services.jobs.get(identity, job_id)
    runs = await services.runs.page(identity, RunFilter(job_id=job_id), PageRequest(3))
    return (
        job,
        [(run.id, run.state, run.attempt) for run in runs.items],
        len(await services.jobs.events(identity, job_id)),
    )


def _cancel_all(watchers: dict[str, asyncio.Task[None]]) -> None:
    for watcher in watchers.values():
        watcher.cancel()
