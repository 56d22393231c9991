"""One look at the store for all who watch in a process: what it finds new is given to those whom it concerns."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence, Set
from datetime import datetime
from typing import Final

import msgspec
import structlog

from foliot.domain.errors import Unavailable
from foliot.domain.run import Progress, Run
from foliot.domain.states import RunState
from foliot.ports import Clock, ReadStore, RunRef, Topic, Wakeup
from foliot.service.watchers import Key, Watcher

PAGE: Final = 500
"""How many runs are looked up at once."""

_MOST_LOOKED_UP: Final = 5_000
_MOST_REMEMBERED: Final = 50_000
_SOONEST_SECONDS: Final = 0.1
_REST_PER_WORK: Final = 4

_LOG: Final = structlog.get_logger(__name__)
_Stamp = tuple[RunState, int, Progress | None, bool]


class Lookout:
    """Looks at the store when somebody says that something changed, and now and then.

    Args:
        look_again: for how many seconds a change that another process made may go unseen.
    """

    def __init__(self, store: ReadStore, clock: Clock, wakeup: Wakeup, look_again: float) -> None:
        self.mark = 0
        self._store = store
        self._clock = clock
        self._wakeup = wakeup
        self._look_again = look_again
        self._watchers: defaultdict[Key, dict[Watcher, None]] = defaultdict(dict)
        self._tenants: Counter[str] = Counter()
        self._broad: Counter[str] = Counter()
        self._joining = asyncio.Lock()
        self._looker: asyncio.Task[None] | None = None
        self._known: set[RunRef] = set()
        self._stamps: dict[RunRef, _Stamp] = {}

    @property
    def count(self) -> int:
        """How many watch."""
        return self._tenants.total()

    async def join(self, watcher: Watcher) -> None:
        """Let it hear of what is found from now on."""
        async with self._joining:
            if self._looker is None:
                self.mark = await self._store.end_mark(self._clock.now())
                self._looker = asyncio.create_task(self._look(), name="lookout")
        for key in watcher.keys:
            self._watchers[key][watcher] = None
        self._tenants[watcher.tenant_id] += 1
        self._broad[watcher.tenant_id] += not watcher.wanted.run_ids
        watcher.position, watcher.has_joined = self.mark, True

    def leave(self, watcher: Watcher) -> None:
        """Let it hear no more."""
        if not watcher.has_joined:
            return
        for key in watcher.keys:
            self._watchers[key].pop(watcher)
            if not self._watchers[key]:
                self._watchers.pop(key)
        self._tenants[watcher.tenant_id] -= 1
        self._broad[watcher.tenant_id] -= not watcher.wanted.run_ids
        if not self._tenants.total() and self._looker is not None:
            self._looker.cancel()
            self._looker = None
            self._known, self._stamps = set(), {}

    async def close(self) -> None:
        """Look no more, and let all who watch know it."""
        if self._looker is not None:
            self._looker.cancel()
            await asyncio.wait([self._looker])
        for watcher in {watcher for of_key in self._watchers.values() for watcher in of_key}:
            watcher.close()

    async def _look(self) -> None:
        clock = asyncio.get_running_loop().time
        ear = self._wakeup.subscribe(Topic.CHANGED)
        soonest, due = 0.0, clock() + self._look_again
        try:
            while True:
                hinted = await ear.wait(due - clock())
                try:
                    if refs := self._named(hinted):
                        await self._tell(sorted(await self._store.look_up(refs), key=_by_time))
                    if clock() < due:  # somebody called; a hint without names may hide among those with
                        due = min(due, max(soonest, clock() + (self._look_again if hinted else 0.0)))
                        if clock() < due:
                            continue
                    begun = clock()
                    await self._sweep()
                    soonest = clock() + max(_SOONEST_SECONDS, _REST_PER_WORK * (clock() - begun))
                except Exception as error:  # those who watch are to go on watching
                    _LOG.warning(
                        "cannot look for changes", error=str(error), exc_info=not isinstance(error, Unavailable)
                    )
                    soonest = clock() + self._look_again
                due = max(soonest, clock() + self._wakeup.patience)
        finally:
            ear.close()

    def _named(self, run_ids: Set[str]) -> list[RunRef]:
        """The runs of those ids, in whichever watched tenant; none if that would be too many to look up."""
        refs = [
            RunRef(tenant_id, run_id)
            for tenant_id, count in self._tenants.items()
            if count and len(run_ids) * count <= _MOST_LOOKED_UP
            for run_id in run_ids
            if self._broad[tenant_id] or (tenant_id, "run", run_id) in self._watchers
        ]
        return refs if len(refs) <= _MOST_LOOKED_UP else []

    async def _sweep(self) -> None:
        """Tell of all runs that have ended since the last time."""
        tenants = [tenant_id for tenant_id, count in self._tenants.items() if count]
        seen: set[RunRef] = set()
        while True:
            ends = await self._store.ends(tenants, self.mark, self._clock.now(), PAGE)
            seen.update(ends.refs)
            new = [ref for ref in ends.refs if ref not in self._known and self._concerns_somebody(ref)]
            for start in range(0, len(new), PAGE):
                await self._tell(await in_order(self._store, new[start : start + PAGE]))
            self.mark = ends.mark
            if ends.is_all:
                self._known = seen
                return

    def _concerns_somebody(self, ref: RunRef) -> bool:
        return bool(self._broad[ref.tenant_id]) or (ref.tenant_id, "run", ref.run_id) in self._watchers

    async def _tell(self, runs: Sequence[Run]) -> None:
        for position, run in enumerate(runs, 1):
            if not position % PAGE:
                await asyncio.sleep(0)
            if self._is_news(run):
                told = as_told(run)
                for watcher in self._concerned(run):
                    watcher.hear(told, self.mark)

    def _is_news(self, run: Run) -> bool:
        ref = RunRef(run.tenant_id, run.id)
        if run.state.is_over:
            self._stamps.pop(ref, None)
            is_news = ref not in self._known
            self._known.add(ref)
            return is_news
        stamp = run.state, run.lease, run.progress, run.cancel_requested_at is not None
        if self._stamps.get(ref) == stamp:
            return False
        if len(self._stamps) >= _MOST_REMEMBERED:
            self._stamps.pop(next(iter(self._stamps)))
        self._stamps[ref] = stamp
        return True

    def _concerned(self, run: Run) -> list[Watcher]:
        keys = (("run", run.id), ("job", run.job_id), ("type", run.type), ("", ""))
        return [watcher for key in keys for watcher in self._watchers.get((run.tenant_id, *key), ())]


def _by_time(run: Run) -> tuple[datetime, str]:
    return run.finished_at or run.started_at or run.created_at, run.id


async def in_order(store: ReadStore, refs: Sequence[RunRef]) -> list[Run]:
    """Those of these runs that there are, in their order."""
    found = {run.id: run for run in await store.look_up(refs)}
    return [found[ref.run_id] for ref in refs if ref.run_id in found]


def as_told(run: Run) -> Run:
    """What every watcher may see of it: a trace tells of the code of whoever runs the workers."""
    if run.error is None or not run.error.trace:
        return run
    return msgspec.structs.replace(run, error=msgspec.structs.replace(run.error, trace=""))
