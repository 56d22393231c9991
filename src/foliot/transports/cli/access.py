"""`foliot tenant` and `foliot key`: who may come in."""

from typing import Annotated, Literal

from cyclopts import App, Parameter

from foliot.domain.identity import Role
from foliot.transports.cli.documents import key_document, list_document, tenant_document
from foliot.transports.cli.groups import CARE
from foliot.transports.cli.layout import Cell, fields
from foliot.transports.cli.session import Here
from foliot.transports.cli.tables import key_table, tenant_table
from foliot.transports.cli.times import local

tenants = App(name="tenant", group=CARE, help="Tenants: who is kept apart from whom.")
keys = App(name="key", group=CARE, help="API keys of a tenant (of the one that --tenant names).")


@tenants.command(name="create")
async def create_tenant(
    name: Annotated[str, Parameter(help="Its name, which no other has.")], /, *, session: Here
) -> None:
    """Create a tenant."""
    async with session.acting() as acting:
        tenant = await acting.services.access.create_tenant(acting.owner, name)
    session.output.show(
        tenant_document(tenant),
        fields(("tenant", tenant.name), ("id", tenant.id), ("created", local(tenant.created_at))),
    )


@tenants.command(name="list")
async def list_tenants(*, session: Here) -> None:
    """List all tenants, oldest first."""
    async with session.acting() as acting:
        found = await acting.services.access.tenants(acting.owner)
    session.output.show(list_document(map(tenant_document, found)), tenant_table(found, session.now))


@keys.command(name="create")
async def create_key(
    name: Annotated[str, Parameter(help="What the key is for; it stands for the user in the records.")],
    /,
    *,
    role: Annotated[
        Literal["viewer", "operator", "admin"],
        Parameter(help="viewers look, operators submit, cancel and replay, admins also make keys.", show_default=True),
    ] = "operator",
    session: Here,
) -> None:
    """Create an API key. It is shown once and not kept."""
    async with session.acting() as acting:
        key, text = await acting.services.access.create_key(acting.identity, name, Role(role))
    session.output.show(
        key_document(key) | {"key": text},
        fields(("key", Cell(text, "bold")), ("id", key.id), ("name", key.name), ("role", key.role)),
    )
    session.output.hint("Keep the key now: it is not stored and cannot be shown again.")


@keys.command(name="list")
async def list_keys(*, session: Here) -> None:
    """List the tenant's keys, oldest first, revoked ones too."""
    async with session.acting() as acting:
        found = await acting.services.access.keys(acting.identity)
    session.output.show(list_document(map(key_document, found)), key_table(found, session.now))


@keys.command
async def revoke(key_id: Annotated[str, Parameter(help="The key's id.")], /, *, session: Here) -> None:
    """Revoke a key: within a second it opens nothing any more."""
    async with session.acting() as acting:
        await acting.services.access.revoke_key(acting.identity, key_id)
    session.output.show({"id": key_id, "revoked": True}, fields(("revoked", key_id)))
