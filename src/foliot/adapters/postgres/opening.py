"""Tenants, keys and job types: `ports.AccessStore` on PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from foliot.adapters.postgres import records, rows
from foliot.adapters.postgres.database import Database
from foliot.domain.access import ApiKey, Tenant
from foliot.domain.job_type import JobType


class Opening:
    """Who may come in, and what can be asked for."""

    _database: Database

    async def create_tenant(self, tenant: Tenant) -> bool:
        return await self._write("tenant_create", tenant.id, tenant.name, tenant.created_at) == 1

    async def tenants(self) -> list[Tenant]:
        return [records.tenant(row) for row in await self._database.fetch("tenants")]

    async def create_key(self, key: ApiKey) -> None:
        await self._write("key_create", key.id, key.tenant_id, key.name, key.role, key.prefix, key.hash, key.created_at)

    async def keys(self, tenant_id: str) -> list[ApiKey]:
        return [records.key(row) for row in await self._database.fetch("keys_of_tenant", rows.known(tenant_id))]

    async def key_by_prefix(self, prefix: str) -> ApiKey | None:
        found = await self._database.fetch("key_by_prefix", prefix)
        return records.key(found[0]) if found else None

    async def revoke_key(self, tenant_id: str, key_id: str, at: datetime) -> bool:
        return await self._write("key_revoke", rows.known(tenant_id), rows.known(key_id), at) == 1

    async def save_types(self, types: Sequence[JobType], at: datetime) -> None:
        kinds = sorted(types, key=lambda kind: (kind.tenant_id or rows.NOBODY, kind.name))
        await self._write(
            "types_save", [kind.tenant_id or rows.NOBODY for kind in kinds], [kind.name for kind in kinds],
            [rows.as_json(kind.policy) for kind in kinds],
            [rows.as_json(kind.schema) for kind in kinds], [kind.description for kind in kinds], [at for _ in kinds],
        )  # fmt: skip

    async def types(self, tenant_id: str | None = None) -> list[JobType]:
        found = await self._database.fetch("types", rows.NOBODY, rows.known(tenant_id or rows.NOBODY))
        return [records.job_type(row) for row in found]

    async def _write(self, name: str, *arguments: Any) -> int:
        return await self._database.run(lambda session: session.execute(name, *arguments))
