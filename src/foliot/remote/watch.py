"""Watching from afar: a stream that is taken up again where it broke off, and a wait that the server does."""

import asyncio
import math
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Final

import msgspec

from foliot.domain.errors import ResultTimeout, Unavailable
from foliot.domain.event import ENDINGS, Event
from foliot.domain.identity import Identity
from foliot.domain.run import Run
from foliot.remote import shapes
from foliot.remote.link import Link
from foliot.remote.problems import problem_in

_WAIT_SECONDS: Final = 30.0


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
