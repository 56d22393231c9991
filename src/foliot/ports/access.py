"""Tenants, keys and job types: `AccessStore`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from foliot.domain.access import ApiKey, Tenant
from foliot.domain.job_type import JobType


class AccessStore(Protocol):
    """Tenants, keys and job types."""

    async def create_tenant(self, tenant: Tenant) -> bool:
        """Whether the name was free; it is stored then."""
        ...

    async def tenants(self) -> list[Tenant]:
        """All tenants, oldest first."""
        ...

    async def create_key(self, key: ApiKey) -> None:
        """Store a key."""
        ...

    async def keys(self, tenant_id: str) -> list[ApiKey]:
        """A tenant's keys, oldest first, revoked ones too."""
        ...

    async def key_by_prefix(self, prefix: str) -> ApiKey | None:
        """The key with this public prefix."""
        ...

    async def revoke_key(self, tenant_id: str, key_id: str, at: datetime) -> bool:
        """Whether there was such a key; it opens nothing from now on."""
        ...

    async def save_types(self, types: Sequence[JobType], at: datetime) -> None:
        """Register job types, replacing what was known under their names."""
        ...

    async def types(self, tenant_id: str | None = None) -> list[JobType]:
        """All job types that were ever registered, by name: those of the system, and with them the tenant's own."""
        ...
