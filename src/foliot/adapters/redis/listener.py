"""Waiting for work: one blocking read over all streams, for as long as a worker has free slots."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

from foliot.adapters.redis.entries import Taken
from foliot.adapters.redis.link import DOWN, Link
from foliot.adapters.redis.streams import Streams
from foliot.ports import ClaimRequest

_GATHER_SECONDS: Final = 0.004
"""Between a claim that took all there was and the next look: what comes in between is taken together."""
_KEPT_SECONDS: Final = 0.5
_STOP_SECONDS: Final = 2.0
_AGAIN_SECONDS: Final = 0.02


class Listener:
    """Takes in hand what comes, once, and calls for the worker. What that does not fetch soon is given back.

    Args:
        call: called when something is in hand, or when Redis fails.
        forgotten: called when Redis has forgotten the groups, and so perhaps everything.
        left: called when something was left to workers of other types.
    """

    def __init__(
        self, link: Link, streams: Streams, call: Callable[[], None], forgotten: Callable[[], None],
        left: Callable[[], None],
    ) -> None:  # fmt: skip
        self._link = link
        self._streams = streams
        self._call = call
        self._forgotten = forgotten
        self._left = left
        self._wanted: ClaimRequest | None = None
        self._hand: list[Taken] = []
        self._listening: asyncio.Task[None] | None = None
        self._giving_back: set[asyncio.Task[None]] = set()
        self._keeping: asyncio.TimerHandle | None = None
        self._is_closing = False

    def listen(self, wanted: ClaimRequest) -> None:
        """Wait for what a worker wants; what it wanted before, it wants no more."""
        self._wanted = wanted
        if self._listening is None and not self._is_closing:
            self._listening = asyncio.create_task(self._listen(), name="redis-listener")

    def fetch(self, wanted: ClaimRequest) -> list[Taken]:
        """What is in hand, if it is what a worker wants."""
        if not self._hand or self._wanted is None or not _is_same(wanted, self._wanted):
            return []
        hand, self._hand = self._hand, []
        if self._keeping is not None:
            self._keeping.cancel()
        return hand

    def forget(self) -> None:
        """What is in hand is not ours any more."""
        self._hand.clear()

    async def close(self) -> None:
        """Stop, and give back what is in hand."""
        self._is_closing = True
        deadline = asyncio.get_running_loop().time() + _STOP_SECONDS
        while (task := self._listening) is not None:
            with contextlib.suppress(*DOWN):
                await self._streams.stop_waiting()
            await asyncio.wait([task], timeout=_AGAIN_SECONDS)
            if asyncio.get_running_loop().time() > deadline:
                task.cancel()
        if self._keeping is not None:
            self._keeping.cancel()
        self._give_back()
        if self._giving_back:
            await asyncio.wait(self._giving_back)

    async def _listen(self) -> None:
        try:
            await asyncio.sleep(_GATHER_SECONDS)
            while not self._hand and self._link.is_up and not self._is_closing:
                await self._look()
        except DOWN as error:
            self._link.failed(error)
        finally:
            self._listening = None
            self._call()
        if self._hand:
            self._keeping = asyncio.get_running_loop().call_later(_KEPT_SECONDS, self._give_back)

    async def _look(self) -> None:
        """Take in hand what is there, or what comes first and all that came with it."""
        assert self._wanted is not None
        self._hand, has_left = await self._streams.read(self._wanted)
        if not self._hand and not has_left:
            came = await self._streams.wait(self._wanted)
            if came is None:
                self._forgotten()
            if came:
                self._hand, has_left = await self._streams.read(self._wanted, came)
        if has_left:
            self._left()

    def _give_back(self) -> None:
        """Others may have free slots."""
        hand, self._hand = self._hand, []
        if hand:
            task = asyncio.create_task(self._return(hand), name="redis-give-back")
            self._giving_back.add(task)
            task.add_done_callback(self._giving_back.discard)

    async def _return(self, hand: list[Taken]) -> None:
        try:
            await self._streams.give_back(hand)
        except DOWN as error:
            self._link.failed(error)


def _is_same(one: ClaimRequest, other: ClaimRequest) -> bool:
    types = [None if each.types is None else set(each.types) for each in (one, other)]
    return types[0] == types[1] and set(one.queues) == set(other.queues)
