"""`foliot type`: what can be submitted."""

from cyclopts import App

from foliot.transports.cli.documents import list_document, type_document
from foliot.transports.cli.groups import WORK
from foliot.transports.cli.session import Here
from foliot.transports.cli.tables import type_table

job_types = App(name="type", group=WORK, help="Job types: what can be submitted.")


@job_types.command(name="list")
async def list_(*, session: Here) -> None:
    """List all job types that any worker has registered, by name."""
    async with session.acting() as acting:
        found = await acting.services.catalogue.all(acting.identity)
    session.output.show(list_document(map(type_document, found)), type_table(found))
