"""Tenants, keys and job types: `ports.AccessStore` on SQLite."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from foliot.adapters.sqlite import documents, rows
from foliot.adapters.sqlite.database import Database
from foliot.adapters.sqlite.statements import statement
from foliot.domain.access import ApiKey, Tenant
from foliot.domain.instant import to_microseconds
from foliot.domain.job_type import JobType
from foliot.domain.policy import Policy


class _TypeRow(msgspec.Struct):
    tenant_id: str
    name: str
    policy: Policy
    schema: dict[str, object]
    description: str


_types = msgspec.json.Decoder(list[_TypeRow])


class Opening:
    """Who may come in, and what can be asked for."""

    _database: Database

    async def create_tenant(self, tenant: Tenant) -> bool:
        row = {"id": tenant.id, "name": tenant.name, "created_at": to_microseconds(tenant.created_at)}
        return await self._database.write(
            lambda connection: connection.execute(statement("tenant_create"), row).rowcount == 1
        )

    async def tenants(self) -> list[Tenant]:
        return documents.tenants(
            await self._database.read(lambda connection: connection.execute(statement("tenants")).fetchone()[0])
        )

    async def create_key(self, key: ApiKey) -> None:
        row = {
            "id": key.id, "tenant_id": key.tenant_id, "name": key.name, "role": key.role, "prefix": key.prefix,
            "hash": key.hash, "created_at": to_microseconds(key.created_at),
        }  # fmt: skip
        await self._database.write(lambda connection: connection.execute(statement("key_create"), row).rowcount)

    async def keys(self, tenant_id: str) -> list[ApiKey]:
        asked = {"tenant_id": tenant_id}
        return documents.keys(
            await self._database.read(
                lambda connection: connection.execute(statement("keys_of_tenant"), asked).fetchone()[0]
            )
        )

    async def key_by_prefix(self, prefix: str) -> ApiKey | None:
        asked = {"prefix": prefix}
        found = await self._database.read(
            lambda connection: connection.execute(statement("key_by_prefix"), asked).fetchone()
        )
        return None if found is None else documents.key(found[0])

    async def revoke_key(self, tenant_id: str, key_id: str, at: datetime) -> bool:
        asked = {"tenant_id": tenant_id, "key_id": key_id, "at": to_microseconds(at)}
        return await self._database.write(
            lambda connection: connection.execute(statement("key_revoke"), asked).rowcount == 1
        )

    async def save_types(self, types: Sequence[JobType], at: datetime) -> None:
        saved = rows.as_json(
            [
                (
                    kind.tenant_id or "", kind.name, rows.as_json(kind.policy), rows.as_json(kind.schema),
                    kind.description, to_microseconds(at),
                )
                for kind in types
            ]
        )  # fmt: skip
        await self._database.write(
            lambda connection: connection.execute(statement("types_save"), {"rows": saved}).rowcount
        )

    async def types(self, tenant_id: str | None = None) -> list[JobType]:
        asked = {"tenant_id": tenant_id or ""}
        text = await self._database.read(lambda connection: connection.execute(statement("types"), asked).fetchone()[0])
        return [
            JobType(
                tenant_id=row.tenant_id or None, name=row.name, policy=row.policy, schema=row.schema,
                description=row.description,
            )
            for row in _types.decode(text)
        ]  # fmt: skip
