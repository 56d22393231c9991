"""Editing jobs on SQLite."""

import sqlite3
from collections.abc import Sequence

from foliot.adapters.editing import editing
from foliot.adapters.sqlite import documents, rows
from foliot.adapters.sqlite.following import append_events
from foliot.adapters.sqlite.statements import statement
from foliot.ports import NOT_EDITED, Edit, Edited


def edit(connection: sqlite3.Connection, batch: Sequence[Edit]) -> list[Edited]:
    """Edit those jobs that are still as they were seen, one after another."""
    return [_edit(connection, item) for item in batch]


def _edit(connection: sqlite3.Connection, item: Edit) -> Edited:
    asked = {"tenant_id": item.job.tenant_id, "job_id": item.job.id}
    waiting = documents.waiting_runs(connection.execute(statement("edit_found"), asked).fetchone()[0])
    found = editing(item, waiting)
    if found is None or not connection.execute(statement("edit_job"), rows.edited_job(item)).rowcount:
        return NOT_EDITED
    if found.runs:
        connection.execute(statement("edit_runs"), {"rows": rows.as_json([rows.edited_run(run) for run in found.runs])})
    append_events(connection, found.events)
    return found.edited
