"""Watching many runs at once: each end of a run, and what else becomes of it as soon as it is heard of.

What is promised: every end is told, also to a watcher that was away and comes back with its cursor, but for what the
pruner has taken meanwhile. After a break one may be told again; none is left out. Of other changes the newest is told:
those that follow one another quickly, or while nobody watched, are passed over.
"""

import base64
import binascii
from collections.abc import AsyncGenerator, Set
from datetime import timedelta
from typing import Annotated, Final, Literal

import msgspec

from foliot.domain.errors import InvalidCursor, NotFound, Unavailable
from foliot.domain.identity import Identity, Role
from foliot.domain.instant import from_microseconds, to_microseconds
from foliot.domain.run import Run
from foliot.ports import Clock, ReadStore, RunRef, Wakeup
from foliot.service.lookout import PAGE, Lookout, as_told, in_order
from foliot.service.watchers import ChangeFilter, Watcher

_MANY: Final = 100_000
_LARGEST: Final = 2**62

MOST_WATCHERS: Final = 10_000
"""The most watchers of one process."""

QUIET_SECONDS: Final = 10.0
"""After how long without a change a watcher is told how far it has come."""

ALL_OVER: Final = "all-over"
"""The cursor of a watcher that has been told of the end of every run that it named: nothing comes after it."""


class Change(msgspec.Struct, frozen=True, eq=False, weakref=True):
    """What a run has become, and the cursor to come back with.

    The other kinds tell of the watching itself: `reset`, not all that came after the cursor is kept any more; `ready`,
    all that was missed has been told; `quiet`, nothing happened for a while; `over`, all runs that were named are over.
    """

    cursor: str
    run: Run | None = None
    kind: Literal["run", "ready", "quiet", "reset", "over"] = "run"


class Changes:
    """Watching by a filter.

    Args:
        retention: how long ended runs are kept.
    """

    def __init__(self, store: ReadStore, clock: Clock, wakeup: Wakeup, look_again: float, retention: timedelta) -> None:
        self._store = store
        self._clock = clock
        self._retention = retention
        self._lookout = Lookout(store, clock, wakeup, look_again)

    async def watch(
        self, identity: Identity, wanted: ChangeFilter, after: str | None = None
    ) -> AsyncGenerator[Change, None]:
        """What becomes of the tenant's runs, from now on or from the cursor `after` on.

        Who names runs is told first how they stand, and it ends when all of them are over.

        Raises:
            InvalidRequest: the filter cannot be used.
            InvalidCursor: the cursor was not made here.
            NotFound: this tenant has not all of the runs that are named.
            Unavailable: too many watch already.
        """
        identity.require(Role.VIEWER)
        watcher = Watcher(identity.tenant_id, wanted.checked())
        since = None if after is None or after == ALL_OVER else _Place.read(after)
        if missing := wanted.run_ids - {run.id for run in await self._standing(watcher, wanted.run_ids)}:
            raise NotFound(f"There is no run {min(missing)}.")
        if self._lookout.count >= MOST_WATCHERS:
            raise Unavailable("Too many watch already; try again, or ask another server.")
        return self._nothing() if after == ALL_OVER else self._changes(watcher, since)

    async def close(self) -> None:
        """Look no more, before the store is closed. Who still watches is told so."""
        await self._lookout.close()

    async def _nothing(self) -> AsyncGenerator[Change, None]:
        yield Change(ALL_OVER, kind="over")

    async def _changes(self, watcher: Watcher, since: "_Place | None") -> AsyncGenerator[Change, None]:
        try:
            await self._lookout.join(watcher)
            if since is None:
                watcher.told = await self._over_already(watcher)
            elif self._clock.now() - from_microseconds(since.at) > self._retention:
                watcher.position = 0
                yield self._said(watcher, "reset")
            else:
                watcher.position = since.mark
            is_behind, left = since is not None, set(watcher.wanted.run_ids)
            while True:
                if watcher.wanted.run_ids:
                    for run in await self._standing(watcher, left):
                        left -= _over(run)
                        if watcher.wanted.fits(run):
                            yield self._told(watcher, run)
                elif is_behind:
                    async for run in self._missed(watcher):
                        yield self._told(watcher, run)
                yield self._said(watcher, "ready")
                while not watcher.has_lost and (left or not watcher.wanted.run_ids):
                    if (heard := await watcher.next(QUIET_SECONDS)) is not None:
                        left -= _over(heard)
                        if watcher.wanted.fits(heard):
                            yield self._told(watcher, heard)
                    elif not watcher.has_lost:
                        watcher.position = self._lookout.mark
                        yield self._said(watcher, "quiet")
                if not watcher.has_lost:
                    yield Change(ALL_OVER, kind="over")
                    return
                watcher.has_lost, is_behind = False, True
        finally:
            self._lookout.leave(watcher)

    async def _missed(self, watcher: Watcher) -> AsyncGenerator[Run, None]:
        """The runs that fit and have ended since the watcher's position, which goes along."""
        while True:
            ends = await self._store.ends([watcher.tenant_id], watcher.position, self._clock.now(), PAGE)
            for start in range(0, len(ends.refs), PAGE):
                for run in await in_order(self._store, ends.refs[start : start + PAGE]):
                    if watcher.wanted.fits(run):
                        yield as_told(run)
            watcher.position, watcher.told = ends.mark, frozenset(ends.refs)
            if ends.is_all:
                return

    async def _over_already(self, watcher: Watcher) -> frozenset[RunRef]:
        """The runs after the watcher's position that it need not hear of: they are over before it begins."""
        ends = await self._store.ends([watcher.tenant_id], watcher.position, self._clock.now(), _MANY)
        return frozenset(ends.refs)

    async def _standing(self, watcher: Watcher, run_ids: Set[str]) -> list[Run]:
        found = await self._store.look_up([RunRef(watcher.tenant_id, run_id) for run_id in sorted(run_ids)])
        return [as_told(run) for run in found]

    def _told(self, watcher: Watcher, run: Run) -> Change:
        return Change(self._cursor(watcher), run)

    def _said(self, watcher: Watcher, kind: Literal["ready", "quiet", "reset"]) -> Change:
        return Change(self._cursor(watcher), kind=kind)

    def _cursor(self, watcher: Watcher) -> str:
        return _Place(watcher.position, to_microseconds(self._clock.now())).text()


class _Place(msgspec.Struct, frozen=True, array_like=True):
    """Up to where ends have been told, in the order of the store, and when that was: what a cursor stands for."""

    mark: Annotated[int, msgspec.Meta(ge=0, le=_LARGEST)]
    at: Annotated[int, msgspec.Meta(ge=0, le=_LARGEST)]

    def text(self) -> str:
        """The cursor."""
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")

    @classmethod
    def read(cls, text: str) -> "_Place":
        """What it stands for.

        Raises:
            InvalidCursor: it was not made here.
        """
        try:
            place = msgspec.json.decode(base64.urlsafe_b64decode(text.encode() + b"=="), type=cls)
            from_microseconds(place.at)
        except (binascii.Error, ValueError, OverflowError, msgspec.DecodeError):
            raise InvalidCursor(
                "This is no event id of a watch; leave Last-Event-ID out to begin now.", "Last-Event-ID"
            ) from None
        return place


def _over(run: Run) -> set[str]:
    return {run.id} if run.state.is_over else set()
