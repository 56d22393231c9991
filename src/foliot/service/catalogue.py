"""Which job types there are: those loaded in this process, and those that any worker has registered."""

import asyncio
import time
from collections.abc import Iterable

from foliot.domain.errors import UnknownJobType
from foliot.domain.identity import Identity, Role
from foliot.domain.job_type import JobType
from foliot.ports import AccessStore, Clock

_REFRESH_SECONDS = 1.0
_FRESH_SECONDS = 5.0


class Catalogue:
    """Job types by name.

    Types of other processes are read from the store when one is asked for and what was read has aged, at most once a
    second, so that a typo in a busy client does not become a query each.
    """

    def __init__(self, store: AccessStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._local: dict[str, JobType] = {}
        self._known: dict[str, JobType] = {}
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()

    async def register(self, types: Iterable[JobType]) -> None:
        """Make this process's types known to all.

        Raises:
            InvalidPolicy: a type's name or policy cannot be used.
        """
        checked = [job_type.checked() for job_type in types]
        self._local |= {job_type.name: job_type for job_type in checked}
        if checked:
            await self._store.save_types(checked, self._clock.now())

    def known(self, name: str) -> JobType | None:
        """The type of that name, if it is this process's own or was read a moment ago."""
        found = self._local.get(name)
        if found is None and time.monotonic() - self._read_at < _FRESH_SECONDS:
            found = self._known.get(name)
        return found

    async def find(self, name: str) -> JobType:
        """The type of that name.

        Raises:
            UnknownJobType: no worker has registered it.
        """
        found = self.known(name)
        if found is None:
            await self._refresh()
            found = self.known(name)
        if found is None:
            names = sorted(self._local.keys() | self._known.keys())
            raise UnknownJobType(
                f"No handler is registered for the type {name!r}. Known: {', '.join(names) or 'none yet'}. "
                "Start a worker that has it, or correct the name.",
                "type",
            )
        return found

    async def all(self, identity: Identity) -> list[JobType]:
        """All types, by name."""
        identity.require(Role.VIEWER)
        self._read_at = float("-inf")
        await self._refresh()
        return [types[1] for types in sorted((self._known | self._local).items())]

    async def _refresh(self) -> None:
        async with self._reading:
            if time.monotonic() - self._read_at < _REFRESH_SECONDS:
                return
            self._known = {job_type.name: job_type for job_type in await self._store.types()}
            self._read_at = time.monotonic()
