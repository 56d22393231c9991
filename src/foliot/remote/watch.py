"""Watching from afar: a stream that is taken up again where it broke off, and a wait that the server does."""

import asyncio
import math
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Final

import msgspec
from httpx2 import ServerSentEvent

from foliot.domain.errors import ResultTimeout, Unavailable
from foliot.domain.event import ENDINGS, Event
from foliot.domain.identity import Identity
from foliot.domain.run import Run
from foliot.remote import shapes
from foliot.remote.link import Link
from foliot.remote.problems import problem_in
from foliot.service.changes import Change
from foliot.service.watchers import ChangeFilter

_WAIT_SECONDS: Final = 30.0


_MOST_REMEMBERED: Final = 10_000


class RemoteChanges:
    """`service.face.ChangesFace`. What a server tells again after a break is not told again here."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def watch(
        self, identity: Identity, wanted: ChangeFilter, after: str | None = None
    ) -> AsyncGenerator[Change, None]:
        """See `service.changes.Changes.watch`; but what is wrong with the filter is told by the first step.

        Raises:
            Unavailable: the server stays away.
        """
        return self._changes(identity, wanted.checked(), after)

    async def _changes(
        self, identity: Identity, wanted: ChangeFilter, after: str | None
    ) -> AsyncGenerator[Change, None]:
        kinds = ("type", wanted.types), ("queue", wanted.queues), ("state", wanted.states)
        ids = ("job_id", wanted.job_ids), ("run_id", wanted.run_ids)
        query = {name: ",".join(sorted(values)) for name, values in (*kinds, *ids) if values}
        told: dict[str, None] = {}
        tried = 0
        while True:
            try:
                async with self._link.stream("/v1/watch", query, after) as stream:
                    if stream is None:
                        return
                    async for event in stream:
                        if event.event == "problem":
                            raise problem_in(event.data.encode(), 503).error()
                        after, tried = event.id, 0
                        change = _change(event, identity.tenant_id)
                        if change.run is not None and change.run.state.is_over:
                            if change.run.id in told:
                                continue
                            if len(told) >= _MOST_REMEMBERED:
                                told.pop(next(iter(told)))
                            told[change.run.id] = None
                        yield change
                        if change.kind == "over":
                            return
            except Unavailable:
                tried += 1
                if not await self._link.pause(tried):
                    raise


class RemoteWatch:
    """`service.face.WatchFace`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def events(self, identity: Identity, run_id: str, after: str | None = None) -> AsyncGenerator[Event, None]:
        """The events of a run, from the first one after `after`, until it is over; each once, whatever breaks between.

        Raises:
            NotFound: this tenant has none of that id.
            Unavailable: the server stays away.
        """
        tried, is_over = 0, False
        while not is_over:
            try:
                async with self._link.stream(f"/v1/runs/{run_id}/watch", after=after) as stream:
                    if stream is None:
                        return
                    async for told in stream:
                        if told.event == "problem":
                            raise problem_in(told.data.encode(), 503).error()
                        event = msgspec.json.decode(told.data, type=shapes.EventShape).value(identity.tenant_id)
                        after, tried, is_over = event.id, 0, is_over or event.type in ENDINGS
                        yield event
            except Unavailable:
                tried += 1
                if not await self._link.pause(tried):
                    raise

    async def ended(self, identity: Identity, run_id: str, timeout: timedelta | None = None) -> Run:
        """The run, with its result, once it is over.

        Raises:
            NotFound: this tenant has none of that id.
            ResultTimeout: it is not over within `timeout`.
            Unavailable: the server stays away.
        """
        try:
            async with asyncio.timeout(None if timeout is None else max(timeout.total_seconds(), 0.001)) as limit:
                left = _WAIT_SECONDS
                if timeout is not None and timeout.total_seconds() <= 0:
                    limit.reschedule(None)
                    left = 0.0
                while True:
                    run = await self._run(identity, run_id, left)
                    if run.state.is_over:
                        return run
                    if not left:
                        raise TimeoutError
        except TimeoutError:
            raise ResultTimeout(f"Run {run_id} is not over yet; ask again, or wait longer.") from None

    async def _run(self, identity: Identity, run_id: str, wait: float) -> Run:
        found = self._link.get(f"/v1/runs/{run_id}", shapes.RunShape, wait=math.ceil(wait))
        return (await found).value(identity.tenant_id)


def _change(event: ServerSentEvent, tenant_id: str) -> Change:
    match event.event:
        case "run":
            return Change(event.id, msgspec.json.decode(event.data, type=shapes.RunShape).value(tenant_id))
        case "ready" | "reset" | "over" as kind:
            return Change(event.id, kind=kind)
        case _:
            return Change(event.id, kind="quiet")
