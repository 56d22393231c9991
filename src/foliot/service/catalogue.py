"""Which job types there are: those loaded in this process, those that any worker registered, and each tenant's own."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from foliot.domain.errors import Conflict, InvalidRequest, UnknownJobType
from foliot.domain.identity import Identity, Role
from foliot.domain.job_type import JobType
from foliot.ports import AccessStore, Clock

MOST_TYPES: Final = 500
"""The most job types that a tenant's own workers may register."""

_OURS: Final = "foliot."
_REFRESH_SECONDS = 1.0
_FRESH_SECONDS = 5.0
_MOST_TENANTS: Final = 1_000


class _Known(msgspec.Struct, frozen=True):
    """What a tenant can submit, as it was read at that time."""

    types: Mapping[str, JobType] = {}
    read_at: float = float("-inf")


class Catalogue:
    """Job types by name. Where a tenant has one of the name of one of the system, that of the system counts.

    Types of other processes are read from the store when one is asked for and what was read has aged, at most once a
    second and tenant, so that a typo in a busy client does not become a query each.
    """

    def __init__(self, store: AccessStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._local: dict[str, JobType] = {}
        self._known: dict[str, _Known] = {}
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

    async def register_remote(self, identity: Identity, types: Sequence[JobType]) -> list[JobType]:
        """Make types known that workers outside do, in the tenant of the identity only. All are, or none.

        Raises:
            InvalidPolicy: a type's name or policy cannot be used.
            InvalidSchema: its schema cannot be.
            Conflict: the system's own workers do a type of that name.
            InvalidRequest: a name comes twice, or there are too many.
        """
        identity.require(Role.OPERATOR)
        checked = [msgspec.structs.replace(each, tenant_id=identity.tenant_id).checked() for each in types]
        names = {job_type.name for job_type in checked}
        if len(names) < len(checked):
            raise InvalidRequest("Name each type once.", "types")
        known = await self._read(identity.tenant_id)
        for name in sorted(names):
            if name.startswith(_OURS) or not known.get(name, checked[0]).is_remote:
                raise Conflict(f"The type {name} is done by the system's own workers; choose another name.", "name")
        if sum(each.is_remote for each in known.values()) + len(names - known.keys()) > MOST_TYPES:
            raise InvalidRequest(f"A tenant's workers may register {MOST_TYPES} types.", "types")
        if checked:
            await self._store.save_types(checked, self._clock.now())
            await self._read(identity.tenant_id)
        return checked

    def known(self, tenant_id: str, name: str) -> JobType | None:
        """The type of that name, if it is this process's own or was read a moment ago."""
        found = self._local.get(name)
        if found is None and (known := self._known.get(tenant_id)) is not None:
            found = known.types.get(name) if time.monotonic() - known.read_at < _FRESH_SECONDS else None
        return found

    async def find(self, tenant_id: str, name: str) -> JobType:
        """The type of that name.

        Raises:
            UnknownJobType: no worker has registered it.
        """
        found = await self.sought(tenant_id, name)
        if found is None:
            names = sorted(self._local.keys() | self._known.get(tenant_id, _Known()).types.keys())
            raise UnknownJobType(
                f"No handler is registered for the type {name!r}. Known: {', '.join(names) or 'none yet'}. "
                "Start a worker that has it, or correct the name.",
                "type",
            )
        return found

    async def sought(self, tenant_id: str, name: str) -> JobType | None:
        """The same, or None."""
        found = self.known(tenant_id, name)
        if found is None:
            await self._refresh(tenant_id)
            found = self.known(tenant_id, name)
        return found

    async def all(self, identity: Identity) -> list[JobType]:
        """All types that this tenant can submit, by name."""
        identity.require(Role.VIEWER)
        return [types[1] for types in sorted((await self._read(identity.tenant_id)).items())]

    async def _refresh(self, tenant_id: str) -> None:
        async with self._reading:
            if time.monotonic() - self._known.get(tenant_id, _Known()).read_at >= _REFRESH_SECONDS:
                await self._read(tenant_id)

    async def _read(self, tenant_id: str) -> Mapping[str, JobType]:
        """The types as they stand, this process's own among them."""
        found = await self._store.types(tenant_id)
        types = {job_type.name: job_type for job_type in sorted(found, key=lambda each: not each.is_remote)}
        if len(self._known) >= _MOST_TENANTS:
            self._known.clear()
        self._known[tenant_id] = _Known(types, time.monotonic())
        return types | self._local
