"""Editing jobs on PostgreSQL."""

from collections.abc import Sequence
from operator import attrgetter

from foliot.adapters.editing import WaitingRun, editing
from foliot.adapters.postgres import records, rows
from foliot.adapters.postgres.following import append_events
from foliot.adapters.postgres.session import Session
from foliot.ports import NOT_EDITED, Edit, Edited


async def edit(session: Session, batch: Sequence[Edit]) -> list[Edited]:
    """Edit those jobs that are still as they were seen; of two edits of one job, the first.

    Jobs are locked before their runs, each in the order of their ids: no occurrence is planned meanwhile, and no run of
    them is claimed.
    """
    asked = sorted({item.job.id: item for item in reversed(batch)}.values(), key=attrgetter("job.id"))
    found = await session.fetch("edit_expected", *rows.seen([item.seen for item in asked]))
    expected = [asked[place - 1] for place in sorted(row[0] for row in found)]
    waiting = await _waiting(session, expected) if expected else {}
    done = [kept for item in expected if (kept := editing(item, waiting.get(item.job.id, ()))) is not None]
    if done:
        await session.execute("edit_jobs", *rows.edited_jobs([each.edit.job for each in done]))
        if runs := [run for each in done for run in each.runs]:
            await session.execute("edit_runs", *rows.edited_runs(runs))
        await append_events(session, [event for each in done for event in each.events])
    edited = {id(each.edit): each.edited for each in done}
    return [edited.get(id(item), NOT_EDITED) for item in batch]


async def _waiting(session: Session, items: Sequence[Edit]) -> dict[str, list[WaitingRun]]:
    """The runs of jobs that wait, locked."""
    found = await session.fetch("edit_found", *rows.keys([(item.job.tenant_id, item.job.id) for item in items]))
    of_jobs: dict[str, list[WaitingRun]] = {}
    keys = sorted(((tenant_id, run_id) for tenant_id, run_id in found), key=lambda key: key[1])
    for row in await session.fetch("edit_lock", *rows.keys(keys)) if keys else ():
        run = records.waiting_run(row)
        of_jobs.setdefault(run.job_id, []).append(run)
    return of_jobs
