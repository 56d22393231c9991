"""Those who watch: what each wants to hear of, and what is kept for it until it takes it."""

import asyncio
from collections import deque
from collections.abc import Iterator, Set
from typing import Final

import msgspec

from foliot.domain.errors import InvalidRequest, Unavailable
from foliot.domain.ids import is_id
from foliot.domain.policy import check_name
from foliot.domain.run import Run
from foliot.domain.states import RunState
from foliot.ports import RunRef

MOST_IDS: Final = 200
"""The most jobs, or runs, that one watcher may name."""

MOST_WAITING: Final = 1_000
"""How many changes are kept for a watcher that is slow to take them."""

Key = tuple[str, str, str]
"""A tenant, and a kind of thing in it with its name."""


class ChangeFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which changes: those of runs of these types, queues, jobs and ids, to these states; an empty member does not
    restrict."""

    types: Set[str] = frozenset()
    queues: Set[str] = frozenset()
    states: Set[RunState] = frozenset()
    job_ids: Set[str] = frozenset()
    run_ids: Set[str] = frozenset()

    def checked(self) -> "ChangeFilter":
        """This filter, if something can fit it.

        Raises:
            InvalidRequest: naming the member that cannot be used.
        """
        for field, names in (("type", self.types), ("queue", self.queues)):
            for name in names:
                check_name(name, field)
        for field, ids in (("job_id", self.job_ids), ("run_id", self.run_ids)):
            if len(ids) > MOST_IDS:
                raise InvalidRequest(f"Name at most {MOST_IDS} in {field}, or watch a type or a queue instead.", field)
            if not all(map(is_id, ids)):
                raise InvalidRequest(f"{field} has something that is no id; ids here are lower-case UUIDv7.", field)
        return self

    def fits(self, run: Run) -> bool:
        """Whether what the run has become is to be told."""
        return (
            (not self.types or run.type in self.types)
            and (not self.queues or run.queue in self.queues)
            and (not self.states or run.state in self.states)
            and (not self.job_ids or run.job_id in self.job_ids)
            and (not self.run_ids or run.id in self.run_ids)
        )


class Watcher:
    """Somebody who watches: what is kept for it until it takes it, and where the ends are that it has been told of.

    It never holds up the others: when too much waits for it, all of that is let go, and it `has_lost`.
    """

    def __init__(self, tenant_id: str, wanted: ChangeFilter) -> None:
        self.tenant_id = tenant_id
        self.wanted = wanted
        self.position = 0
        self.has_joined = False
        self.has_lost = False
        self.told: Set[RunRef] = frozenset()
        self._waiting: deque[tuple[Run, int]] = deque()
        self._called = asyncio.Event()
        self._is_closed = False

    @property
    def keys(self) -> Iterator[Key]:
        """By what it is found: the narrowest that it names."""
        kinds = (("run", self.wanted.run_ids), ("job", self.wanted.job_ids), ("type", self.wanted.types))
        kind, names = next(((kind, names) for kind, names in kinds if names), ("", {""}))
        return ((self.tenant_id, kind, name) for name in names)

    def hear(self, run: Run, mark: int) -> None:
        """Keep a change for it, if it wants that; the end of a run that it names it has to know."""
        is_last = run.state.is_over and run.id in self.wanted.run_ids
        if self.has_lost or not (is_last or self.wanted.fits(run)):
            return
        if run.state.is_over and RunRef(run.tenant_id, run.id) in self.told:
            return
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.clear()
            self.has_lost = True
        else:
            self._waiting.append((run, mark))
        self._called.set()

    def close(self) -> None:
        """Nobody looks any more: what it has not heard, it will not hear."""
        self._is_closed = True
        self._called.set()

    async def next(self, seconds: float) -> Run | None:
        """The next change; None after that many seconds without one, or when it has lost some.

        Raises:
            Unavailable: there will be no more.
        """
        if not self._waiting and not self.has_lost and not self._is_closed:
            self._called.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self._called.wait()
            except TimeoutError:
                return None
        if self._is_closed:
            raise Unavailable("This process no longer watches: it is closing.")
        if not self._waiting:
            return None
        run, self.position = self._waiting.popleft()
        return run
